"""New Relic: spans counted by the facets of an NRQL query, answers of NerdGraph.

Written by `ingest.apis.newrelic` as JSON lines: `{"day": …, "answer": …}`, the answer holding the
groups (`rows`) and how many spans there were in all (`total`). Also the plain answer to a query that
names its result `nrql`. What a facet says is known by the attribute's name: service.name, entity.name
or appName; http.route; http.request.method; name; service.version.
"""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import msgspec

from ingest.privacy import excerpt
from ingest.records import UsageCount
from ingest.source import Context, FormatError, Item, Source
from ingest.usage.span_answers import (
    Counted,
    Options,
    SpanRows,
    day_of,
    decoded,
    first_text,
    read_lines,
    whole_or_zero,
)
from ingest.usage.span_routes import Named

WANTED = "answers of New Relic's NerdGraph to an NRQL query"
SERVICE = ("service.name", "entity.name", "appName", "service")
_METHOD = ("http.request.method", "http.method", "request.method", "httpMethod")
_ROUTE = ("http.route", "route")
_PATH = ("url.path", "http.target", "request.uri", "http.url")
_NAME = ("name", "span.name", "transaction.name", "transactionName", "rpc.method")
_VERSION = ("service.version", "tags.service.version", "appVersion")


class _Result(msgspec.Struct):
    results: list[msgspec.Raw] | None = None


class _Nrql(msgspec.Struct):
    rows: _Result | None = None
    total: _Result | None = None
    nrql: _Result | None = None


class _Actor(msgspec.Struct):
    account: _Nrql | None = None


class _Data(msgspec.Struct):
    actor: _Actor | None = None


class Answer(msgspec.Struct):
    """What NerdGraph answers."""

    data: _Data | None = None
    errors: list[Any] | None = None


class _Line(msgspec.Struct):
    day: str | None = None
    answer: Answer | None = None
    data: _Data | None = None
    errors: list[Any] | None = None

    def whole(self) -> Answer:
        return self.answer or Answer(self.data, self.errors)


_LINES = msgspec.json.Decoder(_Line)
_ROWS = msgspec.json.Decoder(dict[str, Any])


def parse(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Counts by facet; FormatError for anything that is no whole answer."""
    rows = SpanRows("newrelic", context)

    def take(number: int, line: bytes) -> Iterator[Item]:
        said: _Line = decoded(_LINES, line, number=number, wanted=WANTED)
        yield from _answer(said, number, rows=rows, context=context)

    yield from read_lines(stream, WANTED, take)
    yield rows.tally()


def _answer(said: _Line, number: int, *, rows: SpanRows, context: Context) -> Iterator[Item]:
    found, total = _results(said.whole(), number)
    day = day_of(said.day, context)
    listed = 0
    for raw in found:
        try:
            row = _ROWS.decode(raw)
        except (msgspec.DecodeError, ValueError, RecursionError) as fault:
            yield rows.refuse(f"line {number}: no result: {excerpt(str(fault))[:200]}")
            continue
        listed += whole_or_zero(row.get("count"))
        yield from rows.row(day, _counted(row))
    if total is not None:
        yield from rows.rest(day, None, missing=total - listed, total=total)


def _results(answer: Answer, number: int) -> tuple[list[msgspec.Raw], int | None]:
    """The groups, and how many spans there were in all, if that was asked."""
    if answer.errors:
        said = "; ".join(_message(error) for error in answer.errors[:3])
        raise FormatError(f"line {number}: New Relic answered: {excerpt(said)}")
    actor = answer.data.actor if answer.data else None
    nrql = actor.account if actor else None
    groups = nrql and (nrql.rows or nrql.nrql)
    if not nrql or not groups or groups.results is None:
        raise FormatError(f"JSON without results, expected {WANTED} (line {number})")
    totals = nrql.total.results if nrql.total else None
    if not totals:
        return groups.results, None
    total = decoded(_ROWS, bytes(totals[0]), number=number, wanted=WANTED).get("count")
    return groups.results, whole_or_zero(total)


def _counted(row: Mapping[str, Any]) -> Counted:
    span = Named(
        first_text(row, SERVICE),
        first_text(row, _NAME),
        first_text(row, _METHOD),
        first_text(row, _ROUTE),
        first_text(row, _PATH),
    )
    return Counted(span, row.get("count"), first_text(row, _VERSION))


def _message(error: object) -> str:
    return str(error.get("message", error)) if isinstance(error, dict) else str(error)


SOURCE = Source(
    name="newrelic",
    family="usage",
    tables=(UsageCount,),
    glob=("*.json", "*.jsonl"),
    parse=parse,
    options=Options,
    marks=(b'"actor":{"account"',),
)
