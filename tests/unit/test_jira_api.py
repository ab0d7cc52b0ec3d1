"""Jira from a server on loopback: each day's issues with their whole changelog, or a clear error."""

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ingest import apis
from ingest.apis import Access, ApiError, Window
from tests.unit.vendor_server import Asked, Reply, Vendor, reply

API = apis.get("jira")
WINDOW = Window(date(2026, 6, 1), date(2026, 6, 3), "Europe/Berlin")
CLOUD = {
    "name": "shop",
    "jql": "project = SHOP",
    "email_env": "JIRA_EMAIL",
    "token_env": "JIRA_TOKEN",
    "email": "robot@example.com",
    "token": "t0ken-value",
    "fields": ["customfield_1"],
}
SERVER = {**CLOUD, "flavour": "server"}
del SERVER["email"], SERVER["email_env"]


def issue(
    number: int, updated: str, histories: int = 0, total: int | None = None
) -> dict[str, Any]:
    log = {
        "histories": [{"id": str(n)} for n in range(histories)],
        "total": histories if total is None else total,
    }
    return {"key": f"SHOP-{number}", "fields": {"updated": updated}, "changelog": log}


ONE, TWO, THREE = (
    issue(1, "2026-06-01T10:00:00.000+0200"),
    issue(2, "2026-06-01T22:30:00.000+0000"),  # half past midnight in Berlin
    issue(3, "2026-06-03T10:00:00.000+0200"),
)


@contextmanager
def landing(
    answer: Callable[[Asked], Reply], account: dict[str, Any] = CLOUD
) -> Iterator[tuple[Iterator[apis.Landed], Vendor]]:
    with Vendor(answer) as vendor:
        entry = {**account, "base_url": f"{vendor.url}/jira"}
        yield API.fetch(entry, WINDOW, Access(sleep=lambda _: None)), vendor


def fetched(
    answer: Callable[[Asked], Reply], account: dict[str, Any] = CLOUD
) -> tuple[dict[str, list[Any]], list[Asked]]:
    with landing(answer, account) as (coming, vendor):
        found = {}
        for one in coming:
            lines = gzip.decompress(one.content.read()).splitlines()
            found[f"{one.day:%m-%d}/{one.name}"] = [json.loads(line) for line in lines]
        return found, vendor.asked


def refused(answer: Callable[[Asked], Reply], account: dict[str, Any] = CLOUD) -> str:
    files: list[apis.Landed] = []
    with landing(answer, account) as (coming, _), pytest.raises(ApiError) as error:
        files.extend(coming)
    assert not files
    assert "t0ken" not in str(error.value)
    return str(error.value)


def pages(asked: Asked) -> Reply:
    if "nextPageToken" not in asked.json:
        return reply({"issues": [ONE, TWO], "nextPageToken": "a"})
    return reply({"issues": [TWO, THREE], "isLast": True})


def test_each_day_holds_the_issues_last_updated_on_it_once() -> None:
    files, asked = fetched(pages)
    assert files == {
        "06-01/shop.jsonl.gz": [ONE],
        "06-02/shop.jsonl.gz": [TWO],
        "06-03/shop.jsonl.gz": [THREE],
    }
    assert [one.json.get("nextPageToken") for one in asked] == [None, "a"]


def test_the_search_is_bounded_by_instants_and_names_its_fields() -> None:
    _, [asked, *_] = fetched(pages)
    first, after = (
        int(datetime(2026, *day, 22, tzinfo=UTC).timestamp() * 1000) for day in ((5, 31), (6, 3))
    )
    assert asked.path == "/jira/rest/api/3/search/jql"
    assert asked.json["jql"] == (
        f"(project = SHOP) AND updated >= {first} AND updated < {after} ORDER BY updated ASC, key ASC"
    )
    assert {"status", "updated", "resolutiondate", "customfield_1"} <= set(asked.json["fields"])
    assert asked.json["expand"] == "changelog"
    assert asked.headers["authorization"].startswith("Basic ")


def test_what_is_open_when_the_workspace_begins_is_asked_for_and_stands_in_its_first_day() -> None:
    old = issue(9, "2026-01-05T10:00:00.000+0100")
    first = Window(WINDOW.first_day, WINDOW.last_day, WINDOW.reporting_zone, with_open=True)
    with Vendor(lambda _: reply({"issues": [old, THREE], "isLast": True})) as vendor:
        entry = {**CLOUD, "base_url": vendor.url}
        coming = API.fetch(entry, first, Access(sleep=lambda _: None))
        days = {one.day.day: gzip.decompress(one.content.read()).splitlines() for one in coming}
    assert [json.loads(line) for line in days[1]] == [old]
    assert "(updated >= 1780264800000 OR statusCategory != Done) AND" in vendor.asked[0].json["jql"]


def test_an_issue_is_one_line_however_jira_writes_it() -> None:
    spread = json.dumps({"issues": [ONE], "isLast": True}, indent=2)
    files, _ = fetched(lambda _: reply(spread, Content_Type="application/json"))
    assert files["06-01/shop.jsonl.gz"] == [ONE]


def test_a_day_without_issues_says_so_and_the_parser_reads_it() -> None:
    files, _ = fetched(lambda _: reply({"issues": [], "isLast": True}))
    assert list(files.values()) == [[{"issues": []}]] * 3


def test_a_cut_changelog_is_fetched_whole() -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("/changelog"):
            start = int(asked.query["startAt"])
            return reply(
                {"values": [{"id": f"h{n}"} for n in range(start, min(start + 2, 5))], "total": 5}
            )
        return reply({"issues": [issue(7, "2026-06-02T10:00:00.000+0200", histories=1, total=5)]})

    files, asked = fetched(answer)
    [found] = files["06-02/shop.jsonl.gz"]
    assert [history["id"] for history in found["changelog"]["histories"]] == [
        "h0", "h1", "h2", "h3", "h4",
    ]  # fmt: skip
    assert [one.query.get("startAt") for one in asked] == [None, "0", "2", "4"]
    assert asked[1].path == "/jira/rest/api/3/issue/SHOP-7/changelog"


def test_a_server_is_paged_by_position_with_a_personal_token() -> None:
    def answer(asked: Asked) -> Reply:
        start = asked.json["startAt"]
        return reply({"issues": [[ONE, TWO], [THREE]][start // 2], "total": 3, "startAt": start})

    files, asked = fetched(answer, SERVER)
    assert [len(issues) for issues in files.values()] == [1, 1, 1]
    assert [(one.path, one.json["startAt"]) for one in asked] == [
        ("/jira/rest/api/2/search", 0),
        ("/jira/rest/api/2/search", 2),
    ]
    assert asked[0].headers["authorization"] == "Bearer t0ken-value"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (reply({"issues": [ONE], "nextPageToken": "same"}), "the same page again and again"),
        (reply({"issues": [ONE], "isLast": False}), "a page that is not the last one"),
        (reply({"errorMessages": ["Unbounded JQL queries are not allowed here"]}), "Unbounded JQL"),
        (reply({"issues": "none"}), "not what was expected"),
        (reply(b'{"issues": [', Content_Type="application/json"), "not what was expected"),
        (reply({"errorMessages": ["gone"]}, "410 Gone"), "answered 410"),
        (reply(b"<html>Log in</html>", Content_Type="text/html"), "Log in"),
        (reply({"message": "expired"}, "401 Unauthorized"), "the token in JIRA_TOKEN"),
    ],
)
def test_what_is_not_whole_is_refused_whole(answer: bytes, said: str) -> None:
    assert said in refused(lambda _: answer)


def test_a_failure_on_a_later_page_leaves_nothing() -> None:
    def answer(asked: Asked) -> Reply:
        if "nextPageToken" in asked.json:
            return reply({"errorMessages": ["token expired"]}, "400 Bad Request")
        return reply({"issues": [ONE], "nextPageToken": "a"})

    assert "answered 400" in refused(answer)


def test_an_empty_page_that_is_not_the_last_one_is_followed() -> None:
    def answer(asked: Asked) -> Reply:
        if "nextPageToken" in asked.json:
            return reply({"issues": [ONE], "isLast": True})
        return reply({"issues": [], "nextPageToken": "a", "isLast": False})

    files, asked = fetched(answer)
    assert len(asked) == 2
    assert [len(issues) for issues in files.values()] == [1, 1, 1]
    assert next(iter(files.values())) == [ONE]


def test_empty_pages_without_an_end_are_an_error() -> None:
    tokens = iter(range(1000))
    said = refused(lambda _: reply({"issues": [], "nextPageToken": str(next(tokens))}))
    assert "nothing but empty pages" in said


@pytest.mark.parametrize(
    ("total", "said"), [(500, "1 of 500 issues and an empty page"), (None, "without the total")]
)
def test_a_server_that_ends_before_its_total_is_refused(total: int | None, said: str) -> None:
    def answer(asked: Asked) -> Reply:
        return reply({"issues": [] if asked.json["startAt"] else [ONE], "total": total})

    assert said in refused(answer, SERVER)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({}, "without the history of SHOP-7"),
        ({"values": [], "total": 300}, "0 of 300 changes of SHOP-7"),
    ],
)
def test_a_history_that_does_not_come_whole_is_refused(found: dict[str, Any], said: str) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("/changelog"):
            return reply(found)
        return reply({"issues": [issue(7, "2026-06-02T10:00:00.000+0200", 1, total=300)]})

    assert said in refused(answer)
