"""Prometheus: answers of `/api/v1/query_range`, a line of JSON for each metric that was asked for.

Written by `ingest.apis.prometheus`: `{"metric": …, "service_label": …, "answer": …}`, the answer as
it came. A value that is no number (0 of 0 requests) is no row: unknown, not 0.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from math import isfinite
from typing import BinaryIO

import msgspec

from ingest.files.sniff import looks_like
from ingest.privacy import excerpt
from ingest.records import ServiceMetric
from ingest.source import Context, FormatError, Item, Reject, Source, Warn

LINE_LIMIT = 256 << 20
_LAST = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
_NAME = 200


class _Series(msgspec.Struct):
    metric: dict[str, str] = {}
    values: list[tuple[float, str]] = []


class _Data(msgspec.Struct, rename="camel"):
    result_type: str = ""
    result: list[msgspec.Raw] = []


class _Answer(msgspec.Struct):
    status: str
    data: _Data | None = None
    error: str = ""
    warnings: list[str] = []


class _Line(msgspec.Struct):
    metric: str
    answer: _Answer
    service_label: str = "service"


_DECODER = msgspec.json.Decoder(_Line)
_SERIES = msgspec.json.Decoder(_Series)


def parse(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """A ServiceMetric per minute and service; FormatError for anything that is no whole answer."""
    number = 0
    while line := stream.readline(LINE_LIMIT + 1):
        number += 1
        if len(line) > LINE_LIMIT:
            raise FormatError(
                f"line {number} is longer than {LINE_LIMIT:,} bytes; ask shorter days"
            )
        if line.strip():
            yield from _metric(number, _decoded(number, line), context)
    if not number:
        raise FormatError("an empty file, expected answers of Prometheus' query_range")


def _decoded(number: int, line: bytes) -> _Line:
    try:
        found = _DECODER.decode(line)
    except (msgspec.DecodeError, ValueError, RecursionError) as fault:
        raise FormatError(
            f"{looks_like(line)}, expected a line for each metric with Prometheus' answer"
            f" (line {number}: {str(fault)[:200]})"
        ) from None
    answer = found.answer
    if answer.status != "success" or answer.data is None:
        raise FormatError(
            f"line {number}: Prometheus answered: {excerpt(answer.error) or 'no data'}"
        )
    if answer.data.result_type != "matrix":
        kind = excerpt(answer.data.result_type)
        raise FormatError(
            f"line {number}: a result of type '{kind}', expected the matrix of a range"
        )
    return found


def _metric(number: int, line: _Line, context: Context) -> Iterator[Item]:
    seen: set[str | None] = set()
    data = line.answer.data
    for raw in data.result if data else ():
        try:
            series = _SERIES.decode(raw)
        except (msgspec.DecodeError, ValueError, RecursionError) as fault:
            yield Reject(position=number, reason=f"no series: {str(fault)[:200]}")
            continue
        service = series.metric.get(line.service_label, "")[:_NAME].strip() or None
        if service in seen:
            reason = (
                f"a second series of one service: the query must add up by ({line.service_label})"
            )
            yield Reject(
                position=number, reason=reason, excerpt=excerpt(f"{line.metric} {service}")
            )
            continue
        seen.add(service)
        yield from _points(number, line.metric[:_NAME], service, series=series, context=context)
    for warning in line.answer.warnings:
        yield Warn(reason=f"{excerpt(line.metric)}: Prometheus warns: {excerpt(warning)}")


def _points(
    number: int, metric: str, service: str | None, *, series: _Series, context: Context
) -> Iterator[Item]:
    for seconds, text in series.values:
        try:
            value = float(text)
        except ValueError:
            yield Reject(position=number, reason="a value that is no number", excerpt=excerpt(text))
            continue
        if not 0 < seconds < _LAST:
            yield Reject(position=number, reason="its time is impossible", excerpt=str(seconds))
        elif isfinite(value):
            at = datetime.fromtimestamp(seconds, UTC)
            minute = at.replace(second=0, microsecond=0)
            yield ServiceMetric(
                day=context.day_of(at), minute=minute, service=service, metric=metric, value=value
            )


SOURCE = Source(
    name="prometheus",
    family="metrics",
    tables=(ServiceMetric,),
    glob=("*.json", "*.jsonl"),
    parse=parse,
    marks=(b'"resultType"',),
)
