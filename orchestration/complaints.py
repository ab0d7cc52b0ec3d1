"""What a person should hear of an inbox, although, or because, it was loaded."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from difflib import get_close_matches

from ingest import sources as registry
from orchestration.damage import Damaged, damaged_files, named
from orchestration.inbox import unknown_folders
from orchestration.lake import Lake
from orchestration.loading import LoadReport
from orchestration.settings import Settings


def unreadable_of(settings: Settings, there: Collection[str]) -> list[Damaged]:
    """Files of the inbox of which nothing could be read, those of earlier runs included."""
    paths = set(there)
    lake = Lake(settings.paths.lake)
    with lake.frozen():
        found = damaged_files(lake.root)
    return [file for file in found if file.is_unreadable and file.path in paths]


def complaints(
    settings: Settings, loads: Iterable[LoadReport], unreadable: Sequence[Damaged]
) -> Iterator[str]:
    """Folders that no source reads, files that could not be read, and days with too many rejects."""
    landed = tuple(source.name for source in registry.all_sources() if source.landed)
    for name in unknown_folders(settings.paths.inbox, landed):
        near = get_close_matches(name, landed, n=1)
        advice = f"did you mean {near[0]}?" if near else f"there are {', '.join(landed)}"
        yield f"inbox/{name} is read by no source: {advice}"
    if unreadable:
        yield f"{len(unreadable):,} files of the inbox are unreadable: {named(unreadable)}"
    named_already = {file.path for file in unreadable}
    for load in loads:
        if load.reject_share > settings.max_reject_share:
            yield from _too_many_rejects(load, settings.max_reject_share, named_already)


def _too_many_rejects(load: LoadReport, limit: float, unreadable: set[str]) -> Iterator[str]:
    """Say of which folders: a run looks again at those days only that have something new."""
    files = [file for file in load.rejecting if file[0] not in unreadable]
    left_out = len(load.rejecting) - len(files)  # each counts as one rejected record
    rejected, records = load.rejected - left_out, load.records_read - left_out
    if not files or rejected <= limit * records:
        return
    days = load.days
    span = "" if days is None else f" of {days.first}"
    if days and days.last > days.first:
        span = f" of {days.first} to {days.last}"
    path, worst, read = files[0]
    yield (
        f"{load.family}: in the folders{span} {rejected:,} of {records:,} records are rejected"
        f" ({rejected / records:.1%}), more than {limit:.1%} (max_reject_share); most of them in"
        f" {path}: {worst:,} of {read:,}"
    )


def nothing_loaded(settings: Settings, warnings: Iterable[str]) -> str:
    """Why there is nothing to build from, and what to do."""
    inbox = settings.paths.inbox
    landed = [source.name for source in registry.all_sources() if source.landed]
    lies = any(inbox.glob("*/*")) if inbox.is_dir() else False
    what = f"no file in {inbox} gave a row" if lies else f"the inbox {inbox} is empty"
    said = [f"- {warning}" for warning in dict.fromkeys(warnings)]
    todo = (
        "Put files into inbox/SOURCE/YYYY-MM-DD/ (sources: " + ", ".join(landed) + "), or draft a"
        " workspace from your own files with gapsight init; gapsight demo makes data to try it with."
    )
    return "\n".join([f"Nothing is loaded yet: {what}.", *said, todo])
