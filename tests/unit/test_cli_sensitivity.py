"""`gapsight scores --sensitivity` on a small published database."""

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest

from gapsight.cli.main import main
from tests.unit.cli_support import HOSTILE, add_rows, make_marts

AS_OF = date(2026, 6, 30)


def weight(name: str, direction: str, staying: int, **more: object) -> dict[str, object]:
    return {
        "input": name,
        "direction": direction,
        "weight": 20.0,
        "weight_tried": 24.0 if direction == "up" else 16.0,
        "top_flows": 2,
        "staying": staying,
        "share_staying": staying / 2,
        "largest_rank_shift": 2 - staying,
        "decisions_changed": 0,
        "as_of": AS_OF,
        **more,
    }


def flow(name: str, rank: int, variants_in_top: int, product: str = "shop") -> dict[str, object]:
    return {
        "flow": name,
        "product": product,
        "risk": 60.0 - rank,
        "risk_lowest": 50.0,
        "risk_highest": 62.5,
        "risk_rank": rank,
        "rank_best": rank,
        "rank_worst": rank + 1,
        "is_top": rank <= 2,
        "variants": 2,
        "variants_in_top": variants_in_top,
        "decision": "explore_only",
        "variants_decided_otherwise": 0,
        "as_of": AS_OF,
    }


@pytest.fixture
def marts(tmp_path: Path) -> str:
    path = make_marts(tmp_path / "marts.duckdb")
    leaving = {"flows_leaving": HOSTILE, "flows_entering": "invoice"}
    add_rows(path, "rpt_rank_sensitivity", [weight("usage", "up", 2)])
    add_rows(path, "rpt_rank_sensitivity", [weight("usage", "down", 1, **leaving)])
    flows = [flow("checkout", 1, 2), flow(HOSTILE, 2, 1), flow("invoice", 3, 1, "billing")]
    add_rows(path, "rpt_flow_sensitivity", [*flows, flow("quiet", 4, 0)])
    return str(path)


def printed(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert main(["scores", "--sensitivity", *args]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out or "csv" in args
    return out


def test_the_answer_stands_first_then_the_weights_then_the_flows_that_are_ever_in_the_list(
    marts: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = printed(capsys, "--marts", marts).splitlines()
    assert lines[0] == (
        "Top 2 by risk as of 2026-06-30: at least 1 of 2 stay whichever weight is varied;"
        " 1 of 2 listed flows stay in all 2 variants"
    )
    assert lines[4].split()[:5] == ["usage", "20", "->", "16", "1"]
    assert [line.split()[1] for line in lines[8:]][::2] == ["checkout", "invoice"]
    assert "quiet" not in "".join(lines)
    assert "50.0..62.5" in lines[8]


def test_one_flow_or_one_product_can_be_looked_at(
    marts: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = printed(capsys, "quiet", "--marts", marts).splitlines()
    assert "1 of 2 listed flows" in lines[0], "the answer is of the whole list"
    assert [line.split()[1] for line in lines[8:]] == ["quiet"]
    lines = printed(capsys, "--product", "billing", "--marts", marts).splitlines()
    assert [line.split()[1] for line in lines[8:]] == ["invoice"]


def test_json_has_both_tables_and_csv_that_of_the_weights(
    marts: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = json.loads(printed(capsys, "--marts", marts, "--format", "json"))
    assert [row["staying"] for row in found["weights"]] == [1, 2]
    assert [row["flow"] for row in found["flows"]] == ["checkout", HOSTILE, "invoice", "quiet"]
    rows = list(csv.DictReader(io.StringIO(printed(capsys, "--marts", marts, "--format", "csv"))))
    assert [row["direction"] for row in rows] == ["down", "up"]
    assert "<b>" not in printed(capsys, "--marts", marts, "--format", "markdown")


def test_without_flows_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = str(make_marts(tmp_path / "marts.duckdb", empty=True))
    assert "no scores" in printed(capsys, "--marts", empty)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["chekout"], "there is no flow 'chekout'; did you mean 'checkout'?"),
        (["--by", "component"], "--sensitivity is of flows"),
        (["--limit", "3"], "leave out --by, --runtime and --limit"),
        (["checkout", "--runtime", "ios"], "--sensitivity is of flows"),
    ],
)
def test_wrong_usage_ends_with_3(
    words: list[str], expected: str, marts: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["scores", "--sensitivity", "--marts", marts, *words]) == 3
    assert expected in capsys.readouterr().err
