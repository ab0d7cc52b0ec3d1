"""What `gapsight doctor` looks at: facts of one workspace, and findings that follow from them."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gapsight.cli.errors import Exit

if TYPE_CHECKING:
    from orchestration.settings import Settings

Level = Literal["config", "error", "stale", "unknown", "warning"]
_EXIT: dict[Level, Exit] = {
    "config": Exit.USAGE,
    "error": Exit.FINDINGS,
    "stale": Exit.UNKNOWN,
    "unknown": Exit.UNKNOWN,
    "warning": Exit.OK,
}
_LITTLE_SPACE = 1 << 30
_MAY_BE_QUIET = ("incidents", "deployments")

# The ledger's parts, read in memory: doctor also has to work when no run ever published.
_LEDGER = """
    select
        source,
        list(path) as paths,
        max(least(day, coalesce(last_day, day))) as last_day,
        sum(records_read)::bigint as records_read,
        sum(rejected)::bigint as rejected,
        sum(rows)::bigint as rows
    from read_parquet($parts, hive_partitioning = true, hive_types = {'day': date})
    group by source
"""


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be, and what to do about it."""

    level: Level
    what: str
    do: str


@dataclass
class SourceState:
    """One source: what lies in its inbox folder and what of it is loaded."""

    source: str
    files: int
    loaded: int
    last_day: date | None = None
    age_days: int | None = None
    records_read: int = 0
    rejected: int = 0
    reject_share: float | None = None
    state: str = "ok"


@dataclass
class Health:
    """Everything doctor shows."""

    sources: list[SourceState] = field(default_factory=list)
    disk: dict[str, int] = field(default_factory=dict)
    published_at: datetime | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def exit_code(self) -> Exit:
        """Configuration before findings before unknown: the first kind there is decides."""
        codes = {_EXIT[finding.level] for finding in self.findings}
        return next(
            (code for code in (Exit.USAGE, Exit.FINDINGS, Exit.UNKNOWN) if code in codes), Exit.OK
        )

    def find(self, level: Level, what: str, do: str) -> None:
        """Add a finding."""
        self.findings.append(Finding(level, what, do))


def examine(settings: "Settings", today: date, stale_days: int) -> Health:
    """Look at a workspace from a day; reads only, and needs nothing loaded or published."""
    health = Health()
    _configuration(settings, health)
    _sources(settings, health, today=today, stale_days=stale_days)
    _published(settings, health)
    _disk(settings, health)
    return health


def _configuration(settings: "Settings", health: Health) -> None:
    from gapsight.seeds import check_seeds

    errors = check_seeds(settings.paths.seeds).errors
    if errors:
        health.find(
            "config",
            f"{len(errors)} errors in the seeds, the first: {errors[0]}",
            "gapsight seeds check",
        )
    for repo in settings.repos:
        if not (repo.path / ".git").exists() and not (repo.path / "HEAD").exists():
            health.find(
                "error",
                f"repository {repo.name}: no clone at {repo.path}",
                "clone it there or change [[repos]]",
            )
    if not settings.hash_key:
        name = settings.hash_key_env or "GAPSIGHT_HASH_KEY"
        health.find(
            "warning",
            "no hash key: customer and author ids are dropped, not hashed",
            f"set {name} in the environment (privacy.hash_key_env names the variable)",
        )


def _sources(settings: "Settings", health: Health, *, today: date, stale_days: int) -> None:
    from ingest.sources import all_sources
    from orchestration.inbox import list_units, unknown_folders

    inbox = settings.paths.inbox
    ledger = _loaded(settings, health)
    for source in all_sources():
        units = list_units(inbox, source.name) if source.landed else []
        loaded = ledger.get(source.name)
        if not units and not loaded:
            continue
        state = _state(source.name, {unit.path for unit in units}, loaded)
        health.sources.append(state)
        _judge(state, settings, health, today=today, stale_days=stale_days)
    landed = tuple(source.name for source in all_sources() if source.landed)
    for name in unknown_folders(inbox, landed):
        health.find(
            "error",
            f"inbox/{name} belongs to no source: nothing in it is read",
            "rename or remove it",
        )
    if not health.sources:
        health.find(
            "unknown",
            f"the inbox is empty: {inbox}",
            "put vendor files in inbox/SOURCE/YYYY-MM-DD/, or try: gapsight demo",
        )


def _loaded(settings: "Settings", health: Health) -> dict[str, dict[str, Any]]:
    """Read the ledger by source; a run may replace it at any moment, a crash may damage it."""
    import duckdb

    try:
        return _ledger(settings.paths.lake)
    except duckdb.Error as error:
        reason = str(error).partition("\n")[0]
        health.find("unknown", f"the ledger cannot be read: {reason}", "gapsight run repairs it")
        return {}


def _ledger(lake: Path) -> dict[str, dict[str, Any]]:
    parts = [str(part) for part in (lake / "loads").glob("day=*/*.parquet")]
    if not parts:
        return {}
    import duckdb

    with duckdb.connect() as connection:
        cursor = connection.execute(_LEDGER, {"parts": parts})
        names = [column[0] for column in cursor.description or ()]
        return {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}


def _state(source: str, paths: set[str], loaded: dict[str, Any] | None) -> SourceState:
    if not loaded:
        return SourceState(source, len(paths), 0)
    read, rejected = loaded["records_read"] or 0, loaded["rejected"] or 0
    return SourceState(
        source,
        files=len(paths),
        loaded=len(paths.intersection(loaded["paths"])),
        last_day=loaded["last_day"],
        records_read=read,
        rejected=rejected,
        reject_share=rejected / read if read else None,
    )


def _judge(
    state: SourceState, settings: "Settings", health: Health, *, today: date, stale_days: int
) -> None:
    """Add the findings of one source; the worst of them is its state."""
    limit = settings.max_reject_share
    if state.loaded < state.files:
        state.state = "not loaded"
        missing = f"{state.files - state.loaded:,} of {state.files:,}"
        text = f"{state.source}: {missing} files are not loaded"
        health.find("stale", text, "gapsight run")
    if state.last_day:
        state.age_days = (today - state.last_day).days
    if state.age_days is not None and state.age_days < 0:
        text = f"{state.source}: the newest data are of {state.last_day}, a day to come"
        health.find("warning", text, "check the clock of what wrote them, and the folder's name")
    if state.age_days is not None and state.age_days > stale_days:
        _judge_age(state, health)
    if state.reject_share is not None and state.reject_share > limit:
        state.state = "rejects"
        shares = f"{state.reject_share:.1%} of the records rejected, allowed are {limit:.1%}"
        health.find(
            "error",
            f"{state.source}: {shares}",
            f"look at them: gapsight parse {state.source} FILE > /dev/null",
        )


def _judge_age(state: SourceState, health: Health) -> None:
    """Old data are stale; where a quiet day brings no file, only a person can tell (as rpt_freshness)."""
    from ingest.sources import get

    text = f"{state.source}: the newest data are of {state.last_day}, {state.age_days} days ago"
    advice = f"check what brings files to inbox/{state.source}"
    if get(state.source).family in _MAY_BE_QUIET:
        state.state = "quiet"
        health.find(
            "warning", text, f"if there were none, a file that holds [] says so; else {advice}"
        )
    else:
        state.state = "stale"
        health.find("stale", text, advice)


def _published(settings: "Settings", health: Health) -> None:
    marts = settings.paths.marts
    if not marts.is_file():
        health.find("unknown", "nothing is published yet", "gapsight run")
        return
    health.published_at = datetime.fromtimestamp(marts.stat().st_mtime).astimezone()
    parts = (
        part.stat().st_mtime for part in (settings.paths.lake / "loads").glob("day=*/*.parquet")
    )
    if max(parts, default=0.0) > marts.stat().st_mtime:
        health.find(
            "stale",
            "files were loaded after the last publication",
            f"gapsight run; logs: {settings.paths.logs}",
        )


def _disk(settings: "Settings", health: Health) -> None:
    paths = settings.paths
    for place in (paths.inbox, paths.lake, paths.warehouse, paths.published):
        health.disk[place.stem] = sum(_sizes(place))
    there = next(folder for folder in (paths.data_dir, *paths.data_dir.parents) if folder.is_dir())
    space = os.statvfs(there)
    health.disk["free"] = space.f_bavail * space.f_frsize
    if health.disk["free"] < _LITTLE_SPACE:
        health.find(
            "error", f"less than 1 GB is free at {there}", "make room: a run writes a new warehouse"
        )
    if not os.access(there, os.W_OK):
        health.find("error", f"{there} is not writable", "check who owns it")


def _sizes(place: Path) -> Iterator[int]:
    if place.is_file():
        yield place.stat().st_size
        return
    for folder, _, names in os.walk(place):
        for name in names:
            yield (Path(folder) / name).lstat().st_size
