"""The whole examination of a workspace, in the order in which a reader wants its findings."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gapsight.health.case import Case, Finding
from gapsight.health.clones import CloneState, examine_clones
from gapsight.health.disk import Disk, examine_disk
from gapsight.health.feeds import Feeds
from gapsight.health.interfaces import InterfaceState, examine_interfaces
from gapsight.health.runs import RunState, examine_runs
from gapsight.health.sources import SourceState, examine_sources

if TYPE_CHECKING:
    from orchestration.settings import Settings


@dataclass(frozen=True)
class Health:
    """Everything doctor shows."""

    sources: list[SourceState]
    interfaces: list[InterfaceState]
    """What `[[fetch.*]]` names, entry by entry."""
    repos: list[CloneState]
    runs: list[RunState] | None
    """The last ones, newest first; None: their history is not there or cannot be read."""
    disk: Disk
    published_at: datetime | None
    findings: list[Finding]


def examine(settings: "Settings", today: date, *, offline: bool = False) -> Health:
    """Look at a workspace from a day; reads only, and needs nothing loaded or published.

    Each live interface is asked once, unless `offline`.
    """
    case = Case(settings, today, _stale_days(settings.paths.seeds, today))
    _configuration(case)
    _engine(case, offline=offline)
    repos = examine_clones(case)
    interfaces = examine_interfaces(case, offline=offline)
    sources = examine_sources(case, Feeds(repos, interfaces))
    published_at = _published(case)
    runs = examine_runs(case)
    disk = examine_disk(case)
    return Health(sources, interfaces, repos, runs, disk, published_at, case.findings)


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


def _configuration(case: Case) -> None:
    from gapsight.seeds import check_seeds
    from orchestration.settings import MIN_KEY_BYTES

    settings = case.settings
    if errors := check_seeds(settings.paths.seeds).errors:
        what = f"{len(errors)} errors in the seeds, the first: {errors[0]}"
        case.find("config", what, "gapsight seeds check names them all; correct those lines")
    name = settings.hash_key_env
    if settings.is_key_short:
        case.find(
            "warning",
            f"the hash key has fewer than {MIN_KEY_BYTES} bytes, so that ids could be guessed:"
            " customer and author ids are dropped, not hashed",
            f"set {name} to a longer one, such as: openssl rand -hex 32",
        )
    elif not settings.hash_key:
        case.find(
            "warning",
            "no hash key: customer and author ids are dropped, not hashed",
            f"set {name} in the environment or in {settings.workspace / '.env'}"
            if name
            else "name a variable: [privacy] hash_key_env in gapsight.toml, and set that variable",
        )


def _engine(case: Case, *, offline: bool) -> None:
    """What `gapsight run` would refuse to begin with; the master of a cluster is asked unless `offline`."""
    from orchestration import engines
    from orchestration.settings import ConfigError

    try:
        engines.require(case.settings)
        if not offline:
            engines.require_master(case.settings)
    except ConfigError as error:
        what, _, do = str(error).partition("\n")
        case.find("config", what, do)


def _published(case: Case) -> datetime | None:
    paths = case.settings.paths
    if not paths.marts.is_file():
        case.find("unknown", "nothing is published yet", "gapsight run")
        return None
    try:
        published = _built_at(paths.marts)
    except _UnreadableError as error:
        what = f"{paths.marts} cannot be opened: {error}"
        case.find("error", what, "gapsight run publishes it again")
        return None
    if _last_change(paths.lake / "loads") > published.timestamp():
        case.find(
            "stale",
            "files were loaded or withdrawn after the last publication",
            f"gapsight run; logs: {paths.logs}",
        )
    return case.local(published)


class _UnreadableError(Exception):
    """Why a published file cannot be opened."""


def _built_at(marts: Path) -> datetime:
    """When it was published by its own word: a copy, or a backup put back, has another file time."""
    import duckdb

    try:
        with duckdb.connect() as memory:
            memory.execute("attach ? as published (read_only)", [str(marts)])
            row = memory.execute("select built_at from published._meta").fetchone()
    except duckdb.Error as error:
        raise _UnreadableError(str(error).partition("\n")[0]) from None
    if row is None:
        raise _UnreadableError("its _meta is empty")
    built_at: datetime = row[0]
    return built_at.replace(tzinfo=UTC)


def _last_change(ledger: Path) -> float:
    """When a part of the ledger came or went last; a run may remove any of it meanwhile."""
    times = [0.0]
    for place in (*ledger.glob("day=*"), *ledger.glob("day=*/*.parquet")):
        with suppress(FileNotFoundError):
            times.append(place.stat().st_mtime)
    return max(times)
