"""A document as Markdown, for a pull request, a wiki or a mail."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from gapsight.cli.hostile import for_markdown, for_terminal
from gapsight.pages.document import Code, Document, Section, Table, Text


def markdown(document: Document) -> str:
    """The whole document; names and messages of strangers are harmless in it."""
    lines = [f"# {for_markdown(document.title)}", ""]
    for said in document.lead:
        lines += [for_markdown(said), ""]
    for section in document.sections:
        lines += _section(section)
    return "\n".join(lines)


def _section(section: Section) -> Iterator[str]:
    yield from (f"## {section.title}", "")
    if section.is_empty:
        yield from (for_markdown(section.why_empty), "")
        return
    yield from (for_markdown(section.about), "")
    for text in section.texts:
        yield from _text(text)
    if section.texts and not section.texts[-1].title:
        yield ""
    for table in section.tables:
        if table.rows:
            yield from _table(table)
        elif table.why_empty:
            yield from (for_markdown(table.why_empty), "")
    yield from (line for code in section.codes for line in _code(code))


def _text(text: Text) -> Iterator[str]:
    if not text.title:
        yield f"- {for_markdown(' '.join(text.lines))}"
        return
    yield from (f"### {for_markdown(text.title)}", "")
    for line in text.lines:
        yield from (for_markdown(line), "")


def _code(code: Code) -> Iterator[str]:
    # A fence longer than any run of the same character in it is not ended by what stands there.
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", code.text)), default=0))
    yield from (for_markdown(code.caption), "", f"{fence}{code.language}")
    yield from (for_terminal(line) for line in code.text.splitlines())
    yield from (fence, "")


def _table(table: Table) -> Iterator[str]:
    if table.caption:
        yield from (for_markdown(table.caption), "")
    yield _line(column.title for column in table.columns)
    yield "|" + "|".join("---:" if column.right else "---" for column in table.columns) + "|"
    for row in table.rows:
        first, *others = (for_markdown(column.show(row)) for column in table.columns)
        page = table.page(row) if table.page else ""
        yield _line([f"[{first}]({quote(page)}.md)" if page else first, *others])
    yield ""


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
