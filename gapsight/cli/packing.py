"""From patterns to a delivered bundle, and what is said about it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from gapsight.ci_import.bundle import Run
from gapsight.ci_pack.build import (
    Bundle,
    Known,
    bundled,
    day_name,
    file_name,
    listing,
    not_here,
    recognise,
)
from gapsight.ci_pack.deliver import (
    Address,
    AddressError,
    Folder,
    NotDeliveredError,
    address_of,
    folder_at,
)
from gapsight.ci_pack.files import Files, find
from gapsight.ci_pack.gather import Gathered, Given, UnknownRunError, gather
from gapsight.cli import output
from gapsight.cli.errors import CliError, Exit
from ingest import sources
from ingest.files.packed import parsed
from ingest.records import Record
from ingest.source import Context, FormatError, Origin, Reject

_SHOWN = 20
_MOST_BYTES = 5_000_000_000
"""One PUT takes as much at S3 and Azure; a bundle of that size is hardly meant."""


@dataclass(frozen=True)
class Wanted:
    """What shall be packed, and where it goes."""

    patterns: Sequence[tuple[str, str]]
    """Kind (results, coverage) and pattern."""
    target: str | None
    suite: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    check: bool = False
    dry_run: bool = False


@dataclass
class _Outcome:
    what: str
    """written, unchanged, sent or would be packed."""
    where: str
    size: int
    rows: Counter[str] = field(default_factory=Counter)
    rejects: list[str] = field(default_factory=list)


def pack_and_deliver(
    wanted: Wanted, given: Mapping[str, Any], env: Mapping[str, str], *, here: Path, as_json: bool
) -> int:
    """Pack, deliver, say what became of it; the exit code."""
    target = _destination(wanted)
    files = find(wanted.patterns, here)
    known = recognise(files, wanted.suite)
    if not known.reports and not given["expected"]:
        patterns = ", ".join(files.missing) or ", ".join(pattern for _, pattern in wanted.patterns)
        raise CliError(
            f"no file fits {patterns}", "nothing is packed; say with --expect what should be there"
        )
    try:
        gathered = gather(Given(**given), env, here, reports=known.reports)
        manifest = listing(gathered.run, known, files, suite=wanted.suite)
    except (UnknownRunError, FormatError) as error:
        raise CliError(str(error)) from None
    done = _done(gathered, manifest, known, wanted=wanted, target=target)
    doubt = [target.note] if isinstance(target, Folder) and target.note else []
    said = [*doubt, *_said(files, known, gathered)]
    if as_json:
        output.as_json(_document(gathered, manifest, known, done=done, files=files, notes=said))
    else:
        _show(gathered, known, done, manifest=manifest if wanted.dry_run else None)
    for words in (*said, *_shown(done.rejects)):
        output.note(words)
    return Exit.FINDINGS if files.missing or done.rejects else Exit.OK


def _destination(wanted: Wanted) -> Folder | Address | None:
    """Where it goes, judged before anything is read."""
    if wanted.target is None:
        return None
    if "://" not in wanted.target:
        return folder_at(Path(wanted.target))
    try:
        return address_of(wanted.target)
    except AddressError as error:
        raise CliError(str(error)) from None


def _done(
    gathered: Gathered,
    manifest: bytes,
    known: Known,
    *,
    wanted: Wanted,
    target: Folder | Address | None,
) -> _Outcome:
    run, zone = gathered.run, target.zone if isinstance(target, Folder) else "UTC"
    day = day_name(run, zone)
    with bundled(manifest, known.reports) as bundle:
        name = file_name(run, gathered.label, day=day, digest=bundle.digest)
        place = target.place(name, day) if isinstance(target, Folder) else None
        where = str(place) if place else target.shown if isinstance(target, Address) else name
        done = _Outcome("would be packed", where, bundle.size)
        if wanted.check:
            _check(bundle, done, day)
        if wanted.dry_run:
            return done
        try:
            if isinstance(target, Address):
                target.put(bundle, wanted.headers)
                done.what = "sent"
            elif isinstance(target, Folder) and place:
                done.what = "written" if target.put(bundle, place) else "unchanged"
        except NotDeliveredError as error:
            raise CliError(
                f"the bundle was not delivered: {error}", _too_big(bundle), code=Exit.UNKNOWN
            ) from None
    return done


def _too_big(bundle: Bundle) -> str:
    if bundle.size < _MOST_BYTES:
        return ""
    return f"it has {bundle.size / 1e9:.1f} GB, and stores take about 5 GB in one request"


def _check(bundle: Bundle, done: _Outcome, day: date | None) -> None:
    """Read the bundle as a run will."""
    source, where = sources.get("ci_bundle"), ""
    context = Context(folder_day=day or date.min, name=bundle.path.name)
    try:
        with parsed(source, bundle.path, context) as items:
            for item in items:
                if isinstance(item, Origin):
                    where = item.source
                elif isinstance(item, Reject):
                    place = "" if item.position is None else f" (record {item.position})"
                    done.rejects.append(f"rejected: {item.reason}{place}")
                elif isinstance(item, Record):
                    done.rows[f"{where}: {item.TABLE}" if where != source.name else item.TABLE] += 1
    except FormatError as error:
        done.rejects.append(f"rejected: {error}")


def _said(files: Files, known: Known, gathered: Gathered) -> list[str]:
    """What deserves a look, what is missing last."""
    run = gathered.run
    bare = (
        [] if run.sha else ["no commit is known: results will be evidence without one; give --sha"]
    )
    elsewhere = [
        f"no report here is of the expected suite {suite}: another job of the run must bring it"
        for suite in not_here(run, known.reports)
    ]
    patterns = [name for name in files.missing if not any(u.startswith(name) for u in known.unread)]
    missing = [f"missing: no file fits {pattern}" for pattern in patterns]
    unread = [f"missing: {words}" for words in known.unread]
    return [*gathered.notes, *bare, *files.notes, *known.notes, *elsewhere, *missing, *unread]


def _shown(rejects: Sequence[str]) -> list[str]:
    more = len(rejects) - _SHOWN
    return [*rejects[:_SHOWN], *([f"... and {more:,} more rejected"] if more > 0 else [])]


def _document(  # noqa: PLR0913 - all there is to say
    gathered: Gathered,
    manifest: bytes,
    known: Known,
    *,
    done: _Outcome,
    files: Files,
    notes: list[str],
) -> dict[str, object]:
    return {
        "bundle": {"what": done.what, "where": done.where, "bytes": done.size},
        "system": gathered.system or None,
        "manifest": msgspec.json.decode(manifest),
        "files": [
            {"path": str(report.path), "member": report.member, "format": report.format}
            for report in known.reports
        ],
        "missing": list(files.missing),
        "rows": dict(done.rows),
        "rejects": done.rejects,
        "notes": notes,
    }


def _show(gathered: Gathered, known: Known, done: _Outcome, *, manifest: bytes | None) -> None:
    if manifest is not None:
        for line in manifest.decode().splitlines():
            output.line(line)
        for report in known.reports:
            output.line(f"file       {report.member}  ({report.format or 'no known format'})")
    output.line(f"run        {_in_words(gathered.run)}")
    if gathered.system:
        output.line(f"told by    {gathered.system}")
    for table, count in done.rows.items():
        output.line(f"read       {table} {count:,}")
    size = f"{done.size / 1e6:,.1f} MB" if done.size >= 100_000 else f"{done.size:,} bytes"
    count = len(known.reports)
    reports = "1 report" if count == 1 else f"{count:,} reports"
    output.line(f"{done.what:<9}  {done.where} ({reports}, {size})")


def _in_words(run: Run) -> str:
    facts = {
        "sha": run.sha and run.sha[:12],
        "base": run.base_sha and run.base_sha[:12],
        "branch": run.branch,
        "pull request": run.pr,
        "stage": run.stage,
        "began": run.started_at and f"{run.started_at:%Y-%m-%d %H:%M} UTC",
    }
    known = ", ".join(f"{name} {value}" for name, value in facts.items() if value)
    return f"{run.repo}, build {run.build}, attempt {run.attempt}" + (f", {known}" if known else "")
