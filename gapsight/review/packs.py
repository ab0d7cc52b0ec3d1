"""A pack of either kind, made from rows alone: the same marts give the same bytes."""

from collections.abc import Callable, Mapping

from gapsight.cli.output import json_text
from gapsight.review import quarterly, weekly
from gapsight.review.document import Ask, Pack, Section, first_day
from gapsight.review.html import html
from gapsight.review.markdown import markdown

KINDS: Mapping[str, Callable[[Ask], list[Section]]] = {
    "weekly": weekly.sections,
    "quarterly": quarterly.sections,
}
_WRITERS: Mapping[str, tuple[str, Callable[[Pack], str]]] = {
    "markdown": ("md", markdown),
    "html": ("html", html),
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
