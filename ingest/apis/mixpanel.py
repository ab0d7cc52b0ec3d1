"""Mixpanel's raw export: `GET /api/2.0/export`, events of a range of days, written as a file per day.

A range costs one request of the 60 an hour that a project has, however long it is; a backfill asks
for weeks at once. The answer may say "terminated early" after a 200: it counts only when its last
line is whole and every day of the range is written from it.
Source: developer.mixpanel.com, "Raw Event Export"; limits as documented in November 2026.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any, BinaryIO, Literal
from urllib.parse import quote

import msgspec

from ingest.apis import Access, Api, ApiError, Landed, Question, Rate, Window, Windows, account_of
from ingest.apis.day_files import DayFiles
from ingest.http import Http
from ingest.privacy import excerpt

_HOSTS = {
    "us": "https://data.mixpanel.com",
    "eu": "https://data-eu.mixpanel.com",
    "in": "https://data-in.mixpanel.com",
}
_BROKEN_OFF = b"terminated early"
_LONGEST_LINE = 64 << 20


class _Account(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`[[fetch.mixpanel]]`: one project and the service account that may read it."""

    name: str
    project_id: int
    username_env: str
    secret_env: str
    region: Literal["us", "eu", "in"] = "us"
    base_url: str | None = None
    events: tuple[str, ...] = ()
    """Only these events; all of them if none is named."""


class _Properties(msgspec.Struct):
    time: float | None = None


class _Event(msgspec.Struct):
    event: str | None = None
    properties: _Properties | None = None
    error: str | None = None


_DECODER = msgspec.json.Decoder(_Event)


def _fetch(entry: Mapping[str, Any], window: Window, access: Access) -> Iterator[Landed]:
    """Yield a gzip file of event lines for each day of the window, those without events too."""
    account = account_of(entry, _Account)
    http = Http(
        account.base_url or _HOSTS[account.region],
        access,
        auth=(entry["username"], entry["secret"]),
        advice=(
            f"check the service account in {account.username_env} and {account.secret_env},"
            f" its access to project {account.project_id}, and the region '{account.region}'"
        ),
    )
    params = {
        "from_date": window.first_day.isoformat(),
        "to_date": window.last_day.isoformat(),
        "project_id": str(account.project_id),
    }
    if account.events:
        params["event"] = msgspec.json.encode(account.events).decode()
    with DayFiles(window) as days:
        with http.get("/api/2.0/export", params=params, wanted=("json", "text/plain")) as answer:
            _sort(answer.body, days, window.first_day)
        yield from days.landed(f"{quote(account.name, safe='')}.ndjson.gz")


def _probe(entry: Mapping[str, Any]) -> Question:
    """Only whether anybody is there: every export costs one of the project's requests."""
    account = account_of(entry, _Account)
    return Question(account.base_url or _HOSTS[account.region])


def _sort(body: BinaryIO, days: DayFiles, day: date) -> None:
    """Write each line to the file of its day; one that cannot be read, for the parser to reject."""
    for line in _lines(body):
        try:
            event = _DECODER.decode(line)
        except (msgspec.DecodeError, ValueError, RecursionError):
            event = _Event()
        if event.error and event.event is None:
            raise ApiError(f"Mixpanel answered with an error: {excerpt(event.error)}")
        if event.properties and event.properties.time is not None:
            # The project's day: its clock stands in the time as if it were UTC.
            with suppress(ValueError, OverflowError, OSError):
                day = days.clipped(datetime.fromtimestamp(event.properties.time, UTC).date())
        days.add(day, line)


def _lines(body: BinaryIO) -> Iterator[bytes]:
    """Whole lines; ApiError if the export does not end in one, or is none."""
    is_first = True
    while line := body.readline(_LONGEST_LINE):
        if line.rstrip(b' \r\n."').endswith(_BROKEN_OFF):
            raise ApiError(
                "Mixpanel ended the export early; nothing of it was kept, fetch it again"
            )
        if not line.endswith(b"\n"):
            raise ApiError(
                "the export ends inside a line; nothing of it was kept, fetch it again, and check"
                " base_url if it stays so"
            )
        if is_first and not line.lstrip().startswith(b"{"):
            said = excerpt(line.decode("utf-8", "replace"))[:200]
            raise ApiError(f"that is no export of Mixpanel: {said}; check base_url")
        if line.strip():
            is_first = False
            yield line


# Events of phones come days late.
API = Api(
    "mixpanel",
    "mixpanel",
    "fetch.mixpanel",
    Windows(days_again=4, days_per_call=7, fresh_hours=20, lag_days=1),
    _fetch,
    options=_Account,
    rate=Rate(requests=55, seconds=3600),
    probe=_probe,
)
