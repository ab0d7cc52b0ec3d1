"""Answers of GitHub's API become deployment versions."""

import datetime as dt
import io
import json
from typing import Any

import pytest

from ingest.records import Deployment
from ingest.source import Context, FormatError, Item, Reject
from ingest.sources import github_deployments

FOLDER = dt.date(2026, 6, 30)
SHA = "a84d88e7554fc1fa21bcbc4efae3c782a70d2b9d"
JO = {"login": "jo-public", "id": 1, "avatar_url": "https://example.com/jo.png"}


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 6, day, hour, minute, tzinfo=dt.UTC)


def deployment(number: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "url": f"https://api.github.com/repos/shop/web/deployments/{number}",
        "id": number,
        "sha": SHA.upper(),
        "ref": "v2.14.0",
        "task": "deploy",
        "payload": {},
        "original_environment": "staging",
        "environment": "Production",
        "description": "Asked for by jo@example.com",
        "creator": JO,
        "created_at": "2026-06-28T20:00:00Z",
        "updated_at": "2026-06-28T20:00:00Z",
        "statuses_url": "https://api.github.com/repos/shop/web/deployments/1/statuses",
        "repository_url": "https://api.github.com/repos/shop/web",
        "production_environment": True,
        **fields,
    }


def status(state: str, minute: int, **fields: Any) -> dict[str, Any]:
    created = f"2026-06-28T20:{minute:02}:00Z"
    return {"id": minute, "state": state, "creator": JO, "created_at": created, **fields}


def parse(document: object) -> list[Item]:
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    context = Context(folder_day=FOLDER, reporting_zone="Europe/Berlin")
    return list(github_deployments.parse(io.BytesIO(text), context))


def one(*statuses: Any, **fields: Any) -> Deployment:
    page = {"deployments": [deployment(**fields)], "statuses": {"1": list(statuses)}}
    (row,) = parse(page)
    assert isinstance(row, Deployment)
    return row


def test_a_deployment_keeps_what_is_known_of_it_and_no_person() -> None:
    assert one(status("in_progress", 1), status("success", 5)) == Deployment(
        day=dt.date(2026, 6, 28),
        repo="shop/web",
        deployment_id="1",
        version="v2.14.0",
        sha=SHA,
        environment="Production",
        deployed_at=at(28, 20, 5),
        status="success",
        updated_at=at(28, 20, 5),
        extra_json='{"description":"Asked for by <email>","production_environment":true,'
        '"task":"deploy"}',
    )


@pytest.mark.parametrize(
    ("states", "said", "deployed"),
    [
        ([], None, 0),
        (["queued", "in_progress"], "in_progress", 0),
        (["success", "failure"], "failure", 0),
        (["failure", "success"], "success", 1),
        (["success", "inactive"], "success", 0),
        (["failure", "inactive"], "failure", 0),
        (["inactive"], "inactive", 0),
    ],
)
def test_the_latest_status_counts_but_a_later_deployment_undoes_none(
    states: list[str], said: str | None, deployed: int
) -> None:
    row = one(*(status(state, minute) for minute, state in enumerate(states)))
    assert (row.status, row.deployed_at) == (said, at(28, 20, deployed))


def test_statuses_are_put_in_order_as_the_api_gives_the_newest_first() -> None:
    assert one(status("success", 9), status("in_progress", 3)).status == "success"
    same = [status("success", 3, id=11), status("in_progress", 3, id=9)]
    assert one(*same).status == "success"


def test_a_status_that_cannot_be_read_is_none() -> None:
    assert one(None, 7, {"state": None}, status("success", 2)).status == "success"
    assert one("x").status is None


def test_statuses_may_stand_in_the_deployment_itself() -> None:
    (row,) = parse([deployment(statuses=[status("error", 2)])])
    assert isinstance(row, Deployment)
    assert row.status == "error"


def test_a_webhook_is_a_version_of_its_deployment() -> None:
    event = {
        "action": "created",
        "deployment_status": status("failure", 7),
        "deployment": deployment(repository_url=None, url=None),
        "repository": {"id": 5, "name": "web", "full_name": "shop/web", "owner": JO},
        "sender": JO,
    }
    (row,) = parse(event)
    assert isinstance(row, Deployment)
    assert (row.repo, row.status, row.updated_at) == ("shop/web", "failure", at(28, 20, 7))


def test_the_repository_is_the_documents_own_word_else_that_of_an_address() -> None:
    (row,) = parse({"repo": "shop-web", "deployments": [deployment()]})
    assert isinstance(row, Deployment)
    assert row.repo == "shop-web"
    enterprise = "https://git.example.com/api/v3/repos/shop/web"
    assert one(repository_url=enterprise).repo == "shop/web"
    assert one(repository_url=None, url=None).repo is None


def test_a_service_in_the_payload_is_taken() -> None:
    row = one(payload={"service": "web", "token": "abc", "region": "eu"})
    assert row.service == "web"
    assert json.loads(row.extra_json or "")["payload"] == {"region": "eu", "service": "web"}
    assert one(payload='{"service": "web"}').service is None


@pytest.mark.parametrize(
    "document",
    [
        {"deployments": [deployment(1), deployment(2)]},
        [deployment(1), deployment(2)],
        [{"deployments": [deployment(1)]}, {"deployments": [deployment(2)], "statuses": None}],
        b"\n".join(json.dumps(deployment(number)).encode() for number in (1, 2)),
    ],
)
def test_every_container_gives_the_same_deployments(document: object) -> None:
    assert [r.deployment_id for r in parse(document) if isinstance(r, Deployment)] == ["1", "2"]


def test_what_is_no_deployment_is_rejected_and_the_others_are_read() -> None:
    run = {"id": 9, "head_sha": SHA, "created_at": "2026-06-28T20:00:00Z"}
    found = parse([run, deployment(id=None), deployment(created_at=None), None, deployment()])
    assert [item.reason for item in found if isinstance(item, Reject)] == [
        "no sha, ref or environment: is it a deployment of GitHub?",
        "no id",
        "no time of creation",
        "null, true or false, expected an object",
    ]
    assert isinstance(found[-1], Deployment)
    assert "jo" not in repr(found).replace("json", "")


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({"message": "Not Found", "documentation_url": "x", "status": "404"}, "Not Found"),
        ({"message": "API rate limit exceeded"}, "an error answer of GitHub: API rate limit"),
        ({"workflow_runs": [], "total_count": 0}, "members: total_count, workflow_runs"),
        (b"", "empty file"),
        (b"id,sha,ref\n1,x,y\n", "CSV"),
        (json.dumps({"deployments": [deployment()]}).encode()[:-5], "cut off"),
    ],
)
def test_what_is_no_whole_answer_is_refused(document: object, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        parse(document)


def test_an_empty_list_holds_no_deployment() -> None:
    assert parse([]) == []
    assert parse({"deployments": []}) == []
