"""Commits of a local clone, as documents per day that `ingest.sources.git` reads, and weekly how long its files are.

Git is asked once per window and once per week in it; the same clone gives the same bytes on every machine.
"""

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from ingest.apis import Access, Api, Landed, Window, Windows
from ingest.apis.git_clone import GitClone, GitError

TIMEOUT_SECONDS = 600.0
NEW_LINE = b"\n"
_FORMAT = "--pretty=format:%x1e%H%x1f%P%x1f%cI%x1f%an%x1f%ae"
_FLAGS = (
    "--no-color",
    "--numstat",
    "--no-renames",
    "--diff-merges=off",
    "--diff-algorithm=myers",
    "--ignore-submodules=none",
    "--no-ext-diff",
    "--no-textconv",
    "--no-show-signature",
    "--encoding=UTF-8",
)

_SUNDAY = 6

_Spans = dict[date, list[tuple[int, int]]]


def places_of(branch: str) -> list[str]:
    """Where a branch is looked for, in this order: a local one hides the remote's of that name."""
    return [place + branch for place in ("refs/heads/", "refs/remotes/", "refs/remotes/origin/")]


def fetch(  # noqa: PLR0913 - one clone and one range
    repo_path: Path,
    repo: str,
    branch: str,
    *,
    first_day: date,
    last_day: date,
    reporting_zone: str = "UTC",
    timeout: float = TIMEOUT_SECONDS,
) -> Iterator[tuple[date, bytes]]:
    """Yield each day of the range with its document, oldest first; without commits, a header alone.

    A day is the reporting day of the commit date. GitError comes before the first one or never.
    """
    if not repo.strip() or any(sign in repo for sign in "\r\n"):
        raise GitError("a repository needs a name of one line")
    zone = ZoneInfo(reporting_zone)
    since = datetime.combine(first_day, time(), zone)
    until = datetime.combine(last_day + timedelta(days=1), time(), zone)
    git = GitClone(repo_path, timeout)
    head = _head(git, branch)
    _refuse_shallow(git, head, since)
    # A filter, not a limit: one commit made by a clock in the past would else end the walk, and the
    # older commits behind it would be missing without a word.
    limits = (
        f"--since-as-filter=@{since.timestamp():.0f}",
        f"--until=@{until.timestamp() - 1:.0f}",
    )
    with tempfile.TemporaryFile() as log:
        git.run("log", *_FLAGS, _FORMAT, *limits, "--end-of-options", head, "--", into=log)
        spans = _spans(log, zone, first_day)
        for offset in range((last_day - first_day).days + 1):
            day = first_day + timedelta(days=offset)
            yield day, _document(log, spans.get(day, []), f"repo={repo} day={day}")


def fetch_sizes(  # noqa: PLR0913 - one clone and one range
    repo_path: Path,
    repo: str,
    branch: str,
    *,
    days: Sequence[date],
    reporting_zone: str = "UTC",
    timeout: float = TIMEOUT_SECONDS,
) -> Iterator[tuple[date, bytes]]:
    """Yield each of the days with the lines of every file as the day ended; none before the first commit.

    A day ends with the last commit of the branch's own line whose date it is, or an earlier one. GitError
    if git cannot say.
    """
    git = GitClone(repo_path, timeout)
    head = _head(git, branch)
    nothing = git.ask("hash-object", "-t", "tree", "--stdin")
    for day in days:
        end = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(reporting_zone))
        until = f"--until=@{end.timestamp() - 1:.0f}"
        tip = git.ask("rev-list", "--first-parent", "--max-count=1", until, head, "--")
        if not tip or not nothing:
            continue
        with tempfile.TemporaryFile() as listed:
            # Of a submodule no lines are here; binary files have none, which git writes as `-`.
            git.run(
                "diff-tree", "-r", "--numstat", "--no-renames", "--no-ext-diff", "--no-textconv",
                "--ignore-submodules=all", nothing, tip, "--", into=listed,
            )  # fmt: skip
            listed.seek(0)
            body = listed.read()
        about = f"repo={repo} day={day} sha={tip} lines={body.count(NEW_LINE)}"
        yield day, f"# gapsight git sizes {about}\n".encode() + body


def _head(git: GitClone, branch: str) -> str:
    """Find the commit of a branch: of the first of its places that is there."""
    for ref in places_of(branch):
        if head := git.ask("show-ref", "--verify", "--hash", ref):
            return head
    names = "--format=%(refname:short)"
    if there := git.ask("for-each-ref", "--count=10", names, "refs/heads", "refs/remotes"):
        raise GitError(f"{git.path}: no branch '{branch}'; there are {', '.join(there.split())}")
    raise GitError(f"{git.path}: an empty repository, it has no commits yet")


def _refuse_shallow(git: GitClone, head: str, since: datetime) -> None:
    """Raise if the history begins inside the range: its first commits show all files as new."""
    if git.ask("rev-parse", "--is-shallow-repository") != "true":
        return
    cut = git.path / (git.ask("rev-parse", "--git-path", "shallow") or "shallow")
    boundary = set(cut.read_text().split())
    # In a shallow clone a boundary commit counts as one without parents.
    roots = (
        git.ask("log", "--max-parents=0", "--format=%H %ct", "--end-of-options", head, "--") or ""
    )
    begins = [int(at) for sha, at in map(str.split, roots.splitlines()) if sha in boundary]
    if begins and max(begins) >= since.timestamp():
        raise GitError(
            f"{git.path}: a shallow clone, complete only after"
            f" {datetime.fromtimestamp(max(begins), UTC):%Y-%m-%d %H:%M} UTC;"
            " run 'git fetch --unshallow' or ask for later days"
        )


def _spans(log: IO[bytes], zone: ZoneInfo, unreadable: date) -> _Spans:
    """Find where the commits of each day lie: they come nearly in order of time, no more."""
    spans: _Spans = defaultdict(list)
    day, start, offset = unreadable, 0, 0
    log.seek(0)
    for line in log:
        if line.startswith(b"\x1e"):
            if offset > start:
                spans[day].append((start, offset - start))
            day, start = _day(line, zone) or unreadable, offset
        offset += len(line)
    if offset > start:
        spans[day].append((start, offset - start))
    return spans


def _day(line: bytes, zone: ZoneInfo) -> date | None:
    """Return the reporting day; None for a time that git itself writes unreadably.

    Such a commit goes to the first day of the range, where the parser rejects it.
    """
    try:
        return datetime.fromisoformat(line.split(b"\x1f", 3)[2].decode()).astimezone(zone).date()
    except (ValueError, OverflowError, IndexError):
        return None


def _document(log: IO[bytes], spans: list[tuple[int, int]], about: str) -> bytes:
    """Join one day's document; the number of lines in its header shows whether it is whole."""
    records = []
    for start, length in spans:
        log.seek(start)
        records.append(log.read(length).rstrip(b"\n") + b"\n")
    body = b"".join(records)
    count = body.count(b"\n")
    return f"# gapsight git log {about} lines={count}\n".encode() + body


def _fetch(entry: Mapping[str, Any], window: Window, _access: Access) -> Iterator[Landed]:
    name = str(entry["name"])
    path, branch = Path(entry["path"]), str(entry.get("branch") or "main")
    zone = window.reporting_zone
    # `group/project` is a usual name; as a file name it must stay one file, and its own.
    place = quote(name, safe="")
    for day, content in fetch(
        path,
        name,
        branch,
        first_day=window.first_day,
        last_day=window.last_day,
        reporting_zone=zone,
    ):
        yield Landed(day, f"{place}.log", content)
    for day, content in fetch_sizes(path, name, branch, days=_weekly(window), reporting_zone=zone):
        yield Landed(day, f"{place}.sizes", content)


def _weekly(window: Window) -> list[date]:
    """Its Sundays, and the first day that is loaded at all: every later one has an older list to go by.

    A list of all files each day would be most of what a quiet repository lands, and says nearly the same.
    """
    days = (window.last_day - window.first_day).days + 1
    every = [window.first_day + timedelta(days=number) for number in range(days)]
    is_first = window.with_open
    return [d for d in every if d.weekday() == _SUNDAY or (is_first and d == window.first_day)]


def _state(entry: Mapping[str, Any]) -> str:
    """The commit that the branch stands at."""
    return _head(GitClone(Path(entry["path"])), str(entry.get("branch") or "main"))


# A commit keeps its date when it is merged or pushed later: a month back is asked for again.
API = Api(
    "git",
    "git",
    "repos",
    Windows(days_again=30, days_per_call=366, follows_inbox=True),
    _fetch,
    state=_state,
)
