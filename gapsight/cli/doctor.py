"""`gapsight doctor`: what is configured, reachable, loaded, stale, how big, and what to do about it."""

import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from gapsight.cli import options
from gapsight.cli.errors import Exit

if TYPE_CHECKING:
    from gapsight.cli import output
    from gapsight.health.case import Finding, Level
    from gapsight.health.examine import Health
    from orchestration.settings import Settings

# The worst kind there is decides, in this order.
_EXIT: "dict[Level, Exit]" = {
    "config": Exit.USAGE,
    "error": Exit.FINDINGS,
    "stale": Exit.UNKNOWN,
    "unknown": Exit.UNKNOWN,
    "warning": Exit.OK,
}
_LABEL = 11
_NAME = "\0"
_WIDEST = 120


@click.command(
    short_help="Tell what is configured, reachable, stale, how big, and what to do.",
    epilog="Example: gapsight doctor --workspace examples/shop --format json",
)
@options.form("text", "json")
@options.place("as_of")
def doctor(*, place: options.Place, form: str) -> int:
    """Examine settings, sources, clones, runs and disk; each finding says what to do.

    Ages are counted to today, or to --as-of. Nothing is changed, locked or fetched. Exit code 0 if
    all is well, 1 for errors, 2 for what is stale or unknown, 3 for mistakes in configuration or
    seeds.
    """
    from gapsight.health.examine import examine

    settings = place.settings()
    today = place.as_of or datetime.now(ZoneInfo(settings.reporting_zone)).date()
    health = examine(settings, today)
    if form == "json":
        _as_json(settings, health)
    else:
        _as_text(settings, health)
    return _exit_code(health.findings)


def _exit_code(findings: "Sequence[Finding]") -> Exit:
    levels = {finding.level for finding in findings}
    return next((code for level, code in _EXIT.items() if level in levels), Exit.OK)


def _as_text(settings: "Settings", health: "Health") -> None:
    width = _width()
    for label, words in _facts(settings, health):
        _wrapped(f"{label:<{_LABEL}}{words}", _LABEL, width)
    _tables(health)
    _title("Findings")
    for level, what, do in _merged(health.findings):
        _wrapped(f"{level}: {what}", 2, width, verdict="error" if level == "config" else level)
        _wrapped(f"  -> {do}", 5, width)
    if not health.findings:
        _wrapped("all is well", 0, width, verdict="ok")


def _facts(settings: "Settings", health: "Health") -> Iterator[tuple[str, str]]:
    from gapsight.health.disk import in_units

    key = "set" if settings.hash_key else "too short" if settings.is_key_short else "not set"
    yield "workspace", f"{settings.name}, {settings.workspace}"
    yield "data", str(settings.paths.data_dir)
    yield (
        "settings",
        f"days and times in {settings.reporting_zone}, from {settings.first_day}, hash key {key}",
    )
    yield "retention", _retention(health)
    yield "published", _age(health.published_at)
    disk = health.disk
    yield "disk", ", ".join(f"{name} {in_units(size)}" for name, size in disk.used.items())
    yield "free", f"{in_units(disk.free)} of {in_units(disk.volume)}"
    if health.runs is None:
        yield "runs", "unknown: no history that can be read"


def _retention(health: "Health") -> str:
    """How long inbox files are kept, and how many are gone for that."""
    limits: dict[int, list[str]] = {}
    for state in health.sources:
        if state.keep_inbox_days is not None:
            limits.setdefault(state.keep_inbox_days, []).append(state.source)
    every = len(health.sources)
    said = [
        f"{days} days" + ("" if len(names) == every else f" of {', '.join(names)}")
        for days, names in sorted(limits.items())
    ]
    kept = "; ".join(said) or "every inbox file is kept (keep_inbox_days sets a limit)"
    removed = sum(state.removed for state in health.sources)
    return kept + (f"; {removed:,} inbox files removed by retention" if removed else "")


def _tables(health: "Health") -> None:
    from gapsight.cli import output

    if rows := [_source_row(state) for state in map(asdict, health.sources) if _is_shown(state)]:
        _title("Sources")
        output.table(rows, _source_columns())
    if missing := [state.source for state in health.sources if state.state == "not set up"]:
        output.line()
        _wrapped(f"{'not set up':<{_LABEL}}{', '.join(missing)}", _LABEL, _width())
    if health.repos:
        _title("Repositories")
        output.table([asdict(state) for state in health.repos], _repo_columns())
    if health.runs:
        _title("Last runs")
        output.table([asdict(run) for run in health.runs], _run_columns())


def _title(words: str) -> None:
    from gapsight.cli import output

    output.line()
    output.line(words, "bold")


def _is_shown(state: "output.Row") -> bool:
    return bool(state["state"] != "not set up")


def _source_row(state: "output.Row") -> "output.Row":
    reached = {None: "not yet", True: f"from {state['fed_by']}", False: "no"}
    loaded, files = state["loaded"], state["files"]
    return {
        **state,
        "set_up_in": ", ".join(state["configured_by"][:1]) or "nowhere",
        "reached": reached[state["reachable"]],
        "of_files": f"{files:,}" if loaded == files else f"{loaded:,} of {files:,}",
    }


def _source_columns() -> "list[output.Column]":
    from gapsight.cli import output

    return [
        output.text("source", "source"),
        output.text("set up in", "set_up_in"),
        output.text("reached", "reached"),
        output.Column("loaded", lambda row: str(row["of_files"]), right=True),
        output.text("last day", "last_day", "none"),
        output.Column("age", lambda row: _days(row["age_days"]), right=True),
        output.Column("rejected", _rejected, right=True),
        output.text("state", "state"),
    ]


def _repo_columns() -> "list[output.Column]":
    from gapsight.cli import output

    return [
        output.text("repository", "name"),
        output.text("branch", "branch"),
        output.Column("newest commit", lambda row: _minute(row["newest_commit"], "unknown")),
        output.Column("last fetched", _fetched),
        output.text("state", "state"),
    ]


def _run_columns() -> "list[output.Column]":
    from gapsight.cli import output

    return [
        output.Column("begun", lambda row: _minute(row["started_at"], "")),
        output.Column("jobs", lambda row: ", ".join(row["jobs"])),
        output.text("started by", "started_by"),
        output.Column("minutes", _minutes, right=True),
        output.text("outcome", "outcome"),
    ]


def _fetched(row: "output.Row") -> str:
    if row["fetched_at"]:
        return _minute(row["fetched_at"], "")
    return "no remote" if row["has_remote"] is False else "unknown"


def _minute(moment: datetime | None, missing: str) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else missing


def _minutes(row: "output.Row") -> str:
    minutes = row["minutes"]
    if minutes is None:
        return ""
    return f"{minutes:,.1f}" if minutes >= 0.1 else "< 0.1"


def _days(age: int | None) -> str:
    return "" if age is None else f"{age} d"


def _rejected(row: "output.Row") -> str:
    share = row["reject_share"]
    if not share:
        return "" if share is None else "0"
    return f"{share:.1%}" if share >= 0.001 else "< 0.1%"


def _merged(findings: "Iterable[Finding]") -> "list[tuple[Level, str, str]]":
    """Findings by urgency; what is the same of several sources is said once."""
    same: dict[tuple[Level, str, str], list[str]] = {}
    for finding in sorted(findings, key=lambda finding: list(_EXIT).index(finding.level)):
        name = finding.about
        what = finding.what.replace(name, _NAME, 1) if name else finding.what
        do = finding.do.replace(name, _NAME) if name else finding.do
        same.setdefault((finding.level, what, do), []).append(name)
    return [
        (
            level,
            what.replace(_NAME, ", ".join(names), 1),
            do.replace(_NAME, names[0] if len(names) == 1 else "NAME"),
        )
        for (level, what, do), names in same.items()
    ]


def _width() -> int | None:
    """Return the width of a terminal; a pipe gets every line whole."""
    from gapsight.cli import output

    return min(output.console().width, _WIDEST) if sys.stdout.isatty() else None


def _wrapped(words: str, indent: int, width: int | None, *, verdict: str = "") -> None:
    from gapsight.cli import output

    lines = [words]
    if width:
        margin = " " * indent
        lines = textwrap.wrap(
            words,
            width,
            subsequent_indent=margin,
            break_long_words=False,
            break_on_hyphens=False,
        )
    for line in lines:
        output.verdict(line, verdict)


def _as_json(settings: "Settings", health: "Health") -> None:
    from gapsight.cli import output

    output.as_json(
        {
            "workspace": {
                "name": settings.name,
                "path": str(settings.workspace),
                "data_dir": str(settings.paths.data_dir),
                "reporting_zone": settings.reporting_zone,
                "first_day": settings.first_day,
                "hash_key_set": bool(settings.hash_key),
            },
            "published_at": health.published_at,
            "disk_bytes": {
                **health.disk.used,
                "free": health.disk.free,
                "volume": health.disk.volume,
            },
            "sources": [asdict(state) for state in health.sources],
            "repos": [asdict(state) for state in health.repos],
            "runs": None if health.runs is None else [asdict(run) for run in health.runs],
            "findings": [asdict(finding) for finding in health.findings],
            "exit_code": int(_exit_code(health.findings)),
        }
    )


def _age(moment: datetime | None) -> str:
    if moment is None:
        return "nothing yet"
    hours = (datetime.now(UTC) - moment).total_seconds() / 3600
    ago = f"{hours / 24:.0f} days ago" if hours >= 48 else f"{max(hours, 0):.1f} hours ago"
    return f"{moment:%Y-%m-%d %H:%M %z}, {ago}"
