"""A CI bundle that is put together from what others wrote, in bounded memory: same parts, same bytes."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, NamedTuple

from ingest.ci.manifest import NAME, Manifest, read_manifest
from ingest.files.archive import Archive, ArchiveError, Limits
from ingest.files.zips import ZipWriter
from ingest.source import FormatError

LIMITS = Limits(members=100_000)
"""Of what is taken from others; a bundle's own are those of the source `ci_bundle`."""
_MANIFEST_BYTES = 1 << 20


class Part(NamedTuple):
    """A file of a bundle, opened where it lies."""

    path: str
    open: Callable[[], AbstractContextManager[BinaryIO]]


@dataclass(frozen=True)
class Bundle:
    """A bundle that is there already."""

    manifest: Manifest
    written: bytes
    """The manifest as it stands."""
    parts: tuple[Part, ...]


def bundle_in(archive: Archive) -> Bundle | None:
    """The bundle that an archive is; None if its manifest is missing or none of ours."""
    if NAME not in archive.members:
        return None
    try:
        with archive.open(NAME) as stream:
            written = stream.read(_MANIFEST_BYTES + 1)
        manifest, _ = read_manifest(written)
    except (ArchiveError, FormatError):
        return None
    parts = (Part(name, partial(archive.open, name)) for name in archive.members if name != NAME)
    return Bundle(manifest, written, tuple(parts))


def open_bundle(stream: BinaryIO, stack: ExitStack) -> Bundle | None:
    """The bundle of a zip that stands open as long as the stack; None if it is none."""
    try:
        return bundle_in(stack.enter_context(Archive(stream, LIMITS)))
    except FormatError:
        return None


def write_bundle(target: BinaryIO, manifest: bytes, parts: Iterable[Part]) -> None:
    """Write the zip, its members by name; ArchiveError for a part that cannot be read."""
    with ZipWriter(target) as archive:
        archive.add(NAME, manifest)
        for path, opener in sorted(parts):
            with opener() as stream:
                archive.add(path, stream)
