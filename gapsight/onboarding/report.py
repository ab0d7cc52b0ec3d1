"""draft.md: what the draft says and why, for the people who must now judge it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from gapsight.onboarding.draft import Draft, Row
from gapsight.onboarding.facts import Facts

_SHOWN = 40
_TITLES = {
    "flow_catalog": ("Flows", ("flow",)),
    "route_patterns": ("Route patterns", ("service", "pattern", "flow")),
    "event_catalogue": ("Events", ("event", "flow", "role")),
    "flow_aliases": ("Other names of flows", ("source", "alias", "flow")),
    "component_flows": ("Components", ("repo", "path_glob", "component", "flow")),
    "test_paths": ("Test paths", ("repo", "path_glob", "flow")),
    "thresholds": ("Thresholds", ("name", "value")),
}
_ASKED = (
    "Only people know the rest. In `flow_catalog.csv`: `owner`, `business_criticality`, the three"
    " `impact_` columns, and the two questions `stable_surface` and `mockable`. A flow that is no"
    " step of a customer (files, pictures, probes) is best deleted, with the rows that name it."
)


def draft_text(
    facts: Facts, draft: Draft, kept: Mapping[Path, str], *, safe: Callable[[str], str]
) -> str:
    """The report as Markdown; `safe` makes a name from a file harmless in a table cell.

    `kept` are files that were there before, with what they would have said.
    """
    lines = ["# Draft of a workspace", "", *_share_lines(draft, facts), "", _ASKED, ""]
    if kept:
        names = ", ".join(f"`{path.name}`" for path in kept)
        lines += [f"Files that were there already are unchanged: {names}.", ""]
    lines += ["## Files", "", *_files(facts, safe)]
    for seed, (title, columns) in _TITLES.items():
        rows = draft.rows.get(seed, [])
        if rows:
            lines += ["", f"## {title}", "", *_table(rows, columns, safe)]
    if draft.left_out:
        lines += ["", "## Left out", "", "| what | volume | name | why |", "|---|---:|---|---|"]
        shown = draft.left_out[:_SHOWN]
        lines += [
            f"| {item.kind} | {item.volume:,} | {safe(item.name)} | {safe(item.reason)} |"
            for item in shown
        ]
        lines += _more(len(draft.left_out) - len(shown))
    for path, text in kept.items():
        indented = [f"    {line}".rstrip() for line in text.splitlines()]  # no text ends this block
        lines += ["", f"## {path.name}, as it would have been", "", *indented]
    return "\n".join(lines) + "\n"


def shares(draft: Draft) -> list[str]:
    """How much of each kind the draft maps, in words; kinds that were not seen are not named."""
    found = (
        (draft.mapped, draft.requests, "user requests (without static files, bots, probes)"),
        (draft.mapped_events, draft.events, "analytics events"),
        (draft.mapped_tests, draft.tests, "test results"),
        (draft.mapped_lines, draft.lines, "lines of covered files"),
    )
    return [f"{part / whole:.1%} of {whole:,} {what}" for part, whole, what in found if whole]


def _share_lines(draft: Draft, facts: Facts) -> Iterator[str]:
    yield "Drafted by `gapsight init` from names alone. It maps:"
    yield ""
    yield from (f"- {text}" for text in shares(draft))
    if facts.classes["read"]:
        others = ("static", "bot", "synthetic", "other", "dropped", "duplicate", "rejected")
        parts = ", ".join(f"{facts.classes[name]:,} {name}" for name in others)
        yield f"- not asked for a flow, of {facts.classes['read']:,} lines: {parts}"


def _files(facts: Facts, safe: Callable[[str], str]) -> Iterator[str]:
    yield "| file | read as | days |"
    yield "|---|---|---|"
    for seen in facts.files[:_SHOWN]:
        days = f"{seen.first} to {seen.last}" if seen.first else ""
        what = seen.source + (f" of {seen.service}" if seen.service else "")
        yield f"| {safe(seen.path.name)} | {safe(seen.problem or what)} | {days} |"
    yield from _more(len(facts.files) - _SHOWN)
    for source, count in facts.skipped.items():
        yield f"\n{count:,} older files of {source} were not read: newer ones say enough."


def _table(
    rows: Sequence[Row], columns: Sequence[str], safe: Callable[[str], str]
) -> Iterator[str]:
    yield "| " + " | ".join([*columns, "why"]) + " |"
    yield "|" + "---|" * (len(columns) + 1)
    for row in rows[:_SHOWN]:
        cells = [safe(row.values.get(column, "")) for column in columns]
        yield "| " + " | ".join([*cells, safe(row.reason)]) + " |"
    yield from _more(len(rows) - _SHOWN)


def _more(number: int) -> list[str]:
    return ["", f"... and {number:,} more."] if number > 0 else []
