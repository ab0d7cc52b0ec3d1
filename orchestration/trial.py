"""A build tried out: other rows in some seeds, built in a copy that is gone afterwards.

Nothing in the workspace is written: its warehouse is copied, its lake is read through a link, and the
dbt project with the other seeds is assembled beside them. Imports no Dagster.
"""

import csv
import fcntl
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from orchestration import builds, spark_tables
from orchestration.dbt_home import assemble_stamped, parsed_stamp
from orchestration.dbt_run import interruptible, run_dbt
from orchestration.lake import Lake, locked
from orchestration.observer import Progress
from orchestration.settings import ConfigError, Settings

_MODELS = ("--exclude-resource-type", "test", "unit_test")
_SHOWN = 3

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Trial:
    """A copy of the warehouse, and a dbt project of its own to build in it."""

    settings: Settings
    """Of the copy: every path but the lake's lies in a temporary folder."""
    is_current: bool
    """The copy holds what a build from today's lake and code would give."""
    _progress: Progress
    _is_of_spark: bool = False
    """The warehouse was built on Spark. A trial is small, and runs on DuckDB."""

    def rows(self, query: str) -> list[dict[str, Any]]:
        """What the copy holds now."""
        with duckdb.connect(str(self.settings.paths.warehouse), read_only=True) as copy:
            cursor = copy.execute(query)
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def build(self, seeds: Mapping[str, Rows], select: Sequence[str]) -> list[str]:
        """Build what dbt selects with these rows in these seeds; what went wrong, empty if nothing did."""
        for name, rows in seeds.items():
            place = self.settings.paths.seeds / f"{name}.csv"
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(_as_csv(rows))
        assemble_stamped(self.settings)
        self._progress.stage("build", None)
        views = (spark_tables.VIEWS,) if self._is_of_spark else ()
        arguments = ("--select", *select, *views, *_MODELS)
        return run_dbt(self.settings, "build", arguments, tick=self._progress.advance).problems


@contextmanager
def trial(settings: Settings, progress: Progress) -> Iterator[Trial]:
    """Copy what the last run left; removed again however the block ends.

    While the block runs no loader changes the lake. Raises ConfigError if there is nothing to copy,
    or no room for it.
    """
    run_first = "gapsight run" + (f" --as-of {settings.as_of}" if settings.as_of else "")
    if not settings.paths.warehouse.is_file():
        raise ConfigError(
            f"There is no warehouse yet at {settings.paths.warehouse}.\nRun this first: {run_first}"
        )
    with interruptible(), ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="gapsight-trial-")))
        with _held(settings.paths.warehouse.with_suffix(".lock"), progress):
            if not builds.has_passed(settings):
                raise ConfigError(
                    "The last run did not end well, so there is nothing sound to compare with.\n"
                    f"Run this first: {run_first}"
                )
            progress.stage("copy", None)
            builds.copy_warehouse(settings, folder)
            is_of_spark = builds.engine_of(settings) == "spark"
            if is_of_spark:
                spark_tables.copied(settings, folder)
            built_from = builds.built_from(settings)
        stack.enter_context(_lake_held(settings, progress))
        copy = _beside(settings, folder)
        is_same_code = _code(assemble_stamped(copy)) == _code(parsed_stamp(settings))
        is_current = is_same_code and built_from == builds.inputs_of(settings)
        if is_of_spark:
            spark_tables.take_over(copy, _manifest(settings))
        yield Trial(copy, is_current, progress, is_of_spark)


def _beside(settings: Settings, folder: Path) -> Settings:
    """The same workspace with everything in the folder; only the lake is where it was."""
    (folder / "lake").symlink_to(settings.paths.lake)
    paths = replace(
        settings.paths,
        workspace=folder,
        data_dir=folder,
        warehouse=folder / settings.paths.warehouse.name,
        published=folder / "published",
    )
    return replace(settings, paths=paths, engine="duckdb")


def _manifest(settings: Settings) -> Any:
    return json.loads((settings.paths.dbt / "manifest.json").read_bytes())


def _code(stamp: str) -> list[Any]:
    """What of a stamp the models depend on: not the seeds, of which the warehouse holds its own."""
    facts, *rest = json.loads(stamp or "[{}]")
    models = {name: value for name, value in facts.items() if not name.endswith(".csv")}
    return [models, rest[:2]]


@contextmanager
def _held(lock: Path, progress: Progress) -> Iterator[None]:
    """Share a lock with others that only read, saying so if a run makes us wait for it."""
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(lock, fcntl.LOCK_SH | fcntl.LOCK_NB))
        except BlockingIOError:
            progress.stage("wait for the run that holds the warehouse", None)
            stack.enter_context(locked(lock, fcntl.LOCK_SH))
        yield


@contextmanager
def _lake_held(settings: Settings, progress: Progress) -> Iterator[None]:
    """Keep the lake as it is; one that a loader left half changed is its next run's to repair."""
    state = Lake(settings.paths.lake).state
    with _held(state / "locks" / "lake.lock", progress):
        if (state / "journal.json").exists():
            raise ConfigError("The last load was interrupted.\nRun this first: gapsight run")
        yield


def _as_csv(rows: Rows) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()
