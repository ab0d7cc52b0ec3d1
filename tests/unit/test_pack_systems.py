"""What each CI system tells `gapsight pack`, in environments as their documentation shows them."""

import json
from pathlib import Path
from typing import Any

import pytest

from gapsight.ci_pack.systems import told_by
from gapsight.ci_pack.told import Told, last_name
from tests.unit.pack_support import BASE, MERGE, SHA

GITHUB = {
    "CI": "true",
    "GITHUB_ACTIONS": "true",
    "GITHUB_EVENT_NAME": "push",
    "GITHUB_HEAD_REF": "",
    "GITHUB_BASE_REF": "",
    "GITHUB_JOB": "unit",
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_REF_NAME": "main",
    "GITHUB_REF_TYPE": "branch",
    "GITHUB_REPOSITORY": "octo-org/shop-web",
    "GITHUB_RUN_ATTEMPT": "3",
    "GITHUB_RUN_ID": "1658821493",
    "GITHUB_RUN_NUMBER": "12",
    "GITHUB_SHA": SHA,
    "GITHUB_WORKFLOW": "CI",
}
ON_A_CHANGE = {
    "GITHUB_EVENT_NAME": "pull_request",
    "GITHUB_HEAD_REF": "feature/x",
    "GITHUB_BASE_REF": "main",
    "GITHUB_REF": "refs/pull/512/merge",
    "GITHUB_REF_NAME": "512/merge",
    "GITHUB_SHA": MERGE,
}
PULL = {
    "number": 512,
    "head": {"ref": "feature/x", "sha": SHA},
    "base": {"ref": "main", "sha": BASE},
}
GITLAB = {
    "CI": "true",
    "GITLAB_CI": "true",
    "CI_COMMIT_BRANCH": "main",
    "CI_COMMIT_REF_NAME": "main",
    "CI_COMMIT_SHA": SHA,
    "CI_DEFAULT_BRANCH": "main",
    "CI_JOB_ID": "101",
    "CI_JOB_NAME": "unit",
    "CI_JOB_STARTED_AT": "2026-06-30T09:10:00Z",
    "CI_JOB_STATUS": "running",
    "CI_NODE_TOTAL": "1",
    "CI_PIPELINE_ID": "1001",
    "CI_PIPELINE_IID": "17",
    "CI_PROJECT_NAME": "shop-web",
    "CI_PROJECT_PATH": "octo/team/shop-web",
    "CI_REPOSITORY_URL": "https://gitlab-ci-token:s3cr3t-t0k3n@gitlab.example.com/octo/shop-web.git",
}
OF_A_REQUEST = {
    "CI_COMMIT_BRANCH": "",
    "CI_MERGE_REQUEST_IID": "512",
    "CI_MERGE_REQUEST_DIFF_BASE_SHA": BASE,
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "feature/x",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "release/1",
}
JENKINS = {
    "BUILD_ID": "153",
    "BUILD_NUMBER": "153",
    "BUILD_TAG": "jenkins-shop-web-153",
    "GIT_BRANCH": "origin/feature/x",
    "GIT_COMMIT": SHA,
    "GIT_URL": "git@github.com:octo-org/shop-web.git",
    "JENKINS_URL": "https://ci.example.com/jenkins/",
    "JOB_NAME": "shop-web",
    "JOB_BASE_NAME": "shop-web",
}
CIRCLE = {
    "CI": "true",
    "CIRCLECI": "true",
    "CIRCLE_BRANCH": "feature/x",
    "CIRCLE_BUILD_NUM": "4711",
    "CIRCLE_JOB": "unit",
    "CIRCLE_NODE_INDEX": "0",
    "CIRCLE_NODE_TOTAL": "1",
    "CIRCLE_PROJECT_REPONAME": "shop-web",
    "CIRCLE_SHA1": SHA,
    "CIRCLE_WORKFLOW_ID": "2f1a5c3e-0c1f-4a55-8f7f-0e5a4f1d9f11",
}
BUILDKITE = {
    "BUILDKITE": "true",
    "BUILDKITE_BRANCH": "main",
    "BUILDKITE_BUILD_NUMBER": "1514",
    "BUILDKITE_COMMIT": SHA,
    "BUILDKITE_LABEL": ":hammer: Specs",
    "BUILDKITE_PIPELINE_DEFAULT_BRANCH": "main",
    "BUILDKITE_PIPELINE_SLUG": "my-project",
    "BUILDKITE_PULL_REQUEST": "false",
    "BUILDKITE_PULL_REQUEST_BASE_BRANCH": "",
    "BUILDKITE_REPO": "git@github.com:acme-inc/my-project.git",
    "BUILDKITE_RETRY_COUNT": "0",
    "BUILDKITE_TAG": "",
}
SYSTEMS = {
    "GitHub Actions": GITHUB,
    "GitLab CI": GITLAB,
    "Jenkins": JENKINS,
    "CircleCI": CIRCLE,
    "Buildkite": BUILDKITE,
}


def told(env: dict[str, str], **more: str) -> Told:
    found = told_by({**env, **more})
    assert found is not None
    return found


def event(folder: Path, payload: Any) -> str:
    place = folder / "event.json"
    place.write_text(payload if isinstance(payload, str) else json.dumps(payload))
    return str(place)


@pytest.mark.parametrize("system", SYSTEMS)
def test_each_system_is_known_by_its_own_variables(system: str) -> None:
    found = told(SYSTEMS[system])
    assert found.system == system
    assert (found.sha, found.notes) == (SHA, ())
    assert found.build
    assert found.repo in ("shop-web", "my-project")


def test_on_no_ci_system_nobody_tells() -> None:
    assert told_by({"CI": "true", "BUILD_NUMBER": "5", "PATH": "/bin"}) is None


def test_variables_that_are_empty_or_no_sha_are_not_set() -> None:
    found = told(
        {"GITLAB_CI": "true", "CI_COMMIT_SHA": "HEAD", "CI_PIPELINE_ID": " ", "CI_JOB_NAME": ""}
    )
    assert found == Told(system="GitLab CI")
    assert told({**GITLAB, "CI_COMMIT_SHA": "0" * 40}).sha is None


def test_github_push() -> None:
    found = told(GITHUB)
    assert (found.repo, found.build, found.attempt) == ("shop-web", "1658821493", 3)
    assert (found.branch, found.pr, found.stage, found.pipeline, found.job) == (
        "main",
        None,
        None,
        "CI",
        "unit",
    )


def test_github_of_a_pull_request_the_head_is_meant_not_the_merge(tmp_path: Path) -> None:
    payload = {"action": "synchronize", "number": 512, "pull_request": {**PULL, "title": "x"}}
    found = told(GITHUB, **ON_A_CHANGE, GITHUB_EVENT_PATH=event(tmp_path, payload))
    assert (found.sha, found.base_sha, found.branch) == (SHA, BASE, "feature/x")
    assert (found.pr, found.stage, found.target) == ("512", "merge", "main")
    assert "GITHUB_SHA is another commit" in found.notes[0]


def test_github_pull_request_target_is_of_the_head_as_well(tmp_path: Path) -> None:
    env = {**ON_A_CHANGE, "GITHUB_EVENT_NAME": "pull_request_target", "GITHUB_SHA": BASE}
    env |= {"GITHUB_REF_NAME": "main"}
    found = told(GITHUB, **env, GITHUB_EVENT_PATH=event(tmp_path, {"pull_request": PULL}))
    assert (found.sha, found.branch, found.stage) == (SHA, "feature/x", "merge")


def test_github_workflow_run_is_of_the_commit_that_was_tested(tmp_path: Path) -> None:
    run = {"head_sha": SHA, "head_branch": "feature/x", "pull_requests": [PULL], "id": 1}
    env = {"GITHUB_EVENT_NAME": "workflow_run", "GITHUB_SHA": BASE}
    found = told(GITHUB, **env, GITHUB_EVENT_PATH=event(tmp_path, {"workflow_run": run}))
    assert (found.sha, found.base_sha, found.branch, found.pr) == (SHA, BASE, "feature/x", "512")
    forked = event(tmp_path, {"workflow_run": {**run, "pull_requests": []}})
    assert told(GITHUB, **env, GITHUB_EVENT_PATH=forked).pr is None


def test_github_merge_queue(tmp_path: Path) -> None:
    env = {"GITHUB_EVENT_NAME": "merge_group"}
    place = event(tmp_path, {"merge_group": {"head_sha": SHA, "base_sha": BASE}})
    found = told(GITHUB, **env, GITHUB_EVENT_PATH=place)
    assert (found.sha, found.base_sha, found.stage) == (SHA, BASE, "merge")


@pytest.mark.parametrize("payload", ["", "{", "[1]", '{"pull_request": 5}', '{"pull_request": {"head": []}}',
                                     "{}", "\xff", "[" * 5000])  # fmt: skip
def test_github_without_a_readable_event_no_commit_is_guessed(tmp_path: Path, payload: str) -> None:
    found = told(GITHUB, **ON_A_CHANGE, GITHUB_EVENT_PATH=event(tmp_path, payload))
    assert (found.sha, found.base_sha, found.branch) == (None, None, "feature/x")
    assert "give --sha" in found.notes[0]
    for env in ({}, {"GITHUB_EVENT_PATH": str(tmp_path / "none.json")}):
        assert told(GITHUB, **ON_A_CHANGE, **env).sha is None


def test_github_a_tag_is_no_branch(tmp_path: Path) -> None:
    place = event(tmp_path, {"repository": {"default_branch": "trunk"}})
    tagged = {"GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "v1", "GITHUB_EVENT_PATH": place}
    found = told(GITHUB, **tagged)
    assert (found.branch, found.sha, found.target) == (None, SHA, "trunk")


def test_gitlab_branch_and_merge_request() -> None:
    found = told(GITLAB)
    assert (found.repo, found.build, found.branch) == ("shop-web", "1001", "main")
    assert (found.started_at, found.conclusion) == ("2026-06-30T09:10:00Z", None)
    found = told(GITLAB, **OF_A_REQUEST, CI_JOB_STATUS="failed")
    assert (found.sha, found.base_sha, found.branch) == (SHA, BASE, "feature/x")
    assert (found.pr, found.stage, found.target) == ("512", "merge", "release/1")
    assert found.conclusion == "failed"


def test_gitlab_of_merged_results_the_source_branch_s_commit_is_meant() -> None:
    merged = {**OF_A_REQUEST, "CI_COMMIT_SHA": MERGE, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": SHA}
    found = told(GITLAB, **merged)
    assert found.sha == SHA
    assert "merge commit" in found.notes[0]


def test_gitlab_nothing_of_the_job_token_is_taken() -> None:
    assert "s3cr3t" not in repr(told(GITLAB))


def test_several_jobs_of_one_name_have_a_place_counted_from_1() -> None:
    assert told(GITLAB, CI_NODE_INDEX="2", CI_NODE_TOTAL="4").place == "2/4"
    assert told(CIRCLE, CIRCLE_NODE_INDEX="1", CIRCLE_NODE_TOTAL="4").place == "2/4"
    parallel = {"BUILDKITE_PARALLEL_JOB": "1", "BUILDKITE_PARALLEL_JOB_COUNT": "4"}
    assert told(BUILDKITE, **parallel).place == "2/4"
    assert [told(env).place for env in (GITLAB, CIRCLE, BUILDKITE, GITHUB, JENKINS)] == [None] * 5


def test_jenkins_job_and_number_name_the_build() -> None:
    found = told(JENKINS)
    assert (found.repo, found.build, found.branch) == ("shop-web", "shop-web/153", "feature/x")
    assert (found.pipeline, found.job, found.may_be_a_merge) == ("shop-web", None, False)
    assert told(JENKINS, GIT_BRANCH="detached").branch is None


def test_jenkins_multibranch_pull_request_and_tag() -> None:
    change = {
        "JOB_NAME": "octo/shop-web/PR-512",
        "BRANCH_NAME": "PR-512",
        "GIT_BRANCH": "PR-512",
        "CHANGE_ID": "512",
        "CHANGE_BRANCH": "feature/x",
        "CHANGE_TARGET": "main",
        "STAGE_NAME": "unit",
    }
    found = told(JENKINS, **change)
    assert (found.build, found.pipeline) == ("octo/shop-web/PR-512/153", "octo/shop-web")
    assert (found.branch, found.pr, found.target, found.stage) == (
        "feature/x",
        "512",
        "main",
        "merge",
    )
    assert (found.job, found.may_be_a_merge) == ("unit", True)
    tagged = {"JOB_NAME": "shop-web/v1", "BRANCH_NAME": "v1", "GIT_BRANCH": "v1", "TAG_NAME": "v1"}
    assert told(JENKINS, **tagged).branch is None


def test_circleci_the_workflow_is_the_build() -> None:
    found = told(CIRCLE)
    assert (found.repo, found.build) == ("shop-web", CIRCLE["CIRCLE_WORKFLOW_ID"])
    assert (found.branch, found.pr, found.job) == ("feature/x", None, "unit")
    pull = {"CIRCLE_PULL_REQUEST": "https://github.com/octo-org/shop-web/pull/512"}
    assert (told(CIRCLE, **pull).pr, told(CIRCLE, **pull).stage) == ("512", "merge")
    fork = {"CIRCLE_BRANCH": "pull/512", "CIRCLE_PR_NUMBER": "512"}
    assert (told(CIRCLE, **fork).pr, told(CIRCLE, **fork).branch) == ("512", None)
    app = {
        "CIRCLE_PROJECT_REPONAME": "",
        "CIRCLE_REPOSITORY_URL": "git@github.com:octo-org/web.git",
    }
    assert told(CIRCLE, **app).repo == "web"


def test_buildkite_retries_are_attempts_and_a_tag_is_no_branch() -> None:
    found = told(BUILDKITE, BUILDKITE_RETRY_COUNT="2", BUILDKITE_COMMAND_EXIT_STATUS="1")
    assert (found.build, found.attempt, found.conclusion) == ("my-project/1514", 3, "failed")
    assert (found.branch, found.pr, found.job) == ("main", None, ":hammer: Specs")
    assert told(BUILDKITE, BUILDKITE_BRANCH="v1", BUILDKITE_TAG="v1").branch is None
    pull = {"BUILDKITE_PULL_REQUEST": "123", "BUILDKITE_PULL_REQUEST_BASE_BRANCH": "release/1"}
    found = told(BUILDKITE, **pull)
    assert (found.pr, found.stage, found.target) == ("123", "merge", "release/1")
    assert told(BUILDKITE, BUILDKITE_COMMIT="HEAD").sha is None
    queue = {"BUILDKITE_MERGE_QUEUE_BASE_COMMIT": BASE}
    assert (told(BUILDKITE, **queue).base_sha, told(BUILDKITE, **queue).stage) == (BASE, "merge")


@pytest.mark.parametrize(
    "address",
    [
        "octo/shop-web",
        "git@host:octo/shop-web.git",
        "git@host:shop-web",
        "https://user:token@host/octo/shop-web.git?x=1",
        "ssh://git@host:22/octo/shop-web/",
        "/srv/git/shop-web.git",
    ],
)
def test_a_repository_is_called_by_the_last_name_of_its_address(address: str) -> None:
    assert last_name(address) == "shop-web"
