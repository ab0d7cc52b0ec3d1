"""An nginx `log_format` text as a reader of lines; AWS load balancers' lines are written as one, too.

A format becomes one strict expression for a line, which is the rule, and two for many lines at
once, which read nothing that the strict one would not read alike. The careful one knows no escapes.
The fast one, twice as fast, takes anything up to the next quote, the end of the line included; but
then there are fewer rows than lines, and the careful one does that part again. Lines that do not
fit come out whole.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from ingest.source import FormatError
from ingest.usage.layout import Row

_COMMON = '$remote_addr $ident $remote_user [$time_local] "$request" $status $body_bytes_sent'
_COMBINED = f'{_COMMON} "$http_referer" "$http_user_agent"'
# By its second word a client's address, or else it would be a client, an ident and a user called `- -`.
_VHOST = f"$vhost {_COMBINED.replace('$remote_addr', '$client_ip')}"
# Application Load Balancer, as AWS documents it (30 fields in 2025). New ones are added at the end.
_ALB = (
    "$alb_type $time_iso8601 $elb $client $target $request_processing_time $target_processing_time"
    " $response_processing_time $status $target_status_code $received_bytes $bytes_sent"
    ' "$request" "$http_user_agent"$alb_fields'
)

NAMED: Mapping[str, str] = {
    "combined_time": f"{_COMBINED} $request_time",
    "vhost_combined": _VHOST,
    "combined": _COMBINED,
    "common": _COMMON,
    # What people add after the agent is anybody's guess; it is not read, only stepped over.
    "vhost_combined_extra": f"{_VHOST}$extra_fields",
    "combined_extra": f"{_COMBINED}$extra_fields",
    "alb": _ALB,
}
"""Formats by name, in the order in which `auto` prefers them."""

VARIABLES: Mapping[str, str] = {
    "time_local": "stamp",
    "time_iso8601": "stamp",
    "msec": "stamp",
    "request": "request",
    "request_method": "method",
    "request_uri": "uri",
    "uri": "uri",
    "document_uri": "uri",
    "status": "status",
    "body_bytes_sent": "bytes",
    "bytes_sent": "bytes",
    "http_user_agent": "agent",
    "request_time": "latency",
    "remote_user": "user",
    "http_x_tenant": "tenant",
    "http_x_tenant_id": "tenant",
    "http_x_synthetic_request": "synthetic",
    "request_processing_time": "wait",
    "target_processing_time": "work",
    "response_processing_time": "answer",
}
"""Variables that are read, and as what."""

_SHAPES = {
    # Loose where the value itself is looked at later: every character class costs on every line.
    "time_local": r'[^ \]"\n]++ [+-][0-9]{4}',
    "time_iso8601": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}(?:Z|[+-][0-9]{2}:?[0-9]{2})",
    "msec": r"[0-9]{9,11}\.[0-9]{3}",
    "status": r"[0-9]{3}|-",
    "body_bytes_sent": r"[0-9]{1,15}|-",
    "bytes_sent": r"[0-9]{1,15}|-",
    "request_time": r"[0-9]{1,9}\.[0-9]{3,6}|-",
    "extra_fields": r'(?: (?:"[^"\n]*"|[^ "\n]+)){1,8}',
    "client_ip": r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{1,40}",
    "alb_type": "https?|h2|wss?|grpcs?",
    "alb_fields": r'(?: (?:"[^"\n]*"|[^ "\n]+)){2,60}',
} | dict.fromkeys(
    # -1 where no target was asked
    ("request_processing_time", "target_processing_time", "response_processing_time"),
    r"-1(?:\.0{1,6})?|-|[0-9]{1,9}(?:\.[0-9]{1,9})?",
)
# Values that may hold blanks though they stand without quotes.
_BLANKS = frozenset(("request", "remote_user", "http_user_agent", "http_referer"))
_LISTS = re.compile(r"upstream_\w+|http_\w+|proxy_\w+")  # 0.012, 0.034
_OPEN = r'[^"\n]*'

# Groups are never possessive: Python before 3.11.5 matches `(...)*+` wrongly (Debian 12 has 3.11.2).
_QUOTED = r'[^"\\\n]*+(?:\\.[^"\\\n]*+)*'  # \" is how Apache writes a quote
_QUOTED_CAREFUL = r'[^"\\\n]*+'
_QUOTED_FAST = r'[^"]*+(?<!\\)'

# Client and user stand before the time, in every format there is; only ALB has them behind it.
_SENDER = re.compile(r"^[^\[\"]*(?=\[)|^\S+ - [^\[\"]*")
_ALB_SENDER = re.compile(r"^\S+ \S+ \S+ \S*")

_AT_ONCE = 1 << 15
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True)
class TextLayout:
    """A format, compiled: a `Layout`."""

    name: str
    fields: tuple[str, ...]
    strict: re.Pattern[str]
    careful: re.Pattern[str]
    fast: re.Pattern[str]
    sender: re.Pattern[str] = _SENDER
    is_strict: bool = False

    def read(self, line: str) -> Row | None:
        """The values of one line; None if it does not fit the format."""
        found = self.strict.fullmatch(line)
        return found.groups() if found else None

    def read_all(self, text: str) -> list[Row]:
        """A row for each line, as `Layout` says."""
        rows: list[Row] = []
        start = 0
        while start <= len(text):
            end = text.find("\n", start + _AT_ONCE)
            part = text[start : end if end >= 0 else len(text)]
            found = self.fast.findall(part)
            if len(found) != part.count("\n") + 1:
                found = self.careful.findall(part)
            rows += found
            start += len(part) + 1
        return rows


def text_layout(name: str, extra: Iterable[tuple[str, str]] = ()) -> TextLayout:
    """A format by its name or nginx text; `extra`: variables and the fields they are read as."""
    return _compiled(name, tuple(extra))


def is_text(name: str) -> bool:
    """Whether this is the text of a format, and not a name."""
    return "$" in name


@cache
def _compiled(name: str, extra: tuple[tuple[str, str], ...]) -> TextLayout:
    text = NAMED.get(name) or _unquoted(name)
    read = _read_variables(text, dict(extra))
    if "stamp" not in read.values() or not (
        "request" in read.values() or {"method", "uri"} <= set(read.values())
    ):
        raise FormatError(f"log_format '{name}' needs a time ($time_local) and a $request")
    strict = _pattern(text, read, _QUOTED)
    if strict.count(_OPEN) > 1:  # would take for ever on a hostile line
        raise FormatError(f"log_format '{name}': put the variables that hold blanks into quotes")
    careful, fast = (
        re.compile(f"^(?:{_pattern(text, read, quoted)}|(.*))$", re.MULTILINE)
        for quoted in (_QUOTED_CAREFUL, _QUOTED_FAST)
    )
    sender = _ALB_SENDER if name == "alb" else _SENDER
    return TextLayout(name, tuple(read.values()), re.compile(strict), careful, fast, sender)


def _unquoted(text: str) -> str:
    """nginx.conf's own spelling in pieces ('...' '...') as one text."""
    pieces = re.findall(r"'([^']*)'", text)
    return "".join(pieces) if pieces else text.strip("\r\n")


def _read_variables(text: str, extra: dict[str, str]) -> dict[str, str]:
    """Variable -> field of those that are read: `extra` before the usual, then the first one."""
    usual = {
        variable: field for variable, field in VARIABLES.items() if field not in extra.values()
    }
    known = usual | extra
    read: dict[str, str] = {}
    for found in _VARIABLE.finditer(text):
        variable = found[1] or found[2]
        if variable in known and known[variable] not in read.values():
            read[variable] = known[variable]
    return read


def _pattern(text: str, read: Mapping[str, str], quoted: str) -> str:
    pattern, end = "", 0
    seen = set[str]()
    variables = list(_VARIABLE.finditer(text))
    for found, following in zip(variables, [*variables[1:], None], strict=True):
        variable = found[1] or found[2]
        before = text[end : found.start()]
        after = text[found.end() : following.start() if following else len(text)]
        shape = quoted if before.endswith('"') and after.startswith('"') else _bare(variable, after)
        is_read = variable in read and variable not in seen
        pattern += re.escape(before) + (f"({shape})" if is_read else f"(?:{shape})")
        seen.add(variable)
        end = found.end()
    return pattern + re.escape(text[end:])


def _bare(variable: str, after: str) -> str:
    """The shape of a value without quotes around it, up to the text that follows."""
    if variable in _SHAPES:
        return _SHAPES[variable]
    if variable in _BLANKS:
        stop = re.escape(after.strip()[:1])
        return rf'[^ "\n]*|[^"\n{stop}]*' if stop else _OPEN
    if after[:1] in ("", " "):
        return (
            r'[^ "\n]*+(?:(?<=,) [^ "\n]*+){0,16}' if _LISTS.fullmatch(variable) else r'[^ "\n]*+'
        )
    # Two values in one word (a:b, a|b) part at the text between them.
    return rf'[^ "\n{re.escape(after[0])}]*+'
