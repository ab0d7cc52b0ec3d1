"""Datadog: `POST /api/v2/spans/analytics/aggregate`, spans of a day by service and resource.

Two requests for a day: what each service had, and the resources of all of them. Both list only so many
groups, so a service whose resources do not add up to what it had is asked for by itself; what is
missing even then is in the document, and its parser says so. The API has no pages, and counts what
Datadog keeps: spans that a retention filter indexed. HTTP states are not asked for: a count of a day
has no place for them, and each would take groups from the resources.
Source: docs.datadoghq.com/api/latest/spans ("Aggregate spans": 300 requests an hour, permission
apm_read) and /rate-limits, as documented in November 2026. Group limits are not documented for spans;
those of logs are kept to (10,000 groups, product of all limits). `sort` is left out: some accounts
have it refused, and the biggest groups come first anyway.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec

from ingest.apis import Access, Api, ApiError, Landed, Question, Rate, Window, Windows, account_of
from ingest.apis.answers import decoded, line
from ingest.apis.day_files import DayFiles
from ingest.http import Http
from ingest.privacy import excerpt

_PATH = "api/v2/spans/analytics/aggregate"
_MOST_SERVICES = 1000
_MOST_GROUPS = 10_000
_MOST_AGAIN = 50
"""Services of a day that are asked for by themselves: 300 requests an hour are few."""


class _Account(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`[[fetch.datadog]]`: an organisation, and which of its spans."""

    name: str
    api_key_env: str
    application_key_env: str
    site: str = "datadoghq.com"
    """datadoghq.com, datadoghq.eu, us3.datadoghq.com, us5.datadoghq.com, ap1.datadoghq.com, …"""
    base_url: str | None = None
    query: str = "@span.kind:(server OR consumer)"
    """Which spans are uses; add `env:production` where several environments report."""


class _Attributes(msgspec.Struct):
    by: dict[str, Any] = {}
    compute: dict[str, Any] = {}
    computes: dict[str, Any] = {}


class _Bucket(msgspec.Struct):
    attributes: _Attributes = msgspec.field(default_factory=_Attributes)

    def service(self) -> str:
        return str(self.attributes.by.get("service") or "")

    def count(self) -> float:
        computed = self.attributes.compute or self.attributes.computes
        value = next(iter(computed.values()), 0)
        return value if isinstance(value, int | float) else 0


class _Meta(msgspec.Struct):
    status: str = ""


class _Answer(msgspec.Struct):
    data: list[_Bucket] | None = None
    meta: _Meta | None = None
    errors: list[Any] | None = None


def _fetch(entry: Mapping[str, Any], window: Window, access: Access) -> Iterator[Landed]:
    """Yield a document of JSON lines for each day of the window."""
    account = account_of(entry, _Account)
    access_by = _probe(entry)
    http = Http(_host(account), access, headers=access_by.headers, advice=access_by.advice)
    with DayFiles(window) as days:
        for number in range((window.last_day - window.first_day).days + 1):
            day = window.first_day + timedelta(days=number)
            for line in _Day(http, account.query, day, zone=window.reporting_zone).lines():
                days.add(day, line + b"\n")
        yield from days.landed(f"{quote(account.name, safe='')}.jsonl.gz")


def _probe(entry: Mapping[str, Any]) -> Question:
    """Whether the API key is valid; of the application key only fetching tells."""
    account = account_of(entry, _Account)
    return Question(
        f"{_host(account)}/api/v1/validate",
        headers={"DD-API-KEY": entry["api_key"], "DD-APPLICATION-KEY": entry["application_key"]},
        advice=(
            f"check the keys in {account.api_key_env} and {account.application_key_env} (the second"
            f" needs apm_read), and the site '{account.site}'"
        ),
    )


def _host(account: _Account) -> str:
    return (account.base_url or f"https://api.{account.site}").rstrip("/")


class _Day:
    """What is asked for one day."""

    def __init__(self, http: Http, query: str, day: date, *, zone: str) -> None:
        self._http, self._query, self._day = http, query, day
        begin = datetime.combine(day, time(), ZoneInfo(zone))
        end = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
        # Milliseconds; `to` is included.
        self._span = {
            "from": str(int(begin.timestamp() * 1000)),
            "to": str(int(end.timestamp() * 1000) - 1),
        }

    def lines(self) -> Iterator[bytes]:
        """Answers as they came, each led by what it answers."""
        text, answer = self._ask(self._query, {"service": _MOST_SERVICES})
        yield self._line(text, asked="services")
        totals = {bucket.service(): bucket.count() for bucket in answer.data or ()}
        if not totals:
            return
        services = min(len(totals), _MOST_SERVICES)
        limits = {"service": services, "resource_name": max(1, _MOST_GROUPS // services)}
        text, answer = self._ask(self._query, limits)
        yield self._line(text, asked="resources")
        listed: dict[str, float] = {}
        for bucket in answer.data or ():
            listed[bucket.service()] = listed.get(bucket.service(), 0) + bucket.count()
        cut = [name for name, total in totals.items() if listed.get(name, 0) < total]
        if services == 1:  # it had all groups that there are for itself
            return
        for service in [name for name in cut if '"' not in name and "\\" not in name][:_MOST_AGAIN]:
            query = f'({self._query}) service:"{service}"'
            text, _ = self._ask(query, {"resource_name": _MOST_GROUPS})
            yield self._line(text, asked="resources", service=service)

    def _ask(self, query: str, limits: Mapping[str, int]) -> tuple[bytes, _Answer]:
        attributes = {
            "filter": {"query": query, **self._span},
            "compute": [{"aggregation": "count", "type": "total"}],
            "group_by": [{"facet": facet, "limit": limit} for facet, limit in limits.items()],
        }
        asked = {"data": {"type": "aggregate_request", "attributes": attributes}}
        with self._http.post(_PATH, json=asked) as answer:
            text = answer.read()
            found = decoded(text, _Answer, vendor="Datadog")
        status = found.meta.status if found.meta else ""
        if found.errors or found.data is None or status not in ("", "done"):
            said = "; ".join(map(str, (found.errors or ())[:3])) or f"status '{status}', no data"
            raise ApiError(f"Datadog answered: {excerpt(said)}")
        return line(text).strip(), found

    def _line(self, text: bytes, **asked: str) -> bytes:
        return msgspec.json.encode({"day": f"{self._day}", **asked, "answer": msgspec.Raw(text)})


API = Api(
    "datadog",
    "datadog",
    "fetch.datadog",
    # Spans come minutes late, and days are whole from the next one on.
    Windows(days_again=1, days_per_call=1, fresh_hours=20, lag_days=1),
    _fetch,
    options=_Account,
    probe=_probe,
    # Of the 300 some are left to people.
    rate=Rate(requests=270, seconds=3600),
)
