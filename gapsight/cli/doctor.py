"""`gapsight doctor`: what is configured, loaded, stale and how big, and what to do about it."""

from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from gapsight.cli import options

if TYPE_CHECKING:
    from gapsight.cli import output
    from gapsight.cli.health import Health
    from orchestration.settings import Settings


@click.command(
    short_help="Tell what is configured, loaded, stale and how big.",
    epilog="Example: gapsight doctor --workspace examples/shop --format json",
)
@options.form("text", "json")
@options.place("as_of")
def doctor(*, place: options.Place, form: str) -> int:
    """Examine settings, sources, published files and disk; each finding says what to do.

    Ages are counted to today, or to --as-of. Exit code 0 if all is well, 1 for errors, 2 for what
    is stale or unknown, 3 for mistakes in configuration or seeds.
    """
    from gapsight.cli.health import examine

    settings = place.settings()
    today = place.as_of or datetime.now(ZoneInfo(settings.reporting_zone)).date()
    health = examine(settings, today, _stale_days(settings.paths.seeds, today))
    if form == "json":
        _as_json(settings, health)
    else:
        _as_text(settings, health)
    return health.exit_code


def _stale_days(overlay: Path, today: date) -> int:
    """Look up the threshold in force today; the seed is the one place where it stands."""
    from gapsight.seeds import effective_seed

    rows = [
        row.values
        for seed in (effective_seed("thresholds", overlay), effective_seed("thresholds", None))
        for row in seed.rows
        if row.values.get("name") == "stale_days"
    ]
    in_force = [row for row in rows if row.get("valid_from", "") <= today.isoformat()]
    newest = max(in_force, key=lambda row: row.get("valid_from", ""), default={})
    try:
        return int(float(newest.get("value", "")))
    except ValueError:  # said among the errors of the seeds
        return 2


def _as_text(settings: "Settings", health: "Health") -> None:
    from gapsight.cli import output

    key = "set" if settings.hash_key else "not set"
    output.line(f"workspace  {settings.name}, {settings.workspace}")
    output.line(f"data       {settings.paths.data_dir}")
    output.line(
        f"settings   days in {settings.reporting_zone} from {settings.first_day}, hash key {key}"
    )
    output.line(f"published  {_age(health.published_at)}")
    output.line(
        f"disk       {', '.join(f'{name} {_size(size)}' for name, size in health.disk.items())}"
    )
    output.line()
    if health.sources:
        output.table([asdict(state) for state in health.sources], _columns())
        output.line()
    for finding in health.findings:
        output.verdict(f"{finding.level}: {finding.what}", finding.level)
        output.line(f"  -> {finding.do}")
    if not health.findings:
        output.verdict("all is well", "ok")


def _columns() -> "list[output.Column]":
    from gapsight.cli import output

    return [
        output.text("source", "source"),
        output.number("files", "files"),
        output.number("loaded", "loaded"),
        output.text("last day", "last_day", "none"),
        output.number("age (days)", "age_days", missing=""),
        output.number("records", "records_read"),
        output.Column("rejected", _rejected, right=True),
        output.text("state", "state"),
    ]


def _rejected(state: "output.Row") -> str:
    share = state["reject_share"]
    return f"{state['rejected']:,} ({share:.1%})" if share else "0"


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
            "disk_bytes": health.disk,
            "sources": [asdict(state) for state in health.sources],
            "findings": [asdict(finding) for finding in health.findings],
            "exit_code": int(health.exit_code),
        }
    )


def _age(moment: datetime | None) -> str:
    if moment is None:
        return "nothing yet"
    hours = (datetime.now(UTC) - moment).total_seconds() / 3600
    ago = f"{hours / 24:.0f} days ago" if hours >= 48 else f"{max(hours, 0):.1f} hours ago"
    return f"{moment:%Y-%m-%d %H:%M %z}, {ago}"


def _size(size: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
