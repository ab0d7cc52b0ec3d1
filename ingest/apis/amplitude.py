"""Amplitude's export: `GET /api/2/export`, a zip of a day's events, landed as it comes.

A day without events is answered with 404, and one of more than 4 GB with 400.
Source: amplitude.com/docs, "Export API", as documented in November 2026.
"""

import zipfile
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import quote

import msgspec

from ingest.apis import (
    Access,
    Api,
    ApiError,
    Landed,
    NothingThereError,
    Question,
    Window,
    Windows,
    account_of,
)
from ingest.http import Http

_HOSTS = {"us": "https://amplitude.com", "eu": "https://analytics.eu.amplitude.com"}
_NO_EVENTS = b"PK\x05\x06" + bytes(18)
"""A zip without members."""


class _Account(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`[[fetch.amplitude]]`: one project and its pair of keys."""

    name: str
    key_env: str
    secret_env: str
    region: Literal["us", "eu"] = "us"
    base_url: str | None = None


def _fetch(entry: Mapping[str, Any], window: Window, access: Access) -> Iterator[Landed]:
    """Yield the zip of each day of the window; days are Amplitude's, in UTC."""
    account = account_of(entry, _Account)
    http = Http(
        account.base_url or _HOSTS[account.region],
        access,
        auth=(entry["key"], entry["secret"]),
        advice=(
            f"check the keys in {account.key_env} and {account.secret_env},"
            f" and the region '{account.region}'"
        ),
    )
    name = f"{quote(account.name, safe='')}.zip"
    for number in range((window.last_day - window.first_day).days + 1):
        day = window.first_day + timedelta(days=number)
        hours = {"start": f"{day:%Y%m%d}T00", "end": f"{day:%Y%m%d}T23"}
        try:
            with http.get("/api/2/export", params=hours, wanted=("zip", "octet-stream")) as answer:
                if not zipfile.is_zipfile(answer.body):
                    raise ApiError(f"Amplitude's answer for {day} is no whole zip; fetch it again")
                answer.body.seek(0)
                yield Landed(day, name, answer.body)
        except NothingThereError:
            yield Landed(day, name, _NO_EVENTS)


def _probe(entry: Mapping[str, Any]) -> Question:
    """Only whether anybody is there: an export may be of gigabytes."""
    account = account_of(entry, _Account)
    return Question(account.base_url or _HOSTS[account.region])


API = Api(
    "amplitude",
    "amplitude",
    "fetch.amplitude",
    # Events are there two hours later; those of phones come days late.
    Windows(days_again=4, days_per_call=1, fresh_hours=20, lag_days=1),
    _fetch,
    options=_Account,
    probe=_probe,
)
