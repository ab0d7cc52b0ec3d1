"""A pack of either kind, made from rows alone: the same marts give the same bytes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from gapsight.cli.output import json_text
from gapsight.pages.document import Ask, Document, Row, Section, first_day
from gapsight.pages.html import html
from gapsight.pages.markdown import markdown
from gapsight.review import quarterly, weekly


@dataclass(frozen=True)
class Pack:
    """A whole review."""

    kind: str
    as_of: date | None
    sections: Sequence[Section]

    @property
    def document(self) -> Document:
        """The pack for people."""
        day = self.as_of or "no day: nothing is loaded"
        return Document(f"{self.kind.capitalize()} review as of {day}", self.sections)

    def data(self) -> dict[str, Any]:
        """The pack for a program: the rows behind every table and text."""
        return {
            "review": self.kind,
            "as_of": self.as_of,
            "sections": [
                {
                    "name": section.name,
                    "title": section.title,
                    "why_empty": section.why_empty if section.is_empty else None,
                    "rows": list(_rows(section)),
                }
                for section in self.sections
            ],
        }


def _rows(section: Section) -> Iterator[Row]:
    yield from section.data
    for table in section.tables:
        yield from table.rows


KINDS: Mapping[str, Callable[[Ask], list[Section]]] = {
    "weekly": weekly.sections,
    "quarterly": quarterly.sections,
}
_WRITERS: Mapping[str, tuple[str, Callable[[Pack], str]]] = {
    "markdown": ("md", lambda pack: markdown(pack.document)),
    "html": ("html", lambda pack: html(pack.document)),
    "json": ("json", lambda pack: json_text(pack.data()) + "\n"),
}
_AS_OF = "select max(as_of) from rpt_feedback_metrics"


def pack_of(kind: str, ask: Ask) -> Pack:
    """Ask the published marts for everything that a review of this kind shows."""
    return Pack(kind, first_day(ask, _AS_OF), KINDS[kind](ask))


def text_of(pack: Pack, form: str) -> tuple[str, str]:
    """The ending of a file in a format, and the pack in it."""
    ending, write = _WRITERS[form]
    return ending, write(pack)


def file_name(pack: Pack, ending: str) -> str:
    """`2026-06-30-weekly.md`."""
    return f"{pack.as_of or 'no-day'}-{pack.kind}.{ending}"
