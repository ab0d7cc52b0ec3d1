"""`gapsight doctor`: what is configured, reachable, loaded, stale, how big, and what to do about it."""

import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from gapsight.cli import options
from gapsight.cli.errors import Exit

if TYPE_CHECKING:
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
@click.option(
    "--offline",
    is_flag=True,
    help="Ask no live interface, and no Spark master, whether it can be reached.",
)
@options.form("text", "json")
@options.place("as_of")
def doctor(*, place: options.Place, form: str, offline: bool) -> int:
    """Examine settings, sources, interfaces, clones, runs and disk; each finding says what to do.

    Ages are counted to today, or to --as-of. Nothing is changed, locked or fetched; each live
    interface is asked one short question that costs none of its budget of requests. Exit code 0 if
    all is well, 1 for errors, 2 for what is stale or unknown, 3 for mistakes in configuration or
    seeds.
    """
    from gapsight.health.examine import examine

    settings = place.settings()
    today = place.as_of or datetime.now(ZoneInfo(settings.reporting_zone)).date()
    health = examine(settings, today, offline=offline)
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
    yield "engine", _engine(settings)
    yield "retention", _retention(health)
    yield "published", _age(health.published_at)
    disk = health.disk
    yield "disk", ", ".join(f"{name} {in_units(size)}" for name, size in disk.used.items())
    yield "inbox", _inbox(disk.inbox)
    yield "free", f"{in_units(disk.free)} of {in_units(disk.volume)}"
    if health.runs is None:
        yield "runs", "unknown: no history that can be read"


def _engine(settings: "Settings") -> str:
    where = f" ({settings.spark_master})" if settings.engine == "spark" else ""
    return f"{settings.engine}{where}, DuckDB within {settings.memory_limit} of memory"


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


def _inbox(sizes: "Mapping[str, int]") -> str:
    """What lies there, the biggest first."""
    from gapsight.health.disk import in_units

    largest = sorted(sizes, key=lambda name: -sizes[name])
    return ", ".join(f"{name} {in_units(sizes[name])}" for name in largest) or "empty"


def _tables(health: "Health") -> None:
    from gapsight.cli import doctor_tables, output

    if rows := doctor_tables.source_rows(health):
        _title("Sources")
        output.table(rows, doctor_tables.source_columns())
    if missing := [state.source for state in health.sources if state.state == "not set up"]:
        output.line()
        _wrapped(f"not set up: {', '.join(missing)}", _LABEL + 1, _width())
    if health.interfaces:
        _title("Live interfaces")
        rows = [asdict(state) for state in health.interfaces]
        output.table(rows, doctor_tables.interface_columns())
    if health.repos:
        _title("Repositories")
        output.table([asdict(state) for state in health.repos], doctor_tables.repo_columns())
    if health.runs:
        _title("Last runs")
        output.table([asdict(run) for run in health.runs], doctor_tables.run_columns())


def _title(words: str) -> None:
    from gapsight.cli import output

    output.line()
    output.line(words, "bold")


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
                "engine": settings.engine,
                "spark_master": settings.spark_master if settings.engine == "spark" else None,
                "memory_limit": settings.memory_limit,
            },
            "published_at": health.published_at,
            "disk_bytes": {
                **health.disk.used,
                "free": health.disk.free,
                "volume": health.disk.volume,
            },
            "inbox_bytes": health.disk.inbox,
            "sources": [asdict(state) for state in health.sources],
            "interfaces": [asdict(state) for state in health.interfaces],
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
