"""What would leave a first run without an answer, said before it: days that do not meet, no flow."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from shlex import quote

from gapsight.onboarding.draft import Draft, default_threshold
from gapsight.onboarding.facts import Facts
from ingest import sources
from ingest.records import FileCoverage, TestAttempt

MAX_REJECTED = 0.02
"""Share of a file's lines; a few that were cut off in writing are in every log."""


def days_apart(facts: Facts) -> Iterator[str]:
    """Everything is computed for the newest day: what of these files is too old to count then."""
    reports = [
        seen for seen in facts.files if seen.last and sources.get(seen.source).family == "ci"
    ]
    tested = max((seen.last for seen in reports if seen.last), default=None)
    used = facts.last_usage_day
    if used is None or tested is None:
        return
    if why := unknown_use(used, tested, whole_days=facts.whole_days):
        yield (
            f"use is known until {used}, the newest report is of {tested}: {why};"
            " bring a log of the same days"
        )
    newest, longest = max(used, tested), default_threshold("coverage_max_age_days")
    covered = [s.last for s in reports if s.last and _is_coverage(s.source)]
    if covered and (newest - max(covered)).days > longest:
        yield (
            f"coverage was measured on {max(covered)}, more than {longest} days before {newest}:"
            " it is too old to count"
        )


def _is_coverage(source: str) -> bool:
    """Whether it holds coverage only; a bundle may hold both."""
    tables = sources.get(source).tables
    return FileCoverage in tables and TestAttempt not in tables


def rejected_lines(facts: Facts) -> Iterator[str]:
    """Files of which so much cannot be read that a draft of the rest may mislead."""
    for seen in facts.files:
        if seen.rejected > MAX_REJECTED * seen.records:
            share = seen.rejected / seen.records
            yield (
                f"{seen.path}: {seen.rejected:,} of {seen.records:,} lines are rejected"
                f" ({share:.1%}); see why: gapsight parse {seen.source} {quote(str(seen.path))}"
            )


def unknown_use(
    used: date, newest: date, *, whole_days: int | None = None, seeds: Path | None = None
) -> str:
    """Why use would be unknown if it is known until a day and a report is of a later one, else ''.

    `whole_days` are those of a log, if it is the first one: a draft asks for no more.
    """
    window = default_threshold("usage_window_days", seeds)
    wanted = default_threshold("usage_min_loaded_days", seeds)
    if (newest - used).days <= window - min(wanted, wanted if whole_days is None else whole_days):
        return ""
    return (
        f"all is computed for the newest day, from the use of the {window} days before it,"
        " and will be unknown"
    )


def not_loaded(days: Sequence[date], first_day: date, today: date) -> Iterator[str]:
    """Files in the inbox, by the days of their folders, that the next run will leave out."""
    early = [day for day in days if day < first_day]
    late = [day for day in days if day > today]
    if early:
        yield (
            f"{len(early):,} files lie before first_day {first_day} ({_span(early)}): they will not be"
            f" loaded; set first_day in gapsight.toml to {min(early)} or earlier"
        )
    if late:
        yield (
            f"{len(late):,} files lie after today ({_span(late)}):"
            " they will not be loaded before that day"
        )


def _span(days: Sequence[date]) -> str:
    first, last = min(days), max(days)
    return str(first) if first == last else f"{first} to {last}"


def without_flow(draft: Draft) -> str | None:
    """Components that somebody must give a flow, in words; None if all have one."""
    rows = draft.rows.get("component_flows", [])
    bare = sum(not row.values["flow"] for row in rows)
    if not bare:
        return None
    share = (draft.lines - draft.mapped_lines) / draft.lines if draft.lines else 0
    of_lines = f" ({share:.1%} of the lines)" if share else ""
    return f"{bare:,} of {len(rows):,} components{of_lines}"
