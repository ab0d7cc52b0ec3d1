"""One dbt call inside this process.

A dbt command of its own would import everything again (seconds), and would live on, holding the
warehouse, when the process that started it is killed.
"""

import logging
import re
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from logging.handlers import RotatingFileHandler
from types import FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from orchestration.settings import Settings
from orchestration.spark_session import AFTERMATH, Watch, watched
from orchestration.tickets import ticket_site

if TYPE_CHECKING:
    from dbt_common.events.base_types import EventMsg

LOGGED = {"info", "warn", "error"}
RESULTS = {"LogModelResult", "LogSeedResult", "LogSnapshotResult", "LogTestResult"}
STORED = {"table", "by_day"}
"""Materializations that leave a table."""
_STACK = re.compile(
    r"\s+at (?:[\w.$]+/)?[\w$]+(?:\.[\w$<>]+)+\(|\s*This stopped SparkContext was created at:|\s*JVM stacktrace:"
)
_LOCKED = "Could not set lock on file"
_DAMAGED = (
    "not a valid DuckDB database file",
    "Serialization Error",
    "checksum",
    "Corrupt",
    "corrupt",
    "past end of file",
)


class Statement(NamedTuple):
    """What dbt ran for a table."""

    name: str
    relation: str
    """Quoted, with its database."""
    query: str
    """The model's own, compiled."""


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
    tables: list[Statement] = field(default_factory=list)
    """Of a `run`: its tables in the order in which they were made."""

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
    watch = Watch(settings.spark_master)
    log = _log_file(settings)

    def listen(message: "EventMsg") -> None:
        _log(log, message)
        if message.info.name in RESULTS:
            outcome.events.append(MessageToDict(message, preserving_proto_field_name=True))
            if tick:
                tick(message.data.node_info.node_name)

    settings.paths.warehouse.parent.mkdir(parents=True, exist_ok=True)
    try:
        with settings.exported(), interruptible(watch.stop), watched(settings, watch):
            result = dbtRunner(callbacks=[listen]).invoke(
                [command, *_flags(settings, command, console), *args]
            )
    finally:
        log.close()
        close_warehouse()
    if isinstance(result.exception, KeyboardInterrupt):
        raise result.exception
    outcome.warnings = _messages(result.result, {"warn"})
    outcome.tables = _tables(result.result) if command == "run" else []
    outcome.problems = _problems(result, watch)
    return outcome


@contextmanager
def interruptible(on_stop: Callable[[], None] | None = None) -> Iterator[None]:
    """Let Ctrl-C and a termination be KeyboardInterrupt, which dbt knows: it cancels its query and ends.

    Dagster's own handler raises something else, behind which a query would go on until it crashes.
    `on_stop` is called in the handler, for what dbt does not end.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        if on_stop:
            on_stop()
        signal.default_int_handler(number, frame)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    names = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(name, stop) for name in names]
    try:
        yield
    finally:
        for name, handler in zip(names, before, strict=True):
            signal.signal(name, handler or signal.SIG_DFL)


def _log_file(settings: Settings) -> logging.Handler:
    """The file dbt would write itself, if it did not format every debug line first (a tenth of a build)."""
    settings.paths.logs.mkdir(parents=True, exist_ok=True)
    return RotatingFileHandler(
        settings.paths.logs / "dbt.log",
        maxBytes=10_000_000,
        backupCount=5,
        encoding="utf-8",
        delay=True,
    )


def _log(log: logging.Handler, message: "EventMsg") -> None:
    from dbt_common.events.functions import env_scrubber

    info: Any = message.info
    if info.level in LOGGED and info.msg:
        line = f"{info.ts.ToDatetime().isoformat(' ')} [{info.level:5}] {env_scrubber(info.msg)}"
        log.handle(logging.makeLogRecord({"msg": line}))


def _flags(settings: Settings, command: str, console: str) -> list[str]:
    home = str(settings.paths.dbt)
    as_of = settings.as_of.isoformat() if settings.as_of else ""
    values = {
        "as_of": as_of,
        "reporting_zone": settings.reporting_zone,
        "ticket_site": ticket_site(settings),
    }
    return [
        *("--project-dir", home, "--profiles-dir", home),
        *("--target", settings.engine),
        *("--target-path", str(settings.dbt_target), "--log-path", str(settings.paths.logs)),
        *("--vars", msgspec.json.encode(values).decode()),
        *("--log-level", console, "--log-level-file", "none", "--no-use-colors"),
        # Only of a parse is the manifest read; dbt would write it twice for each build, and its graph.
        *(() if command == "parse" else ("--no-write-json",)),
    ]


def _messages(result: Any, statuses: set[str]) -> list[str]:
    found = [r for r in getattr(result, "results", ()) if str(r.status) in statuses]
    return [f"{r.node.name}: {_plain(str(r.message or ''))}" for r in found]


def _plain(message: str) -> str:
    """On one line, without the stack of Java that Spark puts behind its words."""
    return " ".join(_STACK.split(message, maxsplit=1)[0].split())


def _problems(result: Any, watch: Watch) -> list[str]:
    if result.success and not watch.given_up:
        return []
    if result.exception is not None and not watch.given_up:
        return [_plain(str(result.exception))]
    failed = _messages(result.result, {"fail", "error", "runtime error"})
    if watch.given_up:
        failed = [problem for problem in failed if not any(text in problem for text in AFTERMATH)]
    return [*watch.reasons(), *failed]


def _tables(result: Any) -> list[Statement]:
    nodes = [one.node for one in getattr(result, "results", ())]
    return [
        Statement(node.name, node.relation_name, node.compiled_code)
        for node in nodes
        if node.config.materialized in STORED and node.compiled_code
    ]


def close_warehouse() -> None:
    """Close what dbt-duckdb keeps open on a class: it would lock the file for everybody else."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    manager: Any = DuckDBConnectionManager  # there is no public way (seen in 1.11.1)
    with manager._LOCK:  # noqa: SLF001
        if manager._ENV is not None:  # noqa: SLF001
            manager._ENV.close()  # noqa: SLF001
        manager._ENV = None  # noqa: SLF001
