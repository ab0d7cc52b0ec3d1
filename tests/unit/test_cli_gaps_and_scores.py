"""`gapsight gaps` and `gapsight scores` on a small published database."""

import csv
import io
import json
from pathlib import Path

import duckdb
import pytest

from gapsight.cli.main import main
from tests.unit.cli_support import HOSTILE, make_marts, make_workspace


@pytest.fixture
def marts(tmp_path: Path) -> str:
    """A published database in a file of its own."""
    return str(make_marts(tmp_path / "marts.duckdb"))


def printed(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    """What a command that must end with 0 prints."""
    code = main(args)
    out, err = capsys.readouterr()
    assert code == 0, err
    return out


def test_a_flow_is_one_row_with_all_its_gap_types(
    marts: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = printed(capsys, "gaps", "--marts", marts).splitlines()
    assert lines[1].split()[:2] == ["1", "checkout"]
    assert "  low coverage, high defects  " in lines[1]
    assert len(lines) == 5


def test_unknown_coverage_is_unmeasured_and_risk_shows_its_bounds(
    marts: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (line,) = [x for x in printed(capsys, "gaps", "--marts", marts).splitlines() if "invoice" in x]
    assert "unmeasured" in line
    assert "67.2 (59.7..74.7)" in line
    assert "0 %" not in line


def test_all_gaps_of_one_product_and_the_first_of_them(
    marts: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def rows(*args: str) -> list[dict[str, object]]:
        found: list[dict[str, object]] = json.loads(
            printed(capsys, "gaps", "--marts", marts, "--format", "json", *args)
        )
        return found

    assert [row["gap_id"] for row in rows()] == ["g1", "g2", "g4", "g5"]
    assert [row["gap_id"] for row in rows("--all")] == ["g1", "g2", "g3", "g4", "g5"]
    assert [row["flow"] for row in rows("--product", "billing")] == ["invoice", "dunning"]
    assert [row["rank"] for row in rows("--product", "shop")] == [1, 2]
    assert [row["flow"] for row in rows("--limit", "1")] == ["checkout"]
    assert rows()[1]["coverage"] is None


def test_an_unknown_product_is_wrong_usage(marts: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gaps", "--marts", marts, "--product", "shopp"]) == 3
    assert "there are: billing, shop" in capsys.readouterr().err


def test_csv_holds_the_values_and_no_formula(
    marts: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = printed(capsys, "gaps", "--marts", marts, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows[0]["usage_p95"] == "52000.0"
    assert rows[1]["coverage"] == ""
    assert rows[2]["owner"] == "'=cmd()"
    assert "\x1b" not in text


def test_markdown_cells_cannot_break_out(marts: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "gaps", "--marts", marts, "--format", "markdown").splitlines()
    assert len(lines) == 6
    assert "<b>" not in lines[4]
    assert "@team" not in lines[4]
    assert lines[4].count(" | ") == lines[0].count(" | ")


def test_json_is_whole_and_ascii(marts: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "gaps", "--marts", marts, "--format", "json")
    assert text.isascii()
    assert "\x1b" not in text
    assert json.loads(text)[2]["flow"] == HOSTILE


def test_no_gaps_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = str(make_marts(tmp_path / "marts.duckdb", empty=True))
    assert main(["gaps", "--marts", empty]) == 0
    assert "no gaps: the flow catalogue is empty" in capsys.readouterr().err
    assert main(["scores", "--marts", empty]) == 0
    assert "no scores" in capsys.readouterr().err


def without_gaps(folder: Path, *changes: tuple[str, list[str]]) -> str:
    """Published marts that list no gap, changed as the statements with their values say."""
    place = make_marts(folder / "marts.duckdb")
    with duckdb.connect() as connection:
        connection.execute("attach ? as published", [str(place)])
        connection.execute("use published")
        connection.execute("delete from marts.fct_top_gaps")
        connection.execute("update marts.fct_risk_scores set status = 'active'")
        for statement, values in changes:
            connection.execute(statement, values)
    return str(place)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("update marts.fct_risk_scores set usage_p95 = null", "the usage of none of the "),
        ("update marts.fct_risk_scores set usage_p95 = 1", "no flow has enough usage"),
    ],
)
def test_why_there_are_no_gaps(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str, reason: str
) -> None:
    assert main(["gaps", "--marts", without_gaps(tmp_path, (change, []))]) == 0
    assert f"no gaps: {reason}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("last_usage", "reason"),
    [
        (
            "2017-04-26",
            (
                "usage is known until 2017-04-26, the as-of day is 2026-06-30 (moved by newer ci_bundle"
                " files): gapsight run --as-of 2017-04-26"
            ),
        ),
        ("2026-06-28", "the usage of none of the "),
    ],
)
def test_usage_that_ended_long_ago_is_said_with_what_moved_the_day(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], last_usage: str, reason: str
) -> None:
    news = "('access_log', 'usage', '2017-04-26'), ('ci_bundle', 'ci', '2026-06-30')"
    place = without_gaps(
        tmp_path,
        ("update marts.fct_risk_scores set usage_p95 = null", []),
        ("insert into marts.fct_usage_daily (day) values (?)", [last_usage]),
        (f"insert into marts.rpt_freshness (source, family, last_day) values {news}", []),
    )
    assert main(["gaps", "--marts", str(place)]) == 0
    assert f"no gaps: {reason}" in capsys.readouterr().err


def test_a_past_day_is_read_from_its_own_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = make_workspace(tmp_path / "shop")
    make_marts(workspace / "var" / "asof" / "2026-06-30" / "published" / "marts.duckdb")
    words = ["gaps", "--workspace", str(workspace), "--as-of"]
    assert main([*words, "2026-06-30"]) == 0
    assert "checkout" in capsys.readouterr().out
    assert main([*words, "2026-06-29"]) == 3
    assert "gapsight run --as-of 2026-06-29" in capsys.readouterr().err


def test_scores_by_risk(marts: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "scores", "--marts", marts).splitlines()
    assert [line.split()[1] for line in lines[1:]] == ["checkout", "invoice"]
    (only,) = json.loads(
        printed(capsys, "scores", "--marts", marts, "--product", "billing", "--format", "json")
    )
    assert only["flow"] == "invoice"


def test_the_points_of_a_flow_are_shown_and_add_up(
    marts: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = printed(capsys, "scores", "invoice", "--marts", marts).splitlines()
    assert "risk R = 67.18 (59.68..74.68), 85 % of the weight known" in lines[1]
    assert "not stable: automate partial explore at the lower bound, automate now" in lines[1]
    assert lines[2] == "decision: automate partial explore. R between 50 and 70"
    (unknown,) = [line for line in lines if line.startswith("coverage gap")]
    assert unknown.split()[2:] == ["unknown", "unknown", "15.0", "7.50", "(0.00..15.00)", "1", "d"]
    assert lines[-1].split() == ["sum", "100.0", "67.18", "(59.68..74.68)"]


def test_points_that_do_not_add_up_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = make_marts(tmp_path / "marts.duckdb")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{place}' as published")
        connection.execute("update published.marts.fct_risk_scores set risk = 70")
    assert main(["scores", "invoice", "--marts", str(place)]) == 0
    assert "the points add up to 67.18, not to 70.00" in capsys.readouterr().err


def test_the_inputs_in_the_other_formats(marts: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("scores", "invoice", "--marts", marts, "--format")
    whole = json.loads(printed(capsys, *words, "json"))
    assert whole["score"]["decision_stable"] is False
    assert sum(row["points"] for row in whole["inputs"]) == pytest.approx(whole["score"]["risk"])
    rows = list(csv.DictReader(io.StringIO(printed(capsys, *words, "csv"))))
    assert [row["is_unknown"] for row in rows] == ["false", "false", "true"]
    assert "| coverage gap | unknown | unknown |" in printed(capsys, *words, "markdown")


def test_an_unknown_flow_gets_a_suggestion(marts: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scores", "chekout", "--marts", marts]) == 3
    assert "there is no flow 'chekout'; did you mean 'checkout'?" in capsys.readouterr().err


@pytest.fixture
def grains(tmp_path: Path) -> str:
    """Marts in which a flow has two runtimes, and a component stands beside it."""
    place = make_marts(tmp_path / "grains.duckdb")
    rows = (
        ("flow_runtime", "invoice", "web", 51.0),
        ("flow_runtime", "invoice", "web/safari", 44.5),
        ("component", "billing", "all", 62.0),
    )
    with duckdb.connect(str(place)) as marts:
        for rank, (grain, entity, runtime, risk) in enumerate(rows, 1):
            marts.execute(
                "insert into marts.fct_risk_scores"
                " (grain, entity, runtime, risk, risk_low, risk_high, risk_rank, decision_stable, as_of)"
                " values (?, ?, ?, ?, ?, ?, ?, true, date '2026-06-30')",
                [grain, entity, runtime, risk, risk, risk, rank],
            )
            marts.execute(
                "insert into marts.fct_risk_inputs"
                " (grain, entity, runtime, input, x, weight, points, is_unknown)"
                " values (?, ?, ?, 'usage', 0.5, 100, ?, false)",
                [grain, entity, runtime, risk],
            )
    return str(place)


def test_runtimes_and_components_have_scores_of_their_own(
    grains: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def listed(*words: str) -> list[tuple[str, str, float]]:
        assert main(["scores", *words, "--marts", grains, "--format", "json"]) == 0
        return [
            (row["flow"], row["runtime"], row["risk"])
            for row in json.loads(capsys.readouterr().out)
        ]

    assert ("invoice", "web", 51.0) not in listed()
    assert listed("--by", "component") == [("billing", "all", 62.0)]
    runtimes = [("invoice", "web", 51.0), ("invoice", "web/safari", 44.5)]
    assert listed("--by", "runtime") == listed("invoice", "--by", "runtime") == runtimes


def test_one_runtime_or_component_is_explained(
    grains: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["scores", "invoice", "--runtime", "web/safari", "--marts", grains]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("invoice on web/safari: ")
    assert "R = 44.50" in said.out
    assert said.err == ""
    assert main(["scores", "billing", "--by", "component", "--marts", grains]) == 0
    assert "R = 62.00" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("invoice", "--runtime", "safari"), "no users of invoice were seen on 'safari'"),
        (
            ("biling", "--by", "component"),
            "there is no component 'biling'; did you mean 'billing'?",
        ),
        (("billing",), "there is no flow 'billing'"),
    ],
)
def test_what_has_no_score_is_said_with_what_has(
    grains: str, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert main(["scores", *words, "--marts", grains]) == 3
    assert said in capsys.readouterr().err
