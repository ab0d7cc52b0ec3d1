"""Prometheus: `GET /api/v1/query_range`, a day per request, for each metric the settings name.

Also Thanos, Mimir and VictoriaMetrics, which answer the same. The answers stand in the day's
document as they came, led by the metric's name.
Source: prometheus.io/docs, "HTTP API", version 3.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec

from ingest.apis import Access, Api, ApiError, Landed, Question, Window, Windows, account_of
from ingest.apis.answers import decoded, line
from ingest.apis.day_files import DayFiles
from ingest.http import Http
from ingest.privacy import excerpt

_ABOUT_QUERY = ("PromQL warning:", "PromQL info:")


class _Account(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`[[fetch.prometheus]]`: a server, and what to ask it for."""

    name: str
    base_url: str
    queries: Annotated[dict[str, str], msgspec.Meta(min_length=1)]
    """Metric -> PromQL that adds up by the label of the service."""
    service_label: str = "service"
    # A day of points must stay below the 11,000 that Prometheus gives for a series.
    step_seconds: Annotated[int, msgspec.Meta(ge=60, le=3600)] = 60
    token_env: str | None = None
    username_env: str | None = None
    password_env: str | None = None
    accept_partial: bool = False
    """Keep a day although a store did not answer: else a day comes whole or not at all."""


class _Answer(msgspec.Struct):
    status: str = ""
    error: str = ""
    warnings: tuple[str, ...] = ()
    infos: tuple[str, ...] = ()
    is_partial: bool = msgspec.field(default=False, name="isPartial")
    """VictoriaMetrics says so where a storage node was silent."""


def _fetch(entry: Mapping[str, Any], window: Window, access: Access) -> Iterator[Landed]:
    """Yield a document of JSON lines for each day of the window."""
    account = account_of(entry, _Account)
    access_by = _probe(entry)
    http = Http(
        account.base_url,
        access,
        auth=access_by.auth,
        headers=access_by.headers,
        advice=access_by.advice,
    )
    zone = ZoneInfo(window.reporting_zone)
    with DayFiles(window) as days:
        for number in range((window.last_day - window.first_day).days + 1):
            day = window.first_day + timedelta(days=number)
            begin = datetime.combine(day, time(), zone).timestamp()
            end = datetime.combine(day + timedelta(days=1), time(), zone).timestamp()
            span = {
                "start": f"{begin:.0f}",
                "end": f"{end - account.step_seconds:.0f}",
                "step": str(account.step_seconds),
            }
            for metric, query in account.queries.items():
                answer, remarks = _answer(http, {"query": query, **span})
                for remark in remarks:
                    _heed(remark, account, metric, day=day, access=access)
                answers = {
                    "metric": metric,
                    "service_label": account.service_label,
                    "answer": msgspec.Raw(answer),
                }
                days.add(day, msgspec.json.encode(answers) + b"\n")
        yield from days.landed(f"{quote(account.name, safe='')}.jsonl.gz")


def _probe(entry: Mapping[str, Any]) -> Question:
    """The number 1, which every server that speaks PromQL knows."""
    account = account_of(entry, _Account)
    is_basic = account.username_env is not None
    return Question(
        f"{account.base_url.rstrip('/')}/api/v1/query",
        auth=(entry["username"], entry.get("password", "")) if is_basic else None,
        headers={"Authorization": f"Bearer {entry['token']}"} if account.token_env else None,
        params={"query": "1"},
        advice="check token_env, or username_env and password_env, of [[fetch.prometheus]]",
    )


def _answer(http: Http, params: dict[str, str]) -> tuple[bytes, tuple[str, ...]]:
    """The answer as one line, and what the server remarks about it."""
    with http.get("api/v1/query_range", params=params) as answer:
        text = answer.read().strip()
        found = decoded(text, _Answer, vendor="Prometheus")
        if found.status != "success":
            raise ApiError(f"Prometheus answered: {excerpt(found.error) or excerpt(found.status)}")
    silent = ("isPartial: a storage node did not answer",) if found.is_partial else ()
    return line(text).strip(), (*silent, *found.warnings, *found.infos)


def _heed(remark: str, account: _Account, metric: str, *, day: date, access: Access) -> None:
    """Note a remark about the query; ApiError for any other: where a store was silent, points are missing."""
    said = excerpt(remark)
    if remark.startswith(_ABOUT_QUERY):
        access.note(f"{metric}: {said}")
    elif account.accept_partial:
        access.note(f"{metric} of {day} may be a part only: {said}")
    else:
        raise ApiError(
            f"{metric} of {day} may be a part only, Prometheus warns: {said}; nothing of that day was"
            f" kept: fetch it again, or set accept_partial = true in [[fetch.prometheus]] '{account.name}'"
        )


API = Api(
    "prometheus",
    "prometheus",
    "fetch.prometheus",
    Windows(days_again=0, days_per_call=1),
    _fetch,
    options=_Account,
    probe=_probe,
)
