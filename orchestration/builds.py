"""What the warehouse and the published files were made from, so that nothing is built twice from the same.

A build depends on the lake, the assembled dbt project and this code, never on the clock: the same three
give the same marts.
"""

import fcntl
import hashlib
import shutil
from contextlib import suppress
from pathlib import Path

import msgspec

from orchestration import history
from orchestration.dbt_home import parsed_stamp
from orchestration.lake import Lake, write_synced
from orchestration.settings import ConfigError, Settings
from orchestration.workspace_file import Engine

_FICLONE = 0x40049409
"""Linux's request to share a file's blocks instead of copying them (btrfs, xfs)."""
_ROOM = 1.5
"""How much larger than the warehouse a copy may grow while it is built."""


class _Mark(msgspec.Struct):
    inputs: str
    warehouse: str
    """Size and time of the file after the build."""
    published: str = ""
    """The same of marts.duckdb, once it was published."""
    engine: Engine | None = None
    """What built it: a run may name another than the settings do. None: an earlier version, which did not say."""


def inputs_of(settings: Settings) -> str:
    """Hash of everything a build depends on; hold the lake still meanwhile."""
    code = [place.read_bytes() for place in sorted(Path(__file__).parent.glob("*.py"))]
    total = hashlib.sha256(b"\0".join(code))
    total.update(parsed_stamp(settings).encode())
    total.update(Lake(settings.paths.lake).digest().encode())
    total.update(history.digest(settings).encode())
    return total.hexdigest()


def has_passed(settings: Settings) -> bool:
    """Whether the warehouse is as a build left it whose tests all passed."""
    mark = _read(settings)
    return mark is not None and mark.warehouse == state_of(settings.paths.warehouse)


def built_from(settings: Settings) -> str:
    """The `inputs_of` that the warehouse was built from; empty if no build passed."""
    mark = _read(settings)
    return mark.inputs if mark else ""


def engine_of(settings: Settings) -> Engine:
    """What built the warehouse."""
    mark = _read(settings)
    return (mark and mark.engine) or settings.engine


def forget(settings: Settings) -> None:
    """Say that the warehouse is being changed: until it passes again nothing is published from it."""
    _place(settings).unlink(missing_ok=True)


def discard(settings: Settings) -> None:
    """Remove the warehouse: everything in it is built from the lake and the seeds."""
    for place in (settings.paths.warehouse, Path(f"{settings.paths.warehouse}.wal")):
        place.unlink(missing_ok=True)


def copy_warehouse(settings: Settings, folder: Path) -> None:
    """Copy it into a folder, sharing its blocks where the file system can; ConfigError where there is no room."""
    source, target = settings.paths.warehouse, folder / settings.paths.warehouse.name
    needed, free = int(_ROOM * source.stat().st_size), shutil.disk_usage(folder).free
    if _shared(source, target):
        return
    if free < needed:
        raise ConfigError(
            f"A copy of the warehouse needs about {needed / 1e6:,.0f} MB in {folder.parent},"
            f" where {free / 1e6:,.0f} MB are free.\nMake room there, or, for a trial, set TMPDIR to a larger disk."
        )
    shutil.copyfile(source, target)


def copy_file(source: Path, target: Path) -> None:
    """Copy a large file, sharing its blocks where the file system can."""
    if not _shared(source, target):
        shutil.copyfile(source, target)


def _shared(source: Path, target: Path) -> bool:
    with source.open("rb") as old, target.open("wb") as new, suppress(OSError):
        fcntl.ioctl(new.fileno(), _FICLONE, old.fileno())
        return True
    return False


def mark_passed(settings: Settings, inputs: str) -> None:
    """Note that a build of these inputs passed all its tests; nothing is published from it yet."""
    _prove(settings)
    _write(settings, _Mark(inputs, state_of(settings.paths.warehouse), engine=settings.engine))


def _prove(settings: Settings) -> None:
    """Say of the days of tables by day (macros/by_day.sql) that all tests passed on them: they are not asked again."""
    import duckdb

    with (
        duckdb.connect(str(settings.paths.warehouse)) as warehouse,
        suppress(duckdb.CatalogException),  # Spark made every table whole
    ):
        warehouse.execute("update state.built_days set is_proved = true where not is_proved")


def mark_published(settings: Settings) -> None:
    """Note that the warehouse as it is has been published."""
    if mark := _read(settings):
        mark.published = state_of(settings.paths.marts)
        _write(settings, mark)


def is_current(settings: Settings) -> bool:
    """Whether building and publishing again would give what is published."""
    mark = _read(settings)
    if mark is None or not mark.published:
        return False
    with Lake(settings.paths.lake).frozen():
        inputs = inputs_of(settings)
    there = (state_of(settings.paths.warehouse), state_of(settings.paths.marts))
    is_same = (mark.inputs, mark.warehouse, mark.published) == (inputs, *there)
    return is_same and _opens(settings.paths.marts)


def _opens(marts: Path) -> bool:
    """Whether it is a database still: a disk may spoil bytes and leave size and time."""
    import duckdb

    try:
        with duckdb.connect() as memory:
            memory.execute("attach ? as published (read_only)", [str(marts)])
    except duckdb.Error:
        return False
    return True


def _place(settings: Settings) -> Path:
    return settings.paths.warehouse.with_suffix(".passed")


def _read(settings: Settings) -> _Mark | None:
    try:
        return msgspec.json.decode(_place(settings).read_bytes(), type=_Mark)
    except (OSError, msgspec.DecodeError):
        return None


def _write(settings: Settings, mark: _Mark) -> None:
    write_synced(_place(settings), msgspec.json.encode(mark))


def state_of(place: Path) -> str:
    """Size and time of a file; empty where there is none."""
    try:
        found = place.stat()
    except OSError:
        return ""
    return f"{found.st_size} {found.st_mtime_ns}"
