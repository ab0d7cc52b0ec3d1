"""The real `dagster dev`: an incident is told of within a minute, and a killed daemon loses and doubles none."""

import json
import os
import signal
import time
from collections import Counter
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest

from orchestration import dbt_home
from tests.pipeline.conftest import new_workspace, published, put, small_project
from tests.pipeline.processes import ROOT, Ui, alive, children, serving, wait_until

pytestmark = [pytest.mark.pipeline, pytest.mark.long, pytest.mark.timeout(400)]
INCIDENTS = 10_000
DAY = date(2026, 6, 20)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """This source tree, with the small dbt project in place of its own."""
    folder = tmp_path_factory.mktemp("source")
    for name in ("orchestration", "ingest", "gapsight", "dagster.yaml", "workspace.yaml"):
        (folder / name).symlink_to(ROOT / name)
    small_project(folder / "dbt_project")
    return folder


@pytest.fixture(scope="module")
def shop(tmp_path_factory, source):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dbt_home, "PACKAGE", source / "dbt_project")
        yield new_workspace(tmp_path_factory.mktemp("loop") / "shop")


def known(settings) -> Counter[str]:
    """Published incidents, and how often each is."""
    if not settings.paths.marts.is_file():
        return Counter()
    return Counter(row[0] for row in published(settings, "select incident_id from fct_incidents"))


def drop(settings, number: int) -> None:
    """So many incidents in a hundred files at once."""
    folder = settings.paths.inbox / "incidents" / DAY.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    for file in range(100):
        told = [
            {"id": f"I-{n}", "started_at": f"{DAY}T08:00:00Z"} for n in range(file, number, 100)
        ]
        part = folder / f".{file}.json"
        part.write_text(json.dumps(told))
        part.rename(folder / f"{file}.json")


def correlations(ui: Ui) -> list[dict]:
    return [run for run in ui.runs() if run["jobName"] == "correlate"]


def daemons(pid: int) -> set[int]:
    """Processes of the daemon below the UI."""
    found = set()
    for child in children(pid):
        with suppress(OSError):
            words = Path(f"/proc/{child}/cmdline").read_bytes()
            if b"dagster-daemon" in words or b"dagster._daemon" in words:
                found.add(child)
    return found


def test_an_incident_is_told_of_within_a_minute_and_ten_thousand_survive_a_killed_daemon(
    shop, source, record_property
):
    with serving(shop, source) as ui:
        assert wait_until(lambda: ui.sensor_has_looked("incidents", 0), 90, every=0.5)
        dropped = time.time()
        put(shop, "one.json", "I-first", day=DAY)
        assert wait_until(lambda: correlations(ui), 60, every=0.5), "within a minute"
        record_property("started", round(time.time() - dropped, 1))
        assert wait_until(lambda: known(shop)["I-first"], 120, every=0.5)
        record_property("published", round(time.time() - dropped, 1))
        assert wait_until(lambda: all(run["endTime"] for run in ui.runs()), 60, every=0.5)
        before = len(correlations(ui))
        drop(shop, INCIDENTS)
        assert wait_until(lambda: len(correlations(ui)) > before, 60, every=0.1)
        below = children(ui.process.pid)
        killed = daemons(ui.process.pid)
        assert killed
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        # What else runs below it is killed as well: in the middle of loading, most likely.
        for pid in below - killed:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: not alive(below), 30)
        assert sum(known(shop).values()) == 1, "it was in the middle"
    with serving(shop, source) as ui:
        assert wait_until(lambda: len(known(shop)) == INCIDENTS + 1, 240, every=1), "none is lost"
        assert wait_until(lambda: all(run["endTime"] for run in ui.runs()), 120, every=1)
        assert set(known(shop).values()) == {1}, "none twice"
        tags = [
            {tag["key"]: tag["value"] for tag in run["tags"]}["gapsight/incidents"]
            for run in correlations(ui)
        ]
        assert max(Counter(tags).values()) <= 2, "one that was killed, and one that followed it"
