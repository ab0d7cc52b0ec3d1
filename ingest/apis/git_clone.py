"""Git in one local clone, with nothing of the user's configuration and no way to the network.

The same clone gives the same answers on every machine, and asking changes nothing in it.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from ingest.apis import ApiError
from ingest.privacy import scrub

# What a clone's own configuration could change in the output, or make git run.
_OVERRIDES = (
    "core.quotePath=true",
    "log.showRoot=true",
    "protocol.allow=never",
    # The path comes from the team's own settings: another owner of the folder is expected in CI.
    "safe.directory=*",
)
# Nothing else of the environment reaches git: a GIT_DIR of the calling process (a hook, a CI step)
# would point elsewhere.
_ENVIRONMENT = {
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}


class GitError(ApiError):
    """The clone cannot give what was asked for; the message says why and what helps."""


class NoGitError(GitError):
    """There is no git on this machine."""


class NoCloneError(GitError):
    """The folder is not there, or no clone."""


class GitClone:
    """Git in one clone: no configuration but the clone's own, no network, no questions."""

    def __init__(self, path: Path, timeout: float = 60.0) -> None:
        """Look whether it is a clone; GitError if not, or if git does not answer in `timeout` s."""
        self.path, self._timeout = path.resolve(), timeout
        self._program = shutil.which("git") or ""
        if not self._program:
            raise NoGitError("git is not installed, or not on the search path")
        if not self.path.is_dir():
            raise NoCloneError(f"no clone at {path}: there is no such folder")
        if self.ask("rev-parse", "--git-dir") is None:
            raise NoCloneError(f"{path} is not a git repository")

    def ask(self, *arguments: str) -> str | None:
        """Return the answer of a short command; None if git says no."""
        done = self._call(arguments, subprocess.PIPE)
        return None if done.returncode else done.stdout.decode("utf-8", "replace").strip()

    def run(self, *arguments: str, into: IO[bytes]) -> None:
        """Run a command with its output into a file; GitError with git's own words if it fails."""
        done = self._call(arguments, into)
        if done.returncode:
            raise GitError(f"{self.path}: git {arguments[0]} failed: {_said(done.stderr)}")

    def _call(
        self, arguments: Sequence[str], output: IO[bytes] | int
    ) -> subprocess.CompletedProcess[bytes]:
        overrides = [part for setting in _OVERRIDES for part in ("-c", setting)]
        try:
            return subprocess.run(
                [self._program, "--no-pager", "-C", str(self.path), *overrides, *arguments],
                env=_ENVIRONMENT | {"GIT_CEILING_DIRECTORIES": str(self.path.parent)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.PIPE,
                timeout=self._timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise GitError(
                f"{self.path}: git {arguments[0]} took over {self._timeout:g} s"
            ) from None
        except (OSError, ValueError) as fault:  # ValueError: a zero character in a branch name
            raise GitError(f"{self.path}: git cannot be run: {fault}") from None


def _said(stderr: bytes) -> str:
    text = stderr.decode("utf-8", "replace").strip()
    if "since-as-filter" in text:
        return "git 2.37 or newer is needed"
    if "promisor" in text:
        return "a partial clone lacks file contents that the counts need; clone without --filter"
    # Git repeats remote addresses, which may hold credentials.
    return scrub(" ".join(text.splitlines()[-3:]), 500)
