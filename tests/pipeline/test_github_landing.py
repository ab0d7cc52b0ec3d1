"""Nights of a repository on GitHub: what is asked, what lands, and what of it is new."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from ingest import apis
from orchestration.days import Days
from orchestration.lake import Lake
from orchestration.landing import Landing, days_missing, land
from orchestration.loading import load_family
from orchestration.settings import load
from tests.pipeline.conftest import new_workspace
from tests.unit.github_support import JUNIT, TOKEN, FakeGitHub, zip_of

API = apis.get("github_actions")
FIRST = datetime(2026, 6, 3, 2, 30, tzinfo=UTC)
DAY = date(2026, 6, 2)
WORKSPACE = """
[[fetch.github_actions]]
name = "shop-web"
repo = "acme/web"
token_env = "GITHUB_TOKEN"
base_url = "{url}/api/v3"
"""
STAGE = '[[fetch.github_actions.workflows]]\nname = "CI"\nstage = "merge"\n'


class Nights:
    """A workspace whose fetch runs night by night."""

    def __init__(self, folder: Path, github: FakeGitHub, url: str) -> None:
        self.github, self.folder, self.url = github, folder, url

    def on(self, night: int, more: str = "") -> tuple[Landing, list[str]]:
        """What the fetch of a night did, and what it asked for beside the lists of runs."""
        now = FIRST + timedelta(days=night - 1)
        self.github.asked.clear()
        new_workspace(self.folder, WORKSPACE.format(url=self.url) + more)
        settings = load(self.folder, environ={"GITHUB_TOKEN": TOKEN})
        found = land(settings, API, Days(DAY, now.date()), now=now)
        asked = [one.path.partition("/actions/")[2] for one in self.github.asked]
        return found, [path for path in asked if path != "runs"]

    @property
    def inbox(self) -> list[str]:
        top = self.folder / "var" / "inbox" / "ci_bundle"
        return sorted(str(file.relative_to(top)) for file in top.rglob("*.zip"))


@pytest.fixture
def nights(tmp_path: Path) -> Iterator[Nights]:
    github = FakeGitHub()
    github.run(1)
    github.artifact(1, "unit-report", zip_of(junit_xml=JUNIT))
    with github.listening() as vendor:
        yield Nights(tmp_path / "shop", github, vendor.url)


def test_a_run_that_was_there_costs_no_request_on_the_next_night(nights):
    found, asked = nights.on(1)
    assert (found.files, found.news) == (1, 1)
    assert asked == ["runs/1/artifacts", "artifacts/100/zip", "runs/1/attempts/1/jobs"]
    found, asked = nights.on(2)
    assert (found.files, asked) == (0, [])
    assert nights.inbox == ["2026-06-02/shop-web-1-1.zip"]


def test_a_run_that_ended_on_the_day_after_is_not_lost(nights):
    run = nights.github.runs[1]
    run["status"] = "in_progress"
    assert nights.on(1)[0].files == 0
    run |= {"status": "completed", "updated_at": "2026-06-03T05:00:00Z"}
    assert nights.on(2)[0].news == 1


def test_a_rerun_of_a_month_later_is_seen_and_of_it_only_what_is_new(nights):
    nights.on(1)
    late = {"run_started_at": "2026-07-02T10:00:00Z", "updated_at": "2026-07-02T10:05:00Z"}
    nights.github.run(1, run_attempt=2, **late)
    nights.github.artifact(1, "unit-report", zip_of(junit_xml=JUNIT))
    found, asked = nights.on(31)
    assert found.news == 1
    assert asked == ["runs/1/artifacts", "artifacts/101/zip", "runs/1/attempts/2/jobs"]
    assert nights.inbox == ["2026-06-02/shop-web-1-1.zip", "2026-06-02/shop-web-1-2.zip"]


def test_a_day_has_settled_when_its_runs_can_no_longer_be_run_again(nights):
    nights.on(1)
    nights.on(33)
    settings = load(nights.folder, environ={})
    days = Days(DAY, date(2026, 7, 5))
    assert days_missing(settings, API, days, now=FIRST + timedelta(days=40))[0] == date(2026, 6, 4)


def test_changed_settings_reach_what_lies_there_without_a_download(nights):
    nights.on(1)
    found, asked = nights.on(2, STAGE)
    assert (found.files, found.news) == (1, 1)
    assert asked == ["runs/1/artifacts"]


def test_a_lost_record_downloads_nothing_again(nights):
    nights.on(1)
    for place in (nights.folder / "var" / "lake" / "_state").glob("landed-*"):
        place.unlink()
    found, asked = nights.on(2)
    assert (found.files, asked) == (0, ["runs/1/artifacts"])


def test_what_had_expired_is_told_with_its_count(nights):
    for number in (2, 3):
        nights.github.run(number)
        nights.github.artifact(number, "e2e-report", b"", expired=True)
    assert nights.on(1)[0].said == [
        "shop-web: artifacts had expired before they were fetched (2 times)"
    ]


def test_a_bundle_that_was_loaded_and_then_archived_is_left_alone(nights):
    nights.on(1)
    bundle = nights.folder / "var" / "inbox" / "ci_bundle" / "2026-06-02" / "shop-web-1-1.zip"
    settings = load(nights.folder, environ={})
    lake = Lake(settings.paths.lake)
    load_family(settings, "ci")
    assert [entry.path for entry in lake.ledger(["ci_bundle"]).values()] == [
        "ci_bundle/2026-06-02/shop-web-1-1.zip"
    ]
    bundle.unlink()
    found, asked = nights.on(2, STAGE)
    assert (found.files, asked) == (0, [])
