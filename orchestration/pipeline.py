"""The whole pipeline without the UI: the same definitions, run in this process, their history kept."""

import fcntl
import os
import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, NoReturn

from ingest import sources as registry
from orchestration import builds, incident_news
from orchestration.complaints import complaints, nothing_loaded, unreadable_of
from orchestration.damage import Damaged
from orchestration.days import Days, days_until_today, spans_of
from orchestration.inbox import Unit, list_units
from orchestration.lake import Lake
from orchestration.landing import fetches
from orchestration.loading import pending
from orchestration.observer import Observer, Progress
from orchestration.settings import ConfigError, Settings

if TYPE_CHECKING:
    import dagster as dg

__all__ = ["PipelineError", "Progress", "RunResult", "run_pipeline"]

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
_NO_COMPUTE_LOGS = {
    "module": "dagster._core.storage.noop_compute_log_manager",
    "class": "NoOpComputeLogManager",
}
_LANDED = "landed__"
_STOPPED = ("DagsterExecutionInterruptedError", "KeyboardInterrupt")
_SHOWN = 10
_KEPT_LOGS = 20


class PipelineError(Exception):
    """A step failed: what, where, and what to do."""

    def __init__(self, message: str, log: Path | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.log = log


@dataclass(frozen=True)
class RunResult:
    """What a run did; the counts are of files loaded now."""

    as_of: date | None
    """The day the numbers are for; None if nothing was ever loaded."""
    files_listed: int
    """Files that lay in the inbox, those included that the retention then removed."""
    files_loaded: int
    unreadable: tuple[Damaged, ...]
    """Files that lie in the inbox and of which nothing could be read, whenever they were loaded."""
    rows: int
    rejected: int
    is_unchanged: bool
    """Nothing was built or published: from the same inputs it would have been the same."""
    warnings: tuple[str, ...]
    published: Path
    seconds: dict[str, float]
    log: Path
    removed: dict[str, int] = field(default_factory=dict)
    """Inbox files that the retention removed, by source."""


def run_pipeline(
    settings: Settings,
    *,
    as_of: date | None = None,
    progress: Progress | None = None,
    force: bool = False,
) -> RunResult:
    """Fetch, load, build and publish whatever is new; for a past day, build into a folder of its own.

    With `force` the models are built again even if nothing changed. Raises ConfigError for what must
    be set differently and PipelineError for a step that failed.
    """
    from orchestration import dagster_home, engines

    engines.require(settings)
    if as_of and as_of < settings.first_day:
        raise ConfigError(
            f"There is no data for {as_of}: nothing before first_day ({settings.first_day}) is loaded.\n"
            "Choose a later day, or set first_day in gapsight.toml and run again."
        )
    observer = Observer(progress)
    with _log_file(settings) as log, dagster_home.prepared(settings) as home:
        observer.stage("prepare")
        run = _Run(settings, as_of, home=home, observer=observer, log=log)
        listed = run.ingest()
        run.check_loaded()
        is_unchanged = not force and builds.is_current(run.settings)
        if not is_unchanged:
            engines.require_master(settings)
            run.build()
        observer.stage("")
    loads = observer.loads
    return RunResult(
        as_of=as_of or run.last_day,
        files_listed=listed + sum(gone.removed for gone in observer.expired),
        files_loaded=sum(load.loaded for load in loads),
        unreadable=tuple(run.unreadable),
        rows=sum(load.rows.total() for load in loads),
        rejected=sum(load.rejected_now for load in loads),
        is_unchanged=is_unchanged,
        warnings=tuple(dict.fromkeys(observer.warnings)),
        published=run.settings.paths.published,
        seconds=observer.seconds,
        log=Path(log.name),
        removed={gone.source: gone.removed for gone in observer.expired if gone.removed},
    )


class _Run:
    """One headless run: the definitions of the workspace and the history they write to."""

    def __init__(
        self,
        settings: Settings,
        as_of: date | None,
        *,
        home: Path,
        observer: Observer,
        log: IO[str],
    ) -> None:
        from orchestration import dbt_home
        from orchestration.definitions import build_defs

        self.settings = settings.at(as_of) if as_of else settings
        self.last_day: date | None = None
        self.unreadable: list[Damaged] = []
        self._observer = observer
        self._log = log
        self._home = home
        self._defs = build_defs(self.settings, observer, dbt_home.prepare(settings))

    def ingest(self) -> int:
        """Fetch and load what is new; returns how many inbox files there are afterwards."""
        waiting = waiting_units(self.settings)
        wanted = fetches(self.settings)
        spans = self._spans([unit.day for unit in waiting], wanted)
        # How many files a fetch brings is known when it has ended: a day may bring none, or several.
        self._observer.stage("load", None if wanted else len(waiting))
        told = incident_news.folders(self.settings)
        failed: dict[str, str] = {}
        for days in spans:
            failed |= self._execute("ingest", days=days)
        if failed and waiting_units(self.settings):
            # What could not be fetched kept Dagster from loading the other files of its family.
            for days in spans:
                failed |= self._execute("load", days=days)
        if broken := {step: text for step, text in failed.items() if not step.startswith(_LANDED)}:
            self._stop("Loading failed", list(broken.values()))
        if not failed:  # everything that any incident needs was asked for with the rest
            incident_news.mark_done(self.settings, told)
        inbox = self.settings.paths.inbox
        there = [unit.path for name in registry.NAMES for unit in list_units(inbox, name)]
        self.unreadable = unreadable_of(self.settings, there)
        self._observer.warnings += complaints(self.settings, self._observer.loads, self.unreadable)
        return len(there)

    def check_loaded(self) -> None:
        """Refuse to build from nothing, and a past day of which nothing is known."""
        loaded = Lake(self.settings.paths.lake).loaded_days()
        self.last_day = loaded.last if loaded else None
        as_of = self.settings.as_of
        if loaded is None and as_of is None:
            raise ConfigError(nothing_loaded(self.settings, self._observer.warnings))
        if as_of and (loaded is None or as_of not in loaded):
            known = (
                f"loaded days run from {loaded.first} to {loaded.last}"
                if loaded
                else "nothing is loaded"
            )
            raise ConfigError(
                f"There is no data for {as_of}: {known}.\n"
                f"Choose a day with data, or put files into {self.settings.paths.inbox}."
            )

    def build(self) -> None:
        """Build, test and publish; the history of a past day's build is not kept."""
        failed = self._execute("build", kept=self.settings.as_of is None)
        if problems := self._observer.problems:
            times = "" if len(problems) == 1 else f" in {len(problems)} places"
            self._stop(f"Nothing was published: the build failed{times}", problems)
        if failed:
            self._stop("Nothing was published", list(failed.values()))

    def _spans(self, waiting: list[date], wanted: list[date]) -> list[Days]:
        """Days that have something to load or fetch; the first one there is if nothing has."""
        span = days_until_today(self.settings.first_day, self.settings.reporting_zone)
        if outside := [day for day in waiting if day not in span]:
            self._observer.warnings.append(
                f"{len(outside)} inbox files lie before {span.first} (first_day in gapsight.toml)"
                f" or after today ({min(outside)} to {max(outside)}): they are not loaded"
            )
        every = [day for day in waiting if day in span]
        return spans_of([*every, *wanted] or [span.first])

    def _execute(self, job: str, days: Days | None = None, *, kept: bool = True) -> dict[str, str]:
        """Run a job in this process; the messages of the steps that failed, by step."""
        import dagster as dg

        from orchestration.launcher import HEADLESS, HOST, NOT_FETCHED
        from orchestration.schedules import range_tags

        tags = {HEADLESS: self._log.name, HOST: socket.gethostname()}
        tags |= range_tags(days) if days else {}
        with (
            self._instance(kept=kept) as instance,
            redirect_stdout(self._log),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore", dg.BetaWarning)
            result = self._defs.resolve_job_def(job).execute_in_process(
                instance=instance, tags=tags, raise_on_error=False, run_config=_QUIET
            )
            failed = self._failures(result)
            if failed and all(step.startswith(_LANDED) for step in failed):
                names = ", ".join(sorted(step.removeprefix(_LANDED) for step in failed))
                instance.add_run_tags(result.run_id, {NOT_FETCHED: names})
        return failed

    def _failures(self, result: "dg.ExecuteInProcessResult") -> dict[str, str]:
        failed = {}
        for event in result.get_step_failure_events():
            error = event.step_failure_data.error
            self._log.write(f"{event.step_key}: {error.to_string() if error else event.message}\n")
            if error and error.cls_name in _STOPPED:
                raise KeyboardInterrupt
            failed[str(event.step_key)] = error.message.strip() if error else str(event.message)
        return failed

    @contextmanager
    def _instance(self, *, kept: bool) -> Iterator["dg.DagsterInstance"]:
        import dagster as dg
        from dagster._core.instance.ref import InstanceRef

        if not kept:
            with dg.DagsterInstance.ephemeral() as instance:
                yield instance
            return
        # Dagster would redirect the terminal itself into files; the progress shown there must stay.
        overrides = {"compute_logs": _NO_COMPUTE_LOGS}
        with dg.DagsterInstance.from_ref(
            InstanceRef.from_dir(str(self._home), overrides=overrides)
        ) as instance:
            yield instance

    def _stop(self, what: str, problems: list[str]) -> NoReturn:
        shown = "\n".join(f"- {problem}" for problem in problems[:_SHOWN])
        more = f"\n... and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        log = Path(self._log.name)
        raise PipelineError(f"{what}.\n{shown}{more}\nDetails: {log}", log)


def waiting_units(settings: Settings) -> list[Unit]:
    """Inbox files that a run would load."""
    families = dict.fromkeys(source.family for source in registry.all_sources() if source.landed)
    return [unit for family in families for unit in pending(settings, family)]


@contextmanager
def _log_file(settings: Settings) -> Iterator[IO[str]]:
    folder = settings.paths.logs
    folder.mkdir(parents=True, exist_ok=True)
    for old in sorted(folder.glob("run-*.log"))[:-_KEPT_LOGS]:
        old.unlink()
    place = folder / f"run-{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}.log"
    with place.open("w", encoding="utf-8", buffering=1) as log:
        fcntl.flock(log, fcntl.LOCK_EX)  # says that this process lives (orchestration/launcher.py)
        yield log
