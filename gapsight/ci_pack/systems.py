"""GitLab CI, Jenkins, CircleCI and Buildkite: their variables, as their documentation of 2026 lists them.

A build's name is one that all jobs of a run share and no other run of the repository has; numbers
that a system counts by job or pipeline are led by its name.
"""

from gapsight.ci_pack.github import github
from gapsight.ci_pack.told import Environment, Told, commit, count, last_name, place, word


def told_by(env: Environment) -> Told | None:
    """What the CI system of this machine says; None where there is none, or none that is known."""
    if env.get("GITHUB_ACTIONS"):
        return github(env)
    if env.get("GITLAB_CI"):
        return _gitlab(env)
    if env.get("BUILDKITE"):
        return _buildkite(env)
    if env.get("CIRCLECI"):
        return _circleci(env)
    if env.get("BUILD_NUMBER") and (env.get("JENKINS_URL") or env.get("JENKINS_HOME")):
        return _jenkins(env)
    return None


def _gitlab(env: Environment) -> Told:
    head = commit(word(env, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"))
    built = commit(word(env, "CI_COMMIT_SHA"))
    request = word(env, "CI_MERGE_REQUEST_IID", "CI_EXTERNAL_PULL_REQUEST_IID")
    index, total = count(word(env, "CI_NODE_INDEX")), count(word(env, "CI_NODE_TOTAL"))
    status = word(env, "CI_JOB_STATUS")
    merged = head and head != built
    return Told(
        system="GitLab CI",
        repo=word(env, "CI_PROJECT_NAME"),
        build=word(env, "CI_PIPELINE_ID"),
        sha=head or built,
        base_sha=commit(word(env, "CI_MERGE_REQUEST_DIFF_BASE_SHA")),
        branch=word(
            env,
            "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME",
            "CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME",
            "CI_COMMIT_BRANCH",
        ),
        pr=request,
        stage="merge" if request else None,
        pipeline=word(env, "CI_PIPELINE_NAME"),
        job=word(env, "CI_JOB_NAME"),
        place=place(index, total),
        # Before after_script it is `running` or what the last stage was, and no conclusion.
        conclusion=status if status in ("success", "failed", "canceled") else None,
        started_at=word(env, "CI_JOB_STARTED_AT"),
        target=word(
            env,
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
            "CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME",
            "CI_DEFAULT_BRANCH",
        ),
        notes=(_merged("CI_COMMIT_SHA", "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"),) if merged else (),
    )


def _merged(variable: str, taken: str) -> str:
    return f"{variable} is a merge commit made for this run; the sha is {taken}, the change's own"


def _jenkins(env: Environment) -> Told:
    job, number = word(env, "JOB_NAME"), word(env, "BUILD_NUMBER")
    # A multibranch project is a folder, its jobs are branches and pull requests.
    project = job.rpartition("/")[0] if job and word(env, "BRANCH_NAME") else job
    change = word(env, "CHANGE_ID")
    branch = word(env, "CHANGE_BRANCH") if change else word(env, "GIT_BRANCH", "BRANCH_NAME")
    tag = word(env, "TAG_NAME")
    return Told(
        system="Jenkins",
        repo=last_name(word(env, "GIT_URL", "GIT_URL_1")),
        build=f"{job}/{number}" if job else number,
        sha=commit(word(env, "GIT_COMMIT")),
        branch=None if tag else _without_remote(branch),
        pr=change,
        stage="merge" if change else None,
        pipeline=project or job,
        job=word(env, "STAGE_NAME"),
        target=word(env, "CHANGE_TARGET"),
        may_be_a_merge=bool(change),
    )


def _without_remote(branch: str | None) -> str | None:
    """`feature/x` of `origin/feature/x`; the git plugin writes it with the remote where it is detached."""
    if not branch or branch in ("HEAD", "detached"):
        return None
    return branch.removeprefix("refs/remotes/").removeprefix("origin/")


def _circleci(env: Environment) -> Told:
    request = word(env, "CIRCLE_PR_NUMBER") or last_name(word(env, "CIRCLE_PULL_REQUEST"))
    index, total = count(word(env, "CIRCLE_NODE_INDEX")), count(word(env, "CIRCLE_NODE_TOTAL"))
    return Told(
        system="CircleCI",
        repo=word(env, "CIRCLE_PROJECT_REPONAME") or last_name(word(env, "CIRCLE_REPOSITORY_URL")),
        # CIRCLE_BUILD_NUM is the job's number. A workflow that is run again gets a new id.
        build=word(env, "CIRCLE_WORKFLOW_ID"),
        sha=commit(word(env, "CIRCLE_SHA1")),
        branch=_branch_of_circleci(env),
        pr=request,
        stage="merge" if request else None,
        job=word(env, "CIRCLE_JOB"),
        place=place(None if index is None else index + 1, total),
    )


def _branch_of_circleci(env: Environment) -> str | None:
    """The branch; of a fork's pull request its name is `pull/12`, which is no branch of anybody."""
    branch = word(env, "CIRCLE_BRANCH")
    return None if branch and branch.startswith("pull/") else branch


def _buildkite(env: Environment) -> Told:
    number, pipeline = word(env, "BUILDKITE_BUILD_NUMBER"), word(env, "BUILDKITE_PIPELINE_SLUG")
    request = word(env, "BUILDKITE_PULL_REQUEST")
    request = None if request == "false" else request
    branch, tag = word(env, "BUILDKITE_BRANCH"), word(env, "BUILDKITE_TAG")
    queue = word(env, "BUILDKITE_MERGE_QUEUE_BASE_COMMIT")
    index = count(word(env, "BUILDKITE_PARALLEL_JOB"))
    total = count(word(env, "BUILDKITE_PARALLEL_JOB_COUNT"))
    exit_code = word(env, "BUILDKITE_COMMAND_EXIT_STATUS")
    return Told(
        system="Buildkite",
        repo=last_name(word(env, "BUILDKITE_REPO")),
        build=f"{pipeline}/{number}" if pipeline and number else number,
        attempt=(count(word(env, "BUILDKITE_RETRY_COUNT")) or 0) + 1,
        sha=commit(word(env, "BUILDKITE_COMMIT")),
        base_sha=commit(queue),
        branch=None if branch == tag else branch,
        pr=request,
        stage="merge" if request or queue else None,
        pipeline=pipeline,
        job=word(env, "BUILDKITE_STEP_KEY", "BUILDKITE_LABEL"),
        place=place(None if index is None else index + 1, total),
        # Set once the command has ended, for hooks that come after it.
        conclusion=None if exit_code is None else "success" if exit_code == "0" else "failed",
        target=word(env, "BUILDKITE_PULL_REQUEST_BASE_BRANCH", "BUILDKITE_PIPELINE_DEFAULT_BRANCH"),
    )
