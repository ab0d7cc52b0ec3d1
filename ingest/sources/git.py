"""The landed log of a git repository, one document per day, written by `ingest.apis.git`.

The first line names repository and day; the commits follow as `git log --numstat` writes them, each
begun by a record separator. Authors become keyed hashes here, messages are never asked for. A second
document lists every file of a day's last commit, as `git diff-tree --numstat` against nothing writes them.
"""

import re
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

import msgspec
from msgspec.structs import replace

from ingest.files.stamps import parse_stamp
from ingest.privacy import excerpt, keyed_hash
from ingest.records import Commit, ComponentSize
from ingest.source import Context, FormatError, Item, Reject, Source, Warn
from ingest.vendor_fields import words

RECORD, FIELD = b"\x1e", b"\x1f"
LINE_LIMIT = 64 * 1024

_HEADER = re.compile(r"# gapsight git log repo=(\S.*?) day=(\d{4}-\d{2}-\d{2})(?: lines=(\d+))?")
_SIZES_HEADER = re.compile(
    r"# gapsight git sizes repo=(\S.*?) day=(\d{4}-\d{2}-\d{2}) sha=([0-9a-f]{40,64}) lines=(\d+)"
)
_BAD_COMMIT = "a commit whose hash, parents, time, name or mail is missing or unreadable"
_BAD_SIZE = "no file with its lines"
_BAD_LINE = "neither a commit nor a file it touched"
_COMMIT_PARTS = 5
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_NUMSTAT = re.compile(rb"(-|\d{1,18})\t(-|\d{1,18})\t(.+)", re.DOTALL)
_BOT = re.compile(
    r"\[bot\]|(?:^|[\s._+-])bot(?:$|[\s@._-])"
    r"|\b(?:dependabot|renovate|github-actions|gitlab-ci|greenkeeper|mergify|pre-commit-ci"
    r"|semantic-release|weblate|allcontributors|imgbot)\b",
    re.IGNORECASE,
)
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_OCTAL = 3
_NAMED_ESCAPES = dict(zip(b"abtnvfr", b"\a\b\t\n\v\f\r", strict=True))


@dataclass(frozen=True)
class _Header:
    repo: str
    day: date
    lines: int | None
    sha: str = ""
    """The commit whose files a list of sizes names; empty in a log."""


def parse(log: BinaryIO, context: Context) -> Iterator[Item]:
    """Yield a Commit per touched file, or one without file; of a list of sizes a ComponentSize per file.

    A line that is none of these is a Reject.
    """
    header = _header(log)
    if header.day != context.folder_day:
        yield Warn(reason=f"the log of {header.day} lies in the folder of {context.folder_day}")
    read = _sizes(log, header) if header.sha else _commits(log, header, context)
    found = yield from read
    if header.lines not in {None, found}:
        raise FormatError(f"cut off or changed: {header.lines} lines announced, {found} found")


def _sizes(log: BinaryIO, header: _Header) -> Generator[Item, None, int]:
    found = 0
    for found, line in enumerate(_lines(log), 1):
        row = _NUMSTAT.fullmatch(line)
        if row is None or row[2] not in {b"0", b"-"}:
            yield Reject(position=found + 1, reason=_BAD_SIZE, excerpt=_shown(line))
            continue
        yield ComponentSize(
            day=header.day,
            repo=header.repo,
            sha=header.sha,
            file=_path(row[3]),
            lines=None if row[1] == b"-" else int(row[1]),
        )
    return found


def _commits(log: BinaryIO, header: _Header, context: Context) -> Generator[Item, None, int]:
    found = 0
    commit: Commit | None = None
    bare = refused = False  # bare: its first file has not come yet
    for position, line in enumerate(_lines(log), 2):
        found += 1
        if line.startswith(RECORD):
            if commit and bare:
                yield commit
            commit = _commit(line, header, context)
            bare, refused = commit is not None, commit is None
            if refused:
                # No excerpt: the line holds a name and an address.
                yield Reject(position=position, reason=_BAD_COMMIT)
        elif line and not refused:
            row = _touched(line, commit) if commit else None
            bare = bare and row is None
            yield row or Reject(position=position, reason=_BAD_LINE, excerpt=_shown(line))
    if commit and bare:
        yield commit
    return found


def _header(log: BinaryIO) -> _Header:
    line = log.readline(LINE_LIMIT).removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n")
    text = line.decode("utf-8", "replace")
    if found := _SIZES_HEADER.fullmatch(text):
        with suppress(ValueError):
            return _Header(found[1], date.fromisoformat(found[2]), int(found[4]), found[3])
    if found := _HEADER.fullmatch(text):
        with suppress(ValueError):  # a day the calendar does not have
            lines = int(found[3]) if found[3] else None
            return _Header(found[1], date.fromisoformat(found[2]), lines)
    raise FormatError(
        f"first line '{_shown(line)[:80]}', expected '# gapsight git log repo=... day=YYYY-MM-DD'"
    )


def _lines(log: BinaryIO) -> Iterator[bytes]:
    while line := log.readline(LINE_LIMIT):
        if len(line) == LINE_LIMIT:
            raise FormatError(f"a line of more than {LINE_LIMIT:,} bytes, expected a git log")
        yield line.rstrip(b"\r\n")


def _commit(line: bytes, header: _Header, context: Context) -> Commit | None:
    parts = line.removeprefix(RECORD).decode("utf-8", "replace").split(FIELD.decode())
    if len(parts) < _COMMIT_PARTS:
        return None
    # A name may hold anything but a line end, even the separator.
    sha, parents, at, *name, mail = parts
    try:
        stamp = parse_stamp(at)
        committed = context.to_utc(stamp) if stamp else None
    except (ValueError, OverflowError):  # git keeps whatever offset a commit was made with
        committed = None
    if committed is None or not all(_SHA.fullmatch(hexes) for hexes in (sha, *parents.split())):
        return None
    return Commit(
        day=header.day,
        repo=header.repo,
        sha=sha,
        committed_at=committed,
        author_hash=keyed_hash(mail.strip().lower(), context.hash_key),
        bot=_is_bot(" ".join(name), mail, words(context.options.get("bots"))),
        merge=len(parents.split()) > 1,
    )


def _is_bot(name: str, mail: str, configured: list[str]) -> bool:
    own = (bot.lower() for bot in configured)
    return bool(_BOT.search(name) or _BOT.search(mail)) or any(
        bot in name.lower() or bot in mail.lower() for bot in own
    )


def _touched(line: bytes, commit: Commit) -> Commit | None:
    if not (found := _NUMSTAT.fullmatch(line)):
        return None
    added, removed = (None if count == b"-" else int(count) for count in (found[1], found[2]))
    return replace(commit, file=_path(found[3]), lines_added=added, lines_removed=removed)


def _path(written: bytes) -> str:
    """Read a path as git prints it: in quotes with C escapes where it holds anything unusual."""
    if len(written) > 1 and written[:1] == written[-1:] == b'"':
        written = _ESCAPE.sub(_unescaped, written[1:-1])
    # Paths are bytes to git; distinct ones must stay distinct.
    return written.decode("utf-8", "backslashreplace")


def _unescaped(escape: re.Match[bytes]) -> bytes:
    if len(escape[1]) == _OCTAL:
        return bytes([int(escape[1], 8) & 0xFF])
    return bytes([_NAMED_ESCAPES.get(escape[1][0], escape[1][0])])


def _shown(line: bytes) -> str:
    return excerpt(line.decode("utf-8", "replace"))


class _Options(msgspec.Struct, forbid_unknown_fields=True):
    """The `[sources.git]` table."""

    bots: list[str] | str = []
    """Parts of names or addresses of authors that are no people."""


SOURCE = Source(
    "git", "git", (Commit, ComponentSize), ("*.log", "*.sizes"), parse, options=_Options
)
