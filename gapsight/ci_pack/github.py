"""GitHub Actions: its variables, and the event file for what they do not say."""

from pathlib import Path

import msgspec

from gapsight.ci_pack.told import Environment, Told, commit, count, last_name, word

_MOST_BYTES = 64 << 20
_OF_A_CHANGE = ("pull_request", "pull_request_target", "pull_request_review", "merge_group")


class _Side(msgspec.Struct):
    sha: str | None = None
    ref: str | None = None


class _Pull(msgspec.Struct):
    number: int | None = None
    head: _Side = msgspec.field(default_factory=_Side)
    base: _Side = msgspec.field(default_factory=_Side)


class _Group(msgspec.Struct):
    base_sha: str | None = None


class _Repository(msgspec.Struct):
    default_branch: str | None = None


class _Workflow(msgspec.Struct):
    head_sha: str | None = None
    head_branch: str | None = None
    pull_requests: list[_Pull] | None = None


class _Event(msgspec.Struct):
    """Of a webhook's payload, what says more than the variables."""

    pull_request: _Pull | None = None
    merge_group: _Group | None = None
    workflow_run: _Workflow | None = None
    repository: _Repository | None = None


def github(env: Environment) -> Told:
    """What GitHub Actions says of a run.

    GITHUB_SHA is a commit of the change only where a push started the run: for a pull request it is a
    merge that GitHub made for the run, for `pull_request_target` and `workflow_run` it is a commit of
    the default branch. The event file knows better, and without it the sha stays unknown.
    """
    event, problem = _event(env)
    name = word(env, "GITHUB_EVENT_NAME") or ""
    pull, workflow = event.pull_request, event.workflow_run
    notes: tuple[str, ...] = ()
    sha, base = commit(word(env, "GITHUB_SHA")), None
    branch = word(env, "GITHUB_REF_NAME") if word(env, "GITHUB_REF_TYPE") != "tag" else None
    if pull:
        sha, base = commit(pull.head.sha), commit(pull.base.sha)
        branch = word(env, "GITHUB_HEAD_REF") or pull.head.ref
        notes = (
            "the sha is pull_request.head.sha of the event file: GITHUB_SHA is another commit",
        )
    elif workflow:
        sha, branch = commit(workflow.head_sha), workflow.head_branch
        pull = next(iter(workflow.pull_requests or ()), None)
        base = commit(pull.base.sha) if pull else None
        notes = ("the sha is workflow_run.head_sha of the event file, the commit that was tested",)
    elif name.startswith("pull_request") or name == "workflow_run":
        sha, branch = None, word(env, "GITHUB_HEAD_REF")
        why = problem or "the event file names no commit"
        notes = (f"{why}, and GITHUB_SHA is not the commit of the change: give --sha",)
    elif event.merge_group:
        base = commit(event.merge_group.base_sha)
    return Told(
        system="GitHub Actions",
        repo=last_name(word(env, "GITHUB_REPOSITORY")),
        build=word(env, "GITHUB_RUN_ID"),  # GITHUB_RUN_NUMBER is counted by workflow
        attempt=count(word(env, "GITHUB_RUN_ATTEMPT")) or 1,
        sha=sha,
        base_sha=base,
        branch=branch,
        pr=str(pull.number) if pull and pull.number else None,
        stage="merge" if name in _OF_A_CHANGE else None,
        pipeline=word(env, "GITHUB_WORKFLOW"),
        job=word(env, "GITHUB_JOB"),
        target=_target(env, event),
        notes=notes,
    )


def _target(env: Environment, event: _Event) -> str | None:
    default = event.repository.default_branch if event.repository else None
    return word(env, "GITHUB_BASE_REF") or default


def _event(env: Environment) -> tuple[_Event, str | None]:
    """The event file as far as it is read; else nothing, and why."""
    place = word(env, "GITHUB_EVENT_PATH")
    if not place:
        return _Event(), "GITHUB_EVENT_PATH is not set"
    try:
        with Path(place).open("rb") as file:
            data = file.read(_MOST_BYTES)
        return msgspec.json.decode(data, type=_Event), None
    except OSError as error:
        return _Event(), f"the event file cannot be read ({error.strerror})"
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError):
        return _Event(), "the event file is no JSON of GitHub's"
