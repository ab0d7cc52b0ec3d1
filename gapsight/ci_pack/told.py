"""What a CI system tells a job about its run, whatever the system."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from ingest.ci.manifest import SHA

Environment = Mapping[str, str]
"""Variables of the process, as orchestration/settings.py hands them on."""

_SHA = re.compile(SHA)
_NO_COMMIT = re.compile("0*")
_NUMBER = re.compile("[0-9]{1,9}")


@dataclass(frozen=True)
class Told:
    """None: the system does not say."""

    system: str
    repo: str | None = None
    build: str | None = None
    attempt: int = 1
    sha: str | None = None
    base_sha: str | None = None
    branch: str | None = None
    pr: str | None = None
    stage: str | None = None
    pipeline: str | None = None
    job: str | None = None
    """The job that packs."""
    place: str | None = None
    """Which of several jobs of that name it is, counted from 1: `2/4`."""
    conclusion: str | None = None
    started_at: str | None = None
    target: str | None = None
    """The branch that the run's changes go into; of a run without a pull request the default one."""
    may_be_a_merge: bool = False
    """`sha` may be a merge that the system made for this run and nobody else knows."""
    notes: tuple[str, ...] = ()


def word(env: Environment, *names: str) -> str | None:
    """The first of the variables that is set to something."""
    return next((text for name in names if (text := env.get(name, "").strip())), None)


def commit(text: str | None) -> str | None:
    """A sha in lower case; None for a name such as HEAD, and for the zeros that mean no commit."""
    if not text or not _SHA.fullmatch(text) or _NO_COMMIT.fullmatch(text):
        return None
    return text.lower()


def count(text: str | None) -> int | None:
    """A plain number; None for anything else."""
    return int(text) if text and _NUMBER.fullmatch(text) else None


def last_name(address: str | None) -> str | None:
    """`shop-web` of `octo/shop-web`, `git@host:octo/shop-web.git` or an https address with a token."""
    if not address:
        return None
    path = urlsplit(address).path if "://" in address else address.rpartition(":")[2]
    return path.rstrip("/").rpartition("/")[2].removesuffix(".git") or None


def place(index: int | None, total: int | None) -> str | None:
    """`2/4` of an index counted from 1; None where there is one job of its kind only."""
    return None if index is None or total is None or total < 2 else f"{index}/{total}"
