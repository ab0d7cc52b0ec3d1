"""pytest-json-report: outcomes by stages, runs that were stopped, markers and metadata as tags."""

import datetime as dt
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.ci.pytest_report import place_of
from ingest.records import TestAttempt
from ingest.source import FormatError, Reject, Warn
from ingest.sources.pytest_json import SOURCE
from tests.unit.json_report_support import (
    attempts,
    check,
    check_every_cut,
    parsed,
    reasons,
    values,
)
from tests.unit.memory_support import read_alone

OK = {"outcome": "passed", "duration": 0.1}
BROKE = {"outcome": "failed", "duration": 0.1, "crash": {"message": "boom"}, "longrepr": "E boom"}


def case(outcome: str = "passed", nodeid: str = "tests/test_a.py::test_x", **more: Any) -> Any:
    stages = {"setup": OK, "call": OK, "teardown": OK}
    whole = {"nodeid": nodeid, "outcome": outcome, **stages, **more}
    return {name: value for name, value in whole.items() if value is not None}


def report(*tests: Any, code: int | None = 0, **more: Any) -> dict[str, Any]:
    return {"created": 1782810732.5, "duration": 12.5, "exitcode": code, "tests": tests, **more}


def status(test: Any, code: int = 1) -> list[tuple[str, str]]:
    return [(row.raw_status, row.status) for row in attempts(SOURCE, report(test, code=code))]


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        (case(), ("passed", "passed")),
        (case("failed", call=BROKE), ("failed", "failed")),
        (case("error", setup=BROKE, call=None), ("error", "error")),
        (case("error", teardown=BROKE), ("error", "error")),
        (case("error", call=BROKE, teardown=BROKE), ("error", "error")),
        (case("skipped", setup={"outcome": "skipped"}, call=None), ("skipped", "skipped")),
        (case("xfailed", call=BROKE | {"outcome": "skipped"}), ("xfailed", "xfail")),
        (case("xpassed"), ("xpassed", "xpass")),
        (case("failed", call={"outcome": "failed", "longrepr": "[XPASS(strict)] why"}),
         ("failed", "xpass")),
    ],
)  # fmt: skip
def test_each_outcome_of_pytest_has_its_status(test: Any, expected: tuple[str, str]) -> None:
    assert status(test) == [expected]


def test_an_error_in_teardown_after_a_passed_call_shows() -> None:
    row = attempts(SOURCE, report(case("error", teardown=BROKE), code=1))[0]
    assert (row.status, row.message) == ("error", "boom\nE boom")
    assert row.fingerprint


def test_durations_of_all_stages_are_the_tests() -> None:
    assert attempts(SOURCE, report(case()))[0].duration_ms == 300
    bare = attempts(SOURCE, report(case(setup=None, call=None, teardown=None)))[0]
    assert bare.duration_ms is None, "missing is not 0"
    long = case(call={"outcome": "passed", "duration": 1e300})
    assert attempts(SOURCE, report(long))[0].duration_ms is None


def test_the_tests_began_when_the_session_did_not_when_the_report_was_written() -> None:
    began = dt.datetime(2026, 6, 30, 9, 12, tzinfo=dt.UTC)
    assert attempts(SOURCE, report(case()))[0].started_at == began
    later = attempts(SOURCE, report(case(), duration=None))[0].started_at
    assert later == began + dt.timedelta(seconds=12.5)
    row = attempts(SOURCE, report(case(), created=None))[0]
    assert (row.started_at, row.day) == (None, dt.date(2026, 6, 30))
    assert attempts(SOURCE, report(case(), created=1e300))[0].started_at is None


@pytest.mark.parametrize(
    ("nodeid", "place"),
    [
        ("tests/test_a.py::test_x", ("tests/test_a.py", None, "test_x")),
        ("test_a.py::TestA::test_x[1-a]", ("test_a.py", "TestA", "test_x[1-a]")),
        ("test_a.py::TestA::TestB::test_x", ("test_a.py", "TestA.TestB", "test_x")),
        ("test_a.py::test_x[a::b[0]/c.py]", ("test_a.py", None, "test_x[a::b[0]/c.py]")),
        ("test_a.py::TestA::()::test_x", ("test_a.py", "TestA", "test_x")),
        ("README.md", ("README.md", None, "README.md")),
        ("", (None, None, "")),
    ],
)
def test_a_node_id_holds_file_class_and_name(
    nodeid: str, place: tuple[str | None, str | None, str]
) -> None:
    assert place_of(nodeid) == place


# --- Runs that did not come to their end


@pytest.mark.parametrize(
    ("test", "code", "passes"),
    [
        (case(call=None, teardown=None), 2, False),
        (case(call=None, teardown=None), 0, False),
        (case(call=None), 0, False),  # --setup-only
        (case(teardown=None), 2, False),
        (case(teardown=None), 3, False),
        (case(teardown=None), 0, True),  # a hook took it out
        (case(setup=None, call=None, teardown=None), 0, True),
        (case(setup=None, call=None, teardown=None), 2, False),
        (case(), 2, True),
    ],
)
def test_a_test_that_the_run_was_stopped_in_is_no_pass(test: Any, code: int, passes: bool) -> None:
    found = parsed(SOURCE, msgspec.json.encode(report(test, code=code)))
    rows = [item.status for item in found if isinstance(item, TestAttempt)]
    assert rows == (["passed"] if passes else [])
    lost = [item for item in found if isinstance(item, Reject) and item.position == 1]
    assert bool(lost) is not passes


def test_a_failure_is_kept_though_the_run_was_stopped() -> None:
    assert status(case("failed", call=BROKE, teardown=None), code=2) == [("failed", "failed")]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (2, "exit code 2: interrupted"),
        (3, "exit code 3: internal error"),
        (4, "exit code 4: wrong usage"),
        (5, "exit code 5: no tests collected"),
        (1, "exit code 1"),
        (77, "exit code 77: unknown"),
    ],
)
def test_a_run_without_tests_does_not_read_as_green(code: int, said: str) -> None:
    found = parsed(SOURCE, msgspec.json.encode(report(code=code)))
    assert [type(item) for item in found] == [Reject]
    assert isinstance(found[0], Reject)
    assert found[0].position is None, "inside a bundle the suite has not come"
    assert said in found[0].reason


def test_an_empty_run_that_ended_well_is_a_warning() -> None:
    assert reasons(SOURCE, report(), Warn) == ["the report holds no tests"]


def test_a_summary_alone_is_no_result() -> None:
    bare = {"exitcode": 0, "summary": {"passed": 7, "total": 7}}
    assert reasons(SOURCE, bare) == ["a summary of 7 tests only, without the tests themselves"]
    assert attempts(SOURCE, bare) == []


@pytest.mark.parametrize(
    ("nodeid", "file", "class_name"),
    [
        ("tests/test_a.py", "tests/test_a.py", None),
        ("tests/test_a.py::TestA", "tests/test_a.py", "TestA"),
        ("tests/test_a.py::TestA::TestB", "tests/test_a.py", "TestA.TestB"),
        ("", None, None),
    ],
)
def test_what_could_not_be_collected_is_an_error_of_its_file(
    nodeid: str, file: str | None, class_name: str | None
) -> None:
    broke = {"nodeid": nodeid, "outcome": "failed", "result": [], "longrepr": "E SyntaxError"}
    found = report(code=2, collectors=[{"nodeid": "", "outcome": "passed"}, broke])
    (row,) = attempts(SOURCE, found)
    assert (row.name, row.status, row.raw_status) == ("(suite)", "error", "failed")
    assert (row.file, row.class_name, row.message) == (file, class_name, "E SyntaxError")
    assert len(reasons(SOURCE, found)) == 1, "and the run was stopped"


def test_a_module_that_was_skipped_is_skipped_with_its_reason() -> None:
    left = {"nodeid": "a.py", "outcome": "skipped", "longrepr": "('/x/a.py', 1, \"Skipped: it's\")"}
    (row,) = attempts(SOURCE, report(case(), collectors=[left]))[:1]
    assert (row.name, row.status, row.message) == ("(suite)", "skipped", "it's")


def test_tests_that_were_collected_and_have_no_result_are_told() -> None:
    summary = {"passed": 1, "total": 1, "collected": 9, "deselected": 3}
    said = reasons(SOURCE, report(case(), code=1, summary=summary), Warn)
    assert said == ["5 collected tests have no result: the run ended before them"]


def test_counts_that_differ_are_told() -> None:
    summary = {"passed": 2, "failed": 1, "total": 3}
    assert reasons(SOURCE, report(case(), summary=summary), Warn) == [
        "counts differ: the summary states 1 failed, 2 passed, the tests give 1 passed"
    ]


# --- Reruns and outcomes of plug-ins


def test_a_test_that_passed_when_tried_again_has_failed_before() -> None:
    rows = attempts(SOURCE, report(case("rerun")))
    assert [(row.attempt, row.raw_status, row.status) for row in rows] == [
        (1, "rerun", "failed"),
        (2, "passed", "passed"),
    ]
    assert [row.duration_ms for row in rows] == [None, 300]


def test_a_rerun_that_never_came_leaves_the_failure() -> None:
    rows = attempts(SOURCE, report(case("rerun", call=BROKE | {"outcome": "rerun"}), code=2))
    assert [(row.status, row.message) for row in rows] == [("failed", "boom\nE boom")]


def test_a_rerun_that_was_stopped_is_no_pass() -> None:
    found = report(case("rerun", teardown=None), code=2)
    assert [row.status for row in attempts(SOURCE, found)] == ["failed"]
    assert any("stopped in this test" in reason for reason in reasons(SOURCE, found))


def test_one_entry_for_each_attempt_is_one_test() -> None:
    """As merged reports have it."""
    rows = attempts(SOURCE, report(case("failed", call=BROKE), case(), code=1))
    assert [(row.attempt, row.occurrence, row.status) for row in rows] == [
        (1, 1, "failed"),
        (2, 1, "passed"),
    ]


@pytest.mark.parametrize(
    ("outcome", "stages", "expected"),
    [
        ("subtests passed", {}, "passed"),
        ("subtests failed", {}, "failed"),
        ("subtests failed", {"teardown": BROKE}, "error"),
        ("quarantined", {"call": BROKE}, "failed"),
        ("quarantined", {"setup": {"outcome": "skipped"}, "call": None}, "skipped"),
    ],
)
def test_an_outcome_of_a_plug_in_is_judged_by_the_stages(
    outcome: str, stages: dict[str, Any], expected: str
) -> None:
    found = report(case(outcome, **stages), code=1)
    assert [row.status for row in attempts(SOURCE, found)] == [expected]
    assert any(outcome in said for said in reasons(SOURCE, found, Warn))


def test_a_worker_that_died_is_a_failure() -> None:
    died = {"outcome": "failed", "duration": 0, "longrepr": "worker 'gw0' crashed"}
    row = attempts(SOURCE, report(case("failed", call=None, **{"???": died}), code=1))[0]
    assert (row.status, row.message) == ("failed", "worker 'gw0' crashed")


# --- Tags


def tags(**more: Any) -> str | None:
    nodeid = "tests/unit/test_a.py::TestA::test_x[EUR]"
    return attempts(SOURCE, report(case(nodeid=nodeid, **more), root="/ci/shop"))[0].tags_json


def test_markers_are_tags_and_the_names_around_a_test_are_not() -> None:
    names = ["test_x[EUR]", "test_x", "EUR", "TestA", "test_a.py", "unit", "tests", "shop", ""]
    pytests = ["parametrize", "pytestmark", "xfail", "__wrapped__"]
    assert tags(keywords=[*names, *pytests, "smoke", "flaky"]) == '{"flaky":"true","smoke":"true"}'
    assert tags(keywords={"smoke": 1}) == '{"smoke":"true"}'


def test_a_marker_whose_argument_is_not_there_says_nothing() -> None:
    assert tags(keywords=["flow", "risk", "owner"]) is None
    assert tags(keywords=["flow"], metadata={"flow": "cart"}) == '{"flow":"cart"}'


def test_metadata_and_user_properties_are_tags() -> None:
    found = tags(
        keywords=["e2e"],
        metadata={"flow": ["cart", "pay"], "nested": {"a": 1}},
        user_properties=[{"risk": "high"}, {"mixpanel": "cart_opened"}],
    )
    assert found == (
        '{"e2e":"true","flow":["cart","pay"],"nested":"{\\"a\\":1}","risk":"high",'
        '"event":"cart_opened"}'
    )


@pytest.mark.parametrize("strange", [7, "smoke", {"a": [{}]}, [[1]], [None], True])
def test_strange_keywords_and_metadata_do_not_cost_the_test(strange: object) -> None:
    found = report(case(keywords=strange, metadata=strange, user_properties=strange))
    assert [row.status for row in attempts(SOURCE, found)] == ["passed"]


# --- Hostile input

NAMES = (
    "exitcode created duration root summary collectors tests nodeid outcome keywords metadata"
    " user_properties setup call teardown ??? crash message longrepr total collected"
)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b'{"exitcode": "0", "tests": []}',
        b'{"exitcode": 0}',
        b'{"exitcode": 0, "tests": {}}',
        b'{"exitcode": 0, "tests": [' + b'{"metadata":' * 100_000,
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError, match=r"pytest-json-report"):
        parsed(SOURCE, data)


def test_a_report_cut_off_anywhere_is_refused() -> None:
    check_every_cut(SOURCE, report(case(), case("failed", call=BROKE), code=1))


@settings(deadline=None, max_examples=150)
@given(tests=st.lists(values(NAMES), max_size=3), more=st.dictionaries(
    st.sampled_from(NAMES.split()), values(NAMES), max_size=4))  # fmt: skip
def test_any_json(tests: list[Any], more: dict[str, Any]) -> None:
    whole = [{"nodeid": "a", "outcome": "passed", **t} if isinstance(t, dict) else t for t in tests]
    check(SOURCE, json.dumps({"exitcode": 0, "tests": whole, **more}).encode())


@settings(deadline=None, max_examples=80)
@given(st.binary(max_size=60), st.integers(0, 300))
def test_any_bytes_in_a_report(noise: bytes, at: int) -> None:
    whole = msgspec.json.encode(report(case(), case("failed", call=BROKE), code=1))
    check(SOURCE, whole[:at] + noise + whole[at:])
    check(SOURCE, noise)


def test_memory_is_the_text_of_the_report(tmp_path: Any) -> None:
    place = tmp_path / "report.json"
    one = msgspec.json.encode(case(metadata={"log": "x" * 2000}))
    with place.open("wb") as file:
        file.write(b'{"exitcode":0,"tests":[' + b",".join([one] * 40_000) + b"]}")
    megabytes = place.stat().st_size >> 20
    assert megabytes > 80
    read = read_alone("pytest_json", place)
    assert read.items == 40_000
    assert read.peak < megabytes + 120
