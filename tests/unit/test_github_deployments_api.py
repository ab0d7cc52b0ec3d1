"""`github_deployments` from a server on loopback: each day's deployments with their statuses."""

import datetime as dt
import gzip
import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from ingest import apis, sources
from ingest.apis import Access, ApiError, Window
from ingest.records import Deployment
from ingest.source import Context
from tests.unit.github_support import KIM, SHA, TOKEN, account, page
from tests.unit.vendor_server import Asked, Reply, Vendor, in_turn, reply

API = apis.get("github_deployments")
WINDOW = Window(dt.date(2026, 6, 1), dt.date(2026, 6, 3), "Europe/Berlin")


def deployment(number: int, created: str) -> dict[str, Any]:
    return {
        "id": number,
        "sha": SHA,
        "ref": "v2",
        "environment": "production",
        "creator": KIM,
        "created_at": created,
        "updated_at": created,
    }


def status(number: int, state: str, at: str) -> dict[str, Any]:
    return {"id": number, "state": state, "creator": KIM, "created_at": at}


NEWEST_FIRST = [
    deployment(9, "2026-06-20T10:00:00Z"),
    deployment(8, "2026-06-04T10:00:00Z"),
    deployment(7, "2026-06-02T22:30:00Z"),  # half past midnight in Berlin
    deployment(6, "2026-06-01T10:00:00Z"),
    deployment(5, "2026-05-31T10:00:00Z"),
    deployment(4, "2026-05-30T10:00:00Z"),
    deployment(3, "2026-05-29T10:00:00Z"),
]


def answer(asked: Asked) -> Reply:
    if asked.path.endswith("/statuses"):
        number = int(asked.path.split("/")[-2])
        made = NEWEST_FIRST[9 - number]["created_at"]
        return page(asked, [status(2, "success", made), status(1, "in_progress", made)])
    return page(asked, NEWEST_FIRST, size=2)


def fetched(
    answers: Callable[[Asked], Reply], **more: Any
) -> tuple[dict[str, list[Any]], list[Asked]]:
    with Vendor(answers) as vendor:
        found = {}
        access = Access(sleep=lambda _: None, **more)
        for one in API.fetch(account(vendor.url), WINDOW, access):
            lines = gzip.decompress(one.content.read()).splitlines()
            found[f"{one.day:%m-%d}/{one.name}"] = [json.loads(line) for line in lines]
        return found, vendor.asked


def refused(answers: Callable[[Asked], Reply]) -> str:
    with pytest.raises(ApiError) as error:
        fetched(answers)
    assert "t0ken" not in str(error.value)
    return str(error.value)


def test_each_day_holds_its_deployments_with_their_statuses_and_no_persons() -> None:
    files, asked = fetched(answer)
    assert list(files) == [f"06-0{day}/shop-web.jsonl.gz" for day in (1, 2, 3)]
    [line] = files["06-01/shop-web.jsonl.gz"]
    assert line["repo"] == "shop-web"
    assert [found["id"] for found in line["deployments"]] == [6]
    assert [found["state"] for found in line["statuses"]["6"]] == ["success", "in_progress"]
    assert "kim" not in json.dumps(files)
    [late] = files["06-03/shop-web.jsonl.gz"]
    assert late["deployments"][0]["id"] == 7
    assert asked[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert asked[0].headers["x-github-api-version"] == "2022-11-28"


def test_it_stops_at_the_first_page_that_is_older_and_asks_statuses_of_the_window_alone() -> None:
    _, asked = fetched(answer)
    lists = [one.query["page"] for one in asked if one.path.endswith("/deployments")]
    assert lists == ["1", "2", "3"], "the third page holds 31 May and older alone"
    assert asked[0].path == "/api/v3/repos/acme/web/deployments"
    assert [one.path.split("/")[-2] for one in asked if one.path.endswith("/statuses")] == [
        "7",
        "6",
    ]


def test_what_lands_is_what_the_source_reads() -> None:
    files, _ = fetched(answer)
    text = "".join(json.dumps(line) + "\n" for lines in files.values() for line in lines)
    context = Context(folder_day=dt.date(2026, 6, 1), reporting_zone="Europe/Berlin")
    rows = list(sources.get("github_deployments").parse(io.BytesIO(text.encode()), context))
    assert all(isinstance(row, Deployment) for row in rows)
    assert [(row.repo, row.deployment_id, row.status) for row in rows] == [
        ("shop-web", "6", "success"),
        ("shop-web", "7", "success"),
    ]


def test_a_day_without_deployments_says_so_and_the_source_reads_it() -> None:
    files, _ = fetched(lambda _: reply([]))
    assert list(files.values()) == [[{"repo": "shop-web", "deployments": []}]] * 3


def test_a_deployment_that_is_deleted_meanwhile_keeps_its_place() -> None:
    notes: list[str] = []

    def gone(asked: Asked) -> Reply:
        if asked.path.endswith("/6/statuses"):
            return reply({"message": "Not Found"}, "404 Not Found")
        return answer(asked)

    files, _ = fetched(gone, note=notes.append)
    assert files["06-01/shop-web.jsonl.gz"][0]["statuses"] == {"6": []}
    assert len(notes) == 1


def test_a_page_that_moves_while_it_is_read_doubles_nothing() -> None:
    def shifting(asked: Asked) -> Reply:
        if asked.path.endswith("/statuses"):
            return answer(asked)
        shifted = NEWEST_FIRST if asked.query["page"] == "1" else [NEWEST_FIRST[0], *NEWEST_FIRST]
        return page(asked, shifted, size=3)

    files, _ = fetched(shifting)
    assert [len(lines) for lines in files.values()] == [1, 1, 1]
    assert files["06-02/shop-web.jsonl.gz"][0]["deployments"] == []


@pytest.mark.parametrize(
    ("status_line", "said"),
    [
        ("404 Not Found", "there is no repository acme/web, or it may not be seen: the token in"),
        ("404 Not Found", "GITHUB_TOKEN needs the repository permission Deployments: read"),
        ("401 Unauthorized", "the token in GITHUB_TOKEN needs"),
        ("403 Forbidden", "single sign-on"),
    ],
)  # fmt: skip
def test_a_refusal_says_which_right_the_token_needs(status_line: str, said: str) -> None:
    assert said in refused(lambda _: reply({"message": "no"}, status_line))


def test_a_spent_budget_far_from_its_reset_ends_the_fetch_and_says_when() -> None:
    limit = reply({"message": "API rate limit exceeded"}, "403 Forbidden",
                  X_RateLimit_Remaining="0", X_RateLimit_Reset="1782817200",
                  Date="Tue, 30 Jun 2026 10:00:00 GMT")  # fmt: skip
    message = refused(lambda _: limit)
    assert "come again in 3,601 s, at" in message
    assert "needs" not in message


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (reply({"message": "weird"}), "not what was expected"),
        (reply([{"id": "x"}]), "not what was expected"),
        (reply(b'[{"id": 1', Content_Type="application/json"), "not what was expected"),
        (reply(b"<html>Sign in</html>", Content_Type="text/html"), "Sign in"),
        (reply([NEWEST_FIRST[0]], Link='<x>; rel="next"'), "the same page again and again"),
        (reply(b"", "500 Oops"), "answered 500"),
        (reply(b"[]", Content_Length="100", Content_Type="application/json"), "broke off"),
    ],
)
def test_an_answer_that_is_not_whole_leaves_nothing(broken: bytes, said: str) -> None:
    assert said in refused(lambda _: broken)


def test_a_failure_among_the_statuses_leaves_nothing() -> None:
    def later(asked: Asked) -> Reply:
        return reply(b"", "401 Unauthorized") if "statuses" in asked.path else answer(asked)

    assert "answered 401" in refused(later)


def test_the_second_try_after_a_server_error_counts() -> None:
    files, _ = fetched(in_turn(reply(b"", "502 Bad Gateway"), reply([])))
    assert len(files) == 3
