"""What `gapsight pack` asks of a real git clone, where the CI system does not say it."""

import shutil
from pathlib import Path

import pytest

from gapsight.ci_pack.clone import clone_at
from tests.unit.pack_support import BASE, SHA, Job, clone, commit, git, manifest_of
from tests.unit.test_pack_systems import BUILDKITE, GITHUB, GITLAB, JENKINS


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    """A job in a folder of a clone of shop-web, on a branch that left main a commit ago."""
    folder, base = clone(tmp_path)
    job = Job(folder / "services" / "web", monkeypatch)
    job.write("junit.xml")
    job.base, job.sha = base, git(folder, "rev-parse", "HEAD")
    return job


def test_without_ci_commit_branch_base_and_repository_are_the_clone_s(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    assert job.pack() == 0
    [bundle] = job.bundles
    found = manifest_of(bundle)
    assert (found.repo, found.sha, found.base_sha) == ("shop-web", job.sha, job.base)
    assert (found.branch, found.build, found.attempt) == ("feature/x", f"local-{job.sha[:12]}", 1)
    assert "told by    the git clone" in capsys.readouterr().out


def test_changes_that_no_commit_holds_are_said(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    assert job.pack() == 0
    assert "no commit holds" not in capsys.readouterr().err, "reports and bundles are not tracked"
    (job.folder.parents[1] / "one").write_text("changed")
    assert job.pack() == 0
    assert "no commit holds" in capsys.readouterr().err


def test_a_detached_commit_has_no_branch_and_the_default_branch_no_base(job: Job) -> None:
    git(job.folder, "checkout", "-q", "--detach", "origin/main")
    assert job.pack() == 0
    [bundle] = job.bundles
    found = manifest_of(bundle)
    assert (found.sha, found.base_sha, found.branch) == (job.base, None, None)


def test_a_linked_worktree_is_a_clone(job: Job, tmp_path: Path) -> None:
    git(job.folder, "worktree", "add", "-q", str(tmp_path / "linked"), "main")
    found = clone_at(tmp_path / "linked")
    assert found is not None
    assert (found.sha, found.branch, found.repo) == (job.base, "main", "shop-web")


def test_the_base_is_of_the_branch_that_the_change_goes_into(job: Job) -> None:
    origin = job.folder.parents[2] / "origin" / "shop-web.git"
    git(origin, "checkout", "-qb", "release/1")
    release = commit(origin, "fix")
    git(job.folder, "fetch", "-q")
    git(job.folder, "rebase", "-q", "origin/release/1")
    job.env({**BUILDKITE, "BUILDKITE_COMMIT": "HEAD", "BUILDKITE_BRANCH": "feature/x",
             "BUILDKITE_PULL_REQUEST": "5", "BUILDKITE_PULL_REQUEST_BASE_BRANCH": "release/1"})  # fmt: skip
    assert job.pack() == 0
    [bundle] = job.bundles
    found = manifest_of(bundle)
    assert found.base_sha == release
    assert found.sha == git(job.folder, "rev-parse", "HEAD"), (
        "HEAD is no commit, but the clone's is"
    )


def test_a_target_that_was_not_fetched_gives_no_base_of_another_branch(job: Job) -> None:
    env = {
        **BUILDKITE,
        "BUILDKITE_COMMIT": job.sha,
        "BUILDKITE_PULL_REQUEST_BASE_BRANCH": "release/9",
    }
    job.env(env)
    assert job.pack() == 0
    [bundle] = job.bundles
    assert manifest_of(bundle).base_sha is None


@pytest.mark.parametrize("author", ["nobody@nowhere", "a@example.com"])
def test_a_merge_that_jenkins_made_stands_for_its_first_parent(
    job: Job, author: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """As MergeWithGitSCMExtension does: check out the change, merge the target into it."""
    origin = job.folder.parents[2] / "origin" / "shop-web.git"
    commit(origin, "meanwhile")
    git(job.folder, "fetch", "-q")
    who = {"GIT_AUTHOR_NAME": "Jenkins", "GIT_AUTHOR_EMAIL": author}
    git(job.folder, "checkout", "-q", "--detach")
    git(job.folder, "merge", "-q", "--no-edit", "origin/main", **who)
    merge = git(job.folder, "rev-parse", "HEAD")
    job.env({**JENKINS, "GIT_COMMIT": merge, "CHANGE_ID": "5", "CHANGE_TARGET": "main",
             "CHANGE_BRANCH": "feature/x"})  # fmt: skip
    assert job.pack() == 0
    [bundle] = job.bundles
    found = manifest_of(bundle)
    if author == "nobody@nowhere":
        assert (found.sha, found.base_sha) == (job.sha, job.base)
        assert "a merge that Jenkins made" in capsys.readouterr().err
    else:
        assert found.sha == merge, "people merge too, and push that"


def test_what_is_checked_out_does_not_stand_in_for_a_change_that_is_unknown(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    job.env({**GITHUB, "GITHUB_EVENT_NAME": "pull_request", "GITHUB_SHA": job.sha})
    assert job.pack() == 0
    [bundle] = job.bundles
    assert manifest_of(bundle).sha is None
    err = capsys.readouterr().err
    assert "GITHUB_EVENT_PATH is not set" in err
    assert "evidence without" in err


def test_options_outweigh_the_system_and_the_system_the_clone(job: Job) -> None:
    job.env({**GITLAB, "CI_MERGE_REQUEST_DIFF_BASE_SHA": BASE})
    assert job.pack("--sha", SHA[::-1], "--branch", "mine", "--repo", "web", "--attempt", "4") == 0
    [bundle] = job.bundles
    found = manifest_of(bundle)
    assert (found.repo, found.sha, found.base_sha) == ("web", SHA[::-1], BASE)
    assert (found.branch, found.build, found.attempt) == ("mine", "1001", 4)


def test_without_git_nothing_of_the_clone_is_known(
    job: Job, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert job.pack() == 3
    assert "give --repo" in capsys.readouterr().err
    assert job.pack("--repo", "web") == 3
    assert "give --build" in capsys.readouterr().err
    assert job.pack("--repo", "web", "--build", "7") == 0


def test_an_unknown_ci_system_must_name_its_build(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    job.env({"CI": "true"})
    assert job.pack() == 3
    assert "this CI system is not known: give --build" in capsys.readouterr().err
    assert job.pack("--build", "7") == 0
    [bundle] = job.bundles
    assert (manifest_of(bundle).sha, manifest_of(bundle).branch) == (job.sha, "feature/x")
    job.env({"CI": "false"})
    assert job.pack() == 0


def test_asking_changes_nothing_in_the_clone(job: Job) -> None:
    root = job.folder.parents[1]
    before = {path: path.stat().st_mtime_ns for path in (root / ".git").rglob("*")}
    assert job.pack() == 0
    assert {path: path.stat().st_mtime_ns for path in (root / ".git").rglob("*")} == before


def test_a_damaged_clone_is_none(tmp_path: Path) -> None:
    folder, _ = clone(tmp_path)
    shutil.rmtree(folder / ".git" / "objects")
    (folder / ".git" / "HEAD").write_text("nonsense")
    assert clone_at(folder) is None
