"""Tables in the four formats; coloured in a terminal, plain in a pipe."""

import csv
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from gapsight.cli.hostile import for_csv, for_markdown, for_terminal

if TYPE_CHECKING:
    from rich.console import Console

Format = Literal["text", "json", "csv", "markdown"]
Row = Mapping[str, Any]
Show = Callable[[Row], str]

# Colour never says anything that the word does not say.
_STYLES = {
    "pass": "green",
    "ok": "green",
    "fail": "red",
    "error": "red",
    "unknown": "yellow",
    "unmeasured": "yellow",
    "stale": "yellow",
    "warning": "yellow",
}


_READABLE, _NAME = 14, 24
"""Wrapped text in a narrower column is hard to read; a longer name is folded all the same."""


@dataclass(frozen=True, eq=False)
class Column:
    """One column as people read it; CSV and JSON give every value of a row as it is."""

    title: str
    show: Show
    right: bool = False
    minor: bool = False
    """May be left out, and that is said, where the terminal is too narrow for all columns."""


def text(title: str, key: str, missing: str = "", *, minor: bool = False) -> Column:
    """Show a value as it is."""

    def show(row: Row) -> str:
        return missing if row.get(key) is None else str(row[key])

    return Column(title, show, minor=minor)


def number(title: str, key: str, digits: int = 0, *, missing: str = "unknown") -> Column:
    """Show a number with thousands marks and so many decimals."""

    def show(row: Row) -> str:
        return missing if row.get(key) is None else f"{row[key]:,.{digits}f}"

    return Column(title, show, right=True)


def percent(title: str, key: str, *, missing: str = "unknown") -> Column:
    """Show a fraction 0-1 in percent."""

    def show(row: Row) -> str:
        return missing if row.get(key) is None else f"{100 * row[key]:.0f} %"

    return Column(title, show, right=True)


def words(title: str, key: str, *, minor: bool = False) -> Column:
    """Show names of code as words: `automate_now` as `automate now`."""
    return Column(title, lambda row: str(row.get(key) or "").replace("_", " "), minor=minor)


def bounded(title: str, key: str, digits: int = 1) -> Column:
    """Show a score, with its bounds where unknown inputs leave a range."""

    def show(row: Row) -> str:
        value, low, high = row[key], row[f"{key}_low"], row[f"{key}_high"]
        if value is None:
            return "unknown"
        if low is None or high is None or high - low < 0.5 * 10**-digits:
            return f"{value:.{digits}f}"
        return f"{value:.{digits}f} ({low:.{digits}f}..{high:.{digits}f})"

    return Column(title, show, right=True)


def table(rows: Sequence[Row], columns: Sequence[Column], form: Format = "text") -> None:
    """Print rows to standard output."""
    if form == "json":
        as_json(list(rows))
    elif form == "csv":
        _csv(rows, columns)
    elif form == "markdown":
        _markdown(rows, columns)
    elif sys.stdout.isatty():
        _rich(rows, columns)
    else:
        _plain(rows, columns)


def as_json(value: object) -> None:
    """Print one JSON document in ASCII: nothing in it can act on a terminal."""
    print(json_text(value))


def json_text(value: object) -> str:
    """One JSON document as text."""
    return json.dumps(_finite(value), default=_json_value, indent=2)


def line(words: str = "", style: str | None = None, *, form: Format = "text") -> None:
    """Print one line, harmless and never wrapped; in Markdown a paragraph."""
    if form == "markdown" and words:
        print(for_markdown(words) + "\n")
        return
    words = for_terminal(words)
    if style and sys.stdout.isatty():
        console().print(
            words, style=style, markup=False, highlight=False, emoji=False, soft_wrap=True
        )
    else:
        print(words)


def verdict(words: str, word: str) -> None:
    """Print one line in the colour of its verdict."""
    line(words, _STYLES.get(word))


def note(words: str) -> None:
    """Print one line to standard error: progress, summaries, what is not part of the result."""
    print(for_terminal(words), file=sys.stderr, flush=True)


def console(*, stderr: bool = False) -> "Console":
    """Make a console; rich itself honours NO_COLOR, TERM and the terminal's width."""
    from rich.console import Console

    return Console(stderr=stderr)


def _cells(rows: Sequence[Row], columns: Sequence[Column]) -> list[list[str]]:
    return [[for_terminal(column.show(row)) for column in columns] for row in rows]


def _plain(rows: Sequence[Row], columns: Sequence[Column]) -> None:
    from rich.cells import cell_len

    lines = [[column.title for column in columns], *_cells(rows, columns)]
    widths = [max(map(cell_len, cells)) for cells in zip(*lines, strict=True)]
    for cells in lines:
        padded: list[str] = []
        for words, width, column in zip(cells, widths, columns, strict=True):
            blank = " " * (width - cell_len(words))
            padded.append(blank + words if column.right else words + blank)
        print("  ".join(padded).rstrip())


def _rich(rows: Sequence[Row], columns: Sequence[Column]) -> None:
    from rich.table import Table
    from rich.text import Text

    screen = console()
    kept = _fitting(rows, columns, screen.width)
    fits = (
        _total(kept) <= screen.width
    )  # else all are folded: a forced width would cut the last ones off
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column, width in kept.items():
        # No name is cut off: it would not be found again.
        justify: Literal["left", "right"] = "right" if column.right else "left"
        shown.add_column(
            Text(column.title), justify=justify, min_width=width if fits else None, overflow="fold"
        )
    for cells in _cells(rows, list(kept)):
        shown.add_row(*(Text(cell, style=_STYLES.get(cell, "")) for cell in cells))
    screen.print(shown)
    if missing := [column.title for column in columns if column not in kept]:
        note(f"too narrow for: {', '.join(missing)}; widen the window or pipe it")


def _fitting(rows: Sequence[Row], columns: Sequence[Column], width: int) -> dict[Column, int]:
    """Columns with the width each needs, without minor ones, the last first, until all fit."""
    kept = {
        column: _needed(column, [cell for (cell,) in _cells(rows, [column])]) for column in columns
    }
    for column in reversed(columns):
        if _total(kept) <= width:
            break
        if column.minor:
            del kept[column]
    return kept


def _total(kept: Mapping[Column, int]) -> int:
    return sum(kept.values()) + 2 * len(kept)


def _needed(column: Column, cells: Sequence[str]) -> int:
    """Room for the longest figure or name, or for a few words of a text that may be wrapped."""
    from rich.cells import cell_len

    lines = [column.title, *cells]
    word = max(cell_len(word) for line in lines for word in line.split(" "))
    if column.right:
        return word
    return max(min(_READABLE, max(map(cell_len, lines))), min(_NAME, word))


def _csv(rows: Sequence[Row], columns: Sequence[Column]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(rows[0] if rows else [column.title for column in columns])
    for row in rows:
        writer.writerow([_csv_value(value) for value in row.values()])


def _csv_value(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return for_csv(value) if isinstance(value, str) else value


def _markdown(rows: Sequence[Row], columns: Sequence[Column]) -> None:
    print("| " + " | ".join(column.title for column in columns) + " |")
    print("|" + "|".join("---:" if column.right else "---" for column in columns) + "|")
    for row in rows:
        print("| " + " | ".join(for_markdown(column.show(row)) for column in columns) + " |")


def _finite(value: object) -> object:
    """JSON has no NaN or infinity: null instead."""
    if isinstance(value, float):
        return value if abs(value) <= sys.float_info.max else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def _json_value(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else str(value)
