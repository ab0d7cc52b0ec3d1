"""A document as one HTML page that needs nothing beside it: no script, no font, no network."""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from html import escape
from urllib.parse import quote

from gapsight.cli.hostile import for_terminal
from gapsight.cli.output import Column
from gapsight.pages.document import Code, Document, Row, Section, Table, Text

_STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --band: #f6f8fa; --page: #ffffff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --soft: #9aa4af; --line: #3d444d; --band: #1b222b; --page: #0d1117; }
}
body { margin: 0 auto; max-width: 70rem; padding: 1.5rem; color: var(--ink); background: var(--page);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .3rem; padding-top: .8rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 0 0 .3rem; }
p { margin: .3rem 0 .8rem; max-width: 50rem; overflow-wrap: anywhere; }
.about, .empty, caption { color: var(--soft); }
.wide { overflow-x: auto; margin: .5rem 0 1.2rem; }
table { border-collapse: collapse; font-size: .9rem; width: 100%; }
caption { text-align: left; padding-bottom: .3rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line); }
th { background: var(--band); }
td { white-space: nowrap; }
td.long { white-space: normal; overflow-wrap: anywhere; min-width: 11rem; }
.right { text-align: right; font-variant-numeric: tabular-nums; }
.copy { border: 1px solid var(--line); border-radius: .4rem; padding: .8rem 1rem .1rem; margin: .6rem 0; }
pre { overflow-x: auto; background: var(--band); border: 1px solid var(--line); border-radius: .4rem; padding: .8rem;
  font: .85rem/1.5 ui-monospace, monospace; }
summary { cursor: pointer; }
nav a { margin-right: 1rem; } a { color: inherit; }
li { margin: .3rem 0; max-width: 55rem; }
@media print { body { max-width: none; padding: 0; } nav { display: none; } .wide { overflow: visible; }
  tr, .copy { break-inside: avoid; } h2, h3 { break-after: avoid; } }
"""
_SHORT = 24
"""Longer cells are folded; a name or a date is not."""


def html(document: Document) -> str:
    """The whole page; names and messages of strangers are text in it and nothing else."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'"
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            f"<title>{_safe(document.title)}</title>",
            f"<style>{_STYLE}</style>",
            "</head>",
            "<body>",
            f"<h1>{_safe(document.title)}</h1>",
            *(f"<p>{_safe(line)}</p>" for line in document.lead),
            *_ways(document.sections),
            "<main>",
            *(line for section in document.sections for line in _section(section)),
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _ways(sections: Sequence[Section]) -> Iterator[str]:
    if len(sections) > 1:
        yield '<nav aria-label="Sections">'
        yield from (f'<a href="#{s.name}">{_safe(s.title)}</a>' for s in sections)
        yield "</nav>"


def _safe(text: str) -> str:
    return escape(for_terminal(text))


def _section(section: Section) -> Iterator[str]:
    yield f'<section aria-labelledby="{section.name}">'
    yield f'<h2 id="{section.name}">{_safe(section.title)}</h2>'
    if section.is_empty:
        yield f'<p class="empty">{_safe(section.why_empty)}</p>'
    else:
        yield f'<p class="about">{_safe(section.about)}</p>'
        yield from _texts(section)
        for table in section.tables:
            if table.rows:
                yield from _table(table)
            elif table.why_empty:
                yield f'<p class="empty">{_safe(table.why_empty)}</p>'
        yield from (line for code in section.codes for line in _code(code))
    yield "</section>"


def _texts(section: Section) -> Iterator[str]:
    items = [text for text in section.texts if not text.title]
    yield from (line for text in section.texts if text.title for line in _text(text))
    if items:
        yield "<ul>"
        yield from (f"<li>{_safe(' '.join(item.lines))}</li>" for item in items)
        yield "</ul>"


def _text(text: Text) -> Iterator[str]:
    yield '<article class="copy">'
    yield f"<h3>{_safe(text.title)}</h3>"
    yield from (f"<p>{_safe(line)}</p>" for line in text.lines)
    yield "</article>"


def _code(code: Code) -> Iterator[str]:
    lines = "\n".join(_safe(line) for line in code.text.splitlines())
    yield f"<details><summary>{_safe(code.caption)}</summary><pre><code>{lines}</code></pre></details>"


def _table(table: Table) -> Iterator[str]:
    yield '<div class="wide"><table>'
    if table.caption:
        yield f"<caption>{_safe(table.caption)}</caption>"
    if any(column.title for column in table.columns):
        heads = (f'<th scope="col"{_class(c.right)}>{_safe(c.title)}</th>' for c in table.columns)
        yield f"<thead><tr>{''.join(heads)}</tr></thead>"
    yield "<tbody>"
    for row in table.rows:
        page = table.page(row) if table.page else ""
        cells = (_cell(column, row, "" if at else page) for at, column in enumerate(table.columns))
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table></div>"


def _cell(column: Column, row: Row, page: str) -> str:
    words = column.show(row)
    said = f'<a href="{quote(page)}.html">{_safe(words)}</a>' if page else _safe(words)
    return f"<td{_class(column.right, is_long=len(words) > _SHORT)}>{said}</td>"


def _class(is_right: bool, *, is_long: bool = False) -> str:
    names = [name for name, holds in (("right", is_right), ("long", is_long)) if holds]
    return f' class="{" ".join(names)}"' if names else ""
