"""`{build}/{sha}/...`: what the names of folders and files say of a CI run."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import NamedTuple, get_args
from zoneinfo import ZoneInfo

from ingest.ci.manifest import SHA, Stage

PLACEHOLDERS = ("repo", "branch", "build", "sha", "date", "stage", "suite")

_SHAPES = {
    "sha": SHA,
    # 2026-06-30, 20260630, with or without a time: T09-12-00, _091200, 09:12:00Z
    "date": r"20[0-9]{2}[-_.]?[01][0-9][-_.]?[0-3][0-9]"
    r"(?:[T_. -]?[0-2][0-9][-:_.]?[0-5][0-9](?:[-:_.]?[0-5][0-9])?Z?)?",
    "stage": "|".join(get_args(Stage)),
}
_SHAPES_IN_WORDS = {
    "sha": "7 to 64 hex digits",
    "date": "2026-06-30, 20260630 or 20260630T091200Z",
    "stage": ", ".join(get_args(Stage)),
}
_ANY = r"[^/]+?"
_PART = re.compile(
    r"\{(?P<name>\w*)\}|(?P<rest>\.\.\.|\*\*)|(?P<star>\*)|(?P<slash>/+)|[^{}*/.]+|."
)


class _Part(NamedTuple):
    """A piece of a pattern: `name`, `rest`, `star`, `slash`, or a literal text."""

    kind: str
    text: str

    @property
    def name(self) -> str:
        """The placeholder's name."""
        return self.text.strip("{}")


class PatternError(ValueError):
    """A pattern that cannot be used; the message says why and how to write one."""


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern."""

    text: str
    names: frozenset[str]
    expression: re.Pattern[str]
    loose: re.Pattern[str]
    """The same with any text for any placeholder."""

    def read(self, path: str) -> dict[str, str] | None:
        """The placeholders' values in a path with `/`; None if it does not fit."""
        found = self.expression.fullmatch(path)
        return found.groupdict() if found else None

    def why_not(self, path: str) -> str:
        """Which name of a path that does not fit is not what its placeholder asks for; empty if unknown."""
        found = self.loose.fullmatch(path)
        for name, value in found.groupdict().items() if found else ():
            if not re.fullmatch(_SHAPES.get(name, _ANY), value):
                return f"'{value}' is no {{{name}}} ({_SHAPES_IN_WORDS[name]})"
        return ""


def compile_pattern(text: str) -> Pattern:
    """Compile; `...` or `**` is any rest, `*` anything inside one name, a trailing `/` all below."""
    plain = text.strip().removeprefix("./")
    plain = f"{plain}..." if plain.endswith("/") else plain
    parts = list(_parts(plain))
    names = [part.name for part in parts if part.kind == "name"]
    if not {"build", "sha", "date"} & set(names):
        raise PatternError(
            f"'{text}' does not tell one run from another;"
            " it needs {build}, {sha} or {date}, e.g. '{build}/{sha}/...'"
        )
    _require_sense(plain, parts)
    expressions = (_expression(parts, shapes) for shapes in (_SHAPES, {}))
    return Pattern(text, frozenset(names), *map(re.compile, expressions))


def _parts(text: str) -> Iterator[_Part]:
    for match in _PART.finditer(text):
        if match[0].startswith("{") and match["name"] not in PLACEHOLDERS:
            known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
            raise PatternError(f"there is no placeholder '{match[0]}'; there are {known}")
        yield _Part(match.lastgroup or "literal", match[0])


def _require_sense(text: str, parts: list[_Part]) -> None:
    """PatternError for what no path below a folder is called, and for names that nothing separates."""
    if text.startswith("/"):
        raise PatternError(f"'{text}': it begins with /; names are those below FOLDER")
    for name in text.split("/"):
        if name in {".", ".."}:
            raise PatternError(f"'{text}': '{name}' is no name below FOLDER")
        if name.startswith(".") and not name.startswith("..."):
            raise PatternError(f"'{text}': hidden files and folders such as '{name}' are not read")
    for one, two in pairwise(parts):
        kinds = {one.kind, two.kind}
        ends_itself = one.name in _SHAPES and two.kind != "name"
        if "name" in kinds and kinds <= {"name", "rest", "star"} and not ends_itself:
            raise PatternError(
                f"'{text}': nothing stands between {one.text} and {two.text},"
                " so where the one ends is unknown"
            )


def _expression(parts: list[_Part], shapes: dict[str, str]) -> str:
    """A regular expression in which each name is a group; a name's second place is the same text."""
    named: set[str] = set()
    expression = ""
    for part in parts:
        if part.kind == "name":
            shape = f"(?P<{part.name}>{shapes.get(part.name, _ANY)})"
            expression += f"(?P={part.name})" if part.name in named else shape
            named.add(part.name)
        elif part.kind == "literal":
            expression += re.escape(part.text)
        else:
            expression += {"rest": ".+", "star": "[^/]*", "slash": "/"}[part.kind]
    return expression


def read_date(text: str, zone: str) -> tuple[date, datetime | None]:
    """The day that a {date} names, and the moment if it has a time; PatternError if there is none.

    A time that does not end in Z is one of the given zone.
    """
    digits = re.sub(r"[^0-9]", "", text)
    try:
        day = datetime.strptime(digits[:8], "%Y%m%d").replace(tzinfo=UTC).date()
        if len(digits) == len("20260630"):
            return day, None
        clock = digits[8:].ljust(6, "0")
        moment = datetime.strptime(f"{digits[:8]}{clock}+0000", "%Y%m%d%H%M%S%z")
    except ValueError:
        raise PatternError(f"'{text}' is no day or time") from None
    aware = moment.replace(tzinfo=UTC if text.endswith("Z") else ZoneInfo(zone))
    return aware.astimezone(ZoneInfo(zone)).date(), aware.astimezone(UTC)
