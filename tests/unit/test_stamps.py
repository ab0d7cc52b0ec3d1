"""Stamps as tools write them."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.ci.moments import moment
from ingest.files.stamps import parse_stamp
from ingest.source import Context

UTC = dt.UTC


def plus(hours: float) -> dt.timezone:
    return dt.timezone(dt.timedelta(hours=hours))


NOON = dt.datetime(2026, 6, 30, 12, 0)  # noqa: DTZ001 - a stamp without a zone


@pytest.mark.parametrize(
    ("text", "stamp"),
    [
        ("2026-06-30T12:00:00", NOON),
        ("2026-06-30 12:00:00", NOON),
        ("2026-06-30T 12:00:00", NOON),
        ("2026-06-30T12:00", NOON),
        ("2026-06-30", NOON.replace(hour=0)),
        ("20260630", NOON.replace(hour=0)),
        ("202606301200", NOON),
        ("20260630120000", NOON),
        ("2026-06-30T12:00:00.5", NOON.replace(microsecond=500_000)),
        ("2026-06-30T12:00:00,49", NOON.replace(microsecond=490_000)),
        ("2026-06-30T12:00:00Z", NOON.replace(tzinfo=UTC)),
        ("2026-06-30 12:00:00z", NOON.replace(tzinfo=UTC)),
        ("2026-06-30T12:00:00 UTC", NOON.replace(tzinfo=UTC)),
        ("2026-06-30T12:00:00.123456789Z", NOON.replace(microsecond=123_456, tzinfo=UTC)),
        ("2026-06-30T12:00:00.360+0800", NOON.replace(microsecond=360_000, tzinfo=plus(8))),
        ("2026-06-30T12:00:00+02", NOON.replace(tzinfo=plus(2))),
        ("2026-06-30 12:00:00 -0730", NOON.replace(tzinfo=plus(-7.5))),
        ("2026-06-30T12:00:00+02:00[Europe/Berlin]", NOON.replace(tzinfo=plus(2))),
        ("Tue, 30 Jun 2026 12:00:00 GMT", NOON.replace(tzinfo=UTC)),
        ("Tue, 30 Jun 2026 12:00:00 +0200", NOON.replace(tzinfo=plus(2))),
        ("Tue Jun 30 12:00:00 UTC 2026", NOON.replace(tzinfo=UTC)),
        ("1782820800", NOON.replace(tzinfo=UTC)),
        ("1782820800.25", NOON.replace(microsecond=250_000, tzinfo=UTC)),
        ("1782820800123", NOON.replace(microsecond=123_000, tzinfo=UTC)),
        ("1782820800123456", NOON.replace(microsecond=123_456, tzinfo=UTC)),
        ("1782820800123456789", NOON.replace(microsecond=123_456, tzinfo=UTC)),
        ("0", dt.datetime(1970, 1, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", dt.datetime(1, 1, 1, tzinfo=UTC)),  # how Go says never
        ("9999-12-31T23:59:59+14:00", dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=plus(14))),
        ("  2026-06-30T12:00:00Z \n", NOON.replace(tzinfo=UTC)),
    ],
)
def test_stamps(text: str, stamp: dt.datetime) -> None:
    found = parse_stamp(text)
    assert found == stamp
    assert found is not None
    assert found.utcoffset() == stamp.utcoffset()


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "  ",
        "never",
        "2024",  # a year is no second of 1970
        "5",
        "12345678",
        "nan",
        "inf",
        "1_782_820_800",
        "2026-02-30",
        "2026-06-30T25:00:00",
        "2026-06-30T12:00:00+99:00",
        "99999999999999999999",
        "Z",
        "9" * 100_000,
    ],
)
def test_no_stamp(text: str | None) -> None:
    assert parse_stamp(text) is None


OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: plus(minutes / 60))
MOMENTS = st.datetimes(NOON.replace(year=1971), NOON.replace(year=2199), timezones=OFFSETS)


@settings(deadline=None, max_examples=200)
@given(stamp=MOMENTS, between=st.sampled_from("T "))
def test_what_python_writes_is_read_back(stamp: dt.datetime, between: str) -> None:
    assert parse_stamp(stamp.isoformat(between)) == stamp


@settings(deadline=None, max_examples=300)
@given(text=st.text() | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.{0,25}", fullmatch=True))
def test_any_text_is_a_stamp_or_none(text: str) -> None:
    found = parse_stamp(text)
    assert found is None or isinstance(found, dt.datetime)
    assert found is None or abs(found.utcoffset() or dt.timedelta()) < dt.timedelta(days=1)


@pytest.mark.parametrize(("zone", "assumed"), [(None, True), ("Europe/Berlin", False)])
def test_a_zone_that_the_settings_state_is_not_assumed(zone: str | None, *, assumed: bool) -> None:
    found = moment("2026-06-30T12:00:00", Context(dt.date(2026, 6, 30), source_zone=zone))
    assert found is not None
    assert found.zone_assumed is assumed
    assert (found.raw is not None) is assumed
    stated = moment("2026-06-30T12:00:00Z", Context(dt.date(2026, 6, 30), source_zone=zone))
    assert stated is not None
    assert not stated.zone_assumed
