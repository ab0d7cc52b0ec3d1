"""JSON lines as access logs: one reader, and a table of keys for each tool that writes them.

A line is decoded once, and only the keys of the table are kept of it. It may stand behind the prefix
of a container's runtime. An object that says nothing of a request, and text behind such a prefix (a
proxy's own messages in the same stream), are no rejects: there is no request in the line. Where a
key is missing, the log does not say; where it is null, empty or `-`, there was none: a client without
a user agent is a bot.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

from ingest.source import FormatError
from ingest.usage.layout import Row, rows_of, whole
from ingest.usage.log_format import VARIABLES


class Dialect(NamedTuple):
    """Where a tool writes what: field -> keys, the first that is given counts; a dot goes inside."""

    keys: Mapping[str, Sequence[str]]
    logger: str = ""
    """What `logger` begins with on lines of requests; other loggers tell of the same ones again."""
    has_status: bool = False
    """Whether every request has the key of the status: other keys of this tool could be anybody's."""
    may_be_flat: bool = False
    """Whether a dot may also be one of the key's own."""


def _nginx_keys() -> Mapping[str, Sequence[str]]:
    keys: dict[str, list[str]] = {}
    for variable, field in VARIABLES.items():
        keys.setdefault(field, []).append(variable)
    return {field: names for field, names in keys.items() if field not in _PARTS}


_PARTS = ("wait", "work", "answer")
_UNITS = {"latency": "", "latency_ms": "ms", "latency_us": "us", "latency_ns": "ns"}
DIALECTS = {
    # log_format ... escape=json, with the names of the variables as keys
    "nginx_json": Dialect(_nginx_keys()),
    # http-log, file-log, tcp-log ... of Kong 1 to 3, which all serialise alike
    "kong": Dialect({
        "stamp": ["started_at"],
        "method": ["request.method"],
        "uri": ["request.uri", "request.url"],
        "status": ["response.status"],
        "bytes": ["response.size"],
        "agent": ["request.headers.user-agent"],
        "latency_ms": ["latencies.request"],
        "user": ["consumer.username", "consumer.custom_id", "consumer.id"],
        "tenant": ["request.headers.x-tenant", "request.headers.x-tenant-id"],
        "synthetic": ["request.headers.x-synthetic-request"],
        "service": ["service.name"],
    }),
    # Istio's JSON encoding, Envoy Gateway's default, and the names that Envoy's own examples use
    "envoy": Dialect({
        "stamp": ["start_time", "timestamp"],
        "method": ["method", ":method"],
        "uri": ["x-envoy-original-path", "x-envoy-origin-path", "path", ":path"],
        "status": ["response_code"],
        "bytes": ["bytes_sent"],
        "agent": ["user_agent", "user-agent"],
        "latency_ms": ["duration"],
        "tenant": ["x-tenant", "x-tenant-id"],
        "synthetic": ["x-synthetic-request"],
        # Not the authority: what a client sends as Host is no name of ours.
        "service": ["upstream_cluster"],
    }, has_status=True),
    # Caddy 2, format json
    "caddy": Dialect({
        "stamp": ["ts"],
        "method": ["request.method"],
        "uri": ["request.uri"],
        "status": ["status"],
        "bytes": ["size"],
        "agent": ["request.headers.User-Agent"],
        "latency": ["duration"],
        "user": ["user_id"],
        "tenant": ["request.headers.X-Tenant", "request.headers.X-Tenant-Id"],
        "synthetic": ["request.headers.X-Synthetic-Request"],
        "logger": ["logger"],
    }, logger="http.log.access"),
    # Traefik 1.7 to 3, accessLog.format json
    "traefik_json": Dialect({
        "stamp": ["StartUTC", "time"],
        "method": ["RequestMethod"],
        "uri": ["RequestPath"],
        "status": ["DownstreamStatus"],
        "bytes": ["DownstreamContentSize"],
        "agent": ["request_User-Agent"],
        "latency_ns": ["Duration"],
        "user": ["ClientUsername"],
        "tenant": ["request_X-Tenant", "request_X-Tenant-Id"],
        "synthetic": ["request_X-Synthetic-Request"],
        "service": ["ServiceName"],
    }),
}  # fmt: skip

_REQUEST = ("request", "method", "uri", "status")
_FIELDS = ("stamp", *_REQUEST, "bytes", "agent", "user", "tenant", "synthetic", "service", "logger")
OWN = (*_FIELDS[:-1], *_UNITS)
"""What own keys may be given for."""

_Leaf = str | int | float | bool | None | list[str] | msgspec.UnsetType
_NOTHING: tuple[Any, ...] = ("", "-", [])
_LONGEST_PREFIX = 300
# Text that a proxy says in the stream of its log: it is a container's whole output.
_FROM_RUNTIME = re.compile(r"[^ {\"]{10,40} std(?:out|err) [FP] ")
_Path = tuple[str, ...]


def own_dialect(keys: Mapping[str, str]) -> Dialect:
    """Keys of the settings; FormatError says which of them cannot be."""
    for field, key in keys.items():
        if field not in OWN or not all(key.split(".")):
            raise FormatError(f"json: {field} = '{key}' is none of {', '.join(OWN)} with a key")
    if "stamp" not in keys or not ("request" in keys or {"method", "uri"} <= set(keys)):
        raise FormatError("json: needs a stamp, and a request or a method and a uri")
    if len(_UNITS.keys() & keys.keys()) > 1:
        raise FormatError(f"json: only one of {', '.join(_UNITS)}")
    return Dialect({field: [key] for field, key in keys.items()}, may_be_flat=True)


class JsonLayout:
    """A `Layout`."""

    is_strict = True
    sender = None
    fields = (
        "stamp", "request", "status", "bytes", "agent", "latency", "user", "tenant", "synthetic",
        "service",
    )  # fmt: skip

    def __init__(self, name: str, dialect: Dialect, extra: Iterable[tuple[str, str]] = ()) -> None:
        self.name = name
        keys = {**dialect.keys, **{field: [key] for key, field in extra}}
        latency = next((field for field in _UNITS if field in keys), "latency")
        self._unit = _UNITS[latency]
        self._logger, self._has_status = dialect.logger, dialect.has_status
        paths: list[_Path] = []
        self._places: list[int | slice] = []
        for field in (*_FIELDS[:7], latency, *_FIELDS[7:]):
            start = len(paths)
            for key in keys.get(field, ()):
                flat = [(key,)] if dialect.may_be_flat else []
                paths += dict.fromkeys([*flat, tuple(key.split("."))])
            count = len(paths) - start
            # Without a key: the last value, which is UNSET.
            self._places.append(slice(start, len(paths)) if count > 1 else start if count else -1)
        struct, self._paths = _struct_of(paths)
        self._all = attrgetter(*self._paths)
        self._decode = msgspec.json.Decoder(struct).decode

    def read(self, line: str) -> Row | None:
        """The values of a line; None also for an object that says nothing of a request."""
        return self._values(line) or None

    def read_all(self, text: str) -> list[Row]:
        """A row for each line, as `Layout` says."""
        return rows_of(text.split("\n"), self._values, len(self.fields))

    def _values(self, line: str) -> Row | None:
        start = line.find("{", 0, _LONGEST_PREFIX)
        if start < 0 or '"' in line[:start]:
            return () if not line.strip() or _FROM_RUNTIME.match(line) else None
        try:
            record = self._decode(line[start:] if start else line)
        except (ValueError, RecursionError):
            return None
        try:
            found = (*self._all(record), msgspec.UNSET)
        except AttributeError:  # null where others have an object
            found = (*(_follow(record, path) for path in self._paths), msgspec.UNSET)
        return self._row(
            [found[at] if type(at) is int else _first(found[at]) for at in self._places]
        )

    def _row(self, values: list[Any]) -> Row | None:
        unset = msgspec.UNSET
        stamp, request, method, uri, status, size, agent, latency, *others = values
        if request is unset and method is unset and uri is unset and status is unset:
            return ()
        user, tenant, synthetic, service, logger = [
            None if value is unset else _text(value) for value in others
        ]
        if self._logger and logger is not None and not logger.startswith(self._logger):
            return ()
        if not stamp or stamp is unset or (self._has_status and status is unset):
            return None
        if request is unset or request is None:
            if method is unset or uri is unset:
                return None
            request = f"{method or '-'} {uri or '-'} HTTP/1.1"
        request = str(request)
        return (
            str(stamp),
            # Escapes can make a line end, which would part one request into two.
            request.replace("\n", " ") if "\n" in request else request,
            None if status is unset or type(status) is list else status,
            whole(size),
            None if agent is unset else _text(agent) or "-",
            None if latency is unset or latency is None else f"{latency}{self._unit}",
            user,
            tenant,
            synthetic,
            service,
        )


def _first(values: tuple[Any, ...]) -> Any:
    """The first value that is given; UNSET if no key was there."""
    missing: Any = msgspec.UNSET
    for value in values:
        if value is msgspec.UNSET:
            continue
        if value is not None and value not in _NOTHING:
            return value
        missing = None
    return missing


def _text(value: Any) -> str | None:
    """A value as text; of a list the first, for there can be several headers of a name."""
    if value is None or value is msgspec.UNSET:
        return None
    if type(value) is list:
        return value[0] if value else None
    return str(value)


def _follow(record: Any, path: str) -> Any:
    for name in path.split("."):
        if record is None:
            return msgspec.UNSET
        record = getattr(record, name)
    return record


_Tree = dict[str, Any]


def _struct_of(paths: Sequence[_Path]) -> tuple[type[msgspec.Struct], list[str]]:
    """A type that holds these paths and nothing else, and the paths as attributes of it."""
    tree: _Tree = {}
    for path in paths:
        branch = tree
        for key in path[:-1]:
            branch = branch.setdefault(key, {})
        branch.setdefault(path[-1], {})
    attributes: dict[_Path, str] = {}
    struct = _type_of(tree, attributes)
    if strange := [".".join(path) for path in paths if path not in attributes]:
        raise FormatError(f"json: '{strange[0]}' cannot be a value and an object with values")
    return struct, [attributes[path] for path in paths]


def _type_of(tree: _Tree, attributes: dict[_Path, str], above: _Path = ()) -> type[msgspec.Struct]:
    fields: list[tuple[str, Any, Any]] = []
    for number, (key, below) in enumerate(tree.items()):
        name = f"f{number}"
        if below:
            inner: dict[_Path, str] = {}
            held = _type_of(below, inner, (*above, key))
            attributes.update({path: f"{name}.{attribute}" for path, attribute in inner.items()})
            fields.append((name, held | None, _absent(held)))
        else:
            attributes[*above, key] = name
            # An object that is there says by leaving a key out that there is no such thing.
            fields.append((name, _Leaf, None if above else msgspec.UNSET))
    names = dict(zip((name for name, *_ in fields), tree, strict=True))
    return msgspec.defstruct("Line", fields, rename=names, frozen=True)


def _absent(struct: type[msgspec.Struct]) -> msgspec.Struct:
    """Stands for an object that is not there: nothing is said of its values."""
    fields = msgspec.structs.fields(struct)
    return struct(**{field.name: msgspec.UNSET for field in fields if field.default is None})
