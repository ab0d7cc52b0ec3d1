"""Report files by patterns, and the names they get in a bundle.

What lies in a CI job's folder is a stranger's: names may hold anything, and links may lead anywhere.
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from hashlib import sha256
from itertools import count
from pathlib import Path

from ingest.ci.manifest import NAME

OUTSIDE = "outside"
"""Folder of members that do not lie below the current folder."""
MOST_CHARACTERS = 400
"""Of a member's name; a manifest takes 500."""
_MAGIC = re.compile(r"[*?\[]")
# What the loader takes for a way out of a bundle, or no name can hold.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]")
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True)
class File:
    """One report on disk and its name in the bundle."""

    member: str
    path: Path
    shown: str
    """As messages name it: from the current folder."""
    kind: str
    """What it was given as: results or coverage."""


@dataclass
class Files:
    """What patterns fitted."""

    files: list[File] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    """Patterns without a file, and how a manifest names what they look for."""
    notes: list[str] = field(default_factory=list)


def find(patterns: Sequence[tuple[str, str]], here: Path) -> Files:
    """Regular files that fit the patterns (kind, pattern), each once, by pattern and name.

    `**` is any number of folders and enters no link; `*` and `**` leave hidden names out. A link that a
    wildcard meets must not lead out of the folder in which the pattern's wildcards begin, or out of
    the current one; a path that is written out is meant as it is.
    """
    found, names, real = Files(), _Names(), set[Path]()
    for kind, pattern in patterns:
        fitting = 0
        whole = Path(os.path.normpath(here / pattern))
        for path, root in _fitting(whole):
            target = path.resolve()
            shown = _below(path, here) or str(path)
            if not _is_inside(target, root, here):
                found.notes.append(f"{shown} is a link that leads elsewhere: not packed")
                continue
            fitting += 1
            if target not in real:
                real.add(target)
                member = names.free(_below(path, here) or _outside(path, root))
                found.files.append(File(member, path, shown, kind))
        if not fitting:
            found.missing[pattern] = safe(_below(whole, here) or _outside(whole, _parts(whole)[0]))
    return found


def safe(name: str) -> str:
    """A name that a manifest and a bundle may hold: relative, printable, not too long."""
    text = _UNSAFE.sub("_", name)
    parts = [part for part in text.split("/") if part not in ("", ".", "..")] or ["_"]
    parts[0] = parts[0].replace(":", "_", 1) if _DRIVE.match(parts[0]) else parts[0]
    text = "/".join(parts)
    if len(text) <= MOST_CHARACTERS:
        return text
    # The end stays: the file's name and the nearest folders say which suite it is.
    mark = sha256(text.encode()).hexdigest()[:8]
    end = text[-MOST_CHARACTERS + len(mark) + 1 :].split("/")
    return "/".join((mark, *(part for part in end if part not in ("", ".", ".."))))


class _Names:
    """Names that are taken: of two files that would share one, the later gets a number."""

    def __init__(self) -> None:
        self._taken = {NAME}

    def free(self, name: str) -> str:
        name = safe(name)
        folder, slash, file = name.rpartition("/")
        for number in count(2):
            if name not in self._taken:
                self._taken.add(name)
                return name
            name = f"{folder}{slash}{number}-{file}"
        raise AssertionError


def _parts(whole: Path) -> tuple[Path, list[str]]:
    """The folder that is written out, and what is wanted below it."""
    parts = list(whole.parts)
    first = next((n for n, part in enumerate(parts) if _MAGIC.search(part)), len(parts) - 1)
    wanted = [part for n, part in enumerate(parts) if part != "**" or parts[n - 1] != "**"][first:]
    return Path(*parts[:first]), [*wanted, "*"] if wanted[-1:] == ["**"] else wanted


def _fitting(whole: Path) -> Iterator[tuple[Path, Path]]:
    """Files that fit, sorted, each with the folder that none of them may lead out of."""
    if _is_file(whole):  # it has brackets in its name, or no wildcard
        yield whole, whole.resolve().parent
        return
    root, wanted = _parts(whole)
    for path in sorted(set(_expand(root, wanted))):
        yield path, root.resolve()


def _expand(folder: Path, wanted: list[str]) -> Iterator[Path]:
    if not wanted:
        if _is_file(folder):
            yield folder
        return
    name, *rest = wanted
    if name == "**":
        yield from _expand(folder, rest)
        for entry in _entries(folder):
            if not entry.name.startswith(".") and entry.is_dir() and not entry.is_symlink():
                yield from _expand(entry, wanted)
    elif not _MAGIC.search(name):
        yield from _expand(folder / name, rest)
    else:
        for entry in _entries(folder):
            hidden = entry.name.startswith(".") and not name.startswith(".")
            if not hidden and fnmatchcase(entry.name, name):
                yield from _expand(entry, rest)


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:  # no folder, or one that may not be read
        return []


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name too long for any file
        return False


def _is_inside(target: Path, *folders: Path) -> bool:
    return any(target.is_relative_to(folder.resolve()) for folder in folders)


def _below(path: Path, here: Path) -> str | None:
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else None


def _outside(path: Path, root: Path) -> str:
    """A name without the machine's folders: from the last one that the pattern writes out."""
    inner = path.relative_to(root) if path.is_relative_to(root) else Path(path.name)
    return f"{OUTSIDE}/{root.name}/{inner.as_posix()}"
