"""CTRF: attempts as rows or as a number, the tool's own words, suites and environments, own counts."""

import datetime as dt
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.ci.ctrf_report import judged, place_of
from ingest.ci.test_names import JOINT
from ingest.records import TestAttempt
from ingest.source import FormatError, Reject, Warn
from ingest.sources.ctrf import SOURCE
from tests.unit.json_report_support import (
    attempts,
    check,
    check_every_cut,
    parsed,
    reasons,
    values,
)
from tests.unit.memory_support import read_alone


def case(name: str = "pays", status: str = "passed", **more: Any) -> dict[str, Any]:
    return {"name": name, "status": status, "duration": 12, **more}


def report(*tests: Any, **more: Any) -> dict[str, Any]:
    return {"results": {"tool": {"name": "jest"}, "tests": tests, **more}}


def told(*tests: Any) -> list[tuple[int, str, str]]:
    rows = attempts(SOURCE, report(*tests))
    return [(row.attempt, row.raw_status, row.status) for row in rows]


def failed(number: int, **more: Any) -> dict[str, Any]:
    return {"attempt": number, "status": "failed", "duration": 10, "message": "boom", **more}


# --- Attempts


def test_attempts_before_the_last_are_rows() -> None:
    test = case(retries=2, flaky=True, retryAttempts=[failed(2), failed(1)])
    assert told(test) == [(1, "failed", "failed"), (2, "failed", "failed"), (3, "passed", "passed")]
    rows = attempts(SOURCE, report(test))
    assert [row.message for row in rows] == ["boom", "boom", None]
    assert {row.occurrence for row in rows} == {1}


def test_a_list_of_all_attempts_has_the_last_one_once() -> None:
    """The schema's own example lists it twice: as the test, and in `retryAttempts`."""
    last = {"attempt": 2, "status": "passed", "duration": 12, "start": 1782810725000}
    test = case(retries=1, flaky=True, start=1782810720000, retryAttempts=[failed(1), last])
    assert told(test) == [(1, "failed", "failed"), (2, "passed", "passed")]
    assert told(test | {"retries": None}) == [(1, "failed", "failed"), (2, "passed", "passed")]
    began = attempts(SOURCE, report(test))[-1].started_at
    assert began == dt.datetime(2026, 6, 30, 9, 12, 5, tzinfo=dt.UTC), "the last attempt's start"


def test_retries_known_only_as_a_number_have_failed() -> None:
    assert told(case(retries=2, flaky=True)) == [
        (1, "retried", "failed"),
        (2, "retried", "failed"),
        (3, "passed", "passed"),
    ]
    rows = attempts(SOURCE, report(case(retries=1, flaky=True, start=1782810720000)))
    untold = rows[0]
    assert (untold.message, untold.fingerprint) == (None, None)
    assert (untold.duration_ms, untold.started_at) == (None, None), "unknown, not the last one's"


def test_retries_of_a_test_that_never_passed_have_failed_too() -> None:
    assert [status for *_, status in told(case(status="failed", retries=2))] == ["failed"] * 3


def test_what_is_told_and_what_is_only_counted_add_up() -> None:
    test = case(retries=3, flaky=True, retryAttempts=[failed(3)])
    assert [raw for _, raw, _ in told(test)] == ["retried", "retried", "failed", "passed"]


@pytest.mark.parametrize(
    ("more", "statuses"),
    [
        ({"flaky": True}, "failed passed"),  # it failed at least once: so the schema says
        ({"flaky": True, "retries": 0}, "failed passed"),
        ({"flaky": False, "retries": 2}, "passed"),  # repeated, but it never failed
        ({"retries": 2}, "failed failed passed"),
        ({"retries": 0}, "passed"),
        ({"retries": -1}, "passed"),
        ({"retries": None, "flaky": None}, "passed"),
        ({"flaky": True, "retryAttempts": []}, "failed passed"),
        ({"flaky": True, "retryAttempts": [failed(1)]}, "failed passed"),
        ({"retryAttempts": [failed(1)]}, "failed passed"),
        ({"retries": "1"}, "failed passed"),
        ({"retryAttempts": [failed(1, status="gone")]}, "failed passed"),
    ],
)
def test_how_often_a_test_failed(more: dict[str, Any], statuses: str) -> None:
    assert [status for *_, status in told(case(**more))] == statuses.split()


def test_flaky_of_a_test_that_failed_in_the_end_adds_no_attempt() -> None:
    assert told(case(status="failed", flaky=True)) == [(1, "failed", "failed")]


def test_a_million_retries_are_no_number_of_retries() -> None:
    found = report(case(retries=10**6, flaky=True))
    assert len(attempts(SOURCE, found)) == 101
    assert reasons(SOURCE, found, Warn) == ["1 tests state more than 100 retries"]


def test_each_try_as_a_test_of_its_own_is_one_test() -> None:
    assert told(case(status="failed"), case()) == [(1, "failed", "failed"), (2, "passed", "passed")]


def test_the_same_test_in_two_browsers_is_no_retry() -> None:
    rows = attempts(
        SOURCE, report(case(status="failed", browser="webkit"), case(browser="firefox"))
    )
    assert sorted((row.environment, row.attempt, row.status) for row in rows) == [
        ("firefox", 1, "passed"),
        ("webkit", 1, "failed"),
    ]


# --- Statuses


@pytest.mark.parametrize(
    ("status", "raw", "ours"),
    [
        ("passed", None, "passed"),
        ("failed", None, "failed"),
        ("skipped", None, "skipped"),
        ("pending", None, "skipped"),
        ("other", None, "skipped"),
        ("PASSED ", None, "passed"),
        ("failed", "timedOut", "failed"),
        ("failed", "error", "error"),
        ("failed", "broken", "error"),
        ("failed", "interrupted", "skipped"),
        ("passed", "failed", "xfail"),  # Playwright: `test.fail()`
        ("passed", "Passed", "passed"),
        ("skipped", "xfailed", "xfail"),
        ("passed", "xpassed", "xpass"),
        ("other", "todo", "skipped"),
        ("other", "passed", "skipped"),
        ("other", "failed", "failed"),
        ("other", "errored", "error"),
        ("other", "interrupted", "skipped"),
        ("other", "focused", "skipped"),
        ("exploded", "passed", None),
        ("", None, None),
    ],
)
def test_the_tools_own_word_counts_where_ctrf_has_none(
    status: str, raw: str | None, ours: str | None
) -> None:
    assert judged(status, raw) == ours


def test_an_unknown_status_is_rejected_by_name() -> None:
    found = report(case(), case("mails kim@example.com", "exploded"))
    assert [row.status for row in attempts(SOURCE, found)] == ["passed"]
    (reject,) = [i for i in parsed(SOURCE, json.dumps(found).encode()) if isinstance(i, Reject)]
    assert (reject.position, reject.reason) == (2, "unknown status 'exploded'")
    assert reject.excerpt == "mails <email>"


# --- Where a test lies


@pytest.mark.parametrize(
    ("suite", "file", "place"),
    [
        (["Checkout", "Guest"], None, (f"Checkout{JOINT}Guest", None)),
        ("Checkout > Guest", None, (f"Checkout{JOINT}Guest", None)),
        (["a.test.js", "cart"], "/ci/src/a.test.js", ("cart", None)),
        ("a.test.js > cart", "/ci/src/a.test.js", ("cart", None)),
        (["webkit", "e2e/a.spec.ts", "cart"], "/ci/e2e/a.spec.ts", ("cart", "webkit")),
        (["webkit", "e2e\\a.spec.ts"], "e2e/a.spec.ts", (None, "webkit")),
        (["b.test.js"], "a.test.js", ("b.test.js", None)),
        (["x0x7f21c4a0b3d0", 7], None, (f"x0x7f21c4a0b3d0{JOINT}7", None)),
        (None, "a.js", (None, None)),
        ([], None, (None, None)),
        ({"a": 1}, None, ('{"a":1}', None)),
    ],
)  # fmt: skip
def test_a_suite_holds_blocks_not_the_file_or_the_project(
    suite: object, file: str | None, place: tuple[str | None, str | None]
) -> None:
    assert place_of(suite, file)[:2] == place


@pytest.mark.parametrize(
    ("suite", "file", "known"),
    [
        (["chromium", "cart.spec.ts", "Cart"], "/ci/17/e2e/cart.spec.ts", "cart.spec.ts"),
        (["e2e/cart.spec.ts", "Cart"], "/ci/17/e2e/cart.spec.ts", "e2e/cart.spec.ts"),
        ("chromium > e2e/cart.spec.ts", "C:/ci/e2e/cart.spec.ts", "e2e/cart.spec.ts"),
        # A bare name may be any folder's, and a relative path is one already.
        (["cart.spec.ts", "Cart"], "/ci/17/e2e/cart.spec.ts", "/ci/17/e2e/cart.spec.ts"),
        (["Cart"], "/ci/17/e2e/cart.spec.ts", "/ci/17/e2e/cart.spec.ts"),
        (["chromium", "cart.spec.ts"], "e2e/cart.spec.ts", "e2e/cart.spec.ts"),
        (["cart.spec.ts"], None, None),
    ],
)
def test_a_machine_s_path_gives_way_to_the_one_below_the_root(
    suite: object, file: str | None, known: str | None
) -> None:
    assert place_of(suite, file).file == known


@pytest.mark.parametrize(
    ("fields", "environment"),
    [
        ({"browser": "chromium 120.0.6099.28"}, "chromium"),
        ({"browser": "Chrome/120"}, "Chrome"),
        ({"browser": "webkit"}, "webkit"),
        ({"browser": "web\nkit"}, "web kit"),
        ({"device": "iPhone 15"}, "iPhone 15"),
        ({"device": "iPhone 15", "browser": "webkit 17.4"}, "iPhone 15/webkit"),
        ({"browser": ""}, None),
        ({}, None),
    ],
)
def test_the_browser_is_the_environment_without_its_version(
    fields: dict[str, str], environment: str | None
) -> None:
    row = attempts(SOURCE, report(case(**fields)))[0]
    assert row.environment == environment


def test_the_environment_of_the_run_stands_in() -> None:
    found = report(case(), environment={"testEnvironment": "staging"})
    assert attempts(SOURCE, found)[0].environment == "staging"


def test_parameters_tell_tests_of_one_name_apart() -> None:
    rows = attempts(
        SOURCE,
        report(
            case(parameters={"currency": "EUR", "token": "abcdefghijkl"}),
            case(status="failed", parameters={"currency": "USD"}),
            case("test_total[JPY]", parameters={"x": 1}),
        ),
    )
    assert {(row.name, row.params) for row in rows} == {
        ("pays", "currency=EUR, token=<secret>"),
        ("pays", "currency=USD"),
        ("test_total", "JPY"),
    }
    assert {row.occurrence for row in rows} == {1}


def test_tags_labels_type_and_title_are_tags() -> None:
    test = case(
        "pays @smoke [risk:high]",
        type="e2e",
        tags=["@flow:checkout", "critical"],
        labels={"owner": "team-pay", "verifies": ["ui", "api"], "severity": 2},
    )
    row = attempts(SOURCE, report(test))[0]
    assert row.name == "pays"
    assert json.loads(row.tags_json or "") == {
        "tier": "e2e",
        "risk": "high",
        "smoke": "true",
        "flow": "checkout",
        "critical": "true",
        "owner": "team-pay",
        "verifies": ["ui", "api"],
        "severity": "2",
    }


@pytest.mark.parametrize(
    ("kind", "tags"),
    [
        ("Unit", '{"tier":"Unit"}'),
        ("contract", '{"kind":"contract"}'),
        ("component-test", '{"type":"component-test"}'),
        ("", None),
        (7, '{"type":"7"}'),
    ],
)
def test_a_type_is_a_tier_or_a_kind_if_it_is_one(kind: object, tags: str | None) -> None:
    assert attempts(SOURCE, report(case(type=kind)))[0].tags_json == tags


def test_an_explicit_tier_wins_over_the_type() -> None:
    row = attempts(SOURCE, report(case(type="e2e", labels={"tier": "smoke"})))[0]
    assert row.tags_json == '{"tier":"smoke"}'


@pytest.mark.parametrize(
    ("start", "began"),
    [
        (1782810720000, "2026-06-30T09:12:00+00:00"),
        (1782810720, "2026-06-30T09:12:00+00:00"),  # Playwright's reporter wrote seconds
        (1782810720123, "2026-06-30T09:12:00.123000+00:00"),
        ("1782810720", "2026-06-30T09:12:00+00:00"),
        (0, None),
        (-5, None),
        (None, None),
        (1e300, None),
    ],
)
def test_a_start_in_seconds_or_milliseconds(start: object, began: str | None) -> None:
    found = attempts(SOURCE, report(case(start=start)))[0].started_at
    assert (found and found.isoformat()) == began


# --- The report as a whole


def test_counts_that_differ_are_told() -> None:
    summary = {"tests": 3, "passed": 2, "failed": 1, "skipped": 0, "pending": 0, "other": 0}
    found = report(case(), case("b"), case("c"), summary=summary)
    assert reasons(SOURCE, found, Warn) == [
        "counts differ: the summary states 2 passed, 1 failed, the tests give 3 passed, 0 failed"
    ]
    assert reasons(SOURCE, report(case(), summary={"tests": 1, "passed": 1}), Warn) == []
    assert reasons(SOURCE, report(case(), summary={"tests": "1", "passed": None}), Warn) == []


@pytest.mark.parametrize(
    ("more", "kind", "said"),
    [
        ({}, Warn, "the report holds no tests"),
        ({"summary": {"tests": 0, "failed": 0}}, Warn, "the report holds no tests"),
        ({"summary": {"tests": 7}}, Reject, "the summary states 7 tests, none is there"),
        ({"summary": {"failed": 2}}, Reject, "the summary states some tests, none is there"),
        (
            {"extra": {"errors": [{"message": "no config for kim@example.com"}, 7]}},
            Reject,
            "the run failed before any test (2 errors)",
        ),
    ],
)
def test_a_report_without_tests(more: dict[str, Any], kind: type[Any], said: str) -> None:
    (item,) = parsed(SOURCE, json.dumps(report(**more)).encode())
    assert isinstance(item, kind)
    assert item.reason == said
    assert "@" not in str(item)


def test_errors_beside_tests_are_told() -> None:
    found = report(case(), extra={"errors": ["worker exited"]})
    assert reasons(SOURCE, found, Warn) == ["1 errors outside the tests: worker exited"]


def test_messages_are_scrubbed_and_only_failures_have_a_print() -> None:
    test = case(status="failed", message="no answer for kim@example.com", trace={"at": "x.js"})
    broke, fine = attempts(SOURCE, report(case("b", message="slow"), test))[::-1]
    assert broke.message == 'no answer for <email>\n{"at":"x.js"}'
    assert broke.fingerprint
    assert (fine.message, fine.fingerprint) == ("slow", None)


# --- Hostile input

NAMES = (
    "results tests summary environment extra errors name status duration start suite message trace"
    " rawStatus tags labels type filePath retries retryAttempts attempt flaky browser device"
    " parameters testEnvironment failed passed"
)


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[]", b'{"results": []}', b'{"results": {}}', b'{"results": {"tests": 1}}'],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError, match="CTRF report"):
        parsed(SOURCE, data)


def test_a_report_cut_off_anywhere_is_refused() -> None:
    check_every_cut(SOURCE, report(case(), case(status="failed", retries=1), summary={"tests": 2}))


@pytest.mark.parametrize("name", NAMES.split())
@pytest.mark.parametrize("wrong", [None, True, 7, -1.5, "x", [], [7], {}, {"a": [1]}, 10**30])
def test_a_wrong_type_in_any_field_costs_at_most_its_test(name: str, wrong: object) -> None:
    found = check(SOURCE, json.dumps(report(case("a") | {name: wrong}, case("b"))).encode())
    kept = [item for item in found if isinstance(item, TestAttempt) and item.name == "b"]
    assert [row.status for row in kept] == ["passed"]


@settings(deadline=None, max_examples=150)
@given(tests=st.lists(values(NAMES), max_size=3), more=st.dictionaries(
    st.sampled_from(NAMES.split()), values(NAMES), max_size=4))  # fmt: skip
def test_any_json(tests: list[Any], more: dict[str, Any]) -> None:
    whole = [case() | test if isinstance(test, dict) else test for test in tests]
    check(SOURCE, json.dumps(report(**{"tests": whole, **more})).encode())
    check(SOURCE, json.dumps(more).encode())


@settings(deadline=None, max_examples=80)
@given(st.binary(max_size=60), st.integers(0, 300))
def test_any_bytes_in_a_report(noise: bytes, at: int) -> None:
    whole = msgspec.json.encode(report(case(), case(status="failed", retries=1)))
    check(SOURCE, whole[:at] + noise + whole[at:])
    check(SOURCE, noise)


def test_memory_is_the_text_of_the_report(tmp_path: Any) -> None:
    place = tmp_path / "report.json"
    with place.open("wb") as file:
        file.write(b'{"results":{"tests":[')
        for number in range(20_000):
            test = case(f"pays {number}", screenshot="x" * 4000)
            file.write((b"," if number else b"") + msgspec.json.encode(test))
        file.write(b"]}}")
    megabytes = place.stat().st_size >> 20
    assert megabytes > 70
    read = read_alone("ctrf", place)
    assert read.items == 20_000
    assert read.peak < megabytes + 120
