"""A local clone, as far as a draft needs it: its files, branch and newest commit."""

from dataclasses import dataclass
from pathlib import Path

from ingest.apis.git_clone import GitClone, GitError


@dataclass(frozen=True)
class Clone:
    """One clone."""

    name: str
    path: Path
    branch: str
    head: str
    files: tuple[str, ...]


def read_clone(path: Path) -> Clone:
    """Read what is checked out; GitError if the folder is no clone or has no commit."""
    git = GitClone(path)
    head = git.ask("rev-parse", "--verify", "HEAD")
    if head is None:
        raise GitError(f"{path}: a repository without a commit")
    branch = git.ask("symbolic-ref", "--short", "HEAD")  # nothing while a tag is checked out
    listed = git.ask("ls-tree", "-r", "-z", "--name-only", "--full-tree", "HEAD") or ""
    files = tuple(name for name in listed.split("\0") if name)
    return Clone(git.path.name.removesuffix(".git"), git.path, branch or "main", head, files)
