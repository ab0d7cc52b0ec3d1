"""What would leave a first run without an answer, said before it: days that do not meet, no flow."""

from collections.abc import Iterator

from gapsight.onboarding.draft import Draft, default_threshold
from gapsight.onboarding.facts import Facts
from ingest import sources
from ingest.records import FileCoverage, TestAttempt


def days_apart(facts: Facts) -> Iterator[str]:
    """Everything is computed for the newest day: what of these files is too old to count then."""
    reports = [
        seen for seen in facts.files if seen.last and sources.get(seen.source).family == "ci"
    ]
    tested = max((seen.last for seen in reports if seen.last), default=None)
    used = facts.last_usage_day
    if used is None or tested is None:
        return
    window = default_threshold("usage_window_days")
    wanted = min(default_threshold("usage_min_loaded_days"), facts.whole_days)
    if (tested - used).days > window - wanted:
        yield (
            f"use is known until {used}, the newest report is of {tested}: all is computed for the"
            f" newest day, from the use of the {window} days before it, and will be unknown;"
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


def without_flow(draft: Draft) -> str | None:
    """Components that somebody must give a flow, in words; None if all have one."""
    rows = draft.rows.get("component_flows", [])
    bare = sum(not row.values["flow"] for row in rows)
    if not bare:
        return None
    share = (draft.lines - draft.mapped_lines) / draft.lines if draft.lines else 0
    of_lines = f" ({share:.1%} of the lines)" if share else ""
    return f"{bare:,} of {len(rows):,} components{of_lines}"
