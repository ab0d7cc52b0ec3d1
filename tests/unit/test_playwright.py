"""Playwright: what its own counts say about ours, titles and tags, runs that tell nothing."""

import datetime as dt
import io
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.ci import playwright_report
from ingest.records import TestAttempt
from ingest.source import Context, FormatError, Item, Reject, Warn
from ingest.sources.playwright import parse

CONTEXT = Context(folder_day=dt.date(2026, 6, 30))
GOLDEN = Path(__file__).parents[1] / "golden" / "playwright" / "run" / "input.json"
PASSED = {"status": "passed", "duration": 12, "retry": 0, "startTime": "2026-06-30T09:00:00Z"}


def report(*specs: dict[str, Any], **members: Any) -> bytes:
    suite = {"title": "a.spec.ts", "file": "a.spec.ts", "specs": specs}
    return msgspec.json.encode({"config": {}, "suites": [suite], "errors": [], **members})


def spec(title: str = "t", *results: dict[str, Any], **test: Any) -> dict[str, Any]:
    return {"title": title, "tests": [{"results": results or (PASSED,), **test}]}


def items(data: bytes) -> list[Item]:
    return list(parse(io.BytesIO(data), CONTEXT))


def attempts(data: bytes) -> list[TestAttempt]:
    return [item for item in items(data) if isinstance(item, TestAttempt)]


@pytest.mark.parametrize(
    ("result", "expected", "status"),
    [
        ("passed", "passed", "passed"),
        ("failed", "passed", "failed"),
        ("timedOut", "passed", "failed"),
        ("skipped", "skipped", "skipped"),
        ("skipped", "passed", "skipped"),
        ("interrupted", "passed", "skipped"),
        ("failed", "failed", "xfail"),
        ("passed", "failed", "xpass"),
        ("timedOut", "failed", "failed"),
        ("skipped", "failed", "skipped"),
    ],
)
def test_a_result_is_judged_by_what_was_expected(result: str, expected: str, status: str) -> None:
    row = attempts(report(spec("t", PASSED | {"status": result}, expectedStatus=expected)))[0]
    assert (row.raw_status, row.status) == (result, status)


@pytest.mark.parametrize(
    ("title", "name", "tags"),
    [
        ("pays @smoke", "pays", '{"smoke":"true"}'),
        (
            "@smoke pays @flow:checkout quickly",
            "pays quickly",
            '{"smoke":"true","flow":"checkout"}',
        ),
        ("[risk: high] pays [flow:a][flow:b]", "pays", '{"risk":"high","flow":["a","b"]}'),
        ("mails kim@example.com", "mails <email>", None),
        ("opens [http://shop.example.com]", "opens", None),
        ("@smoke", "@smoke", '{"smoke":"true"}'),
        ("sees [mixpanel:cart_opened]", "sees", '{"event":"cart_opened"}'),
    ],
)
def test_tags_in_titles_leave_the_name(title: str, name: str, tags: str | None) -> None:
    row = attempts(report(spec(title)))[0]
    assert (row.name, row.tags_json) == (name, tags)


def test_retries_are_attempts_and_projects_environments() -> None:
    tests = [
        {"projectName": name, "results": [PASSED | {"status": "failed"}, PASSED | {"retry": 1}]}
        for name in ("chromium", "webkit")
    ]
    rows = attempts(report({"title": "t", "tests": tests}))
    assert [(row.environment, row.attempt, row.status) for row in rows] == [
        ("chromium", 1, "failed"),
        ("chromium", 2, "passed"),
        ("webkit", 1, "failed"),
        ("webkit", 2, "passed"),
    ]


def test_a_run_that_broke_before_its_tests_does_not_read_as_green() -> None:
    found = items(report(errors=[{"message": "Error: no config for kim@example.com"}]))
    assert [type(item) for item in found] == [Reject]
    assert isinstance(found[0], Reject)
    assert found[0].position is None
    assert "@" not in found[0].excerpt


def test_tests_that_did_not_run_are_skipped_beside_those_that_did() -> None:
    rows = attempts(report(spec("a"), {"title": "b", "tests": [{"results": []}]}))
    assert [(row.name, row.raw_status) for row in rows] == [("a", "passed"), ("b", "did not run")]


def test_a_report_without_tests_is_a_warning() -> None:
    assert items(report()) == [Warn(reason="the report holds no tests")]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "empty"),
        (b"   \n", "empty"),
        (b"Running 3 tests using 1 worker\n", "Running 3 tests"),
        (b"[1, 2]", "no object"),
        (b'{"config": {}}', "keys config"),
        (b'{"suites": [], "config": 3}', "known shape"),
        (report()[:-2], "cannot be read"),
        (b'{"config":{},"suites":' + b'[{"suites":' * 100_000, "too deep"),
        (b"\x1f\x8b\x08", "no JSON"),
    ],
)
def test_anything_else_is_refused_with_what_it_is(data: bytes, found: str) -> None:
    with pytest.raises(FormatError, match=found):
        items(data)


def test_what_has_another_shape_costs_only_itself() -> None:
    strange = spec("odd") | {"title": 3}
    (first, second) = items(report(strange, spec("pays")))
    assert isinstance(first, Reject)
    assert first.reason.startswith("a spec: not the known shape (Expected `str`, got `int` - at")
    assert isinstance(second, TestAttempt)
    assert second.name == "pays"


def test_a_report_that_cannot_be_read_does_not_pass_for_an_empty_one() -> None:
    (only,) = items(b'{"config": {}, "suites": [3]}')
    assert isinstance(only, Reject)


def test_a_report_above_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playwright_report, "LIMIT", 100)
    with pytest.raises(FormatError, match="limit"):
        items(report(spec("t" * 200)))


def test_half_a_character_does_not_cost_the_report() -> None:
    data = report(spec("cut off")).replace(
        b"cut off", rb"cut \ud83d and \ude00, whole \ud83d\ude00"
    )
    assert attempts(data)[0].name == "cut \ufffd and \ufffd, whole \N{GRINNING FACE}"


def test_bytes_that_are_no_unicode_do_not_cost_the_report() -> None:
    assert (
        attempts(report(spec("cut off")).replace(b"cut off", b"cut \xff"))[0].name == "cut \ufffd"
    )


@settings(max_examples=150)
@given(st.data())
def test_a_damaged_report_is_read_or_refused(data: st.DataObject) -> None:
    whole = bytearray(GOLDEN.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(FormatError):
        assert all(isinstance(item, TestAttempt | Reject | Warn) for item in items(bytes(whole)))
