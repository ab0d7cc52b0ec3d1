"""Trackers on loopback that hold records and answer as the vendors do: filtered, and in pages."""

import gzip
import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote

import pytest

from ingest import apis, sources
from ingest.apis import Access, ApiError, Window
from ingest.source import Context
from tests.unit.vendor_server import Asked, Reply, Vendor, reply

WINDOW = Window(date(2026, 6, 1), date(2026, 6, 3), "Europe/Berlin")
SECRET = "s3cret-t0ken"
Answer = Callable[[Asked], Reply]
Record = dict[str, Any]


@dataclass
class Tracker:
    """An interface, its account, and a server that holds its records."""

    name: str
    account: dict[str, Any]
    records: list[Record] = field(default_factory=list)
    page: int = 2
    """Records of one page, however many are asked for."""

    def __call__(self, asked: Asked) -> Reply:
        return globals()[f"_{self.name}"](self, asked)


def tracker(name: str, *records: Record) -> Tracker:
    """A tracker of that name with an account of its own."""
    more = {"statuspage": {"page_id": "p1"}, "sentry": {"organization": "shop"}}
    account = {"name": "shop/eu", "token_env": "TRACKER_TOKEN", **more.get(name, {})}
    return Tracker(name, account, list(records))


ALL = ("linear", "pagerduty", "statuspage", "opsgenie", "sentry")


@contextmanager
def landing(
    tracker: Tracker, answer: Answer | None = None, window: Window = WINDOW
) -> Iterator[tuple[Iterator[apis.Landed], Vendor]]:
    with Vendor(answer or tracker) as vendor:
        entry = {**tracker.account, "base_url": vendor.url}
        if "token_env" in entry:
            entry["token"] = SECRET
        yield apis.get(tracker.name).fetch(entry, window, Access(sleep=lambda _: None)), vendor


def fetched(
    tracker: Tracker, answer: Answer | None = None, window: Window = WINDOW
) -> tuple[dict[str, list[Any]], list[Asked]]:
    """The lines of each day's document, by month and day, and what was asked."""
    with landing(tracker, answer, window) as (coming, vendor):
        found = {}
        for one in coming:
            assert one.name == f"{quote('shop/eu', safe='')}.jsonl.gz"
            lines = gzip.decompress(one.content.read()).splitlines()
            found[f"{one.day:%m-%d}"] = [json.loads(line) for line in lines]
        return found, vendor.asked


def refused(tracker: Tracker, answer: Answer, window: Window = WINDOW) -> str:
    """What was said of it; nothing was landed, and no secret told."""
    files: list[apis.Landed] = []
    with landing(tracker, answer, window) as (coming, _), pytest.raises(ApiError) as error:
        files.extend(coming)
    assert not files
    assert SECRET not in str(error.value)
    return str(error.value)


def parsed(name: str, document: list[Any], day: date = WINDOW.first_day) -> list[Any]:
    """What the source makes of a day's lines."""
    text = "".join(json.dumps(line) + "\n" for line in document).encode()
    source = sources.get(name)
    return list(source.parse(io.BytesIO(text), Context(folder_day=day)))


def at(day: int, hour: int = 12) -> str:
    """A stamp of June 2026; a day after the 30th is one of the months after."""
    month, day = (6, day) if day <= 30 else (7, day - 30)
    return datetime(2026, month, day, hour, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def record(name: str, number: int, created: int, ended: int | None = None) -> Record:
    """An incident or issue that began and perhaps ended on days of June."""
    last = at(ended or created)
    return {
        "linear": {
            "id": f"id-{number}",
            "identifier": f"SHOP-{number}",
            "title": "Cart total is wrong",
            "createdAt": at(created),
            "updatedAt": last,
            "completedAt": last if ended else None,
            "state": {"name": "Done", "type": "completed" if ended else "started"},
            "team": {"key": "SHOP", "name": "Shop"},
            "history": {"nodes": [], "pageInfo": {"hasNextPage": False}},
        },
        "pagerduty": {
            "id": f"P{number}",
            "incident_number": number,
            "title": "Checkout is down",
            "created_at": at(created),
            "status": "resolved" if ended else "triggered",
            "last_status_change_at": last,
            "urgency": "high",
            "service": {"id": "S1", "summary": "Shop API"},
        },
        "statuspage": {
            "id": f"s{number}",
            "name": "Checkout is slow",
            "status": "resolved" if ended else "investigating",
            "impact": "major",
            "created_at": at(created),
            "started_at": at(created),
            "updated_at": last,
            "resolved_at": last if ended else None,
            "shortlink": "https://stspg.io/x",
        },
        "opsgenie": {
            "id": f"o{number}",
            "message": "Checkout down",
            "status": "resolved" if ended else "open",
            "priority": "P2",
            "createdAt": at(created),
            "updatedAt": last,
            "impactStartDate": at(created),
            **({"impactEndDate": last} if ended else {}),
        },
        "sentry": {
            "id": str(number),
            "title": "TypeError: total is undefined",
            "type": "error",
            "project": {"id": "2", "slug": "shop-web"},
            "count": "3",
            "firstSeen": at(created),
            "lastSeen": last,
        },
    }[name]


def _linear(tracker: Tracker, asked: Asked) -> Reply:
    variables = asked.json["variables"]
    since, before, *_ = variables["filter"]["and"]
    either = since.get("or", [since])
    chosen = [
        one
        for one in tracker.records
        if _utc(one["updatedAt"]) < _utc(before["updatedAt"]["lt"])
        and (
            _utc(one["updatedAt"]) >= _utc(either[0]["updatedAt"]["gte"])
            or (len(either) > 1 and one["state"]["type"] not in either[1]["state"]["type"]["nin"])
        )
    ]
    start = int(variables["after"] or 0)
    end = start + tracker.page
    info = {"hasNextPage": end < len(chosen), "endCursor": str(end)}
    return reply({"data": {"issues": {"nodes": chosen[start:end], "pageInfo": info}}})


def _pagerduty(tracker: Tracker, asked: Asked) -> Reply:
    what, query = asked.path.strip("/"), asked.query
    if what.startswith("incidents/"):
        found = [one for one in tracker.records if one["id"] == what.partition("/")[2]]
        return reply({"incident": found[0]}) if found else reply({}, "404 Not Found")
    if what == "log_entries":
        chosen = [
            {"id": f"L{number}", "created_at": stamp, "incident": {"id": one["id"]}}
            for number, one in enumerate(tracker.records)
            for stamp in sorted({one["created_at"], one["last_status_change_at"]})
        ]
    else:
        chosen = tracker.records
    if query.get("date_range") == "all":
        chosen = [one for one in chosen if one["status"] != "resolved"]
    else:
        since, until = _utc(query["since"]), _utc(query["until"])
        chosen = [one for one in chosen if since <= _utc(one["created_at"]) < until]
    start = int(query["offset"])
    page = chosen[start : start + int(query["limit"])]
    return reply({what: page, "more": start + len(page) < len(chosen)})


def _statuspage(tracker: Tracker, asked: Asked) -> Reply:
    if asked.path == "/api/v2/incidents.json":
        return reply({"page": {"id": "p1"}, "incidents": tracker.records})
    assert asked.path == "/v1/pages/p1/incidents"
    start = (int(asked.query["page"]) - 1) * tracker.page
    return reply(tracker.records[start : start + tracker.page])


def _opsgenie(tracker: Tracker, asked: Asked) -> Reply:
    query = asked.query["query"]
    first = re.search(r"createdAt >= (-?\d+)", query)
    before = re.search(r"createdAt < (\d+)", query)
    assert before
    chosen = [
        one
        for one in tracker.records
        if _utc(one["createdAt"]).timestamp() * 1000 < int(before[1])
        and (first is None or _utc(one["createdAt"]).timestamp() * 1000 >= int(first[1]))
        and ("status: open" not in query or one["status"] == "open")
    ]
    start = int(asked.query["offset"])
    page = chosen[start : start + tracker.page]
    more = start + len(page) < len(chosen)
    paging = {"first": "x", **({"next": "https://api.opsgenie.com/v1/incidents"} if more else {})}
    return reply({"data": page, "paging": paging, "took": 0.1})


def _sentry(tracker: Tracker, asked: Asked) -> Reply:
    begin, end = (_utc(asked.query[name] + "Z") for name in ("start", "end"))
    chosen = []
    for one in tracker.records:
        hours = [pair for pair in one.get("hours", []) if begin <= _utc(pair[0]) <= end]
        if hours:
            series = [[int(_utc(stamp).timestamp()), count] for stamp, count in hours]
            shown = {name: value for name, value in one.items() if name != "hours"}
            chosen.append({**shown, "stats": {"auto": series}})
    start = int(asked.query.get("cursor", "0:0:0").split(":")[1])
    end_of = start + tracker.page
    more = "true" if end_of < len(chosen) else "false"
    link = (
        f'<https://sentry.io/x?cursor=0:0:1>; rel="previous"; results="false"; cursor="0:0:1", '
        f'<https://sentry.io/x?cursor=0:{end_of}:0>; rel="next"; results="{more}"; '
        f'cursor="0:{end_of}:0"'
    )
    return reply(chosen[start:end_of], Link=link)


def _utc(stamp: str) -> datetime:
    found = datetime.fromisoformat(stamp)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
