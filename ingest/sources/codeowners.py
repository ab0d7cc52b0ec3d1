"""CODEOWNERS files as GitHub, GitLab and Bitbucket read them, one per repository and day.

The file is called `<repo>.CODEOWNERS` (`shop%2Fweb.CODEOWNERS` for shop/web); a plain `CODEOWNERS` is
that of the repository in the option `repo`. Each rule is a row; of those that match a path the last
wins. GitLab's sections (`^[Docs][2] @docs`) hand their owners to rules that name none. Of Bitbucket's
Code Owners app, groups (`@@@devs @jo`) and settings (`CODEOWNERS.toplevel ...`) are no rules.

Handles with a slash and roles or groups (`@@maintainer`) are kept, as are those in the option `teams`;
all others may be persons and become keyed hashes, an address the hash that its commits carry.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO
from urllib.parse import unquote

import msgspec

from ingest.files.packed import bare_name
from ingest.files.sniff import looks_like
from ingest.privacy import keyed_hash, scrub
from ingest.records.owners import CodeOwner
from ingest.source import Context, FormatError, Item, Reject, Source, Warn
from ingest.vendor_fields import words

LINE_LIMIT = 64 * 1024
SIZE_LIMIT = 3 * 1024 * 1024
"""Bytes of a file; GitHub reads none that is longer."""

_NAME = re.compile(r"(?i)(.*?)[.]?CODEOWNERS(?:\.txt)?")
_SECTION = re.compile(r"\^?\[([^\]]{1,200})\](?:\[\d{1,3}\])?(?:\s+(.*))?")
_WORD = re.compile(r'"((?:[^"\\]|\\.)+)"(?=\s|$)|((?:\\.|[^\s\\])+|\\)')
_ESCAPED = re.compile(r"\\(.)")
_TEAM = re.compile(r"@[\w.-]+(?:/[\w.-]+)+|@@[\w./-]+")
_PERSON = re.compile(r"@[\w.+-]+")
_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_SETTING = re.compile(r"(?i)@@@|CODEOWNERS\.")
_FOREIGN = ("JSON", "XML", "CSV", "binary data")
"""What a file is not that begins so; a rule may look like much else."""


@dataclass
class _State:
    """What lines say of those after them."""

    repo: str
    teams: frozenset[str]
    hash_key: bytes
    section: str | None = None
    default: list[str] = field(default_factory=list)
    rules: int = 0
    left_out: int = 0


def parse(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Yield a CodeOwner per rule; a line whose owners are none is a Reject."""
    teams = frozenset(name.lower() for name in words(context.options.get("teams")))
    state = _State(_repo(context), teams, context.hash_key)
    line = "\n"
    for position, line in enumerate(_lines(stream), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if _SETTING.match(text):
            state.left_out += 1
        elif section := _SECTION.fullmatch(text):
            state.section = scrub(section[1].strip(), 200) or None
            state.default, wrong = _owners(_words(section[2] or ""), state)
            if wrong:
                yield _refused(position, wrong)
        else:
            yield _rule(text, state, context, position=position)
    if not line.endswith(("\n", "\r")):
        yield Warn(reason="the last line has no end: is the file whole?")
    if state.left_out:
        yield Warn(reason=f"{state.left_out} groups or settings of Bitbucket left out")


def _repo(context: Context) -> str:
    found = _NAME.fullmatch(bare_name(context.name))
    repo = unquote(found[1]) if found else ""
    option = context.options.get("repo")
    repo = repo.strip("/ ._-") or (option if isinstance(option, str) else "")
    if not repo:
        shown = scrub(context.name, 100)
        raise FormatError(f"'{shown}' names no repository: call it <repo>.CODEOWNERS")
    return scrub(repo, 200)


def _lines(stream: BinaryIO) -> Iterator[str]:
    size = 0
    while line := stream.readline(LINE_LIMIT + 1):
        if not size and (kind := looks_like(line)) in _FOREIGN:
            raise FormatError(f"{kind}, expected a CODEOWNERS file")
        size += len(line)
        if len(line) > LINE_LIMIT or size > SIZE_LIMIT:
            raise FormatError(f"more than {SIZE_LIMIT:,} bytes, or {LINE_LIMIT:,} in a line")
        if b"\x00" in line:
            raise FormatError("binary data, expected a CODEOWNERS file")
        yield line.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "backslashreplace")


def _rule(text: str, state: _State, context: Context, *, position: int) -> CodeOwner | Reject:
    pattern, *named = _words(text) or [""]
    excluded = pattern.startswith("!")
    pattern = scrub(pattern.removeprefix("!"), 1000)
    owners, wrong = _owners(named, state)
    if wrong or not pattern:
        return _refused(position, wrong or "no pattern")
    state.rules += 1
    return CodeOwner(
        day=context.folder_day,
        repo=state.repo,
        position=state.rules,
        pattern=pattern,
        section=state.section,
        owners_json=msgspec.json.encode(owners or ([] if excluded else state.default)).decode(),
        excluded=excluded,
    )


def _words(text: str) -> list[str]:
    """Split at blanks that are not escaped; a comment ends the line."""
    found = []
    for quoted, plain in _WORD.findall(text):
        if plain.startswith("#"):
            break
        found.append(_ESCAPED.sub(r"\1", quoted or plain))
    return found


def _owners(named: list[str], state: _State) -> tuple[list[str], str]:
    """Return the owners as they are kept, and what kind of word stands where an owner should."""
    owners = []
    for name in named:
        if _TEAM.fullmatch(name) or name.lower() in state.teams:
            owners.append(name)
        elif _PERSON.fullmatch(name) or _MAIL.fullmatch(name):
            # Without a key it is known that somebody owns it, not who.
            hashed = keyed_hash(name.lower(), state.hash_key)
            owners.append(f"person:{hashed}" if hashed else "person")
        else:
            return [], "an owner that is neither a handle nor an address"
    return list(dict.fromkeys(owners)), ""


def _refused(position: int, reason: str) -> Reject:
    # No excerpt: the line may name a person.
    return Reject(position=position, reason=reason)


class _Options(msgspec.Struct, forbid_unknown_fields=True):
    """The `[sources.codeowners]` table."""

    repo: str = ""
    """Repository of a file that is only called CODEOWNERS."""
    teams: list[str] | str = []
    """Handles without a slash that are teams: `@payments`, as GitLab writes its groups."""


SOURCE = Source(
    "codeowners",
    "git",
    (CodeOwner,),
    ("*codeowners", "*codeowners.txt"),
    parse,
    options=_Options,
)
