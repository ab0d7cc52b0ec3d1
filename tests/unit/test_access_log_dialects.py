"""What holds for every dialect of access logs: the same requests give the same rows, and all close."""

import datetime as dt
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.files.blocks import LONGEST_LINE
from ingest.source import FormatError
from ingest.usage.dialects import NAMES
from tests.unit.access_log_support import (
    CHROME,
    GOOGLEBOT,
    HEADERS,
    NOON,
    WRITERS,
    Asked,
    alb,
    combined,
    parsed,
)

REQUESTS = (
    Asked(),
    Asked("POST", "/orders/4711?mail=ada%40example.com&token=abc", 201, 77, milliseconds=12),
    Asked(uri="/app.js"),
    Asked(uri="/favicon.ico", agent=GOOGLEBOT),
    Asked(agent=GOOGLEBOT),
    Asked(agent="SyntheticMonitor/2.1"),
    Asked(agent=None),
    Asked(agent="ShopApp/5.2 (iOS 17.1; iPhone14,2)", status=503, milliseconds=9000),
    Asked(None, None, 400, agent=None),
    Asked("PRI", "/x"),
    Asked(status=404, at=NOON + dt.timedelta(hours=11)),
)
CLASSES = {"read": 11, "user": 4, "static": 2, "synthetic": 1, "bot": 2, "other": 2}


def whole_log(dialect: str, *asked: Asked) -> list[str]:
    return [*HEADERS.get(dialect, ()), *map(WRITERS[dialect], asked)]


def test_there_is_a_writer_for_every_dialect_that_is_no_text_of_nginx() -> None:
    assert set(WRITERS) == {*NAMES[NAMES.index("alb") :]}


@pytest.mark.parametrize("dialect", WRITERS)
def test_the_same_requests_give_the_same_rows_in_every_dialect(
    tmp_path: Path, dialect: str
) -> None:
    zone = {"reporting_zone": "Europe/Berlin", "files": {"service": "shop-web"}}
    expected = parsed(tmp_path, *map(combined, REQUESTS), **zone)
    assert expected.tally == expected.tally | CLASSES
    comments = len(HEADERS.get(dialect, ()))
    for log_format in ("auto", dialect):
        found = parsed(tmp_path, *whole_log(dialect, *REQUESTS), log_format=log_format, **zone)
        assert not found.rejects
        assert not found.warnings
        assert found.rows == expected.rows
        assert found.tally == found.tally | CLASSES | {
            "read": CLASSES["read"] + comments,
            "other": CLASSES["other"] + comments,
        }


@pytest.mark.parametrize("dialect", WRITERS)
def test_blank_lines_are_no_rejects_and_garbage_is(tmp_path: Path, dialect: str) -> None:
    lines = whole_log(dialect, Asked())
    result = parsed(tmp_path, *lines, "", "   ", "garbage", b"\xff\xfe\x00", *lines)
    assert [reject.position for reject in result.rejects] == [len(lines) + 3, len(lines) + 4]
    assert result.tally["user"] == 2


@pytest.mark.parametrize("dialect", WRITERS)
def test_a_line_that_is_cut_off_is_a_reject(tmp_path: Path, dialect: str) -> None:
    """But for one that lost a part of its last number, or on ALB only fields that nobody reads."""
    *header, line = whole_log(dialect, Asked("POST", "/orders/4711"))
    last = {"alb": " ECDHE", "w3c": " ", "cloudfront": "\t"}.get(dialect, "}")
    for keep in range(1, line.rindex(last) + 1):
        result = parsed(tmp_path, *header, line, line[:keep], log_format=dialect)
        assert [reject.position for reject in result.rejects] == [len(header) + 2], keep


@pytest.mark.parametrize("dialect", WRITERS)
def test_rejects_show_nobody(tmp_path: Path, dialect: str) -> None:
    *header, good = whole_log(dialect, Asked())
    bad = whole_log(dialect, Asked(client="192.168.1.100", at=NOON.replace(year=9999)))[-1]
    result = parsed(tmp_path, *header, good, bad, bad[: len(bad) // 2])
    assert {reject.reason.split(":")[0] for reject in result.rejects} == {
        "its time is impossible",
        f"does not fit the log format '{dialect}'",
    }
    assert "192.168.1.100" not in repr(result)


@pytest.mark.parametrize("dialect", WRITERS)
def test_a_line_without_end_costs_its_own_line_only(tmp_path: Path, dialect: str) -> None:
    *header, good = whole_log(dialect, Asked())
    long = WRITERS[dialect](Asked(uri="/" + "x" * (3 * LONGEST_LINE)))
    result = parsed(tmp_path, *header, good, long, good)
    assert [reject.position for reject in result.rejects] == [len(header) + 2]
    assert result.tally["user"] == 2


@pytest.mark.parametrize("dialect", WRITERS)
def test_hostile_lines_cost_no_more_than_their_length(tmp_path: Path, dialect: str) -> None:
    pieces = ["a ", '"', '\\"', "[", "{", '{"a":', '""', '"a ', "\t", "\t\t ", '"a"', "- ", "[{"]
    hostile = [piece * (60_000 // len(piece)) for piece in pieces]
    lines = whole_log(dialect, Asked())
    mixed = [lines[-1] + text for text in hostile] + [lines[-1][:-1] + text for text in hostile]
    started = time.process_time()
    parsed(tmp_path, *lines, *hostile, *mixed)
    assert time.process_time() - started < 5


@pytest.mark.parametrize("dialect", WRITERS)
def test_bytes_of_all_kinds_stop_nothing(tmp_path: Path, dialect: str) -> None:
    lines = [line.encode() for line in whole_log(dialect, Asked(uri="/caf~/~"))]
    for odd in (b"\xe9", b"\xc3\xa0", b"\xc3", b"\x85", b"\xa0", b"\x0b"):
        result = parsed(tmp_path, *lines[:-1], lines[-1].replace(b"~", odd), *lines)
        assert result.tally["user"] + len(result.rejects) == 2
        if odd != b"\x0b":  # JSON knows no such character
            assert not result.rejects, odd


def test_a_log_of_two_dialects_is_read_as_the_one_that_most_lines_are_of(tmp_path: Path) -> None:
    result = parsed(tmp_path, *[combined(Asked())] * 3, *[alb(Asked())] * 2)
    assert [reject.position for reject in result.rejects] == [4, 5]


def test_a_log_in_which_everything_is_a_comment_is_of_no_format(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="expected a known access log format"):
        parsed(tmp_path, "# notes", "# more of them")


@pytest.mark.parametrize("dialect", WRITERS)
def test_a_text_of_another_kind_is_refused(tmp_path: Path, dialect: str) -> None:
    lines = ["#!/bin/sh", "# a script", *["some words " * 20] * 9]
    for log_format in ("auto", dialect):
        with pytest.raises(FormatError, match="expected"):
            parsed(tmp_path, *lines, log_format=log_format)


TEXT = st.text(st.characters(exclude_characters="\n"), max_size=30)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
@pytest.mark.parametrize("dialect", WRITERS)
def test_any_text_gives_rows_or_rejects(tmp_path: Path, dialect: str, data: st.DataObject) -> None:
    lines = whole_log(dialect, Asked(agent=CHROME))
    for _ in range(data.draw(st.integers(1, 5))):
        line = lines[-1]
        start = data.draw(st.integers(0, len(line)))
        end = data.draw(st.integers(start, min(len(line), start + 30)))
        lines.append(line[:start] + data.draw(TEXT) + line[end:])
    raw = [line.encode("utf-8", "surrogatepass") for line in lines]
    parsed(
        tmp_path, *raw, data.draw(st.binary(max_size=60)).replace(b"\n", b""), log_format=dialect
    )
