"""CI bundles: the reports of one CI run with a manifest, as a zip or a folder.

Members are read where they lie, one after the other; each row gets what the manifest says of the
run.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, NamedTuple, cast

import msgspec
from msgspec.structs import replace

from ingest import sources
from ingest.ci.known_reports import may_be_report, report_source
from ingest.ci.manifest import NAME, Fact, ListedReport, Manifest, read_manifest, stamp_of
from ingest.files.archive import Archive, ArchiveError, Limits
from ingest.files.packed import ENDINGS, bare_name
from ingest.privacy import EXCERPT_LIMIT, excerpt, scrub
from ingest.records import CiRun, FileCoverage, Record, TestAttempt, TestCoverage
from ingest.source import (
    Context,
    FormatError,
    Item,
    MemberReject,
    Origin,
    RecordParser,
    Reject,
    Source,
    Warn,
)

MANIFEST_LIMIT = 1 << 20
_RESULTS = (".xml", ".json", ".jsonl", ".ndjson", ".info", ".lcov", ".trx", ".tap", ".csv")
"""Endings of what may be a result that nobody reads here; traces and logs come in archives."""


def parse(path: Path, context: Context) -> Iterator[Item]:
    """Rows of all reports, the row of the run last; FormatError without a manifest.

    A report that cannot be read is one Reject, its reason led by the member's path.
    """
    with Archive(path, _limits(context)) as archive:
        manifest, notes = read_manifest(_manifest_bytes(archive))
        yield from _Bundle(archive, manifest, context).items()
        for note in notes:
            yield Warn(reason=note)


class _Report(NamedTuple):
    """A member that shall be read as a format."""

    member: str
    source: Source
    listed: ListedReport


class _Bundle:
    def __init__(self, archive: Archive, manifest: Manifest, context: Context) -> None:
        self._archive = archive
        self._manifest = manifest
        self._context = context
        self._started = stamp_of(manifest, "started_at", context)
        self._finished = stamp_of(manifest, "finished_at", context)
        self._day: date = context.day_of(self._started)
        self._known = {s.name: s for s in sources.of_family("ci", landed=False)}
        self._run_fields: dict[str, Any] = {
            "day": self._day,
            "repo": manifest.repo,
            "sha": manifest.sha.lower() if manifest.sha else None,
            "branch": manifest.branch,
            "build": str(manifest.build),
            "run_attempt": manifest.attempt,
        }
        self._fields: dict[type[Record], dict[str, Any]] = {}
        self._taken: set[str] = set()
        self._delivered: set[str] = set()
        self._failed: set[str] = set()
        """Suites of which some report is missing, or could not be read as a whole."""

    def items(self) -> Iterator[Item]:
        """What cannot be read, the rows of all reports, then the row of the run itself."""
        yield from self._not_kept()
        found = [*self._listed(), *self._others()]
        yield from (item for item in found if not isinstance(item, _Report))
        for report in found:
            if isinstance(report, _Report):
                yield Origin(source=report.source.name)
                yield from self._rows(report)
        yield Origin(source=SOURCE.name)
        yield self._run()

    def _not_kept(self) -> Iterator[Warn]:
        """What CI had and this bundle has not: nobody can say that its suite came whole."""
        for artifact in self._manifest.artifacts:
            if artifact.problem:
                self._failed.add(artifact.suite or artifact.name)
                name, problem = excerpt(artifact.name), excerpt(artifact.problem)
                yield Warn(reason=f"artifact {name}: {problem}")

    def _listed(self) -> Iterator[_Report | Reject]:
        for entry in self._manifest.reports:
            path = entry.path.replace("\\", "/").removeprefix("./")
            members = self._archive.members
            names = [path] if path in members else [n for n in members if fnmatchcase(n, path)]
            if not names:
                self._failed.add(self._suite(path, entry, None))
                yield _refused(path, "listed in the manifest, but not in the bundle")
            for name in names:
                if name not in self._taken:
                    self._taken.add(name)
                    yield self._judged(name, entry)

    def _judged(self, name: str, entry: ListedReport) -> _Report | Reject:
        source: Source | None
        try:
            source = self._known.get(entry.format) if entry.format else self._recognised(name)
        except ArchiveError as error:
            problem = str(error)
        else:
            if source:
                return _Report(name, source, entry)
            what = f"format '{excerpt(entry.format)}'" if entry.format else "its content"
            problem = f"{what} is unknown; known are {', '.join(self._known)}"
        self._failed.add(self._suite(name, entry, None))
        return _refused(name, problem)

    def _others(self) -> Iterator[_Report | Reject | Warn]:
        """Members the manifest does not list: reports by name and content, the rest is let lie."""
        strange = []
        for name, member in self._archive.members.items():
            if name in self._taken or name == NAME:
                continue
            if member.is_hostile:
                yield _refused(name, str(member.problem))
                continue
            if not may_be_report(name):
                strange += [name] if _looks_like_a_result(name) else []
                continue
            try:
                source = self._recognised(name)
            except ArchiveError as error:
                self._failed.add(self._suite(name, ListedReport(path=name), None))
                yield _refused(name, str(error))
                continue
            if source:
                yield _Report(name, source, ListedReport(path=name))
            else:
                strange.append(name)
        if strange:
            names = excerpt(", ".join(strange[:5]))
            yield Warn(reason=f"{len(strange)} members of no known format were let lie: {names}")

    def _recognised(self, name: str) -> Source | None:
        with self._archive.open(name) as stream:
            return report_source(name, stream)

    def _rows(self, report: _Report) -> Iterator[Item]:
        name, source, entry = report
        parser = cast("RecordParser", source.parse)
        suite, place = self._suite(name, entry, source), excerpt(name)
        try:
            with self._archive.open(name) as stream:
                for item in parser(stream, dataclasses.replace(self._context, name=name)):
                    if isinstance(item, Record):
                        self._delivered.add(suite)
                        yield self._filled(item, entry)
                    elif isinstance(item, Reject):
                        if item.position is None:
                            self._failed.add(suite)
                        yield _named(item, place)
                    elif isinstance(item, Warn):
                        yield replace(item, reason=f"{place}: {item.reason}")
        except (FormatError, ArchiveError) as error:
            self._failed.add(suite)
            yield _refused(name, str(error))

    def _filled(self, row: Record, entry: ListedReport) -> Record:
        fields = self._fields.get(type(row))
        if fields is None:
            own = row.__struct_fields__
            fields = {name: value for name, value in self._run_fields.items() if name in own}
            self._fields[type(row)] = fields
        row = replace(row, **fields)
        if isinstance(row, TestAttempt) and row.environment is None:
            row.environment = entry.environment or self._manifest.environment
        return row

    def _suite(self, name: str, entry: ListedReport, source: Source | None) -> str:
        """The suite a report stands for: as listed, else the expected one of its file or folder."""
        path = PurePosixPath(bare_name(name))
        expected = self._manifest.expected_suites or ()
        words = (path.stem, *reversed(path.parts[:-1]), source.name if source else "")
        own = path.stem
        if source and source.scattered:
            own = path.parent.name or source.name
        return entry.suite or next((word for word in words if word in expected), own)

    def _run(self) -> CiRun:
        manifest = self._manifest
        received = sorted(self._delivered - self._failed)  # a report without a row is no result
        expected = manifest.expected_suites
        missing = [suite for suite in expected or () if suite not in received]
        return CiRun(
            **self._run_fields,
            base_sha=manifest.base_sha.lower() if manifest.base_sha else None,
            pr=None if manifest.pr is None else str(manifest.pr),
            pipeline=manifest.pipeline,
            stage=manifest.stage,
            blocking=manifest.blocking,
            environment=manifest.environment,
            env_facts_json=_json(manifest.env_facts and _scrubbed(manifest.env_facts)),
            started_at=self._started,
            finished_at=self._finished,
            expected_suites_json=_json(expected),
            received_suites_json=_json(received),
            missing_suites_json=_json(missing or None),
            broken_suites_json=_json(sorted(self._failed) or None),
        )


def _refused(member: str, reason: str) -> Reject:
    return _named(Reject(position=None, reason=reason), excerpt(member))


def _named(reject: Reject, place: str) -> MemberReject:
    return MemberReject(
        position=reject.position,
        reason=f"{place}: {reject.reason}",
        excerpt=reject.excerpt,
        member=place,
    )


def _looks_like_a_result(name: str) -> bool:
    """Whether a person might miss it: a log or a picture, packed or not, is none."""
    bare = PurePosixPath(bare_name(name).lower())
    return bare.suffix in _RESULTS or (not bare.suffix and name.lower().endswith(ENDINGS))


def _manifest_bytes(archive: Archive) -> bytes:
    if NAME not in archive.members:
        found = excerpt(", ".join(list(archive.members)[:5])) or "nothing"
        raise FormatError(f"no {NAME} at the root of the bundle; there is: {found}")
    try:
        with archive.open(NAME) as stream:
            data = stream.read(MANIFEST_LIMIT + 1)
    except ArchiveError as error:
        raise FormatError(f"{NAME}: {error}") from None
    if len(data) > MANIFEST_LIMIT:
        raise FormatError(f"{NAME} has more than {MANIFEST_LIMIT} bytes, the limit")
    return data


def _limits(context: Context) -> Limits:
    """The `[sources.ci_bundle]` options max_members, max_member_bytes and max_total_bytes."""
    names = ("members", "member_bytes", "total_bytes")
    options = {
        name: context.options[f"max_{name}"] for name in names if f"max_{name}" in context.options
    }
    return Limits(**options)


def _scrubbed(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    return {
        name: scrub(fact, EXCERPT_LIMIT) if isinstance(fact, str) else fact
        for name, fact in facts.items()
    }


def _json(value: object) -> str | None:
    return None if value is None else msgspec.json.encode(value, order="sorted").decode()


class _Options(msgspec.Struct, forbid_unknown_fields=True):
    """The `[sources.ci_bundle]` table: limits of one bundle."""

    max_members: Annotated[int, msgspec.Meta(gt=0)] | None = None
    max_member_bytes: Annotated[int, msgspec.Meta(gt=0)] | None = None
    max_total_bytes: Annotated[int, msgspec.Meta(gt=0)] | None = None


SOURCE = Source(
    name="ci_bundle",
    family="ci",
    tables=(CiRun, TestAttempt, FileCoverage, TestCoverage),
    glob=("*.zip",),
    parse=parse,
    form="tables",
    version=6,  # raised with every format it learns or reads otherwise: bundles that lie there load again
    options=_Options,
)
