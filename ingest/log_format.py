"""An nginx `log_format` text as a splitter of lines.

Two ways through the same format. `read` is the rule: one strict expression for one line. `split` is the
fast way for many lines at once: cut at the quotes, then at the blanks, and it gives up (None) as soon as
anything does not fit, so that whatever it returns, `read` would have returned too.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from operator import add

from ingest.source import FormatError

_COMMON = '$remote_addr $ident $remote_user [$time_local] "$request" $status $body_bytes_sent'
_COMBINED = f'{_COMMON} "$http_referer" "$http_user_agent"'

NAMED: Mapping[str, str] = {
    "combined_time": f"{_COMBINED} $request_time",
    "combined": _COMBINED,
    "vhost_combined": f"$vhost {_COMBINED}",
    "common": _COMMON,
    # What people add after the agent is anybody's guess; it is not read, only stepped over.
    "combined_extra": f"{_COMBINED}$extra_fields",
    "vhost_combined_extra": f"$vhost {_COMBINED}$extra_fields",
}
"""Formats by name, in the order in which `auto` prefers them."""

_FIELDS = {
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
    "http_x_synthetic_request": "synthetic",
}

_SHAPES = {
    "time_local": r"[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9]{2}:[0-9]{2}:[0-9]{2} [+-][0-9]{4}",
    "time_iso8601": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}(?:Z|[+-][0-9]{2}:?[0-9]{2})",
    "msec": r"[0-9]{9,11}\.[0-9]{3}",
    "status": r"[0-9]{3}|-",
    "body_bytes_sent": r"[0-9]{1,15}|-",
    "bytes_sent": r"[0-9]{1,15}|-",
    "request_time": r"[0-9]{1,9}\.[0-9]{3,6}|-",
    "extra_fields": r'(?: (?:"[^"\n]*"|[^ "\n]+)){1,8}',
}
# Bare (unquoted) values of these may hold blanks; of others only as a list: 0.012, 0.034
_BLANKS = frozenset(("request", "remote_user", "http_user_agent", "http_referer"))
_UNSPLIT = frozenset(("request", "time_local", "extra_fields"))
_WORDS = r'[^ "\n]*(?:, [^ "\n]*)*'
_OPEN = r'[^"\n]*'

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
# In quotes: anything, with \" as Apache escapes a quote.
_QUOTED = r'[^"\\\n]*+(?:\\.[^"\\\n]*+)*+'


@dataclass(frozen=True)
class Layout:
    """A format, compiled. `fields` names the values it yields, of those that are read at all."""

    name: str
    fields: tuple[str, ...]
    pattern: re.Pattern[str]
    quotes: int
    """Quotes in a line; -1 where lines of this format cannot be split."""
    plan: tuple["_Piece", ...]

    def read(self, line: str) -> tuple[str, ...] | None:
        """The values of one line in the order of `fields`; None if it does not fit the format."""
        found = self.pattern.fullmatch(line)
        return found.groups() if found else None

    def split(self, lines: list[str]) -> dict[str, list[str]] | None:
        """The values of lines that all have `quotes` quotes, none of them escaped; None if unsure."""
        pieces = '"'.join(lines).split('"')
        columns: dict[str, list[str]] = {}
        for number, piece in enumerate(self.plan):
            found = piece.split(pieces[number :: len(self.plan)])
            if found is None:
                return None
            columns.update(found)
        if "zone" in columns:
            columns["stamp"] = list(map(add, columns["stamp"], columns.pop("zone")))
        return columns


@dataclass(frozen=True)
class _Word:
    """What stands between two blanks: a literal, or one value with literal text around it."""

    literal: str | None = None
    field: str | None = None
    before: str = ""
    after: str = ""

    def cut(self, column: list[str]) -> list[str] | None:
        """The values without the text around them; None if it is not around all of them."""
        start, end, least = len(self.before), len(self.after), len(self.before) + len(self.after)
        if not least:
            return column
        cut = [
            word[start : len(word) - end]
            for word in column
            if word.startswith(self.before) and word.endswith(self.after) and len(word) >= least
        ]
        return cut if len(cut) == len(column) else None


@dataclass(frozen=True)
class _Piece:
    """What stands between two quotes: one value as a whole, or words parted by single blanks."""

    whole: str | None = None
    words: tuple[_Word, ...] = ()

    @property
    def fields(self) -> list[str]:
        return [field for field in (self.whole, *(word.field for word in self.words)) if field]

    def split(self, column: list[str]) -> dict[str, list[str]] | None:
        if not self.words:
            return {self.whole: column} if self.whole else {}
        count = len(self.words)
        if set(map(str.count, column, repeat(" "))) != {count - 1}:
            return None
        parts = " ".join(column).split(" ")
        columns: dict[str, list[str]] = {}
        for number, word in enumerate(self.words):
            if word.literal is not None:
                if set(parts[number::count]) != {word.literal}:
                    return None
            elif word.field or word.before or word.after:
                values = word.cut(parts[number::count])
                if values is None:
                    return None
                if word.field:
                    columns[word.field] = values
        return columns


def layout(name: str, extra: Iterable[tuple[str, str]] = ()) -> Layout:
    """A format by its name or nginx text; `extra` are pairs (variable, field) to read besides the usual."""
    return _compiled(name, tuple(extra))


@cache
def _compiled(name: str, extra: tuple[tuple[str, str], ...]) -> Layout:
    text = NAMED.get(name) or _unquoted(name)
    if "$" not in text:
        known = ", ".join(("auto", *NAMED))
        raise FormatError(
            f"log_format '{name}' is none of {known}, and no nginx log_format text with $variables"
        )
    fields = _FIELDS | dict(extra)
    parts = _parts(text)
    held = {fields[variable] for _, variable in parts if variable in fields}
    if "stamp" not in held or not ("request" in held or held >= {"method", "uri"}):
        raise FormatError(f"log_format '{name}' needs a time ($time_local) and a $request")
    pattern, found = _pattern(parts, fields)
    if pattern.count(_OPEN) > 1:  # would take for ever on a hostile line
        raise FormatError(f"log_format '{name}': put the variables that hold blanks into quotes")
    plan = _plan(text, fields)
    return Layout(name, tuple(found), re.compile(pattern), len(plan) - 1, plan)


def _unquoted(text: str) -> str:
    """nginx.conf's own spelling in pieces ('...' '...') as one text."""
    pieces = re.findall(r"'([^']*)'", text)
    return "".join(pieces) if pieces else text.strip("\r\n")


def _parts(text: str) -> list[tuple[str, str | None]]:
    """(literal, variable after it) in order; the last variable is None."""
    parts: list[tuple[str, str | None]] = []
    end = 0
    for found in _VARIABLE.finditer(text):
        parts.append((text[end : found.start()], found[1] or found[2]))
        end = found.end()
    return [*parts, (text[end:], None)]


def _pattern(parts: list[tuple[str, str | None]], fields: Mapping[str, str]) -> tuple[str, list[str]]:
    pattern, found = "", list[str]()
    for (literal, variable), (after, _) in zip(parts, [*parts[1:], ("", None)], strict=True):
        pattern += re.escape(literal)
        if variable is None:
            continue
        shape = _shape(variable, literal, after)
        field = fields.get(variable)
        if field and field not in found:
            found.append(field)
            pattern += f"(?P<{field}>{shape})"
        else:
            pattern += f"(?:{shape})"
    return pattern, found


def _shape(variable: str, before: str, after: str) -> str:
    if variable in _SHAPES:
        return _SHAPES[variable]
    if before.endswith('"') and after.startswith('"'):
        return _QUOTED
    if variable in _BLANKS:
        stop = re.escape(after.strip()[:1])
        return rf'[^ "\n]*|[^"\n{stop}]*' if stop else _OPEN
    # Two values in one word (a|b, a:b) part at the text between them.
    return rf'[^ "\n{re.escape(after[0])}]*' if after and not set(after) & set(' "]') else _WORDS


def _plan(text: str, fields: Mapping[str, str]) -> tuple[_Piece, ...]:
    """How to split lines of this format; empty where the format is not made for it."""
    plan = []
    for number, part in enumerate(text.split('"')):
        piece = _quoted_piece(part, fields) if number % 2 else _bare_piece(part, fields)
        if piece is None:
            return ()
        plan.append(piece)
    held = [field for piece in plan for field in piece.fields]
    return tuple(plan) if len(held) == len(set(held)) and len(plan) % 2 else ()


def _quoted_piece(part: str, fields: Mapping[str, str]) -> _Piece | None:
    found = _VARIABLE.fullmatch(part)
    if not found or (found[1] or found[2]) in _SHAPES:
        return None
    return _Piece(whole=fields.get(found[1] or found[2], ""))


def _bare_piece(part: str, fields: Mapping[str, str]) -> _Piece | None:
    words: list[_Word] = []
    for text in part.split(" "):
        variables = list(_VARIABLE.finditer(text))
        if text == "[$time_local]":  # holds a blank itself
            words += [_Word(field="stamp"), _Word(field="zone")]
        elif not variables:
            words.append(_Word(literal=text))
        elif len(variables) > 1 or (variable := variables[0][1] or variables[0][2]) in _UNSPLIT:
            return None
        else:
            start, end = variables[0].span()
            words.append(_Word(None, fields.get(variable), text[:start], text[end:]))
    return _Piece(words=tuple(words))
