"""New Relic: NerdGraph, `POST /graphql`, an NRQL query for each day of the window.

Each request asks for two things at once, so that they agree: the groups, and how many spans there were
in all. LIMIT MAX is 5,000 groups, and spans that lack an attribute of FACET are in none: what the
groups do not hold is in the document, and its parser says so. Errors come with state 200.
Source: docs.newrelic.com, "NerdGraph tutorial: Query your data using NRQL", "NRQL reference" (LIMIT,
FACET) and "Rate limits with NRQL" (3,000 queries a minute), as documented in November 2026.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec

from ingest.apis import Access, Api, ApiError, Landed, Question, Window, Windows, account_of
from ingest.apis.answers import decoded, line
from ingest.apis.day_files import DayFiles
from ingest.http import Http
from ingest.privacy import excerpt
from ingest.sources.newrelic import Answer

_HOSTS = {"us": "https://api.newrelic.com", "eu": "https://api.eu.newrelic.com"}
# New Relic's own time limit is 5 s; ours for a silent answer is 60.
_GRAPHQL = (
    "query ($account: Int!, $rows: Nrql!, $total: Nrql!) { actor { account(id: $account) {"
    " rows: nrql(query: $rows, timeout: 55) { results }"
    " total: nrql(query: $total, timeout: 55) { results } } } }"
)
_OURS = re.compile(r"\b(SINCE|UNTIL|LIMIT|TIMESERIES|COMPARE\s+WITH)\b", re.IGNORECASE)
_FACET = re.compile(r"\bFACET\b", re.IGNORECASE)


class _Account(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`[[fetch.newrelic]]`: an account, and which of its spans."""

    name: str
    account_id: Annotated[int, msgspec.Meta(gt=0)]
    api_key_env: str
    """A user key (NRAK-…)."""
    region: Literal["us", "eu"] = "us"
    base_url: str | None = None
    query: str = (
        "SELECT count(*) FROM Span WHERE span.kind IN ('server', 'consumer')"
        " FACET service.name, name"
    )
    """NRQL that counts by FACET, without times and limit: those are added."""


def _fetch(entry: Mapping[str, Any], window: Window, access: Access) -> Iterator[Landed]:
    """Yield a document of JSON lines for each day of the window."""
    account = account_of(entry, _Account)
    if (found := _OURS.search(account.query)) or not _FACET.search(account.query):
        what = f"names {found[1].upper()}, which is added to it" if found else "has no FACET"
        raise ApiError(f"query of [[fetch.newrelic]] {what}")
    http = Http(
        _host(account),
        access,
        headers={"API-Key": entry["api_key"]},
        advice=f"check the user key in {account.api_key_env}, and the region '{account.region}'",
    )
    zone = ZoneInfo(window.reporting_zone)
    with DayFiles(window) as days:
        for number in range((window.last_day - window.first_day).days + 1):
            day = window.first_day + timedelta(days=number)
            begin, end = (
                int(datetime.combine(at, time(), zone).timestamp() * 1000)
                for at in (day, day + timedelta(days=1))
            )
            answer = _ask(http, account, f"SINCE {begin} UNTIL {end}")
            line = {"day": f"{day}", "answer": msgspec.Raw(answer)}
            days.add(day, msgspec.json.encode(line) + b"\n")
        yield from days.landed(f"{quote(account.name, safe='')}.jsonl.gz")


def _probe(entry: Mapping[str, Any]) -> Question:
    """Only whether anybody is there: NerdGraph takes nothing but POST."""
    return Question(_host(account_of(entry, _Account)))


def _host(account: _Account) -> str:
    return account.base_url or _HOSTS[account.region]


def _ask(http: Http, account: _Account, span: str) -> bytes:
    total = _FACET.split(account.query, maxsplit=1)[0].strip()
    variables = {
        "account": account.account_id,
        "rows": f"{account.query} {span} LIMIT MAX",
        "total": f"{total} {span}",
    }
    with http.post("graphql", json={"query": _GRAPHQL, "variables": variables}) as answer:
        text = answer.read()
        found = decoded(text, Answer, vendor="New Relic")
    if found.errors:
        said = "; ".join(
            str(error.get("message", error)) if isinstance(error, dict) else str(error)
            for error in found.errors[:3]
        )
        raise ApiError(f"New Relic answered: {excerpt(said)}")
    actor = found.data.actor if found.data else None
    nrql = actor.account if actor else None
    results = [one.results for one in (nrql.rows, nrql.total) if one] if nrql else []
    if len(results) < 2 or None in results:
        raise ApiError(
            f"New Relic answered without results: has the key access to {account.account_id}?"
        )
    return line(text).strip()


API = Api(
    "newrelic",
    "newrelic",
    "fetch.newrelic",
    # Spans come minutes late, and days are whole from the next one on.
    Windows(days_again=1, days_per_call=1, fresh_hours=20, lag_days=1),
    _fetch,
    options=_Account,
    probe=_probe,
)
