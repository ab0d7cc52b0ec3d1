"""Figures, what they are compared with, and the file in which they stand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

HEAD = """# Figures

What was measured, each against a reference in the same run on the same machine: 2 cores, Python 3.11,
everything on the local disk. A ratio says more than its seconds, which are this machine's. `make bench`,
`make nights` and `make faults` measure again.
"""
COLUMNS = ("row", "what", "reference", "measured", "ratio", "bar", "verdict")


@dataclass(frozen=True)
class Bar:
    """What a ratio or an amount must be at most, or at least."""

    sense: Literal["<=", ">="]
    limit: float
    unit: str = "x"

    def __str__(self) -> str:
        return f"{self.sense} {self.limit:,g} {self.unit}".replace(" x", "x")

    def holds(self, value: float) -> bool:
        """Whether the value is on the right side."""
        return value <= self.limit if self.sense == "<=" else value >= self.limit

    def shown(self, value: float) -> str:
        """The value in the bar's unit."""
        number = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
        return f"{number} {self.unit}".replace(" x", "x")


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    what: str
    reference: str
    measured: str
    ratio: str
    bar: str
    verdict: str

    def cells(self) -> tuple[str, ...]:
        """As they stand in the table, behind the row's name."""
        return (self.what, self.reference, self.measured, self.ratio, self.bar, self.verdict)


def judged(what: str, bar: Bar, value: float, *, reference: str = "-", measured: str) -> Figure:
    """A figure with its verdict."""
    verdict = "holds" if bar.holds(value) else "**misses**"
    return Figure(what, reference, measured, bar.shown(value), str(bar), verdict)


def told(what: str, measured: str, reference: str = "-") -> Figure:
    """A figure that has no bar."""
    return Figure(what, reference, measured, "-", "-", "-")


def not_measured(what: str, reason: str) -> Figure:
    """A figure that could not be had, and why."""
    return Figure(what, "-", "-", "-", "-", f"not measured: {reason}")


def table(lines: Iterable[Sequence[str]], columns: Sequence[str] = COLUMNS) -> str:
    """A Markdown table."""
    rows = [columns, ["---"] * len(columns), *lines]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "/") for cell in row) + " |" for row in rows
    )


def lines_of(text: str) -> list[list[str]]:
    """Rows of the first table in a text, without its head."""
    found = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in found[2:]]


def write_section(place: Path, title: str, body: str) -> None:
    """Put a section in place of the one of that title, or behind the others, which stay as they are."""
    head, sections = _read(place)
    sections[title] = f"\n{body.strip()}\n"
    text = head.rstrip() + "\n"
    for name, content in sections.items():
        text += f"\n## {name}\n{content.rstrip()}\n"
    place.write_text(text)


def section(place: Path, title: str) -> str:
    """The body of a section; empty if there is none."""
    return _read(place)[1].get(title, "")


def _read(place: Path) -> tuple[str, dict[str, str]]:
    text = place.read_text() if place.exists() else HEAD
    head, *parts = f"\n{text}".split("\n## ")
    split = (part.partition("\n") for part in parts)
    return head.lstrip("\n"), {title: body for title, _, body in split}
