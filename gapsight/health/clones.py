"""Local clones: whether git can read them, how new they are, and whether anybody fetches them.

Nothing here goes to the network: a clone that nobody fetches looks like a team that commits nothing.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gapsight.health.case import Case, Level
from ingest.apis.git import places_of
from ingest.apis.git_clone import GitClone, GitError, NoCloneError, NoGitError

if TYPE_CHECKING:
    from orchestration.settings import Repo

_TIMEOUT_S = 5.0
_CORRECT = "correct it in [[repos]] of gapsight.toml"


class _UnreadableError(Exception):
    """Git cannot read the clone: why, and what to do."""


@dataclass
class CloneState:
    """One repository named in gapsight.toml."""

    name: str
    path: str
    branch: str
    reachable: bool = False
    newest_commit: datetime | None = None
    """Of the branch, as a run would read it."""
    fetched_at: datetime | None = None
    """Of the last fetch, else of the clone; None: it has no remote, or the last fetch failed."""
    has_remote: bool | None = None
    state: str = "ok"
    do: list[str] = field(default_factory=list)


def examine_clones(case: Case) -> list[CloneState]:
    """Ask git in every clone at once; a slow file system shall not add up."""
    repos = case.settings.repos
    if not repos:
        return []
    with ThreadPoolExecutor(8) as threads:
        asked = list(threads.map(_ask_all, repos))
    return [_examined(case, repo, facts) for repo, facts in zip(repos, asked, strict=True)]


@dataclass
class _Facts:
    """What git says of a clone; commits of the branch by the ref that carries it."""

    commits: dict[str, tuple[str, datetime]]
    fetch_head: Path
    head: Path
    remotes: str | None


def _ask_all(repo: "Repo") -> _Facts | _UnreadableError:
    try:
        return _facts(GitClone(repo.path, _TIMEOUT_S), repo)
    except _UnreadableError as problem:
        return problem
    except GitError as fault:
        return _UnreadableError(str(fault), _advice(fault, repo.path))


def _advice(fault: GitError, path: Path) -> str:
    if isinstance(fault, NoGitError):
        return "install git"
    if isinstance(fault, NoCloneError):
        return f"clone it there, or {_CORRECT}"
    return f"try: git -C {path} log -1"


def _facts(git: GitClone, repo: "Repo") -> _Facts:
    refs = places_of(repo.branch)
    form = "--format=%(refname) %(objectname) %(committerdate:unix)"
    lines = [line.split(" ") for line in (git.ask("for-each-ref", form, *refs) or "").splitlines()]
    found = {
        line[0]: (line[1], datetime.fromtimestamp(int(line[2]), UTC)) for line in lines if line[-1]
    }
    commits = {ref: found[ref] for ref in refs if ref in found}
    if not commits:
        names = "--format=%(refname:short)"
        there = git.ask("for-each-ref", "--count=5", names, "refs/heads", "refs/remotes") or ""
        raise _UnreadableError(
            f"{repo.path} has no branch '{repo.branch}'; there are: {', '.join(there.split())}"
            if there
            else f"{repo.path} is an empty repository",
            f"name another branch: {_CORRECT}" if there else f"fetch it: git -C {repo.path} fetch",
        )
    inside = ("--git-path", "FETCH_HEAD", "--git-path", "HEAD")
    places = git.ask("rev-parse", "--path-format=absolute", *inside) or ""
    fetch_head, head = map(Path, places.splitlines())
    return _Facts(commits, fetch_head, head, git.ask("remote"))


def _examined(case: Case, repo: "Repo", facts: _Facts | _UnreadableError) -> CloneState:
    state = CloneState(repo.name, str(repo.path), repo.branch)
    if isinstance(facts, _UnreadableError):
        what, do = facts.args
        _find(case, state, "error", verdict="unreachable", what=what, do=do)
        return state
    state.reachable = True
    (used, (sha, newest)), *others = facts.commits.items()
    state.newest_commit = case.local(newest)
    state.has_remote = bool(facts.remotes)
    has_failed = False
    if facts.remotes:
        fetched, has_failed = _last_fetch(facts)
        state.fetched_at = case.local(fetched) if fetched else None
    for ref, (remote_sha, at) in others:
        if remote_sha != sha and at > newest:
            _judge_hidden(case, state, used, ref=ref)
            return state
    _judge_age(case, state, has_failed=has_failed)
    return state


def _last_fetch(facts: _Facts) -> tuple[datetime | None, bool]:
    """Return when something was fetched last, and whether the last attempt failed."""
    try:
        # git empties the file before it asks the remote: it stays empty if the remote cannot be asked.
        if not facts.fetch_head.stat().st_size:
            return None, True
        return datetime.fromtimestamp(facts.fetch_head.stat().st_mtime, UTC), False
    except OSError:  # never fetched: all there is came with the clone
        pass
    try:
        return datetime.fromtimestamp(facts.head.stat().st_mtime, UTC), False
    except OSError:
        return None, False


def _judge_hidden(case: Case, state: CloneState, used: str, *, ref: str) -> None:
    short, remote = used.removeprefix("refs/heads/"), ref.removeprefix("refs/remotes/")
    _find(
        case,
        state,
        "stale",
        verdict="behind",
        what=f"the local branch {short} is read, and {remote} has newer commits",
        do=f"git -C {state.path} pull --ff-only; a clone --mirror needs a fetch only",
    )


def _judge_age(case: Case, state: CloneState, *, has_failed: bool) -> None:
    """A fetch that is old or failed is stale; where nothing is fetched, only a person can tell."""
    age = case.age(state.newest_commit)
    fetch = f"git -C {state.path} fetch"
    if has_failed:
        what = f"the last fetch failed, the newest commit is {age} days old"
        _find(case, state, "stale", verdict="not fetched", what=what, do=f"see why: {fetch}")
    elif case.is_old(state.fetched_at):
        what = f"last fetched {case.age(state.fetched_at)} days ago"
        do = f"{fetch}; let cron or CI do so before each gapsight run"
        _find(case, state, "stale", verdict="not fetched", what=what, do=do)
    elif not state.has_remote and case.is_old(state.newest_commit):
        what = f"no remote, and the newest commit is {age} days old"
        do = "if nothing changed all is well; else check what brings commits to it"
        _find(case, state, "warning", verdict="quiet", what=what, do=do)


def _find(  # noqa: PLR0913 - a finding and whom it is about
    case: Case, state: CloneState, level: Level, *, verdict: str, what: str, do: str
) -> None:
    state.state = verdict
    state.do.append(do)
    case.find(level, f"repository {state.name}: {what}", do, about=state.name)
