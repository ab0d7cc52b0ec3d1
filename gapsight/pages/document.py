"""What a document consists of, before anybody decides how it looks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from gapsight.cli.output import Column

Row = Mapping[str, Any]
Ask = Callable[[str], Sequence[Row]]
"""Rows of a query over the published marts."""


@dataclass(frozen=True)
class Table:
    """Rows under a caption, which may be empty."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    why_empty: str = ""
    """Said instead of no rows, where other parts of the section have some."""
    page: Callable[[Row], str] | None = None
    """The page beside this one that a row is told on, without its ending: its first cell leads there."""


@dataclass(frozen=True)
class Text:
    """Something to copy: a title and paragraphs. Without a title an item of a list."""

    title: str
    lines: Sequence[str]


@dataclass(frozen=True)
class Code:
    """Something for a program, character by character."""

    caption: str
    language: str
    text: str


@dataclass(frozen=True)
class Section:
    """One question with its answer, or with the reason why there is none."""

    name: str
    title: str
    about: str
    tables: Sequence[Table] = ()
    texts: Sequence[Text] = ()
    codes: Sequence[Code] = ()
    why_empty: str = ""
    data: Sequence[Row] = ()
    """The rows behind the texts."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found to show."""
        return not self.texts and not self.codes and not any(table.rows for table in self.tables)


@dataclass(frozen=True)
class Document:
    """A whole document."""

    title: str
    sections: Sequence[Section]
    lead: Sequence[str] = ()
    """What must be known before all else."""


def first_day(ask: Ask, query: str) -> date | None:
    """The one day that a query asks for."""
    found = ask(query)
    day = next(iter(found[0].values())) if found else None
    return day if isinstance(day, date) else None


def count(ask: Ask, query: str) -> int:
    """The one number that a query asks for."""
    found = ask(query)
    return int(next(iter(found[0].values())) or 0) if found else 0
