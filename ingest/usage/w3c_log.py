"""W3C extended logs: a `#Fields:` line says what stands where, and may do so again at any line.

Written by IIS, by CloudFront (standard logs: tabs, UTC, seconds) and by other servers in dialects
of their own: quoted values, several blanks, one date for the whole file, a GMT offset. Whole numbers
of `time-taken` are milliseconds for IIS; another maker's unit is not guessed. A CloudFront log whose
header was lost is read in the order that AWS documents, to which fields are only ever added.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import itemgetter
from urllib.parse import unquote

from ingest.usage.layout import Row, Value, rows_of, whole

_NAMES = {
    "date": ("date", "date-local"),
    "time": ("time", "time-local"),
    "method": ("cs-method",),
    "uri": ("cs-uri-stem", "cs-uri"),
    "status": ("sc-status",),
    "bytes": ("sc-bytes", "bytes"),
    "agent": ("cs(user-agent)",),
    "latency": ("time-taken", "timetakenms"),
    "user": ("cs-username",),
    "tenant": ("cs(x-tenant)", "cs(x-tenant-id)"),
    "synthetic": ("cs(x-synthetic-request)",),
}
_CLOUDFRONT = (
    "date time x-edge-location sc-bytes c-ip cs-method cs(host) cs-uri-stem sc-status cs(referer)"
    " cs(user-agent) cs-uri-query cs(cookie) x-edge-result-type x-edge-request-id x-host-header"
    " cs-protocol cs-bytes time-taken"
)
_DIRECTIVE = re.compile(r"#([A-Za-z-]{1,20}):[ \t]*(.*)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?")
_TOKEN = re.compile(r'"(?:[^"]|"")*"(?= |$)|[^ ]+')


class _Columns:
    """Where the values of a line stand."""

    def __init__(self, names: Sequence[str], extra: dict[str, str], *, more: bool = False) -> None:
        self._count, self._more = len(names), more
        known = {field: (name,) for name, field in extra.items()}
        places = []
        for field, usual in _NAMES.items():
            found = [names.index(name) for name in known.get(field, usual) if name in names]
            places.append(found[0] if found else -1)
        self._pick = itemgetter(*places)
        _, time, method, uri, *_ = places
        self.is_access_log = min(time, method, uri) >= 0
        self.is_local = time >= 0 and names[time] == "time-local"
        self.in_milliseconds = "timetakenms" in names

    def pick(self, values: list[Value]) -> tuple[Value, ...] | None:
        """The values in the order of _NAMES, None where there is no such column."""
        if len(values) != self._count and not (self._more and len(values) > self._count):
            return None
        values.append(None)
        picked: tuple[Value, ...] = self._pick(values)
        return picked


class W3cLayout:
    """A `Layout`. What the comments of a file say holds for the lines after them."""

    is_strict = True
    sender = None
    fields = (
        "stamp", "request", "status", "bytes", "agent", "latency", "user", "tenant", "synthetic",
    )  # fmt: skip

    def __init__(self, name: str, extra: Iterable[tuple[str, str]] = ()) -> None:
        self.name = name
        self._extra = {variable.lower(): field for variable, field in extra}
        self._is_cloudfront = name == "cloudfront"
        self._columns: _Columns | None = None
        if self._is_cloudfront:
            self._columns = _Columns(_CLOUDFRONT.split(), self._extra, more=True)
        self._is_known = False
        self._date: str | None = None
        self._zone = "Z"
        self._unit: str | None = "" if self._is_cloudfront else "ms"

    def read(self, line: str) -> Row | None:
        """The values of a line, () of a comment below the header or of the header itself."""
        found = self._values(line)
        return found if found or self._is_known else None

    def read_all(self, text: str) -> list[Row]:
        """A row for each line, as `Layout` says; a comment is never a misfit."""
        return rows_of(text.split("\n"), self._values, len(self.fields))

    def _values(self, line: str) -> Row | None:
        if line[:1] == "#":
            self._learn(line)
            return ()
        columns = self._columns
        # CloudFront's lines can be without a header, and any other words be as many as its fields.
        is_ours = columns and ("\t" in line or not self._is_cloudfront)
        picked = columns.pick(_split(line)) if columns and is_ours else None
        if columns is None or picked is None:
            return None if line.strip() else ()
        date, time, method, uri, status, size, agent, latency, *rest = picked
        moment = f"{self._date if date is None else date}T{time}"
        if not _MOMENT.fullmatch(moment):
            return None
        self._is_known = True
        return (
            moment if columns.is_local else moment + self._zone,
            f"{method} {_target(str(uri))} HTTP/1.1",
            status,
            whole(size),
            _agent(agent) if isinstance(agent, str) else None,
            latency if latency is None else self._with_unit(str(latency), columns),
            *rest,
        )

    def _with_unit(self, latency: str, columns: _Columns) -> str | None:
        if columns.in_milliseconds:
            return f"{latency}ms"
        if "." in latency:
            return latency
        return None if self._unit is None else latency + self._unit

    def _learn(self, line: str) -> None:
        found = _DIRECTIVE.match(line)
        if found is None:
            return
        directive, text = found[1].lower(), found[2]
        if directive == "fields":
            names = text.lower().split()
            columns = _Columns(names, self._extra)
            fits = columns.is_access_log and (not self._is_cloudfront or "x-edge-location" in names)
            self._columns = columns if fits else None
            self._is_known = fits
        elif directive in ("date", "start-date") and (day := _DATE.match(text)):
            self._date = day[0]
        elif directive == "gmt-offset" and re.fullmatch(r"[+-][0-9]{4}", text.strip()):
            self._zone = text.strip()
        elif directive == "software" and not self._is_cloudfront:
            self._unit = "ms" if "microsoft" in text.lower() or "IIS" in text else None


def _split(line: str) -> list[Value]:
    # Not at any white space: Latin-1 has some that are halves of UTF-8 letters.
    if "\t" in line:
        return list(map(_bare, line.split("\t")))
    if '"' in line:
        return list(map(_bare, _TOKEN.findall(line)))
    return list(filter(None, line.split(" ")))


def _bare(value: str) -> str:
    value = value.strip(" ")
    if len(value) > 1 and value[0] == value[-1] == '"':
        return value[1:-1].replace('""', '"')
    return value


def _target(uri: str) -> str:
    """Host and path without a scheme (www.example.com/cart) as a URL."""
    return uri if uri[:1] in "/-*" or "://" in uri else f"http://{uri}"


@lru_cache(maxsize=1 << 14)
def _agent(text: str) -> str:
    """As the client sent it: CloudFront encodes it once or twice, IIS writes + for blanks."""
    if "%" in text:
        text = unquote(unquote(text))
    return text.replace("+", " ") if " " not in text else text
