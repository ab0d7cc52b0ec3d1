"""A local clone, as far as a draft needs it: its files, branch and newest commit."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_ENVIRONMENT = {
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}
_TIMEOUT_S = 60


class RepoError(Exception):
    """A folder that is no usable clone; the message says why."""


@dataclass(frozen=True)
class Clone:
    """One clone."""

    name: str
    path: Path
    branch: str
    head: str
    files: tuple[str, ...]


def read_clone(path: Path) -> Clone:
    """Read what is checked out; RepoError if the folder is no clone or has no commit."""
    place = path.resolve()
    if not place.is_dir():
        raise RepoError(f"{path}: no such folder")
    if _git(place, "rev-parse", "--git-dir") is None:
        raise RepoError(f"{path}: not a git repository")
    head = _git(place, "rev-parse", "--verify", "HEAD")
    if head is None:
        raise RepoError(f"{path}: a repository without a commit")
    branch = _git(place, "symbolic-ref", "--short", "HEAD")  # nothing while a tag is checked out
    listed = _git(place, "ls-tree", "-r", "-z", "--name-only", "--full-tree", "HEAD") or ""
    files = tuple(name for name in listed.split("\0") if name)
    return Clone(place.name.removesuffix(".git"), place, branch or "main", head, files)


def _git(place: Path, *arguments: str) -> str | None:
    """Git's answer, None if it says no; nothing of the user's own settings reaches it."""
    program = shutil.which("git")
    if program is None:
        raise RepoError("git is not installed, or not on the search path")
    try:
        done = subprocess.run(
            [program, "--no-pager", "-C", str(place), "-c", "safe.directory=*", *arguments],
            env=_ENVIRONMENT | {"GIT_CEILING_DIRECTORIES": str(place.parent)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RepoError(f"{place}: git cannot be run: {error}") from None
    return None if done.returncode else done.stdout.decode("utf-8", "replace").strip()
