"""`gapsight doctor` and the clones that gapsight.toml names: real repositories, fetched and forgotten."""

import os
import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.unit.doctor_support import Examined, drop_incident, load_and_publish, quiet_workspace
from tests.unit.test_git_api import ISOLATED, Clone

REPOS = '[[repos]]\nname = "shop-web"\npath = "repos/shop-web"\n'
ZONE = ZoneInfo("Europe/Berlin")
"""The workspace's, in which days are counted: late in the evening of UTC it is tomorrow there."""
TODAY = datetime.now(ZONE)
DAY = TODAY.date().isoformat()
LONG_AGO = TODAY.replace(hour=12) - timedelta(days=12)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace that names one repository."""
    folder = quiet_workspace(tmp_path / "shop", monkeypatch, REPOS)
    (folder / "repos").mkdir()
    drop_incident(folder)
    load_and_publish(folder)
    return folder


@pytest.fixture
def upstream(tmp_path: Path) -> Clone:
    """The team's repository: its newest commit is twelve days old."""
    made = Clone(tmp_path / "upstream")
    made.commit("a", "1", LONG_AGO.isoformat())
    return made


def cloned(upstream: Clone, workspace: Path, *how: str) -> Path:
    target = workspace / "repos" / "shop-web"
    upstream("clone", "-q", *how, str(upstream.path), str(target))
    return target


def aged(place: Path) -> None:
    os.utime(place, (LONG_AGO.timestamp(), LONG_AGO.timestamp()))


def git(folder: Path, *arguments: str) -> int:
    done = subprocess.run(["git", "-C", str(folder), *arguments], env=ISOLATED, check=False)
    return done.returncode


def fetched(clone: Path) -> Path:
    """Fetch as cron would; returns the file by which git remembers it."""
    assert git(clone, "fetch", "-q") == 0
    return next(clone.rglob("FETCH_HEAD"))


def test_a_clone_that_was_just_fetched(
    workspace: Path, upstream: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    fetched(cloned(upstream, workspace))
    found = Examined(workspace, capsys, DAY)
    assert found.about("shop-web") == []
    repo = found.one("repos", "shop-web")
    assert (repo["reachable"], repo["has_remote"], repo["state"]) == (True, True, "ok")
    newest = datetime.fromisoformat(str(repo["newest_commit"]))
    assert abs(newest - LONG_AGO) < timedelta(seconds=1)
    assert TODAY - datetime.fromisoformat(str(repo["fetched_at"])) < timedelta(minutes=5)
    git = found.one("sources", "git")
    assert (git["configured_by"], git["fed_by"], git["reachable"]) == (["repos"], "repos", True)


def test_a_fresh_clone_needs_no_fetch_yet(
    workspace: Path, upstream: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    cloned(upstream, workspace)
    found = Examined(workspace, capsys, DAY)
    assert found.about("shop-web") == []
    assert found.one("repos", "shop-web")["fetched_at"] is not None


@pytest.mark.parametrize("how", [(), ("--mirror",)])
def test_a_clone_that_nobody_fetches_is_stale(
    workspace: Path, upstream: Clone, capsys: pytest.CaptureFixture[str], how: tuple[str, ...]
) -> None:
    clone = cloned(upstream, workspace, *how)
    aged(fetched(clone))
    found = Examined(workspace, capsys, DAY)
    [(level, what, do)] = found.about("shop-web")
    assert (level, what) == ("stale", "repository shop-web: last fetched 12 days ago")
    assert do.startswith(f"git -C {clone} fetch; let cron or CI do so")
    repo = found.one("repos", "shop-web")
    assert (repo["reachable"], repo["state"], repo["do"]) == (True, "not fetched", [do])
    assert found.code == 2


def test_a_clone_that_was_never_fetched_is_as_old_as_itself(
    workspace: Path, upstream: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    aged(cloned(upstream, workspace) / ".git" / "HEAD")
    found = Examined(workspace, capsys, DAY)
    assert found.about("shop-web")[0][:2] == (
        "stale",
        "repository shop-web: last fetched 12 days ago",
    )


def test_a_fetch_that_failed_does_not_count(
    workspace: Path, upstream: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    clone = cloned(upstream, workspace)
    fetched(clone)
    shutil.move(upstream.path, upstream.path.with_name("gone"))
    assert git(clone, "fetch", "-q") != 0
    found = Examined(workspace, capsys, DAY)
    [(level, what, do)] = found.about("shop-web")
    words = "repository shop-web: the last fetch failed, the newest commit is 12 days old"
    assert (level, what) == ("stale", words)
    assert do == f"see why: git -C {clone} fetch"


def test_a_local_branch_hides_what_was_fetched(
    workspace: Path, upstream: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    clone = cloned(upstream, workspace)
    upstream.commit("b", "1", TODAY.isoformat())
    fetched(clone)
    found = Examined(workspace, capsys, DAY)
    [(level, what, do)] = found.about("shop-web")
    assert level == "stale"
    assert what.endswith("the local branch main is read, and origin/main has newer commits")
    assert do.startswith(f"git -C {clone} pull --ff-only")
    assert found.one("repos", "shop-web")["state"] == "behind"


def test_a_repository_without_a_remote_may_be_quiet(
    workspace: Path, upstream: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(upstream.path, workspace / "repos" / "shop-web")
    found = Examined(workspace, capsys, DAY)
    [(level, what, _)] = found.about("shop-web")
    words = "repository shop-web: no remote, and the newest commit is 12 days old"
    assert (level, what) == ("warning", words)
    repo = found.one("repos", "shop-web")
    assert (repo["has_remote"], repo["fetched_at"], repo["state"]) == (False, None, "quiet")
    then = LONG_AGO.date().isoformat()
    assert Examined(workspace, capsys, then).about("shop-web") == []


def nothing(_place: Path, _upstream: Clone) -> tuple[str, str]:
    return "no clone at", "clone it there, or correct it in [[repos]]"


def no_clone(place: Path, _upstream: Clone) -> tuple[str, str]:
    place.mkdir()
    return "is not a git repository", "clone it there, or correct it in [[repos]]"


def empty(place: Path, upstream: Clone) -> tuple[str, str]:
    upstream("init", "-q", str(place))
    return "is an empty repository", f"fetch it: git -C {place} fetch"


def other_branch(place: Path, upstream: Clone) -> tuple[str, str]:
    upstream("branch", "-m", "trunk")
    upstream("clone", "-q", str(upstream.path), str(place))
    return "has no branch 'main'; there are: trunk", "name another branch: correct it in [[repos]]"


@pytest.mark.parametrize("make", [nothing, no_clone, empty, other_branch])
def test_what_git_cannot_read_is_an_error(
    workspace: Path, upstream: Clone, capsys: pytest.CaptureFixture[str], make
) -> None:
    words, advice = make(workspace / "repos" / "shop-web", upstream)
    found = Examined(workspace, capsys, DAY)
    [(level, what, do)] = found.about("shop-web")
    assert level == "error"
    assert words in what
    assert do.startswith(advice)
    assert found.one("repos", "shop-web")["state"] == "unreachable"
    assert found.one("sources", "git")["reachable"] is False
    assert found.code == 1


def test_without_git_it_says_so(
    workspace: Path, upstream: Clone, capsys: pytest.CaptureFixture[str], monkeypatch
) -> None:
    cloned(upstream, workspace)
    monkeypatch.setenv("PATH", str(workspace))
    [(level, what, do)] = Examined(workspace, capsys, DAY).about("shop-web")
    assert (level, do) == ("error", "install git")
    assert what == "repository shop-web: git is not installed, or not on the search path"


def test_a_folder_inside_another_repository_is_not_taken_for_it(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert git(workspace, "init", "-q") == 0
    (workspace / "repos" / "shop-web").mkdir()
    found = Examined(workspace, capsys, DAY)
    assert "is not a git repository" in found.about("shop-web")[0][1]


def test_a_clone_is_not_touched(
    workspace: Path, upstream: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    clone = cloned(upstream, workspace)
    (clone / "a").write_text("changed, so that git would refresh its index")

    def state() -> dict[Path, int]:
        return {place: place.stat().st_mtime_ns for place in sorted(clone.rglob("*"))}

    before = state()
    Examined(workspace, capsys, DAY)
    assert state() == before
