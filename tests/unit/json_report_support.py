"""What every parser of a JSON test report has to stand."""

import datetime as dt
import io
import json
from typing import Any, cast

import msgspec
import pytest
from hypothesis import strategies as st

from ingest.records import TestAttempt
from ingest.source import Context, FormatError, Item, RecordParser, Reject, Source, Warn

CONTEXT = Context(folder_day=dt.date(2026, 6, 30), reporting_zone="Pacific/Kiritimati")
STATUSES = frozenset(("passed", "failed", "error", "skipped", "xfail", "xpass"))
NUMBERS = st.sampled_from([0, -1, 1e308, 10**30, 1782810720000, 253402300799999, 0.5])
WORDS = st.sampled_from(
    ["passed", "failed", "rerun", "error", "other", "broken", "", "a[b]", "@x", "[k:v]", "\0\x1b"]
)


def values(names: str) -> st.SearchStrategy[Any]:
    """Any JSON whose objects have members of these names."""
    leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=9) | NUMBERS | WORDS
    keys = st.sampled_from(names.split()) | st.text(max_size=4)
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=6),
        max_leaves=20,
    )


def parsed(source: Source, data: bytes) -> list[Item]:
    """Everything the parser yields."""
    return list(cast("RecordParser", source.parse)(io.BytesIO(data), CONTEXT))


def attempts(source: Source, report: object) -> list[TestAttempt]:
    """The rows of a report."""
    found = parsed(source, json.dumps(report).encode())
    return [item for item in found if isinstance(item, TestAttempt)]


def reasons(source: Source, report: object, kind: type[Reject | Warn] = Reject) -> list[str]:
    """Why something of it was rejected, or warned of."""
    found = parsed(source, json.dumps(report).encode())
    return [item.reason for item in found if isinstance(item, kind)]


def check(source: Source, data: bytes) -> list[Item]:
    """Rows that can be stored, rejects and warnings; or the file is refused, and nothing is left."""
    try:
        found = parsed(source, data)
    except FormatError as error:
        return [] if len(str(error)) > 20 else pytest.fail("the reason says what was found")
    for item in found:
        assert isinstance(item, TestAttempt | Reject | Warn)
        stored = msgspec.json.encode(item)
        assert msgspec.json.decode(stored, type=type(item)) == item
        if isinstance(item, TestAttempt):
            assert item.status in STATUSES
            assert len(item.name) <= 1000
            assert len(item.message or "") <= 2001
            assert item.duration_ms is None or item.duration_ms >= 0
        if isinstance(item, Reject):
            assert len(item.excerpt) <= 300
    return found


def check_every_cut(source: Source, report: object) -> None:
    """A report that is cut off anywhere is refused: no test of it passes."""
    whole = json.dumps(report).encode()
    for end in range(len(whole)):
        assert check(source, whole[:end]) == []
