"""Deployment files become deployment versions."""

import datetime as dt
import io
import json
from typing import Any

import pytest

from ingest.records import Deployment
from ingest.source import Context, FormatError, Item, Reject
from ingest.sources import deployments

FOLDER = dt.date(2026, 6, 30)
SHA = "0123456789abcdef0123456789abcdef01234567"

WHAT_AND_WHEN = {"service": "web", "created_at": "2026-06-29T22:00:00Z"}


def parse(document: object) -> list[Item]:
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    context = Context(folder_day=FOLDER, reporting_zone="Europe/Berlin")
    return list(deployments.parse(io.BytesIO(text), context))


def one(**fields: Any) -> Deployment:
    (row,) = parse({"id": 42, **WHAT_AND_WHEN, **fields})
    assert isinstance(row, Deployment)
    return row


def test_the_plain_form() -> None:
    assert one(
        repo="shop-web",
        service="web",
        version="20260630123456789",
        sha=SHA.upper(),
        environment="prod-eu",
        deployed_at="2026-06-29T22:10:00Z",
        status="succeeded",
        created_at=None,
        updated_at="2026-06-29T22:12:00Z",
        strategy="canary",
        deployed_by="Jo Public",
    ) == Deployment(
        day=FOLDER,
        repo="shop-web",
        deployment_id="42",
        service="web",
        # A build stamp is no card number.
        version="20260630123456789",
        sha=SHA,
        environment="prod-eu",
        deployed_at=dt.datetime(2026, 6, 29, 22, 10, tzinfo=dt.UTC),
        status="succeeded",
        updated_at=dt.datetime(2026, 6, 29, 22, 12, tzinfo=dt.UTC),
        extra_json='{"strategy":"canary"}',
    )


def test_names_of_other_tools_are_understood() -> None:
    row = one(
        service=None,
        repository={"full_name": "shop/web", "owner": {"login": "jo"}},
        application={"name": "web"},
        ref="v2.1",
        commit=SHA[:8],
        env="Production",
        state="success",
        created_at="2026-06-28T22:10:00Z",
        creator={"login": "jo", "avatar_url": "x"},
    )
    assert (row.repo, row.service, row.version, row.sha) == ("shop/web", "web", "v2.1", SHA[:8])
    assert (row.environment, row.status, row.day) == ("Production", "success", dt.date(2026, 6, 29))
    assert row.extra_json is None


def test_the_time_of_deployment_goes_before_the_time_of_creation() -> None:
    row = one(at=1782770400, created_at="2026-06-01T00:00:00Z", finished_at="2026-06-02T00:00:00Z")
    assert row.deployed_at == dt.datetime(2026, 6, 29, 22, tzinfo=dt.UTC)
    assert row.day == FOLDER
    assert one().day == FOLDER


def test_a_word_in_place_of_a_hash_stays_as_it_is() -> None:
    assert one(sha="HEAD").sha == "HEAD"
    assert one(sha="").sha is None


@pytest.mark.parametrize(
    "container", ["{}", "[{}]", '{{"deployments": [{}]}}', '{{"items": [{}]}}', "{}\n"]
)
def test_every_container_form(container: str) -> None:
    (row,) = parse(container.format('{"id": "d1", "service": "web", "at": 1782770400}').encode())
    assert isinstance(row, Deployment)
    assert (row.deployment_id, row.service) == ("d1", "web")


def test_a_record_without_an_id_is_rejected_and_the_others_are_read() -> None:
    rejected, row = parse([{"service": "web", "user": "jo"}, {"deploymentId": 7, **WHAT_AND_WHEN}])
    assert rejected == Reject(position=1, reason="no id", excerpt='{"service":"web"}')
    assert isinstance(row, Deployment)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'[{"id": 1}', b'{"id": 1}\n{"id": 2', b"id;at\n", b"some words"]
)
def test_what_is_neither_json_nor_such_a_csv_is_refused(body: bytes) -> None:
    with pytest.raises(FormatError, match=r"expected JSON|not JSON|cut off|CSV of the columns"):
        parse(body)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "no time at which it was deployed"),
        ({"environment": "prod", "updated_at": "2026-06-30T00:00:00Z"}, "no time"),
        ({"environment": "prod", "deployed_at": "soon"}, "no time"),
        ({"created_at": "2026-06-30T00:00:00Z", "head_sha": SHA, "name": "CI"}, "no environment"),
    ],
)
def test_another_tools_record_with_an_id_is_no_deployment(
    fields: dict[str, str], reason: str
) -> None:
    found = parse({"id": 17, **fields})[0]
    assert isinstance(found, Reject)
    assert found.reason.startswith(reason)


@pytest.mark.parametrize("what", [{"environment": "prod"}, {"service": "web"}, {"sha": SHA}])
def test_a_time_and_one_of_environment_service_and_sha_make_a_deployment(
    what: dict[str, str],
) -> None:
    (row,) = parse({"id": 17, "at": 1782770400, **what})
    assert isinstance(row, Deployment)


def test_csv_gives_what_json_gives() -> None:
    body = (
        "\ufeffDeployment ID;Service;Git SHA;Environment;Deployed At;Status;deployedBy;strategy\r\n"
        f"d-1;web;{SHA.upper()};prod-eu;2026-06-29T22:10:00Z;succeeded;Jo Public;canary\r\n"
        "d-2;web;;prod-eu;29.06.2026 22:10;succeeded;Jo Public;canary\r\n"
        "d-3;;;;2026-06-29T22:10:00Z;succeeded;;\r\n"
    )
    row, turned, nothing = parse(body.encode())
    assert row == one(
        id="d-1",
        sha=SHA,
        environment="prod-eu",
        deployed_at="2026-06-29T22:10:00Z",
        created_at=None,
        status="succeeded",
        strategy="canary",
    )
    assert isinstance(turned, Reject)
    assert turned.reason.startswith("unreadable stamp in record 3, deployed_at: 29.06.2026")
    assert isinstance(nothing, Reject)
    assert (nothing.position, nothing.reason[:14]) == (4, "no environment")
