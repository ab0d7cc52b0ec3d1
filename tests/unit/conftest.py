"""Fixtures that several files share: the demo, which takes seconds to make, and a job of CI."""

import io
from datetime import datetime
from pathlib import Path

import pytest

from gapsight import demo
from gapsight.demo import days
from gapsight.demo.reckoning import Reckoning
from gapsight.demo.rhythm import ZONE
from ingest import sources
from ingest.records import FileCoverage, TestAttempt
from ingest.source import Context
from tests.unit.demo_support import FULL, reports
from tests.unit.pack_support import Job


@pytest.fixture(scope="session")
def short_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The last fourteen days of the demo."""
    target = tmp_path_factory.mktemp("demo")
    demo.generate(target, days=14)
    return target


@pytest.fixture(scope="session")
def demo_truth(short_demo: Path) -> demo.Truth:
    found = demo.read_truth(short_demo)
    assert found
    return found


@pytest.fixture(scope="session")
def long_demo() -> Reckoning:
    """The truth of the long demo, of its plan alone: commits stand for their hashes."""
    shared = days.background(demo.SEED, demo.UNTIL, FULL)
    shas = {
        repo: {c.mark: f"{c.mark:040x}" for c in plan.commits}
        for repo, plan in shared.plans.items()
    }
    return Reckoning(days.Job("", demo.SEED, FULL, demo.UNTIL, shas), shared)


@pytest.fixture(scope="session")
def demo_attempts(short_demo: Path) -> list[tuple[dict[str, object], TestAttempt]]:
    """Every test attempt of the short demo with its manifest; nothing is refused on the way."""
    found = []
    for manifest, kind, name, content in reports(short_demo):
        day = datetime.fromisoformat(str(manifest["started_at"])).astimezone(ZONE).date()
        context = Context(folder_day=day, name=name, reporting_zone=str(ZONE))
        for item in sources.get(kind).parse(io.BytesIO(content), context):
            assert isinstance(item, TestAttempt | FileCoverage), (manifest["build"], name, item)
            if isinstance(item, TestAttempt):
                found.append((manifest, item))
    return found


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    """A job outside any clone, CI system and workspace, with one JUnit report."""
    job = Job(tmp_path / "job", monkeypatch)
    job.write("build/unit/TEST-a.xml")
    return job
