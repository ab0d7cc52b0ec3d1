"""Which format a report of a CI run has, told by its name and its first bytes."""

from collections.abc import Iterator
from functools import cache
from pathlib import PurePosixPath
from typing import BinaryIO

from ingest import sources
from ingest.files.packed import bare_name
from ingest.source import HEAD, Source


def may_be_report(name: str) -> bool:
    """Whether a file's name, which may end in that of a compression, is one of reports."""
    return any(_fitting(name))


def report_source(name: str, stream: BinaryIO) -> Source | None:
    """The CI source that reads a plain stream of that name; None if there is none."""
    fitting = list(_fitting(name))
    if not fitting:
        return None
    head = stream.read(HEAD)
    return next((source for source in fitting if source.knows(head)), None)


def _fitting(name: str) -> Iterator[Source]:
    bare = PurePosixPath(bare_name(name)).name
    return (source for source in _sources() if source.takes(bare))


@cache
def _sources() -> tuple[Source, ...]:
    return sources.of_family("ci", landed=False)
