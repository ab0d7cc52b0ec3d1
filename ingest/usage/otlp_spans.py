"""OTLP/JSON spans: their shape, and the attributes that say something about use.

Attributes are known by their stable names of the semantic conventions (HTTP 1.23 and later) and by
the older ones. Values that are not looked at are not decoded.
Source: opentelemetry.io/docs/specs, OTLP 1.x "JSON Protobuf Encoding" and the semantic conventions.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from ingest.usage.span_entries import Ids

_LAST_NANOS = 4_102_444_800 * 10**9  # 2100
_LONGEST = 20
_TEXT = 2048

# What is looked at -> attributes that say it, the first one that is there.
SPAN_NAMES: Mapping[str, tuple[str, ...]] = {
    "method": ("http.request.method", "http.method"),
    "route": ("http.route",),
    "path": ("url.path", "http.target", "url.full", "http.url"),
    "status": ("http.response.status_code", "http.status_code"),
    "agent": ("user_agent.original", "http.user_agent", "http.request.header.user-agent"),
    "synthetic": ("http.request.header.x-synthetic-request",),
    "synthetic_type": ("user_agent.synthetic.type",),
    "named_by": ("rpc.system.name", "rpc.system", "messaging.system"),
    "user": ("user.id", "enduser.id", "user.hash", "enduser.pseudo.id"),
    "tenant": ("tenant.id",),
}
RESOURCE_NAMES: Mapping[str, tuple[str, ...]] = {
    "service": ("service.name",),
    "version": ("service.version",),
    "environment": ("deployment.environment.name", "deployment.environment"),
}

Number = int | str | float | None


class Attribute(msgspec.Struct, gc=False):
    """A key, and its value still as text."""

    key: str = ""
    value: msgspec.Raw = msgspec.Raw(b"null")


class Span(msgspec.Struct, rename="camel"):
    """What is read of a span."""

    trace_id: str | None = None
    span_id: str | None = None
    parent_span_id: str | None = None
    flags: Number = None
    name: str | None = None
    kind: Number = None
    start_time_unix_nano: Number = None
    end_time_unix_nano: Number = None
    attributes: msgspec.Raw = msgspec.Raw(b"null")
    """Still as text: of most spans nobody asks."""

    @property
    def ids(self) -> Ids:
        """Who it is and whose child."""
        flags = whole(self.flags) or 0
        return Ids(self.trace_id or "", self.span_id or "", self.parent_span_id or "", flags)

    @property
    def kind_number(self) -> int:
        """0 to 5 for a number or a name (`SPAN_KIND_SERVER`); 0 for what is neither."""
        if isinstance(self.kind, str):
            name = self.kind.strip().upper().removeprefix("SPAN_KIND_")
            if name in _KIND_NAMES:
                return _KIND_NAMES.index(name)
        number = whole(self.kind) or 0
        return number if number < len(_KIND_NAMES) else 0


class Resource(msgspec.Struct):
    """Whose spans follow."""

    attributes: list[Attribute] | None = None


class ScopeSpans(msgspec.Struct):
    """Spans of one library, still as text."""

    spans: list[msgspec.Raw] | None = None


class ResourceSpans(msgspec.Struct, rename="camel"):
    """Spans of one resource; before OTLP 0.15 (2022) the libraries stood under another name."""

    resource: Resource | None = None
    scope_spans: list[ScopeSpans] | None = None
    instrumentation_library_spans: list[ScopeSpans] | None = None

    def spans(self) -> Iterable[msgspec.Raw]:
        """All of them, in order."""
        for scope in (*(self.scope_spans or ()), *(self.instrumentation_library_spans or ())):
            yield from scope.spans or ()


class Document(msgspec.Struct, rename="camel"):
    """A line of the file exporter: an ExportTraceServiceRequest."""

    resource_spans: list[msgspec.Raw] | msgspec.UnsetType | None = msgspec.UNSET


class _Array(msgspec.Struct):
    values: list[msgspec.Raw] = []


class _Value(msgspec.Struct, rename="camel"):
    string_value: str | None = None
    int_value: Number = None
    double_value: float | None = None
    bool_value: bool | None = None
    array_value: _Array | None = None


_KIND_NAMES = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
_ATTRIBUTES = msgspec.json.Decoder(list[Attribute] | None)
_VALUES = msgspec.json.Decoder(_Value)


class Attributes:
    """Reads the attributes that are looked at; `more` names further ones for a meaning."""

    def __init__(self, names: Mapping[str, tuple[str, ...]], **more: str | None) -> None:
        wanted = {
            what: (*((name,) if (name := more.get(what)) else ()), *usual)
            for what, usual in names.items()
        }
        self._wanted = {
            key: (what, place) for what, keys in wanted.items() for place, key in enumerate(keys)
        }

    def decode(self, text: msgspec.Raw) -> dict[str, str]:
        """As `read`; msgspec.DecodeError for what is no list of attributes."""
        return self.read(_ATTRIBUTES.decode(text) or ())

    def read(self, attributes: Iterable[Attribute]) -> dict[str, str]:
        """Meaning -> value as text, for those that are there and not empty."""
        found: dict[str, str] = {}
        places: dict[str, int] = {}
        for attribute in attributes:
            wanted = self._wanted.get(attribute.key)
            if wanted is None:
                continue
            what, place = wanted
            if place < places.get(what, _LONGEST) and (text := _text(attribute.value)):
                found[what], places[what] = text, place
        return found


def _text(raw: msgspec.Raw) -> str | None:
    """A value as text; of a list its first; None for nothing or for a value of no known type."""
    try:
        value = _VALUES.decode(raw)
        if value.array_value is not None:
            values = value.array_value.values
            value = _VALUES.decode(values[0]) if values else _Value()
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    given: Any = (value.string_value, value.int_value, value.double_value, value.bool_value)
    text = next((str(one) for one in given if one is not None), "")
    return text[:_TEXT].strip() or None


def whole(number: Number) -> int | None:
    """A whole number written as one, as text or with a decimal point; None for anything else."""
    if isinstance(number, str):
        number = number.strip()
        is_short = number.isascii() and number.isdigit() and len(number) <= _LONGEST
        return int(number) if is_short else None
    if isinstance(number, float):
        return int(number) if number.is_integer() and abs(number) < _LAST_NANOS else None
    return number if number is not None and number >= 0 else None


def nanos(number: Number) -> int | None:
    """Nanoseconds of the epoch; None for none, 0 (unset) and what lies beyond 2100."""
    found = whole(number)
    return found if found and found < _LAST_NANOS else None
