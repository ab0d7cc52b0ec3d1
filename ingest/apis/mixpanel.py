"""Mixpanel's raw export: `GET /api/2.0/export`, events of a range of days, written as a file per day.

A range costs one request of the 60 an hour that a project has, however long it is; a backfill asks
for weeks at once. The answer may say "terminated early" after a 200: it counts only when its last
line is whole and every day of the range is written from it.
Source: developer.mixpanel.com, "Raw Event Export"; limits as documented in November 2026.
"""

import gzip
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from tempfile import TemporaryFile
from typing import IO, Any, BinaryIO, Literal, cast
from urllib.parse import quote

import msgspec

from ingest.apis import Access, Api, ApiError, Landed, Rate, Window, Windows
from ingest.http import Http
from ingest.privacy import excerpt

_HOSTS = {
    "us": "https://data.mixpanel.com",
    "eu": "https://data-eu.mixpanel.com",
    "in": "https://data-in.mixpanel.com",
}
_BROKEN_OFF = b"terminated early"
_LEVEL = 6
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
    secrets = {"username", "secret"}
    account = msgspec.convert({k: v for k, v in entry.items() if k not in secrets}, _Account)
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
    with ExitStack() as stack:
        with http.get("/api/2.0/export", params=params, wanted=("json", "text/plain")) as answer:
            days = _Days(window, stack)
            for line in _lines(answer.body):
                days.add(line)
        name = f"{quote(account.name, safe='')}.ndjson.gz"
        for day, content in days.finished():
            yield Landed(day, name, content)


def _lines(body: BinaryIO) -> Iterator[bytes]:
    """Whole lines; ApiError if the export does not end in one."""
    while line := body.readline(_LONGEST_LINE):
        if line.rstrip(b' \r\n."').endswith(_BROKEN_OFF):
            raise ApiError(
                "Mixpanel ended the export early; nothing of it was kept, fetch it again"
            )
        if not line.endswith(b"\n"):
            raise ApiError("the export ends inside a line; nothing of it was kept, fetch it again")
        if line.strip():
            yield line


class _Days:
    """Files that are written while the answer is read, one for each day."""

    def __init__(self, window: Window, stack: ExitStack) -> None:
        self._first, self._last = window.first_day, window.last_day
        self._files: dict[date, tuple[IO[bytes], gzip.GzipFile]] = {}
        for number in range((self._last - self._first).days + 1):
            file = stack.enter_context(TemporaryFile())  # noqa: SIM115 - the stack closes it
            # No time and no name in it: the same events give the same bytes.
            packed = gzip.GzipFile("", "wb", _LEVEL, file, mtime=0)
            self._files[self._first + timedelta(days=number)] = (file, packed)
        self._day = self._first

    def add(self, line: bytes) -> None:
        """Write a line to the file of its day; one that cannot be read, for the parser to reject."""
        try:
            event = _DECODER.decode(line)
        except (msgspec.DecodeError, ValueError, RecursionError):
            event = _Event()
        if event.error and event.event is None:
            raise ApiError(f"Mixpanel answered with an error: {excerpt(event.error)}")
        if event.properties and event.properties.time is not None:
            self._day = self._clipped(event.properties.time)
        self._files[self._day][1].write(line)

    def _clipped(self, seconds: float) -> date:
        """The project's day: its clock stands in the time as if it were UTC."""
        try:
            day = datetime.fromtimestamp(seconds, UTC).date()
        except (ValueError, OverflowError, OSError):
            return self._day
        return min(max(day, self._first), self._last)

    def finished(self) -> Iterator[tuple[date, BinaryIO]]:
        for day, (file, packed) in self._files.items():
            packed.close()
            file.seek(0)
            yield day, cast("BinaryIO", file)


# Events of phones come days late.
API = Api(
    "mixpanel",
    "mixpanel",
    "fetch.mixpanel",
    Windows(days_again=4, days_per_call=7, fresh_hours=20, lag_days=1),
    _fetch,
    options=_Account,
    rate=Rate(requests=55, seconds=3600),
)
