"""A run that fetches first: repositories and vendors, and an inbox that keeps files for some days."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from orchestration.launcher import NOT_FETCHED
from orchestration.pipeline import run_pipeline
from tests.pipeline.conftest import DAY, git, history, new_workspace, published, put

pytestmark = pytest.mark.timeout(240)


def test_commits_are_fetched_loaded_and_fetched_again(tmp_path, project):
    repo = tmp_path / "shop" / "web"
    repo.mkdir(parents=True)
    git(repo, "init", "-b", "main")
    (repo / "a.py").write_text("a\n")
    git(repo, "add", ".")
    git(repo, "commit", "-m", "one")
    shop = new_workspace(tmp_path / "shop", '[[repos]]\nname = "web"\npath = "web"\n')
    put(shop, "a.json", "I-1", day=DAY + timedelta(days=20))
    result = run_pipeline(shop)
    assert result.files_listed == 1 + 50 + 3, (
        "a day up to the inbox's last has a log, a Sunday its sizes"
    )
    assert published(shop, "select file from fct_commits") == [("a.py",)]
    (repo / "b.py").write_text("b\n")
    git(repo, "add", ".")
    git(repo, "commit", "-m", "two")
    assert run_pipeline(shop).files_loaded == 1 + 3
    assert published(shop, "select count(*) from fct_commits") == [(2,)]
    assert run_pipeline(shop).is_unchanged


def test_a_repository_that_is_not_there_does_not_stop_the_rest(tmp_path, project):
    shop = new_workspace(tmp_path / "shop", '[[repos]]\nname = "web"\npath = "absent"\n')
    put(shop, "a.json", "I-1")
    result = run_pipeline(shop)
    assert [w for w in result.warnings if "absent" in w and "git could not be fetched" in w]
    [tag] = [run.tags[NOT_FETCHED] for run in history(shop) if run.job_name == "ingest"]
    assert tag == "git"
    assert published(shop, "select count(*) from fct_incidents") == [(1,)]


def test_a_vendor_that_cannot_be_asked_does_not_hold_back_the_files_of_its_family(
    tmp_path, project
):
    pager = '[[fetch.pagerduty]]\nname = "shop"\ntoken_env = "NOBODY_SET_THIS"\n'
    first_day = datetime.now(UTC).date() - timedelta(days=2)  # up to today is asked for
    shop = replace(new_workspace(tmp_path / "shop", pager), first_day=first_day)
    put(shop, "a.json", "I-1", day=first_day)
    result = run_pipeline(shop)
    assert [w for w in result.warnings if "NOBODY_SET_THIS" in w]
    assert published(shop, "select count(*) from fct_incidents") == [(1,)]


def test_a_run_removes_what_is_older_than_the_inbox_keeps_and_its_rows_stay(tmp_path, project):
    shop = new_workspace(tmp_path / "shop", "keep_inbox_days = 30\n")
    old = put(shop, "a.json", "I-1")
    result = run_pipeline(shop)
    assert (result.removed, result.files_listed, result.rows) == ({"incidents": 1}, 1, 1)
    assert not old.exists()
    assert published(shop, "select incident_id from fct_incidents") == [("I-1",)]
    again = run_pipeline(shop)
    assert (again.removed, again.is_unchanged, again.warnings) == ({}, True, ())
    log = (shop.paths.dagster_home / "history" / "runs").glob("*.db")
    said = b"incidents: 1 inbox files removed by retention (keep_inbox_days 30)"
    assert any(said in place.read_bytes() for place in log)
