"""The Spark session of a dbt call: it ends with the call, when that is stopped, and when no executor works for it."""

import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any

from orchestration.settings import Settings

LOOK_SECONDS = 1.0
WORTH_TELLING_SECONDS = 60
_END_SECONDS = 60
PATIENCE = "spark.gapsight.waitForExecutors"
"""In Spark's own configuration, in its own words for a time (`90s`, `15min`)."""
_DEFAULT = "15min"


AFTERMATH = (
    "[SPARK_JOB_CANCELLED]",
    "Error while sending or receiving",
    "Answer from Java side is empty",
    "Connection refused",
    "Connection reset by peer",
    "does not exist in the JVM",
)
"""What is said of a query whose job was cancelled, or whose driver is gone, whatever the reason was."""


class Watch:
    """Ends a build that cannot end by itself.

    Of one that is stopped dbt waits for the queries, which its session cannot cancel. One for which no
    executor of the cluster works waits without end, and Spark never says that there is none.
    """

    def __init__(self, master: str) -> None:
        self.given_up = ""
        """Why, in words; empty while there is hope."""
        self.is_stopped = False
        self._master = master
        self._is_cluster = master.partition("[")[0] != "local"
        self._patience: int | None = None
        """Seconds; read when there is a context to ask."""
        self._since: float | None = None

    def stop(self) -> None:
        """Let the build end: what a signal's handler may do."""
        self.is_stopped = True

    def look(self, context: Any) -> None:
        """See whether somebody works for the jobs there are; when nobody did for too long, cancel all."""
        spark = context._jsc.sc()  # noqa: SLF001 - Python's own tracker knows no executors (seen in 4.3.0)
        if self._patience is None:
            self._patience = self._read_patience(spark.getConf())
        if self.given_up:
            context.cancelAllJobs()
        elif self._executors(spark):
            self._since = None
        elif context.statusTracker().getActiveJobsIds():
            self._since = self._since or monotonic()
            if monotonic() - self._since >= self._patience:
                self.given_up = self._alone(spark.getConf().get(PATIENCE, _DEFAULT))

    def _executors(self, spark: Any) -> int:
        """How many there are; of a cluster's the driver is none, though Spark counts it."""
        return int(spark.getExecutorMemoryStatus().size()) - int(self._is_cluster)

    def see_driver(self) -> None:
        """See whether the driver's JVM ended by itself: every query after it says only that nobody answers."""
        gateway = _gateway()
        code = None if gateway is None else gateway.proc.poll()
        if code is not None and not self.is_stopped and not self.given_up:
            how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
            self.given_up = (
                f"Spark's driver, a Java process beside this one, {how} in the midst of the build. Was there memory for"
                " it (the system kills what takes too much; spark.driver.memory in spark-defaults.conf)?"
            )

    def reasons(self) -> list[str]:
        """What the failures of a build that is over come of, as far as it was seen here."""
        if self.given_up:
            return [self.given_up]
        waited = 0 if self._since is None else monotonic() - self._since
        # Some of Spark's own limits are shorter, and say nothing of executors (spark.sql.broadcastTimeout, 300 s).
        return [self._alone(f"{waited:.0f}s")] if waited >= WORTH_TELLING_SECONDS else []

    def _alone(self, time: str) -> str:
        return (
            f"no executor of {self._master} was there for this build's work for {time}. Is a worker up, and has it the"
            " memory and cores that spark-defaults.conf asks for (spark.executor.memory, spark.executor.cores)?"
            f" {PATIENCE}, also there, says how long to wait for one"
        )

    def _read_patience(self, conf: Any) -> int:
        from py4j.protocol import Py4JJavaError
        from pyspark.errors import PySparkException

        seconds = 0
        with suppress(Py4JJavaError, PySparkException):
            seconds = int(conf.getTimeAsSeconds(PATIENCE, _DEFAULT))
        if seconds < 1:
            wrong = conf.get(PATIENCE, _DEFAULT)
            self.given_up = f"{PATIENCE} is '{wrong}'. Write a time such as {_DEFAULT} there, in spark-defaults.conf"
        return seconds


@contextmanager
def watched(settings: Settings, watch: Watch) -> Iterator[None]:
    """Look after the session that the block opens, and end it with the block."""
    if settings.engine != "spark":
        yield
        return
    over = threading.Event()
    thread = threading.Thread(target=_look_again_and_again, args=(watch, over), daemon=True)
    with _without_stacks():
        thread.start()
        try:
            yield
        finally:
            over.set()
            try:
                thread.join()
                watch.see_driver()
            finally:
                stop_spark()


@contextmanager
def _without_stacks() -> Iterator[None]:
    """Keep py4j from telling of each call that Ctrl-C cut off, the first of them in the root logger's name."""

    def is_news(record: logging.LogRecord) -> bool:
        return "while sending command" not in str(record.msg)

    logging.getLogger("py4j").setLevel(logging.CRITICAL)
    logging.getLogger().addFilter(is_news)
    try:
        yield
    finally:
        logging.getLogger().removeFilter(is_news)


def _look_again_and_again(watch: Watch, over: threading.Event) -> None:
    from py4j.protocol import Py4JError
    from pyspark import SparkContext

    while not over.wait(LOOK_SECONDS):
        gateway = _gateway()
        context: Any = SparkContext._active_spark_context  # noqa: SLF001 - to ask is not to start one
        if watch.is_stopped and gateway is not None:
            gateway.proc.terminate()  # even one whose session never came up; it gives its executors back
            return
        watch.see_driver()
        if getattr(context, "_jsc", None) is not None:
            with suppress(Py4JError, OSError, AttributeError):  # the session ends just now
                watch.look(context)


def _gateway() -> Any:
    """What speaks with the driver's JVM, its process as `proc`; None before there is one."""
    from pyspark import SparkContext

    return SparkContext._gateway  # noqa: SLF001 - there is no public way (seen in 4.3.0)


def stop_spark() -> None:
    """End the session, its executors and its JVM: a cluster has other users, and so has this machine's memory.

    The metastore lies in that memory. Of a JVM that went on, the next build would find the tables of this one.
    One that died before has nothing to end, and is forgotten: what the build has to say is not lost for it.
    """
    if "pyspark" not in sys.modules:
        return
    from py4j.protocol import Py4JError
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    # The one of this thread is none where dbt opened it in others only.
    session: Any = SparkSession._instantiatedSession  # noqa: SLF001
    gateway = _gateway()
    try:
        is_up = gateway is not None and gateway.proc.poll() is None
        if is_up and (opened := session or SparkContext._active_spark_context):  # noqa: SLF001
            with suppress(Py4JError, OSError):  # it ends just now
                opened.stop()
        if gateway is not None:
            _end(gateway)
    finally:
        SparkSession._instantiatedSession = SparkSession._activeSession = None  # noqa: SLF001
        SparkContext._active_spark_context = None  # noqa: SLF001
        SparkContext._gateway = SparkContext._jvm = None  # noqa: SLF001


def _end(gateway: Any) -> None:
    """End the JVM behind it, and the threads that speak with it."""
    from py4j.clientserver import FinalizerWorker
    from py4j.protocol import Py4JError

    with suppress(Py4JError, OSError):
        gateway.shutdown()
    with suppress(OSError):
        gateway.proc.stdin.close()  # the JVM ends when nobody can ask it any more
    try:
        gateway.proc.wait(timeout=_END_SECONDS)
    except subprocess.TimeoutExpired:
        gateway.proc.kill()
        gateway.proc.wait()
    for (
        thread
    ) in threading.enumerate():  # of a process that ends beside it DuckDB tells what it never freed
        if isinstance(thread, FinalizerWorker):
            thread.join(timeout=5)
