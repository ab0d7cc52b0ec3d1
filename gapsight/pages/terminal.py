"""A document in a terminal or a pipe."""

from gapsight.cli import output
from gapsight.pages.document import Document, Section


def show(document: Document) -> None:
    """Print it; drafts are left out, as they are to be copied and not to be read."""
    output.line(document.title, "bold")
    for said in document.lead:
        output.line(said)
    for section in document.sections:
        output.line()
        _show(section)


def _show(section: Section) -> None:
    output.line(section.title, "bold")
    output.line(section.why_empty if section.is_empty else section.about)
    for text in section.texts:
        output.line(" ".join(filter(None, (text.title, *text.lines))))
    for table in section.tables:
        if table.rows:
            output.table(table.rows, table.columns)
            if table.caption:
                output.line(table.caption)
        elif table.why_empty and not section.is_empty:
            output.line(table.why_empty)
    for code in section.codes:
        output.line(f"{code.caption}: {len(code.text.splitlines())} lines, see --draft")
