"""What `gapsight run` shows at its end and refuses before it begins; `gapsight seeds check`."""

import json
from datetime import date
from pathlib import Path

import pytest

from gapsight.cli.main import main
from gapsight.cli.marts import open_marts
from gapsight.cli.options import Place
from gapsight.cli.run import _show_run, show_gaps, show_verdict
from gapsight.cli.seeds import SHOWN
from orchestration.damage import Damaged
from orchestration.pipeline import RunResult
from tests.unit.cli_support import make_marts, make_workspace

CATALOG = "flow,product,status\ncheckout,shop,active\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with one flow."""
    folder = make_workspace(tmp_path / "shop")
    (folder / "seeds" / "flow_catalog.csv").write_text(CATALOG)
    return folder


def test_the_verdict_is_shown_over_all_first_and_with_its_reasons(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_marts(make_marts(tmp_path / "marts.duckdb")) as published:
        show_verdict(published)
    assert capsys.readouterr().out.splitlines() == [
        "Release verdict as of 2026-06-30",
        "  all: FAIL (observed, not blocking)",
        "    topn coverage: fail, Top-N flows below the target: checkout 25 % [observe]",
        "  billing: UNKNOWN (observed, not blocking)",
        "    topn coverage: unknown, unmeasured Top-N flows: invoice [observe]",
        "  shop: FAIL",
        "    topn coverage: fail, Top-N flows below the target: checkout 25 % [block]",
        "",
    ]


def test_the_gaps_are_shown_as_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_marts(make_marts(tmp_path / "marts.duckdb")) as published:
        show_gaps(published, limit=2)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Top 2 gaps"
    assert [line.split()[1] for line in lines[2:4]] == ["checkout", "invoice"]


def test_nothing_judged_and_nothing_found_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_marts(make_marts(tmp_path / "marts.duckdb", empty=True)) as published:
        show_verdict(published)
        show_gaps(published)
    out = capsys.readouterr().out
    assert "unknown: no release rule could be judged" in out
    assert "No gaps found\n  the flow catalogue is empty" in out


def ended(folder: Path, log: str) -> RunResult:
    """What a run of one unreadable file gives back."""
    place = folder / "run.log"
    place.write_text(log)
    damaged = Damaged(
        "incidents", "incidents/2026-06-30/a.json", "an empty file", is_unreadable=True
    )
    return RunResult(
        as_of=None,
        files_listed=3,
        files_loaded=0,
        unreadable=(damaged,),
        rows=0,
        rejected=0,
        is_unchanged=True,
        warnings=(),
        published=folder,
        seconds={"load": 0.1},
        log=place,
    )


def test_a_log_without_a_word_is_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _show_run(ended(tmp_path, ""), Place())
    silent = capsys.readouterr().out
    _show_run(ended(tmp_path, "dbt build"), Place())
    assert "\nlog " not in silent
    assert f"\nlog        {tmp_path / 'run.log'}\n" in capsys.readouterr().out
    assert "0 of 3 files were new or changed; 0 rows, 0 rejected, 1 files unreadable" in silent


def test_after_a_past_day_its_scores_are_hinted_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _show_run(ended(tmp_path, ""), Place(as_of=date(2026, 6, 1)))
    assert "explain    gapsight scores FLOW --as-of 2026-06-01\n" in capsys.readouterr().out


def test_a_run_ends_before_it_begins_when_a_seed_is_wrong(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    aliases = "source,alias,flow\njira,x,chekout\n"
    (workspace / "seeds" / "flow_aliases.csv").write_text(aliases)
    assert main(["run", "--workspace", str(workspace)]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    place, _, text = err.splitlines()[1].partition(": ")
    assert place == "seeds/flow_aliases.csv:2"
    assert text == "alias 'x' names the unknown flow 'chekout'; did you mean 'checkout'?"
    assert err.splitlines()[-1] == "check again with: gapsight seeds check"
    assert not (workspace / "var").exists()


def test_seeds_check_without_mistakes(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["seeds", "check", "--workspace", str(workspace)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("0 errors, 0 warnings")


def test_seeds_check_prints_every_mistake_and_ends_with_3(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace / "seeds" / "tiers.csv").write_text("tier,weight\n\x1b[31m,-1\nb,x\n")
    assert main(["seeds", "check", "--workspace", str(workspace)]) == 3
    out = capsys.readouterr().out
    assert [line.partition(": ")[0] for line in out.splitlines()[:2]] == [
        "seeds/tiers.csv:2",
        "seeds/tiers.csv:3",
    ]
    assert "2 errors" in out
    assert "\x1b" not in out


def test_seeds_check_as_json(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workspace / "seeds" / "tiers.csv").write_text("tier,weight\ngold,-1\n")
    assert main(["seeds", "check", "--workspace", str(workspace), "--format", "json"]) == 3
    said = json.loads(capsys.readouterr().out)
    assert said["ok"] is False
    assert said["problems"] == [
        {
            "level": "error",
            "file": "seeds/tiers.csv",
            "line": 2,
            "column": "weight",
            "message": "tier 'gold': weight -1 is negative; write 0 or more",
        }
    ]


def test_a_flood_of_mistakes_is_cut_in_text(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "".join(f"t{n},-1\n" for n in range(SHOWN + 5))
    (workspace / "seeds" / "tiers.csv").write_text("tier,weight\n" + rows)
    assert main(["seeds", "check", "--workspace", str(workspace)]) == 3
    out = capsys.readouterr().out
    assert len(out.splitlines()) == SHOWN + 2
    assert "... and 5 more" in out
