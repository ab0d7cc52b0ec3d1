"""Datadog: spans counted by service and resource, answers of `POST /api/v2/spans/analytics/aggregate`.

Written by `ingest.apis.datadog` as JSON lines: `{"day": …, "asked": "services", "answer": …}` first,
what each service had; then `resources` of all services, and of those with more resources than one
answer lists again, each by itself (`service`). Also an answer as it comes, without anything around.
A resource that is a method and a path (`GET /orders/{id}`) is a route; any other keeps its name.
"""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import msgspec

from ingest.privacy import excerpt
from ingest.records import UsageCount
from ingest.source import Context, FormatError, Item, Source, Warn
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

MOST_SERVICES = 1000
"""Groups that are asked for where services are counted."""
WANTED = "answers of Datadog's spans aggregate API"
_SERVICE, _RESOURCE = ("service",), ("resource_name", "@resource_name", "operation_name")
_VERSION = ("version", "@version")


class _Attributes(msgspec.Struct):
    by: dict[str, Any] = {}
    compute: dict[str, Any] = {}
    computes: dict[str, Any] = {}  # as the documentation has it


class _Bucket(msgspec.Struct):
    attributes: _Attributes


class _Warning(msgspec.Struct):
    title: str = ""
    detail: str = ""


class _Meta(msgspec.Struct):
    status: str = ""
    warnings: list[_Warning] | None = None


class _Answer(msgspec.Struct):
    data: list[msgspec.Raw] | None = None
    meta: _Meta | None = None
    errors: list[Any] | None = None


class _Line(msgspec.Struct):
    answer: _Answer | None = None
    day: str | None = None
    asked: str = "resources"
    service: str | None = None
    data: list[msgspec.Raw] | None = None
    meta: _Meta | None = None
    errors: list[Any] | None = None

    def whole(self) -> _Answer:
        return self.answer or _Answer(self.data, self.meta, self.errors)


_LINES = msgspec.json.Decoder(_Line)
_BUCKETS = msgspec.json.Decoder(_Bucket)


def parse(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Counts by service and resource; FormatError for anything that is no whole answer."""
    file = _File(context)
    yield from read_lines(stream, WANTED, file.take)
    yield from file.rest()


class _File:
    """Answers of one file: of a service the last one counts."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._rows = SpanRows("datadog", context)
        self._totals: dict[tuple[str | None, str], int] = {}
        self._buckets: dict[tuple[str | None, str], list[Counted]] = {}

    def take(self, number: int, line: bytes) -> Iterator[Item]:
        """Note what a line says."""
        said: _Line = decoded(_LINES, line, number=number, wanted=WANTED)
        answer = said.whole()
        _refuse_part(answer, number)
        for warning in (answer.meta and answer.meta.warnings) or ():
            yield Warn(reason=f"Datadog warns: {excerpt(f'{warning.title} {warning.detail}')}")
        if said.asked == "services" and len(answer.data or ()) >= MOST_SERVICES:
            yield Warn(reason=f"{len(answer.data or ()):,} services are listed, the API's limit")
        found: dict[str, list[Counted]] = {}
        for raw in answer.data or ():
            try:
                attributes = _BUCKETS.decode(raw).attributes
            except (msgspec.DecodeError, ValueError, RecursionError) as fault:
                yield self._rows.refuse(f"line {number}: no bucket: {excerpt(str(fault))[:200]}")
                continue
            service = first_text(attributes.by, _SERVICE) or said.service or ""
            count = _count(attributes)
            if said.asked == "services":
                self._totals[said.day, service] = whole_or_zero(count)
            else:
                name = first_text(attributes.by, _RESOURCE)
                counted = Counted(Named(service, name), count, first_text(attributes.by, _VERSION))
                found.setdefault(service, []).append(counted)
        for service, buckets in found.items():
            self._rows.superseded(len(self._buckets.get((said.day, service), ())))
            self._buckets[said.day, service] = buckets

    def rest(self) -> Iterator[Item]:
        """All rows and the tally."""
        for (text, _), buckets in self._buckets.items():
            for counted in buckets:
                yield from self._rows.row(day_of(text, self._context), counted)
        for (text, service), total in self._totals.items():
            listed = self._buckets.get((text, service), ())
            missing = total - sum(whole_or_zero(counted.spans) for counted in listed)
            day = day_of(text, self._context)
            yield from self._rows.rest(day, service, missing=missing, total=total)
        yield self._rows.tally()


def _refuse_part(answer: _Answer, number: int) -> None:
    if answer.errors:
        said = excerpt("; ".join(map(str, answer.errors[:3])))
        raise FormatError(f"line {number}: Datadog answered: {said}")
    if answer.data is None:
        raise FormatError(f"JSON without `data`, expected {WANTED} (line {number})")
    status = answer.meta.status if answer.meta else ""
    if status not in ("", "done"):
        raise FormatError(f"line {number}: an answer of status '{excerpt(status)}' is not whole")


def _count(attributes: _Attributes) -> object:
    computed: Mapping[str, Any] = attributes.compute or attributes.computes
    count = next(iter(computed.values()), None)
    return count.get("value") if isinstance(count, dict) else count


SOURCE = Source(
    name="datadog",
    family="usage",
    tables=(UsageCount,),
    glob=("*.json", "*.jsonl"),
    parse=parse,
    options=Options,
    marks=(b'"resource_name"', b'"asked":"services"'),
)
