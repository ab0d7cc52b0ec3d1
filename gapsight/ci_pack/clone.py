"""What the git clone that the job works in says, where the CI system does not."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from gapsight.ci_pack.told import commit, last_name
from ingest.apis.git_clone import GitClone, GitError

_BY_JENKINS = "nobody@nowhere"
"""The author of merges that Jenkins' branch sources make: into the change's own commit, its first parent."""


@dataclass(frozen=True)
class Clone:
    """Questions to one clone; None where it does not know."""

    git: GitClone

    @cached_property
    def sha(self) -> str | None:
        """The commit that is checked out."""
        return commit(self._ask("rev-parse", "--verify", "--quiet", "HEAD^{commit}"))

    @cached_property
    def branch(self) -> str | None:
        """The branch that is checked out; None for a bare commit."""
        return self._ask("symbolic-ref", "--quiet", "--short", "HEAD") or None

    @cached_property
    def repo(self) -> str:
        """The name of the remote's repository; of a clone without one, its folder's."""
        return last_name(self._ask("remote", "get-url", "origin")) or self.git.path.name

    @cached_property
    def is_changed(self) -> bool:
        """Files that git tracks differ from the commit."""
        return self._ask("diff", "--quiet", "--no-ext-diff", "HEAD", "--") is None

    def base_of(self, sha: str, target: str | None) -> str | None:
        """Where a commit left the target branch, or the remote's default one; None if it did not."""
        default = self._ask("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD")
        names = [target] if target else ["main", "master"]
        refs = [f"refs/remotes/origin/{name}" for name in names]
        for ref in [default, *refs] if default and not target else refs:
            if base := commit(self._ask("merge-base", sha, ref)):
                return None if base == sha else base
        return None

    def change_of(self, sha: str) -> str | None:
        """The change's own commit, if this one is a merge that Jenkins made; else None."""
        said = self._ask("show", "--no-patch", "--format=%ae %P", sha, "--") or ""
        author, *parents = said.split()[:3] or [""]
        return commit(parents[0]) if author == _BY_JENKINS and len(parents) > 1 else None

    def _ask(self, *words: str) -> str | None:
        try:
            return self.git.ask(*words)
        except GitError:  # it did not answer in time
            return None


def clone_at(folder: Path) -> Clone | None:
    """The clone that a folder lies in; None without one, or without git."""
    for place in (folder, *folder.parents):
        if (place / ".git").exists():
            try:
                return Clone(GitClone(place))
            except GitError:
                return None
    return None
