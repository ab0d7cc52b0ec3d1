"""`{build}/{sha}/...`: what the names of folders and files say of a CI run."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import get_args
from zoneinfo import ZoneInfo

from ingest.ci.manifest import Stage

PLACEHOLDERS = ("repo", "branch", "build", "sha", "date", "stage", "suite")

_SHAPES = {
    "sha": r"[0-9a-fA-F]{7,64}",
    # 2026-06-30, 20260630, with or without a time: T09-12-00, _091200, 09:12:00Z
    "date": r"20[0-9]{2}[-_.]?[01][0-9][-_.]?[0-3][0-9]"
    r"(?:[T_. -]?[0-2][0-9][-:_.]?[0-5][0-9](?:[-:_.]?[0-5][0-9])?Z?)?",
    "stage": "|".join(get_args(Stage)),
}
_PART = re.compile(r"\{(\w*)\}|(\.\.\.|\*\*)|(\*)|(/+)|([^{}*/.]+|.)")


class PatternError(ValueError):
    """A pattern that cannot be used; the message says why and how to write one."""


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern."""

    text: str
    names: frozenset[str]
    expression: re.Pattern[str]

    def read(self, path: str) -> dict[str, str] | None:
        """The placeholders' values in a path with `/`; None if it does not fit."""
        found = self.expression.fullmatch(path)
        return found.groupdict() if found else None


def compile_pattern(text: str) -> Pattern:
    """Compile; `...` or `**` is any rest, `*` anything inside one name, a trailing `/` all below."""
    plain = text.strip().removeprefix("./")
    plain = f"{plain}..." if plain.endswith("/") else plain
    names: list[str] = []
    expression = ""
    for name, rest, star, slash, literal in _parts(plain):
        if name:
            expression += f"(?P={name})" if name in names else f"(?P<{name}>{_shape(name)})"
            names.append(name)
        elif rest:
            expression += ".+"
        elif star:
            expression += "[^/]*"
        else:
            expression += "/" if slash else re.escape(literal)
    if not {"build", "sha", "date"} & set(names):
        raise PatternError(
            f"'{text}' does not tell one run from another;"
            " it needs {build}, {sha} or {date}, e.g. '{build}/{sha}/...'"
        )
    return Pattern(text, frozenset(names), re.compile(expression))


def _shape(name: str) -> str:
    return _SHAPES.get(name, r"[^/]+?")


def _parts(text: str) -> list[tuple[str, str, str, str, str]]:
    found: list[tuple[str, str, str, str, str]] = _PART.findall(text)
    for match in _PART.finditer(text):
        if match[0].startswith("{") and match[1] not in PLACEHOLDERS:
            known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
            raise PatternError(f"there is no placeholder '{match[0]}'; there are {known}")
    return found


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
