"""Playwright JSON reports: a tree of files, describe blocks and specs, one result per attempt."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO

import msgspec
from msgspec.structs import replace

from ingest.ci.failures import describe
from ingest.ci.json_report import Records
from ingest.ci.moments import Moment, moment
from ingest.ci.playwright_report import (
    Annotation,
    Noted,
    Problem,
    Report,
    Result,
    Spec,
    Suite,
    Test,
    read_report,
)
from ingest.ci.repeats import FAILING
from ingest.ci.tags import LONGEST, Pair, tags_json
from ingest.ci.test_names import JOINT, slashed, split_name
from ingest.ci.title_tags import split_title, tag_pair
from ingest.privacy import excerpt
from ingest.records import TestAttempt
from ingest.source import Context, Item, Reject, Source, Warn

NOT_RUN = "did not run"
"""Raw status of a test without a result: the run stopped before it."""

# An interrupted attempt says nothing about the test: somebody or a limit stopped the run.
_STATUS = {
    "passed": "passed",
    "failed": "failed",
    "timedOut": "failed",
    "skipped": "skipped",
    "interrupted": "skipped",
}
_MOST_NOTES = 200
_EXPECTED_TO_FAIL = {"passed": "xpass", "failed": "xfail"}


def parse(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """A TestAttempt per result; a run that broke before its tests is a Reject, not 0 failures."""
    report, notes = read_report(stream)
    reader = _Reader(context)
    yield from reader.suites(report.suites)
    yield from reader.verdict(report)
    for note in notes:
        yield Warn(reason=note)


class _Reader:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._seen: Counter[tuple[str | None, ...]] = Counter()
        self._outcomes: Counter[str | None] = Counter()
        self._tests = 0
        self._results = 0
        self._interrupted = 0
        self._unread = 0
        self._idle: list[TestAttempt] = []
        self._records: dict[type, Records[Any]] = {
            shape: Records(shape) for shape in (Suite, Spec, Test, Noted, Result)
        }

    def suites(self, files: list[msgspec.Raw]) -> Iterator[Item]:
        """Rows of all specs; a top suite's title is its file's name and no part of a test's."""
        for text in files:
            file = self._records[Suite].read(text)
            if isinstance(file, Suite):
                yield from self._inside(file, (), ())
            else:
                yield self._broken("a suite", file)

    def _inside(
        self, suite: Suite, titles: tuple[str, ...], tags: tuple[Pair, ...]
    ) -> Iterator[Item]:
        for text in suite.specs:
            spec = self._records[Spec].read(text)
            if not isinstance(spec, Spec):
                yield self._broken("a spec", spec)
                continue
            title, own = split_title(spec.title)
            name, params = split_name(JOINT.join((*titles, title)))
            blank = TestAttempt(
                day=self._context.folder_day,
                file=slashed(spec.file or suite.file),
                name=name,
                params=params,
                raw_status=NOT_RUN,
                status="skipped",
            )
            yield from self._spec(spec, blank, (*tags, *own, *map(tag_pair, spec.tags)))
        for text in suite.suites:
            inner = self._records[Suite].read(text)
            if not isinstance(inner, Suite):
                yield self._broken("a suite", inner)
                continue
            title, own = split_title(inner.title)
            inner.file = inner.file or suite.file
            yield from self._inside(inner, (*titles, title) if title else titles, (*tags, *own))

    def _spec(self, spec: Spec, blank: TestAttempt, pairs: tuple[Pair, ...]) -> Iterator[Item]:
        for text in spec.tests:
            test = self._records[Test].read(text)
            if isinstance(test, Test):
                yield from self._test(test, blank, pairs)
            else:
                yield self._broken("a test", test)

    def _broken(self, what: str, problem: str) -> Reject:
        self._unread += 1
        return Reject(position=None, reason=f"{what}: {problem}")

    def _test(self, test: Test, blank: TestAttempt, pairs: tuple[Pair, ...]) -> Iterator[Item]:
        self._tests += 1
        self._outcomes[test.status] += 1
        notes = [
            (note.type[:LONGEST], (note.description or "")[:LONGEST])
            for note in islice(self._annotations(test), _MOST_NOTES)
        ]
        key = (blank.file, blank.name, blank.params, test.project_name)
        self._seen[key] += 1  # `repeatEach` runs a spec several times
        blank = replace(
            blank,
            environment=test.project_name or None,
            occurrence=self._seen[key],
            tags_json=tags_json((*pairs, *notes)),
        )
        if not test.results:
            self._idle.append(blank)
        for text in test.results:
            result = self._records[Result].read(text)
            if not isinstance(result, Result):
                yield self._broken("a result", result)
                continue
            self._results += 1
            self._interrupted += result.status == "interrupted"
            yield self._attempt(test, result, blank)

    def _annotations(self, test: Test) -> Iterator[Annotation]:
        yield from test.annotations
        for text in test.results:
            found = self._records[Noted].read(text)
            if isinstance(found, Noted):
                yield from found.annotations

    def _attempt(self, test: Test, result: Result, blank: TestAttempt) -> Item:
        status = _STATUS.get(result.status or "")
        if status is None:
            reason = f"unknown result status '{excerpt(str(result.status))}'"
            return Reject(position=self._tests, reason=reason, excerpt=excerpt(blank.name))
        if test.expected_status == "failed":
            status = _EXPECTED_TO_FAIL.get(result.status or "", status)
        when = moment(result.start_time, self._context) or Moment(self._context.folder_day)
        said = describe(*_words(result.error or next(iter(result.errors), None)))
        return replace(
            blank,
            day=when.day,
            raw_status=result.status,
            status=status,
            duration_ms=_duration(result),
            attempt=max(result.retry, 0) + 1,
            started_at=when.at,
            zone_assumed=when.zone_assumed,
            raw_started_at=when.raw,
            message=said.message,
            fingerprint=said.fingerprint if status in FAILING else None,
        )

    def verdict(self, report: Report) -> Iterator[Item]:
        """What the report says beyond its results: errors of the run, missing parts, own counts."""
        errors = [describe(*_words(p)).message or "no message" for p in report.errors]
        if any(records.mended for records in self._records.values()):
            yield Warn(reason="characters that are no Unicode were replaced")
        if not self._results and (errors or not self._unread):
            yield self._nothing_ran(errors)
            return
        yield from self._idle
        if errors and (self._idle or self._interrupted):
            reason = f"the run was stopped: {len(self._idle) + self._interrupted} tests missing"
            yield Reject(position=None, reason=reason, excerpt=excerpt(errors[0]))
        elif errors:
            yield Warn(reason=f"{len(errors)} errors outside the tests: {excerpt(errors[0])}")
        if shard := report.config.shard:
            yield Warn(reason=f"a part only: shard {shard.current} of {shard.total}")
        stats = report.stats
        if stats:
            stated = (stats.expected, stats.unexpected, stats.flaky, stats.skipped)
            counted = tuple(
                self._outcomes[w] for w in ("expected", "unexpected", "flaky", "skipped")
            )
            if stated != counted:
                yield Warn(reason=f"counts differ: stats state {stated}, the tests give {counted}")

    def _nothing_ran(self, errors: list[str]) -> Item:
        if errors:
            return Reject(
                position=None,
                reason=f"the run failed before any test ({len(errors)} errors)",
                excerpt=excerpt(errors[0]),
            )
        if self._tests:
            reason = (
                f"no result in it: a listing of {self._tests} tests, or a run stopped before them"
            )
            return Reject(position=None, reason=reason)
        return Warn(reason="the report holds no tests")


def _duration(result: Result) -> float | None:
    duration = result.duration
    return duration if duration is not None and duration >= 0 else None


def _words(problem: Problem | None) -> tuple[str | None, str | None]:
    """Message, and the part of the stack that does not repeat it."""
    if problem is None:
        return None, None
    message = problem.message or problem.value
    if message and problem.stack:
        return message, problem.stack.rpartition(message)[2]
    return message, problem.stack


SOURCE = Source(
    name="playwright",
    family="ci",
    tables=(TestAttempt,),
    glob=("*.json",),
    parse=parse,
    landed=False,
    version=2,
    marks=(b'"forbidOnly":', b'"fullyParallel":', b'"projectName":'),
)
