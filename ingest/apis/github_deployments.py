"""GitHub deployments: `GET /repos/{owner}/{repo}/deployments` with the statuses of each.

The list has no filter by time: it is read from the newest on until a page is older than the window.
A day's document holds the deployments that were created on it, one a line, in the form that
`ingest.sources.github_deployments` says.
Source: docs.github.com, REST API 2022-11-28, "Deployments" and "Deployment statuses".
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, time
from typing import Annotated, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec

from ingest.apis import (
    Access,
    Api,
    Landed,
    NothingThereError,
    Question,
    Window,
    Windows,
    account_of,
)
from ingest.apis.answers import decoded
from ingest.apis.day_files import DayFiles
from ingest.apis.github_rest import RATE, Account, GitHub, question


class _Deployment(msgspec.Struct):
    id: int
    created_at: Annotated[datetime, msgspec.Meta(tz=True)]


_RIGHT = "the repository permission Deployments: read (a classic token: repo_deployment)"
_List = list[msgspec.Raw]
_PERSONS = ("creator",)
"""Members that say who it was: they stay with GitHub."""


def _fetch(entry: Mapping[str, Any], window: Window, access: Access) -> Iterator[Landed]:
    """Yield a document of JSON lines for each day of the window."""
    account = account_of(entry, Account)
    github = GitHub(entry, access, right=_RIGHT)
    zone = ZoneInfo(window.reporting_zone)
    begin = datetime.combine(window.first_day, time(), zone)
    with DayFiles(window) as days:
        for raw, found in _since(github, begin):
            day = found.created_at.astimezone(zone).date()
            if window.first_day <= day <= window.last_day:
                statuses = {str(found.id): _statuses(github, found.id, access)}
                line = {"repo": account.name, "deployments": [_fields(raw)], "statuses": statuses}
                days.add(day, msgspec.json.encode(line) + b"\n")
        nothing = msgspec.json.encode({"repo": account.name, "deployments": []}) + b"\n"
        yield from days.landed(f"{quote(account.name, safe='')}.jsonl.gz", empty=nothing)


def _probe(entry: Mapping[str, Any]) -> Question:
    return question(entry, right=_RIGHT)


def _since(github: GitHub, begin: datetime) -> Iterator[tuple[msgspec.Raw, _Deployment]]:
    """Each deployment since then once, newest first; new ones push others to the next page."""
    seen: set[int] = set()
    for page in github.search("deployments", _List):
        found = [decoded(raw, _Deployment, vendor="GitHub") for raw in page]
        for raw, one in zip(page, found, strict=True):
            if one.id not in seen:
                seen.add(one.id)
                yield raw, one
        if found and all(one.created_at < begin for one in found):
            return


def _statuses(github: GitHub, number: int, access: Access) -> list[dict[str, Any]]:
    try:
        path = f"deployments/{number}/statuses"
        return [_fields(raw) for page in github.pages(path, _List) for raw in page]
    except NothingThereError:
        access.note("deployments were deleted while they were read: their status is not known")
        return []


def _fields(raw: msgspec.Raw) -> dict[str, Any]:
    found = decoded(raw, dict[str, Any], vendor="GitHub")
    return {name: value for name, value in found.items() if name not in _PERSONS}


API = Api(
    "github_deployments",
    "github_deployments",
    "fetch.github_deployments",
    # A deployment may wait for somebody's approval, and end days after it was asked for.
    Windows(days_again=7, days_per_call=31),
    _fetch,
    options=Account,
    rate=RATE,
    probe=_probe,
)
