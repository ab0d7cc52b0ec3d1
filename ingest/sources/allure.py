"""Allure results: one `<uuid>-result.json` for each run of one test, as Allure 2 and 3 adapters write them.

Retries of a test are files of their own with the same `historyId`, in no order, and a parser sees
one file. So each row is a first attempt: the models number the rows of a run that have the same
names, parameters and environment by the time they started. What `historyId` is made of (full name
and parameters that are not excluded) is therefore in these columns, and nothing that changes from
run to run is.
"""

from collections.abc import Iterator
from typing import BinaryIO

from ingest.ci.allure_result import WANTED, Details, Result, parameters_of, place_of, tags_of
from ingest.ci.failures import describe
from ingest.ci.json_report import read_json, worded
from ingest.ci.moments import Moment, unix_moment
from ingest.ci.repeats import FAILING
from ingest.ci.tags import tags_json
from ingest.ci.test_names import split_name
from ingest.ci.title_tags import split_shown
from ingest.files.durations import usable
from ingest.privacy import excerpt
from ingest.records import TestAttempt
from ingest.source import Context, FormatError, Item, Reject, Source, Warn

NO_STATUS = "no status"
"""Raw status where the result has none: the test was not run to its end."""

_LIMIT = 64 * 1024 * 1024
_STATUS = {
    "passed": "passed",
    "failed": "failed",
    "broken": "error",
    "skipped": "skipped",
    "unknown": "skipped",  # nobody knows how it ended: neither passed nor failed
}


def parse(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """One TestAttempt; FormatError for containers and everything else that is no result."""
    result, notes = read_json(stream, Result, wanted=WANTED, limit=_LIMIT)
    if result.children is not None:
        raise FormatError(f"the file is an Allure container; expected {WANTED}")
    shown = result.name or result.full_name
    if not shown or not (result.uuid or result.history_id):
        raise FormatError(f"neither `name` nor `uuid` in it; expected {WANTED}")
    yield from _row(result, shown, context)
    for note in notes:
        yield Warn(reason=note)


def _row(result: Result, shown: str, context: Context) -> Iterator[Item]:
    raw = result.status or NO_STATUS
    details = result.status_details or Details()
    status = _judged(result, worded(details.message) or "")
    if status is None:
        reason = f"unknown status '{excerpt(raw)}'"
        yield Reject(position=1, reason=reason, excerpt=excerpt(shown))
        return
    stage = (result.stage or "finished").lower()
    if status == "passed" and stage != "finished":
        # Written before the test ended, or left behind by a run that was killed.
        raw, status = stage, "skipped"
    if stage != "finished" or not result.status:
        said = f"stage '{excerpt(stage)}', status '{excerpt(result.status or 'none')}'"
        yield Warn(reason=f"a test that did not come to its end: {said}")
    title, in_title = split_shown(shown)
    name, in_name = split_name(title)
    place = place_of(result)
    when = unix_moment(result.start, context) or Moment(context.folder_day)
    words = describe(worded(details.message), worded(details.trace))
    yield TestAttempt(
        day=when.day,
        environment=place.project,
        suite=place.suite,
        file=place.file,
        class_name=place.class_name,
        name=name,
        params=parameters_of(result, in_name),
        tags_json=tags_json(in_title, tags_of(result)),
        raw_status=raw,
        status=status,
        duration_ms=_duration(result),
        started_at=when.at,
        message=words.message,
        fingerprint=words.fingerprint if status in FAILING else None,
    )


def _judged(result: Result, message: str) -> str | None:
    """Our status; None for a word that Allure does not know. Pytest's adapter tells xfail in words."""
    if not result.status:
        return "skipped"
    status = _STATUS.get(result.status.lower())
    if status == "skipped" and message.startswith("XFAIL"):
        return "xfail"
    if message.startswith("[XPASS(strict)]") or (
        status == "passed" and message.startswith("XPASS")
    ):
        return "xpass"
    return status


def _duration(result: Result) -> float | None:
    if result.start is None or result.stop is None:
        return None
    return usable(result.stop - result.start)


SOURCE = Source(
    name="allure",
    family="ci",
    tables=(TestAttempt,),
    glob=("*-result.json",),
    parse=parse,
    landed=False,
    marks=(
        b'"uuid":',
        b'"historyId":',
        b'"fullName":',
        b'"statusDetails":',
        b'"labels":',
        b'"stage":',
    ),
    scattered=True,
)
