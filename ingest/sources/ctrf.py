"""CTRF, the Common Test Report Format (JSON), as the reporters of ctrf.io write it for some twenty tools.

Read are the reports of schema 0.0 to 1.0: suites as a text or a list, times in seconds or
milliseconds, attempts as a number or in `retryAttempts`.
"""

from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

from msgspec.structs import replace

from ingest.ci.ctrf_report import (
    MOST_RETRIES,
    STATUSES,
    WANTED,
    Attempt,
    Report,
    Results,
    Test,
    earlier,
    environment_of,
    judged,
    place_of,
)
from ingest.ci.failures import describe
from ingest.ci.json_report import Records, read_json, worded
from ingest.ci.json_tags import pairs_of
from ingest.ci.moments import Moment, unix_moment
from ingest.ci.repeats import FAILING, Repeats
from ingest.ci.tags import Pair, tags_json
from ingest.ci.test_names import params_of, slashed, split_name
from ingest.ci.title_tags import split_shown
from ingest.files.durations import usable
from ingest.privacy import excerpt
from ingest.records import TestAttempt
from ingest.source import Context, Item, Reject, Source, Warn

RETRIED = "retried"
"""Raw status of an attempt of which the report says only that there was one: it failed."""

_TIERS = ("unit", "integration", "e2e", "smoke", "packaging", "nightly")
_KINDS = ("functional", "accessibility", "performance", "contract", "synthetic")


def parse(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """A TestAttempt per attempt; tests that the summary states and the file lacks are a Reject."""
    report, notes = read_json(stream, Report, wanted=WANTED)
    reader = _Reader(report.results, context)
    yield from reader.tests()
    yield from reader.verdict()
    for note in notes:
        yield Warn(reason=note)


class _Reader:
    def __init__(self, results: Results, context: Context) -> None:
        self._results = results
        self._context = context
        self._repeats = Repeats()
        self._statuses: Counter[str] = Counter()
        self._too_many = 0
        environment = results.environment
        self._environment = (environment.test_environment if environment else None) or None

    def tests(self) -> Iterator[Item]:
        """Rows of the tests, attempts in order."""
        records = Records(Test)
        for position, text in enumerate(self._results.tests, 1):
            test = records.read(text)
            if isinstance(test, str):
                yield Reject(position=position, reason=f"a test: {test}")
                continue
            self._statuses[test.status.strip().lower()] += 1
            status = judged(test.status, test.raw_status)
            if status is None:
                reason = f"unknown status '{excerpt(test.status)}'"
                yield Reject(position=position, reason=reason, excerpt=excerpt(test.name))
                continue
            rows = self._attempts(test, status)
            row = rows[0]
            key = hash((row.environment, row.suite, row.file, row.name, row.params))
            yield from self._repeats.place(key, rows)
            yield from self._repeats.trim()
        yield from self._repeats.rest()

    def _attempts(self, test: Test, status: str) -> list[TestAttempt]:
        blank = self._blank(test)
        told, untold = earlier(test)
        self._too_many += (test.retries or 0) > MOST_RETRIES
        # Of these only the number is known. Left out, a test that passed at the third try would
        # read like one that passed at once.
        rows = [replace(blank, raw_status=RETRIED, status="failed") for _ in range(untold)]
        rows += [self._row(blank, attempt, judged(attempt.status)) for attempt in told]
        own = Attempt(
            status=test.raw_status or test.status,
            duration=test.duration,
            start=test.start,
            message=test.message,
            trace=test.trace,
        )
        rows.append(self._row(blank, own, status))
        for number, row in enumerate(rows, 1):
            row.attempt = number
        return rows

    def _row(self, blank: TestAttempt, attempt: Attempt, status: str | None) -> TestAttempt:
        when = unix_moment(attempt.start, self._context) or Moment(self._context.folder_day)
        said = describe(worded(attempt.message), worded(attempt.trace))
        # An attempt with a strange word was followed by another one: it did not pass.
        status = status or "failed"
        return replace(
            blank,
            day=when.day,
            started_at=when.at,
            raw_status=attempt.status,
            status=status,
            duration_ms=usable(attempt.duration),
            message=said.message,
            fingerprint=said.fingerprint if status in FAILING else None,
        )

    def _blank(self, test: Test) -> TestAttempt:
        """What all attempts of a test have in common."""
        title, in_title = split_shown(test.name)
        name, params = split_name(title)
        place = place_of(test.suite, slashed(test.file_path))
        own = (*in_title, *pairs_of(test.tags), *pairs_of(test.labels))
        return TestAttempt(
            day=self._context.folder_day,
            environment=environment_of(test) or place.project or self._environment,
            suite=place.suite,
            file=place.file,
            name=name,
            params=params or params_of(test.parameters),
            tags_json=tags_json(_type_tags(test.type), own),
            raw_status=RETRIED,
            status="failed",
        )

    def verdict(self) -> Iterator[Item]:
        """What the report says beyond its tests: errors of the run, its own counts."""
        summary = self._results.summary or {}
        stated = {w: summary[w] for w in ("tests", *STATUSES) if type(summary.get(w)) is int}
        errors = self._errors()
        if not self._results.tests:
            if errors:
                reason = f"the run failed before any test ({len(errors)} errors)"
                yield Reject(position=None, reason=reason, excerpt=excerpt(errors[0]))
            elif any(stated.values()):
                reason = f"the summary states {stated.get('tests', 'some')} tests, none is there"
                yield Reject(position=None, reason=reason)
            else:
                yield Warn(reason="the report holds no tests")
            return
        if errors:
            yield Warn(reason=f"{len(errors)} errors outside the tests: {excerpt(errors[0])}")
        counted = {"tests": len(self._results.tests), **self._statuses}
        differ = [word for word, count in stated.items() if count != counted.get(word, 0)]
        if differ:
            theirs = ", ".join(f"{stated[word]} {word}" for word in differ)
            ours = ", ".join(f"{counted.get(word, 0)} {word}" for word in differ)
            yield Warn(reason=f"counts differ: the summary states {theirs}, the tests give {ours}")
        if self._too_many:
            yield Warn(reason=f"{self._too_many} tests state more than {MOST_RETRIES} retries")
        if self._repeats.forgot:
            yield Warn(reason="too many tests to recognise every repetition of a name")

    def _errors(self) -> list[str]:
        """Errors outside all tests: Playwright's reporter puts them there."""
        extra = self._results.extra
        errors = extra.get("errors") if isinstance(extra, dict) else None
        found = []
        for error in errors if isinstance(errors, list) else ():
            words = error.get("message") if isinstance(error, dict) else error
            found.append(describe(worded(words), None).message or "no message")
        return found


def _type_tags(kind: object) -> tuple[Pair, ...]:
    """CTRF's `type` is our tier (unit, e2e ...) or kind (contract ...); another word stays a type."""
    word = (worded(kind) or "").strip()
    if not word:
        return ()
    known = "tier" if word.lower() in _TIERS else "kind" if word.lower() in _KINDS else "type"
    return ((known, word),)


SOURCE = Source(
    name="ctrf",
    family="ci",
    tables=(TestAttempt,),
    glob=("*.json",),
    parse=parse,
    landed=False,
    marks=(
        b'"reportFormat":"CTRF"',
        b'"results":{"tool":{',
        b'"results":{"summary":{',
    ),
)
