"""Allure results: what is no pass, retries in files of their own, labels and parameters."""

import json
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.ci.test_names import JOINT
from ingest.records import CiRun, TestAttempt
from ingest.source import FormatError, Reject, Warn
from ingest.sources import ci_bundle
from ingest.sources.allure import SOURCE
from tests.unit.json_report_support import (
    CONTEXT,
    attempts,
    check,
    check_every_cut,
    parsed,
    reasons,
    values,
)


def labels(**named: Any) -> list[dict[str, Any]]:
    return [
        {"name": name, "value": value}
        for name, given in named.items()
        for value in (given if isinstance(given, list) else [given])
    ]


def result(**more: Any) -> dict[str, Any]:
    whole = {
        "uuid": "9d95e6e7-9cf6-4ca5-91b4-9b69ce0971f8",
        "historyId": "2b35e318",
        "name": "pays",
        "fullName": "com.shop.PayTest.pays",
        "status": "passed",
        "stage": "finished",
        "start": 1782810720000,
        "stop": 1782810720040,
        **more,
    }
    return {name: value for name, value in whole.items() if value is not None}


def row(**more: Any) -> TestAttempt:
    (found,) = attempts(SOURCE, result(**more))
    return found


# --- Statuses


@pytest.mark.parametrize(
    ("status", "stage", "message", "expected"),
    [
        ("passed", "finished", None, ("passed", "passed")),
        ("passed", None, None, ("passed", "passed")),  # Python's adapter writes no stage
        ("failed", "finished", "boom", ("failed", "failed")),
        ("broken", "finished", "boom", ("broken", "error")),
        ("skipped", "finished", None, ("skipped", "skipped")),
        ("unknown", "finished", None, ("unknown", "skipped")),
        ("PASSED", "FINISHED", None, ("PASSED", "passed")),
        ("passed", "running", None, ("running", "skipped")),
        ("passed", "scheduled", None, ("scheduled", "skipped")),
        ("passed", "interrupted", None, ("interrupted", "skipped")),
        (None, "running", None, ("no status", "skipped")),
        (None, "finished", None, ("no status", "skipped")),
        (None, None, None, ("no status", "skipped")),
        ("failed", "running", "boom", ("failed", "failed")),  # a failure is never hidden
        ("skipped", "finished", "XFAIL until SHOP-9\n\nassert", ("skipped", "xfail")),
        ("passed", "finished", "XPASS until SHOP-9", ("passed", "xpass")),
        ("failed", "finished", "[XPASS(strict)] SHOP-9", ("failed", "xpass")),
    ],
)
def test_only_a_finished_test_passes(
    status: str | None, stage: str | None, message: str | None, expected: tuple[str, str]
) -> None:
    found = row(status=status, stage=stage, statusDetails={"message": message})
    assert (found.raw_status, found.status) == expected


def test_a_test_that_did_not_finish_is_told() -> None:
    assert reasons(SOURCE, result(stage="running"), Warn) == [
        "a test that did not come to its end: stage 'running', status 'passed'"
    ]
    assert reasons(SOURCE, result(), Warn) == []


def test_an_unknown_status_is_rejected_by_name() -> None:
    assert attempts(SOURCE, result(status="exploded")) == []
    assert reasons(SOURCE, result(status="exploded")) == ["unknown status 'exploded'"]


@pytest.mark.parametrize(
    ("more", "duration"),
    [
        ({}, 40),
        ({"stop": None}, None),
        ({"start": None}, None),
        ({"stop": 1}, None),
        ({"stop": 1e300}, None),
    ],
)
def test_a_duration_is_known_or_missing(more: dict[str, Any], duration: float | None) -> None:
    assert row(**more).duration_ms == duration


def test_messages_are_scrubbed_and_only_failures_have_a_print() -> None:
    details = {"message": "no answer for kim@example.com", "trace": "at Pay.java:10"}
    broke = row(status="broken", statusDetails=details)
    assert broke.message == "no answer for <email>\nat Pay.java:10"
    assert broke.fingerprint
    assert row(status="skipped", statusDetails=details).fingerprint is None


# --- Where a test lies


@pytest.mark.parametrize(
    ("full_name", "named", "place"),
    [
        ("com.shop.PayTest.pays", {"testClass": "com.shop.PayTest"},
         (None, None, "com.shop.PayTest")),
        ("com.shop.PayTest.pays", {"class": "com.shop.PayTest", "suite": "Pay"},
         ("Pay", None, "com.shop.PayTest")),
        ("tests.test_a.TestA#test_x",
         {"parentSuite": "tests", "suite": "test_a", "subSuite": "TestA"},
         (f"tests{JOINT}test_a{JOINT}TestA", None, "tests.test_a.TestA")),
        ("tests/pay.cy.js#Checkout pays", {"suite": "Checkout"},
         ("Checkout", "tests/pay.cy.js", None)),
        ("shop-web:tests/pay.spec.ts#pays", {}, (None, "tests/pay.spec.ts", None)),
        ("pay.spec.ts#pays", {}, (None, "pay.spec.ts", None)),
        ("tests/pay.spec.ts:10:5", {}, (None, "tests/pay.spec.ts", None)),
        ("features/pay.feature:7", {"suite": "Paying"}, ("Paying", "features/pay.feature", None)),
        ("Paying: with a card / a voucher", {"suite": "Paying"}, ("Paying", None, None)),
        ("shop.TestPay", {}, (None, None, "shop.TestPay")),
        ("shop.TestPay", {"package": "shop"}, (None, None, "shop")),
        (None, {}, (None, None, None)),
    ],
)  # fmt: skip
def test_suites_class_and_file(
    full_name: str | None, named: dict[str, str], place: tuple[str | None, ...]
) -> None:
    found = row(fullName=full_name, labels=labels(**named))
    assert (found.suite, found.file, found.class_name) == place


def test_a_playwright_project_is_the_environment() -> None:
    named = labels(framework="playwright", parentSuite="webkit", suite="pay.spec.ts", subSuite="A")
    project = [{"name": "Project", "value": "webkit"}]
    found = row(fullName="pay.spec.ts#A pays", labels=named, parameters=project)
    assert (found.environment, found.suite, found.params) == ("webkit", "A", None)
    older = row(fullName="pays", labels=named)
    assert older.environment == "webkit"
    other = row(labels=labels(framework="jest"), parameters=project)
    assert (other.environment, other.params) == (None, "Project=webkit")


def test_parameters_that_make_another_test() -> None:
    found = row(
        parameters=[
            {"name": "currency", "value": "EUR"},
            {"name": "at", "value": "12:07", "excluded": True},
            {"name": "pin", "value": "1234", "mode": "masked"},
            {"name": "id", "value": "[engine]", "mode": "hidden"},
            {"name": "mail", "value": "kim@example.com"},
            {"value": "nameless"},
        ]
    )
    assert found.params == "currency=EUR, pin=<masked>, id=<masked>, <email>"
    assert row(name="test_total[EUR]").params == "EUR"


def test_parameters_of_pytest_are_spelled_as_in_its_other_reports() -> None:
    own = [{"name": "currency", "value": "'EUR'"}]
    pytest_ = {"fullName": "tests.test_a#test_total", "labels": labels(framework="pytest")}
    assert row(name="test_total[EUR]", parameters=own, **pytest_).params == "EUR"
    assert row(name="Total in euro", parameters=own, **pytest_).params == "currency='EUR'"
    timed = [*own, {"name": "at", "value": "12:07", "excluded": True}]
    assert row(name="test_total[EUR-12:07]", parameters=timed, **pytest_).params == "currency='EUR'"


def test_labels_are_tags_but_not_the_machine() -> None:
    named = labels(
        tag=["smoke", "@flow:checkout"], severity="critical", feature="Pay", story="Card",
        epic="Shop", owner="team-pay", testMethod="pays", host="runner-17",
        thread="1@ci.main(1)", language="java", framework="junit-platform", package="com.shop",
        testClass="com.shop.PayTest", suite="Pay", risk="high",
    )  # fmt: skip
    found = row(
        name="pays @nightly",
        labels=named,
        links=[{"type": "issue", "name": "SHOP-9"}, {"type": "link", "name": "docs"}],
        statusDetails={"flaky": True, "muted": True, "known": False},
    )
    assert found.name == "pays"
    assert json.loads(found.tags_json or "") == {
        "nightly": "true",
        "smoke": "true",
        "flow": "checkout",
        "severity": "critical",
        "feature": "Pay",
        "story": "Card",
        "epic": "Shop",
        "owner": "team-pay",
        "testmethod": "pays",
        "risk": "high",
        "issue": "SHOP-9",
        "flaky": "true",
        "muted": "true",
    }


# --- Retries are files of their own


def identity(found: TestAttempt) -> tuple[Any, ...]:
    """What staging tells tests of a run apart by."""
    return (
        found.suite, found.file, found.class_name, found.name, found.params, found.occurrence,
        found.environment,
    )  # fmt: skip


def test_files_of_one_history_id_are_told_apart_by_their_start_only() -> None:
    """Staging numbers rows of one identity by `started_at`: that makes them attempts."""
    same = {"labels": labels(testClass="com.shop.PayTest", host="a"), "parameters": []}
    first = row(uuid="1", status="failed", **same)
    moved = same | {"labels": labels(testClass="com.shop.PayTest", host="b", thread="7")}
    second = row(uuid="2", start=1782810790000, **moved)
    assert identity(first) == identity(second)
    assert (first.attempt, second.attempt) == (1, 1)
    assert None not in (first.started_at, second.started_at)
    assert first.started_at != second.started_at


@pytest.mark.parametrize(
    "other",
    [
        {"parameters": [{"name": "currency", "value": "USD"}]},
        {"name": "pays(String)[2] CARD"},
        {"labels": labels(testClass="com.shop.OtherTest")},
        {"labels": labels(suite="Other")},
        {"fullName": "com.other.PayTest.pays"},
    ],
)
def test_another_test_is_no_retry(other: dict[str, Any]) -> None:
    assert identity(row()) != identity(row(**other))


def bundled(place: Path, members: dict[str, Any], **manifest: Any) -> list[Any]:
    whole = {"gapsight_bundle": 1, "repo": "shop", "sha": "0123456", "build": "7", **manifest}
    with zipfile.ZipFile(place / "b.zip", "w") as archive:
        archive.writestr("manifest.json", json.dumps(whole))
        for name, content in members.items():
            archive.writestr(name, json.dumps(content))
    return list(ci_bundle.parse(place / "b.zip", CONTEXT))


def test_the_results_of_a_folder_are_one_suite(tmp_path: Path) -> None:
    members = {
        f"allure-results/{name}-result.json": result(uuid=name, stage="finished")
        for name in ("a", "b", "c")
    }
    members["allure-results/a-container.json"] = {"uuid": "x", "children": ["a"], "befores": []}
    members["d-result.json"] = result(uuid="d")
    found = bundled(tmp_path, members)
    assert sum(isinstance(item, TestAttempt) for item in found) == 4
    assert not [item for item in found if isinstance(item, Reject)]
    run = next(item for item in found if isinstance(item, CiRun))
    assert run.received_suites_json == '["allure","allure-results"]'


def test_a_result_that_was_cut_off_leaves_its_suite_out_of_what_came(tmp_path: Path) -> None:
    members = {"allure-results/a-result.json": result(), "allure-results/b-result.json": [1]}
    found = bundled(tmp_path, members, expected_suites=["allure"])
    run = next(item for item in found if isinstance(item, CiRun))
    assert run.missing_suites_json is None, "a file that is no result is let lie"
    members["allure-results/b-result.json"] = {"uuid": "b", "name": 7}
    found = bundled(tmp_path, members, expected_suites=["allure"])
    assert [item.reason.partition(":")[0] for item in found if isinstance(item, Reject)] == [
        "allure-results/b-result.json"
    ]
    run = next(item for item in found if isinstance(item, CiRun))
    assert run.missing_suites_json == '["allure"]'


# --- Hostile input

NAMES = (
    "uuid historyId testCaseId name fullName status stage statusDetails message trace flaky known"
    " muted labels value links type parameters excluded mode start stop children steps"
)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"[]", "no object"),
        (b"{}", "neither `name` nor `uuid`"),
        (b'{"uuid": "a"}', "neither `name` nor `uuid`"),
        (b'{"name": "a"}', "neither `name` nor `uuid`"),
        (b'{"uuid": "a", "name": 7}', "known shape"),
        (b'{"uuid": "a", "name": "b", "children": []}', "an Allure container"),
        (b'{"uuid": "a", "steps": ' + b'[{"steps":' * 100_000, "nested too deep"),
    ],
)
def test_anything_else_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        parsed(SOURCE, data)


def test_a_result_cut_off_anywhere_is_refused() -> None:
    check_every_cut(SOURCE, result(labels=labels(tag="smoke")))


@settings(deadline=None, max_examples=200)
@given(st.dictionaries(st.sampled_from(NAMES.split()), values(NAMES), max_size=6))
def test_any_json(more: dict[str, Any]) -> None:
    check(SOURCE, json.dumps({"uuid": "a", "name": "b", **more}).encode())


@settings(deadline=None, max_examples=80)
@given(st.binary(max_size=60), st.integers(0, 300))
def test_any_bytes_in_a_result(noise: bytes, at: int) -> None:
    whole = msgspec.json.encode(result(labels=labels(tag="smoke")))
    check(SOURCE, whole[:at] + noise + whole[at:])
    check(SOURCE, noise)
