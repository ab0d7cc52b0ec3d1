"""Linear from a server on loopback: whole histories, complete errors, and queries it will answer."""

import re
from datetime import datetime
from typing import Any

import pytest

from ingest.apis import Window, linear
from tests.unit.tracker_vendors import WINDOW, fetched, parsed, record, refused, tracker
from tests.unit.vendor_server import Asked, Reply, reply


def page(*issues: Any, **info: Any) -> dict[str, Any]:
    return {"issues": {"nodes": list(issues), "pageInfo": {"hasNextPage": False, **info}}}


def entry(number: int) -> dict[str, Any]:
    states = [{"name": name} for name in ("Todo", "Doing", "Done")]
    return {
        "id": f"h{number}",
        "createdAt": f"2026-06-01T10:0{number}:00Z",
        "fromState": states[number % 3],
        "toState": states[(number + 1) % 3],
    }


def test_the_filter_is_of_instants_and_teams() -> None:
    shop = tracker("linear")
    shop.account["teams"] = ["SHOP", "APP"]
    _, [asked] = fetched(shop)
    since, before, teams = asked.json["variables"]["filter"]["and"]
    assert asked.path == "/graphql"
    assert datetime.fromisoformat(since["updatedAt"]["gte"]) == WINDOW.begin
    assert datetime.fromisoformat(before["updatedAt"]["lt"]) == WINDOW.end
    assert teams == {"team": {"key": {"in": ["SHOP", "APP"]}}}


def test_a_cut_history_and_cut_labels_are_fetched_whole() -> None:
    cut = record("linear", 7, created=2)
    cut["history"] = {
        "nodes": [entry(0)],
        "pageInfo": {"hasNextPage": True, "endCursor": "1"},
    }
    cut["labels"] = {
        "nodes": [{"name": "EU"}],
        "pageInfo": {"hasNextPage": True, "endCursor": "1"},
    }

    def answer(asked: Asked) -> Reply:
        variables = asked.json["variables"]
        if "filter" in variables:
            return reply({"data": page(cut)})
        assert variables["id"] == "id-7"
        at = int(variables["after"])
        is_labels = "labels(" in asked.json["query"]
        nodes = [{"name": "bug"}] if is_labels else [entry(at), entry(at + 1)]
        info = {"hasNextPage": not is_labels and at < 5, "endCursor": str(at + 2)}
        return reply({"data": {"issue": {"connection": {"nodes": nodes, "pageInfo": info}}}})

    files, asked = fetched(tracker("linear"), answer)
    [found] = files["06-02"]
    assert [change["id"] for change in found["history"]["nodes"]] == [f"h{n}" for n in range(7)]
    assert [label["name"] for label in found["labels"]["nodes"]] == ["EU", "bug"]
    assert len(asked) == 1 + 1 + 3
    issue, *changes = parsed("linear", [found])
    assert issue.type == "bug"
    assert len(changes) == 7, "and no warning of a history that is cut"


ONE = record("linear", 1, created=2)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            {"errors": [{"message": "Cannot query field x"}]},
            "answered with an error: Cannot query field x",
        ),
        ({"errors": [{"message": "half of it"}], "data": page(ONE)}, "half of it"),
        (
            {
                "errors": [
                    {
                        "message": "Rate limit exceeded for jo@example.com",
                        "extensions": {"code": "RATELIMITED"},
                    }
                ]
            },
            "hourly limit is reached: Rate limit exceeded for <email>",
        ),
        ({"errors": [{}], "data": None}, "no reason"),
        ({"data": None}, "neither with issues nor with an error"),
        ({}, "neither with issues nor with an error"),
    ],
)
def test_an_error_inside_an_answer_of_200_is_an_error(answer: object, said: str) -> None:
    assert said in refused(tracker("linear"), lambda _: reply(answer))


def test_a_limit_that_is_reached_with_status_400_says_so() -> None:
    said = {"errors": [{"message": "Rate limit exceeded", "extensions": {"code": "RATELIMITED"}}]}
    text = refused(tracker("linear"), lambda _: reply(said, "400 Bad Request"))
    assert "answered 400" in text
    assert "Rate limit exceeded" in text


def test_an_issue_that_moves_while_the_pages_are_read_stands_once() -> None:
    def answer(asked: Asked) -> Reply:
        if asked.json["variables"]["after"] is None:
            return reply({"data": page(ONE, hasNextPage=True, endCursor="a")})
        return reply({"data": page(ONE)})

    files, _ = fetched(tracker("linear"), answer)
    assert [len(document) for document in files.values()] == [1, 1, 1]
    assert files["06-02"] == [ONE]


def test_what_was_open_at_the_first_day_is_asked_for_by_its_state() -> None:
    _, [asked] = fetched(
        tracker("linear"), window=Window(WINDOW.first_day, WINDOW.last_day, "UTC", with_open=True)
    )
    either = asked.json["variables"]["filter"]["and"][0]["or"]
    assert either[1] == {"state": {"type": {"nin": ["completed", "canceled", "duplicate"]}}}


def points(query: str) -> float:
    """What Linear counts: 0.1 a property, 1 an object, a connection times what it may hold."""
    words = re.findall(r"\w+\([^)]*\)|\w+|[{}]", query.partition("{")[2].rpartition("}")[0])

    def inside(at: int, times: float) -> tuple[float, int]:
        total = 0.0
        while words[at] != "}":
            first = re.search(r"first: (\d+)", words[at])
            if at + 1 < len(words) and words[at + 1] == "{":
                each = float(first[1]) if first else 1.0
                below, end = inside(at + 2, 1.0)
                own = 0.0 if words[at] in ("nodes", "pageInfo") else 1.0
                total += each * (below + own)
                at = end + 1
            else:
                total += 0.1
                at += 1
        return total * times, at

    words.append("}")
    return inside(0, 1.0)[0]


def test_a_page_costs_less_than_linear_allows_and_an_hour_holds_thousands_of_issues() -> None:
    cost = points(linear._ISSUES)
    assert cost < 10_000
    assert 250_000 / cost * 50 > 3_000
    assert points(linear._HISTORY) < 1_000
