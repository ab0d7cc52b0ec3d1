"""Every tag of the taxonomy, from every format of test results."""

import json
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest

from ingest.ci.tags import TAXONOMY
from ingest.records import TestAttempt
from ingest.sources import allure, ctrf, junit, playwright, pytest_json
from tests.unit.json_report_support import attempts, parsed

VALUES = {
    "flow": "checkout",
    "risk": "high",
    "feature": "Gift cards",
    "event": "Order Placed",
    "persona": "guest",
    "owner": "team-pay",
    "platform": "ios",
    "component": "cart-api",
    "failure_mode": "timeout",
    "tier": "e2e",
    "kind": "contract",
    "verifies": "store",
    "mocks": "payments",
    "region": "eu-west-1",
    "incident": "INC-7",
    "colour": "green",
}
"""A value of each tag, and of one that means nothing here."""

Tagged = Callable[[str, str], dict[str, Any]]


def tags_in(row: TestAttempt) -> dict[str, Any]:
    """The tags of a row."""
    found: dict[str, Any] = json.loads(row.tags_json or "{}")
    return found


def of_junit(inside: str = "", name: str = "t") -> dict[str, Any]:
    case = f"<testcase name={quoteattr(name)} classname='c'>{inside}</testcase>"
    (row,) = (
        item
        for item in parsed(junit.SOURCE, f"<testsuite name='s'>{case}</testsuite>".encode())
        if isinstance(item, TestAttempt)
    )
    return tags_in(row)


def junit_property(tag: str, value: str) -> dict[str, Any]:
    one = f"<property name={quoteattr(tag)} value={quoteattr(value)}/>"
    return of_junit(f"<properties>{one}</properties>")


def junit_title(tag: str, value: str) -> dict[str, Any]:
    return of_junit(name=f"pays [{tag}:{value}]")


def of_pytest(**more: Any) -> dict[str, Any]:
    stage = {"outcome": "passed", "duration": 0.1}
    stages = {"setup": stage, "call": stage, "teardown": stage}
    test = {"nodeid": "tests/test_a.py::test_x", "outcome": "passed", **stages, **more}
    (row,) = attempts(pytest_json.SOURCE, {"exitcode": 0, "tests": [test]})
    return tags_in(row)


def pytest_metadata(tag: str, value: str) -> dict[str, Any]:
    return of_pytest(metadata={tag: value})


def pytest_user_property(tag: str, value: str) -> dict[str, Any]:
    return of_pytest(user_properties=[{tag: value}])


def of_playwright(spec: dict[str, Any], **test: Any) -> dict[str, Any]:
    result = {"status": "passed", "duration": 1, "retry": 0}
    whole = {"title": "pays", "file": "a.spec.ts", **spec, "tests": [{"results": [result], **test}]}
    suites = [{"title": "a.spec.ts", "file": "a.spec.ts", "specs": [whole]}]
    (row,) = attempts(playwright.SOURCE, {"config": {}, "suites": suites})
    return tags_in(row)


def playwright_title(tag: str, value: str) -> dict[str, Any]:
    return of_playwright({"title": f"pays [{tag}:{value}]"})


def playwright_annotation(tag: str, value: str) -> dict[str, Any]:
    return of_playwright({}, annotations=[{"type": tag, "description": value}])


def playwright_result_annotation(tag: str, value: str) -> dict[str, Any]:
    noted = {"status": "passed", "annotations": [{"type": tag, "description": value}]}
    return of_playwright({}, results=[noted])


def playwright_tag(tag: str, value: str) -> dict[str, Any]:
    return of_playwright({"tags": [f"@{tag}:{value}"]})


def of_ctrf(**more: Any) -> dict[str, Any]:
    test = {"name": "pays", "status": "passed", **more}
    (row,) = attempts(ctrf.SOURCE, {"results": {"tests": [test]}})
    return tags_in(row)


def ctrf_tag(tag: str, value: str) -> dict[str, Any]:
    return of_ctrf(tags=[f"{tag}:{value}"])


def ctrf_label(tag: str, value: str) -> dict[str, Any]:
    return of_ctrf(labels={tag: value})


def of_allure(*labels: dict[str, str]) -> dict[str, Any]:
    result = {"uuid": "u", "name": "pays", "status": "passed", "stage": "finished"}
    (row,) = attempts(allure.SOURCE, {**result, "labels": list(labels)})
    return tags_in(row)


def allure_label(tag: str, value: str) -> dict[str, Any]:
    return of_allure({"name": tag, "value": value})


def allure_tag(tag: str, value: str) -> dict[str, Any]:
    return of_allure({"name": "tag", "value": f"{tag}:{value}"})


WAYS: tuple[Tagged, ...] = (
    junit_property,
    pytest_metadata,
    pytest_user_property,
    playwright_title,
    playwright_annotation,
    playwright_result_annotation,
    playwright_tag,
    ctrf_tag,
    ctrf_label,
    allure_label,
    allure_tag,
)


@pytest.mark.parametrize("tag", VALUES)
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_each_format_gives_each_tag_and_keeps_unknown_ones(way: Tagged, tag: str) -> None:
    assert way(tag, VALUES[tag]) == {tag: VALUES[tag]}


def test_no_tag_of_the_taxonomy_is_left_out() -> None:
    assert set(VALUES) == {*TAXONOMY, "colour"}


@pytest.mark.parametrize("tag", sorted(TAXONOMY))
def test_a_title_in_junit_gives_the_tags_that_mean_something(tag: str) -> None:
    assert junit_title(tag, VALUES[tag]) == {tag: VALUES[tag]}
    assert junit_title("colour", "green") == {}


@pytest.mark.parametrize(
    ("spelled", "tag"),
    [
        ("mixpanel", "event"),
        ("Flow", "flow"),
        ("@risk", "risk"),
        ("failure-mode", "failure_mode"),
        ("failureMode", "failure_mode"),
        ("Failure Mode", "failure_mode"),
        ("fail-ure", "fail-ure"),
    ],
)
@pytest.mark.parametrize("way", [junit_property, allure_label, playwright_annotation, ctrf_label])
def test_one_tag_has_one_name_however_it_is_spelled(way: Tagged, spelled: str, tag: str) -> None:
    assert way(spelled, "x") == {tag: "x"}


@pytest.mark.parametrize("way", [of_pytest])
def test_a_marker_is_a_tag(way: Callable[..., dict[str, Any]]) -> None:
    assert way(keywords=["test_x", "test_a.py", "smoke"]) == {"smoke": "true"}


def test_several_values_of_a_tag_are_all_kept() -> None:
    two = [{"name": "incident", "value": value} for value in ("INC-1", "INC-2")]
    assert of_allure(*two) == {"incident": ["INC-1", "INC-2"]}
