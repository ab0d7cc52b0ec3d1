"""What-if on a real workspace: what must flip flips, nothing else, and nothing is written."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from gapsight.backtest.cases import INPUTS
from tests.e2e.conftest import ROOT, Published

pytestmark = [pytest.mark.pipeline, pytest.mark.timeout(900)]


def state(folder: Path) -> dict[str, tuple[int, int, str]]:
    """Size and time of everything in a workspace; of what is built the bytes, too."""
    found = {}
    for place in [folder, *folder.rglob("*")]:
        name, told = str(place.relative_to(folder)), place.stat()
        is_built = "/published/" in name or name.endswith("warehouse.duckdb")
        content = (
            hashlib.sha256(place.read_bytes()).hexdigest() if is_built and place.is_file() else ""
        )
        found[name] = (told.st_size, told.st_mtime_ns, content)
    return found


def started(shop: Published, scratch: Path, *words: str) -> subprocess.Popen[str]:
    """A what-if in a process of its own, whose copies lie in a folder we see."""
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "gapsight.cli.main", "what-if", "--format", "json"),
            *("--workspace", str(shop.workspace), *words),
        ],
        cwd=ROOT,
        env=dict(os.environ, TMPDIR=str(scratch)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str], code: int) -> dict[str, Any]:
    out, err = process.communicate(timeout=600)
    assert process.returncode == code, err
    found: dict[str, Any] = json.loads(out)
    return found


def weights(shop: Published) -> dict[str, float]:
    query = "select name, cast(value as double) from rpt_rules_in_force where kind = 'weight'"
    return {str(name): float(str(value)) for name, value in shop.query(query)}


def test_two_at_once_flip_what_lies_between_and_nothing_of_the_workspace_changes(
    shop: Published, tmp_path: Path
) -> None:
    found = shop.query(
        "select flow, round(risk, 4) from fct_risk_scores where grain = 'flow' and runtime = 'all'"
        " and decision in ('automate_now', 'automate_partial_explore') order by risk"
    )
    assert len(found) >= 4
    line = float(str(found[2][1])) + 0.01
    between = [str(flow) for flow, risk in found if float(str(risk)) < line]
    doubled = [f"--set={name}={2 * weight}" for name, weight in weights(shop).items()]
    assert len(doubled) == len(INPUTS)

    before = state(shop.workspace)
    one = started(shop, tmp_path, *doubled)
    other = started(shop, tmp_path, "--threshold", f"decision_automate_some_risk={line}")
    scaled, moved = ended(one, 0), ended(other, 1)

    assert (scaled["flips"], scaled["moved"]) == ([], []), "only the ratio of weights counts"
    assert len(scaled["changes"]) == len(INPUTS)
    assert {row["change"] for row in moved["flips"]} == {"decision"}
    assert sorted(row["name"] for row in moved["flips"]) == sorted(between)
    assert {row["after"] for row in moved["flips"]} == {"explore_only"}
    assert moved["moved"] == [], "a line moves no score"
    assert moved["as_of"] == str(shop.query("select as_of from _meta")[0][0])
    assert state(shop.workspace) == before
    assert list(tmp_path.iterdir()) == []


def test_the_weights_of_today_change_nothing(shop: Published, tmp_path: Path) -> None:
    seed = shop.workspace / "seeds" / "score_weights.csv"
    found = ended(started(shop, tmp_path, "--weights", str(seed)), 0)
    assert (found["changes"], found["flips"], found["moved"]) == ([], [], [])


@pytest.mark.parametrize("word", [signal.SIGINT, signal.SIGTERM])
def test_a_what_if_that_is_stopped_leaves_nothing_behind(
    shop: Published, tmp_path: Path, word: signal.Signals
) -> None:
    before = state(shop.workspace)
    process = started(shop, tmp_path, "--set", "usage=1")
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob("*/logs/dbt.log")) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert list(tmp_path.iterdir()), "the copy is there"
    process.send_signal(word)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (130, ""), err
    assert list(tmp_path.iterdir()) == []
    assert state(shop.workspace) == before


def test_the_published_sensitivity_and_plan_add_up(shop: Published) -> None:
    assert shop.query("select count(*), count(distinct input) from rpt_rank_sensitivity") == [
        (18, 9)
    ]
    assert (
        shop.query(
            "select flow from rpt_flow_sensitivity join fct_risk_scores as scores using (flow)"
            " where scores.grain = 'flow' and not (scores.risk between risk_lowest and risk_highest)"
        )
        == []
    )
    assert shop.query("select count(*) from rpt_plan where gain > 0")[0][0]
    assert (
        shop.query(
            "select flow from rpt_plan where (gain is null) = (not_planned_reason is null)"
            " or gain > weighted_risk or risk_after > risk"
        )
        == []
    )
