"""One dbt call inside this process.

A dbt command of its own would import everything again (seconds), and would live on, holding the
warehouse, when the process that started it is killed.
"""

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from orchestration.settings import Settings

if TYPE_CHECKING:
    from dbt_common.events.base_types import EventMsg

RESULTS = {"LogModelResult", "LogSeedResult", "LogSnapshotResult", "LogTestResult"}
_LOCKED = "Could not set lock on file"
_DAMAGED = (
    "not a valid DuckDB database file",
    "Serialization Error",
    "checksum",
    "Corrupt",
    "corrupt",
    "past end of file",
)

Tick = Callable[[str], None]
"""Called with the name of each node that is done."""


@dataclass
class DbtOutcome:
    """What a dbt call did: its result events, and what went wrong in words, empty if nothing did."""

    events: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Failed tests and models by name, each with its message."""
    warnings: list[str] = field(default_factory=list)
    """Tests that only warn, with their message."""

    @property
    def is_locked(self) -> bool:
        """Whether another process had the warehouse open."""
        return any(_LOCKED in problem for problem in self.problems)

    @property
    def is_damaged(self) -> bool:
        """Whether the warehouse's file itself could not be read."""
        return any(word in problem for problem in self.problems for word in _DAMAGED)


def run_dbt(
    settings: Settings,
    command: str,
    args: Sequence[str] = (),
    *,
    tick: Tick | None = None,
    console: str = "none",
) -> DbtOutcome:
    """Run one dbt command on the assembled project; afterwards no file is held open by this process."""
    from dbt.cli.main import dbtRunner
    from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]

    outcome = DbtOutcome()

    def listen(message: "EventMsg") -> None:
        if message.info.name in RESULTS:
            outcome.events.append(MessageToDict(message, preserving_proto_field_name=True))
            if tick:
                tick(message.data.node_info.node_name)

    settings.paths.warehouse.parent.mkdir(parents=True, exist_ok=True)
    try:
        with settings.exported(), _stopping_dbt():
            result = dbtRunner(callbacks=[listen]).invoke(
                [command, *_flags(settings, console), *args]
            )
    finally:
        _close_warehouse()
    if isinstance(result.exception, KeyboardInterrupt):
        raise result.exception
    outcome.warnings = _messages(result.result, {"warn"})
    if result.exception is not None:
        outcome.problems = [" ".join(str(result.exception).split())]
    elif not result.success:
        outcome.problems = _messages(result.result, {"fail", "error", "runtime error"})
    return outcome


@contextmanager
def _stopping_dbt() -> Iterator[None]:
    """Let Ctrl-C and a termination reach dbt as what it knows: it then cancels its query and ends.

    Dagster's own handler raises something else, behind which a query would go on until it crashes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    names = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(name, signal.default_int_handler) for name in names]
    try:
        yield
    finally:
        for name, handler in zip(names, before, strict=True):
            signal.signal(name, handler or signal.SIG_DFL)


def _flags(settings: Settings, console: str) -> list[str]:
    home = str(settings.paths.dbt)
    as_of = settings.as_of.isoformat() if settings.as_of else ""
    values = {"as_of": as_of, "reporting_zone": settings.reporting_zone}
    return [
        *("--project-dir", home, "--profiles-dir", home),
        *("--target-path", str(settings.dbt_target), "--log-path", str(settings.paths.logs)),
        *("--vars", msgspec.json.encode(values).decode()),
        *(
            "--log-level",
            console,
            "--log-level-file",
            "info",
            "--no-use-colors",
            "--no-use-colors-file",
        ),
    ]


def _messages(result: Any, statuses: set[str]) -> list[str]:
    found = [r for r in getattr(result, "results", ()) if str(r.status) in statuses]
    return [f"{r.node.name}: {' '.join(str(r.message or '').split())}" for r in found]


def _close_warehouse() -> None:
    """Close what dbt-duckdb keeps open on a class: it would lock the file for everybody else."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    manager: Any = DuckDBConnectionManager  # there is no public way (seen in 1.11.1)
    with manager._LOCK:  # noqa: SLF001
        if manager._ENV is not None:  # noqa: SLF001
            manager._ENV.close()  # noqa: SLF001
        manager._ENV = None  # noqa: SLF001
