"""pytest-json-report (the plugin's 1.x, and what it wrote since 0.7): stages of each test, collectors.

The report has one entry for each node id, overwritten by every attempt. Of a test that passed when
pytest-rerunfailures tried it again the outcome says so (`rerun`), not how often it failed; of one
that never passed only the last attempt is left.
"""

from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

from msgspec.structs import replace

from ingest.ci.failures import Said
from ingest.ci.json_report import Records, read_json
from ingest.ci.json_tags import pairs_of
from ingest.ci.moments import Moment, unix_moment
from ingest.ci.pytest_report import (
    RERUN,
    WANTED,
    Collector,
    Report,
    Test,
    by_stages,
    markers,
    passed_against_expectation,
    place_of,
    said_by,
    told,
)
from ingest.ci.repeats import FAILING, Repeats
from ingest.ci.tags import tags_json
from ingest.ci.test_names import SUITE_ITSELF, slashed, split_name
from ingest.files.durations import usable
from ingest.privacy import excerpt
from ingest.records import TestAttempt
from ingest.source import Context, FormatError, Item, Reject, Source, Warn

_STATUS = {
    "passed": "passed",
    "failed": "failed",
    "error": "error",
    "skipped": "skipped",
    "xfailed": "xfail",
    "xpassed": "xpass",
}
_EXIT = {
    1: "tests failed",
    2: "interrupted",
    3: "internal error",
    4: "wrong usage",
    5: "no tests collected",
}
_TO_THE_END = (0, 1)
_STOPPED = (2, 3, 4)
_NO_OUTCOMES = ("total", "collected", "deselected")
_NO_OUTCOME = "the run was stopped in this test: its outcome is not known"


def parse(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """A TestAttempt per test and known attempt; what could not be collected is a row `(suite)`."""
    report, notes = read_json(stream, Report, wanted=WANTED)
    if report.tests is None and report.summary is None:
        raise FormatError(f"neither `tests` nor `summary` in it; expected {WANTED}")
    reader = _Reader(report, context)
    yield from reader.collectors()
    yield from reader.tests()
    yield from reader.verdict()
    for note in notes:
        yield Warn(reason=note)


class _Reader:
    def __init__(self, report: Report, context: Context) -> None:
        self._report = report
        when = unix_moment(_started(report), context) or Moment(context.folder_day)
        self._blank = TestAttempt(
            day=when.day, started_at=when.at, name="", raw_status="passed", status="passed"
        )
        self._repeats = Repeats()
        self._outcomes: Counter[str] = Counter()
        self._strange: Counter[str] = Counter()
        self._rows = 0

    def collectors(self) -> Iterator[Item]:
        """What could not be collected, or was skipped as a whole: its tests are not in the report."""
        records = Records(Collector)
        for position, text in enumerate(self._report.collectors or (), 1):
            found = records.read(text)
            if isinstance(found, str):
                yield Reject(position=position, reason=f"a collector: {found}")
            elif found.outcome in ("failed", "error", "skipped"):
                yield from self._placed([self._of_collector(found)])

    def _of_collector(self, found: Collector) -> TestAttempt:
        broke = found.outcome != "skipped"
        said = told(found.longrepr)
        file, class_name, name = place_of(found.nodeid)
        return replace(
            self._blank,
            file=slashed(file),
            class_name=None if name == file else ".".join(filter(None, (class_name, name))) or None,
            name=SUITE_ITSELF,
            raw_status=found.outcome,
            status="error" if broke else "skipped",
            message=said.message,
            fingerprint=said.fingerprint if broke else None,
        )

    def tests(self) -> Iterator[Item]:
        """Rows of the tests; a test that the run was stopped in is a Reject, not a pass."""
        records = Records(Test)
        for position, text in enumerate(self._report.tests or (), 1):
            test = records.read(text)
            if isinstance(test, str):
                yield Reject(position=position, reason=f"a test: {test}")
                continue
            self._outcomes[test.outcome] += 1
            rows = self._attempts(test)
            if not rows or (rows[-1].raw_status == RERUN and by_stages(test)):
                yield Reject(position=position, reason=_NO_OUTCOME, excerpt=excerpt(test.nodeid))
            yield from self._placed(rows)
        yield from self._repeats.rest()

    def _placed(self, rows: list[TestAttempt]) -> Iterator[TestAttempt]:
        if rows:
            self._rows += len(rows)
            row = rows[0]
            key = hash((row.file, row.class_name, row.name, row.params))
            yield from self._repeats.place(key, rows)
            yield from self._repeats.trim()

    def _attempts(self, test: Test) -> list[TestAttempt]:
        """The attempts that are known, in order; none if the test did not come to an outcome."""
        rerun = test.outcome == RERUN
        outcome = by_stages(test) or "" if rerun else self._outcome(test)
        status = "xpass" if passed_against_expectation(test) else _STATUS.get(outcome)
        if status == "passed" and not self._came_to_its_end(test):
            status = None
        row = self._row(test)
        rows = []
        if rerun:
            # The report does not say how often it failed: once is certain. If the run was stopped
            # before the next attempt came to its end, this one is all there is.
            said = said_by(test) if status is None else Said()
            rows.append(_judged(row, (RERUN, "failed"), said))
            rows[0].duration_ms = row.duration_ms if status is None else None
        if status:
            rows.append(_judged(row, (outcome, status), said_by(test)))
            rows[-1].attempt = len(rows)
        return rows

    def _outcome(self, test: Test) -> str:
        """The word of pytest, or where a plug-in has its own what the stages say."""
        if test.outcome in _STATUS:
            return test.outcome
        self._strange[test.outcome] += 1
        found = by_stages(test) or ""
        fails = any(word in test.outcome.lower() for word in ("fail", "error"))
        return "failed" if fails and _STATUS.get(found) not in FAILING else found

    def _came_to_its_end(self, test: Test) -> bool:
        """`passed` is what an entry says from its first stage on, until another outcome comes."""
        whole = self._report.exitcode in _TO_THE_END
        if not test.stages:
            return whole  # a hook of the project took the stages out
        return test.call is not None and (whole or test.teardown is not None)

    def _row(self, test: Test) -> TestAttempt:
        file, class_name, name = place_of(test.nodeid)
        name, params = split_name(name)
        times = [stage.duration for stage in test.stages if stage.duration is not None]
        own = (*pairs_of(test.metadata), *pairs_of(test.user_properties))
        return replace(
            self._blank,
            file=slashed(file),
            class_name=class_name,
            name=name,
            params=params,
            tags_json=tags_json(markers(test, self._report.root), own),
            duration_ms=usable(sum(times) * 1000) if times else None,
        )

    def verdict(self) -> Iterator[Item]:
        """What the report says beyond its tests: a run that did not get to its end, its own counts."""
        code, tests = self._report.exitcode, self._report.tests
        ended = f"exit code {code}: {_EXIT.get(code or 0, 'unknown')}"
        stated = self._stated()
        total = stated.get("total", 0)
        if tests is None:
            reason = f"a summary of {total} tests only, without the tests themselves"
            yield Reject(position=None, reason=reason)
        elif not tests and not self._rows and code in (0, None) and not total:
            yield Warn(reason="the report holds no tests")
        elif not tests and not self._rows:
            yield Reject(position=None, reason=f"no test ran ({ended})")
        else:
            left = stated.get("collected", 0) - stated.get("deselected", 0) - len(tests)
            missing = f"{left} collected tests have no result" if left > 0 else ""
            if code in _STOPPED:
                reason = f"the run was stopped ({ended}): {missing or 'results may be missing'}"
                yield Reject(position=None, reason=reason)
            elif missing:
                yield Warn(reason=f"{missing}: the run ended before them", partial=True)
            yield from self._oddities(stated)

    def _oddities(self, stated: dict[str, int]) -> Iterator[Warn]:
        if self._strange:
            words = excerpt(", ".join(sorted(self._strange)))
            yield Warn(reason=f"outcomes that pytest does not know, judged by the stages: {words}")
        if self._repeats.forgot:
            yield Warn(reason="too many tests to recognise every repetition of a name")
        outcomes = {word: n for word, n in stated.items() if word not in _NO_OUTCOMES and n}
        if self._report.summary and outcomes != dict(self._outcomes):
            there = f"the tests give {_shown(self._outcomes)}"
            yield Warn(reason=f"counts differ: the summary states {_shown(outcomes)}, {there}")

    def _stated(self) -> dict[str, int]:
        summary = self._report.summary or {}
        return {word: count for word, count in summary.items() if type(count) is int}


def _judged(row: TestAttempt, outcome: tuple[str, str], said: Said) -> TestAttempt:
    raw_status, status = outcome
    return replace(
        row,
        raw_status=raw_status,
        status=status,
        message=said.message,
        fingerprint=said.fingerprint if status in FAILING else None,
    )


def _started(report: Report) -> float | None:
    """The report is written at the end of the session, which took `duration` seconds."""
    lasted = report.duration
    if report.created is None or lasted is None or usable(lasted * 1000) is None:
        return report.created
    return report.created - lasted


def _shown(counts: dict[str, int]) -> str:
    known = sorted((word, count) for word, count in counts.items() if count)
    return excerpt(", ".join(f"{count} {word}" for word, count in known[:10]) or "none")


SOURCE = Source(
    name="pytest_json",
    family="ci",
    tables=(TestAttempt,),
    glob=("*.json",),
    parse=parse,
    landed=False,
    marks=(b'"exitcode":', b'"collectors":'),
)
