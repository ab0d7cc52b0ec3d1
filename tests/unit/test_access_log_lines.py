"""Lines of an access log that are broken, glued, hostile or not of this world: each is accounted for."""

import time
from pathlib import Path

import pytest

from ingest.sources.access_log import SOURCE
from tests.unit.combined_log_support import (
    APART,
    EXAMPLES,
    FORMATS,
    INGRESS,
    PIPES,
    line,
    log,
    options,
    parsed,
)
from tests.unit.usage_support import read


def test_bytes_that_are_no_utf8_stop_nothing(tmp_path: Path) -> None:
    strange = line("GET /a HTTP/1.1").encode().replace(b"/a", b"/\xa4\xe5\xff\x00")
    result = parsed(tmp_path, strange, line(), line(agent="\xff\xfe"))
    assert result.counted("event") == {"/{value}": 1, "/cart": 2}


def test_escapes_of_nginx_and_apache(tmp_path: Path) -> None:
    result = parsed(
        tmp_path,
        line(agent=r"Chrome \x22quoted\x22"),
        line(agent=r"say \"quoted\" and \\"),
        line(referer=r"\"", agent=r"\\\""),
        line(r"GET /\"x\" HTTP/1.1"),
        line(user='""'),  # how Apache writes an empty name
    )
    assert [reject.position for reject in result.rejects] == [5]
    assert result.counted("event") == {"/cart": 3, "/{value}": 1}


def test_an_unclosed_quote_costs_its_own_line_only(tmp_path: Path) -> None:
    unclosed = line()[:-20].rstrip('"')
    lines = [
        line(),
        unclosed,
        line("GET /after HTTP/1.1"),
        line(r"GET /\ HTTP/1.1", agent="cut \\"),
    ]
    result = parsed(tmp_path, *lines, line("GET /last HTTP/1.1"))
    assert [reject.position for reject in result.rejects] == [2, 4]
    assert result.counted("event") == {"/cart": 1, "/after": 1, "/last": 1}


def test_two_lines_glued_together_are_no_request(tmp_path: Path) -> None:
    glued = [line()[: line().index("[") + 8] + line(), line() + line(), line()[:60] + line()]
    result = parsed(tmp_path, *glued, line())
    assert len(result.rejects) == 3
    assert result.tally["user"] == 1


@pytest.mark.parametrize(
    "stamp",
    ["31/Feb/2026:12:00:00 +0200", "30/Foo/2026:12:00:00 +0200", "30/Jun/2026:24:00:00 +0200",
     "30/Jun/2026:12:61:00 +0200", "30/Jun/2026:12:00:00 +9900", "30/Jun/0001:12:00:00 +0000",
     "30/Jun/9999:12:00:00 +0000", "30/Jun/2026 12:00:00 +0200", "1782820800 +0000"],
)  # fmt: skip
def test_impossible_times_are_rejected_and_take_no_other_line_with_them(
    tmp_path: Path, stamp: str
) -> None:
    lines = [line() for _ in range(50)]
    result = parsed(tmp_path, *lines, line(stamp=stamp), *lines)
    assert [reject.position for reject in result.rejects] == [51]
    assert result.tally["user"] == 100


def test_rejects_say_where_and_show_nothing_personal(tmp_path: Path) -> None:
    broken = line("GET /a?mail=ada@example.com HTTP/1.1", user="ada")[:-9] + " token=abc"
    result = parsed(tmp_path, line(), broken)
    (reject,) = result.rejects
    assert reject.position == 2
    assert "combined_time" in reject.reason
    assert reject.excerpt.startswith("<client> [30/Jun/2026")
    assert not any(secret in reject.excerpt for secret in ("ada", "203.0.113", "abc"))


def test_a_line_that_ends_in_its_head_does_not_name_the_user(tmp_path: Path) -> None:
    (reject,) = parsed(tmp_path, line(), "203.0.113.7 - ada").rejects
    assert "ada" not in reject.excerpt
    assert "203" not in reject.excerpt


def test_every_reject_is_yielded_not_only_the_first_thousand(tmp_path: Path) -> None:
    result = parsed(tmp_path, line(), *["broken"] * 2500)
    assert len(result.rejects) == 2500
    assert result.rejects[-1].position == 2501


@pytest.mark.parametrize(
    "log_format", ["auto", "combined_time", "combined_extra", INGRESS, PIPES, APART]
)
def test_hostile_lines_cost_no_more_than_their_length(tmp_path: Path, log_format: str) -> None:
    pieces = ["a ", '"', '\\"', "[", "x - y [", " | ", '" "', ", ", "a, b", '"a', "\\", "] ", "- "]
    texts = dict.fromkeys((*FORMATS.values(), *(text for _, text in EXAMPLES)))
    hostile = [piece * (60_000 // len(piece)) for piece in pieces]
    mixed = [text + tail for text in texts for tail in hostile[:4]]
    good = dict(EXAMPLES).get(log_format) or FORMATS.get(log_format, line())
    path = log(tmp_path / "a.log", *[good] * 3, *hostile, *mixed)
    started = time.process_time()
    result = read(SOURCE, path, **options(log_format))
    result.check_accounting()
    assert time.process_time() - started < 5
