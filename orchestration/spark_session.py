"""The Spark session of a dbt call: its jobs end when no executor works for them, and it ends with the call."""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any

from orchestration.settings import Settings

LOOK_SECONDS = 1.0
PATIENCE = "spark.gapsight.waitForExecutors"
"""In Spark's own configuration, in its own words for a time (`90s`, `15min`)."""
_DEFAULT = "15min"


class Watch:
    """Gives a build up for which no executor of the cluster works: Spark itself waits without end."""

    def __init__(self, master: str) -> None:
        self.given_up = ""
        """Why, in words; empty while there is hope."""
        self._master = master
        self._since: float | None = None

    def look(self, context: Any) -> None:
        """See whether somebody works for the jobs there are; when nobody did for too long, cancel all."""
        spark = context._jsc.sc()  # noqa: SLF001 - Python's own tracker knows no executors (seen in 4.3.0)
        if self.given_up:
            context.cancelAllJobs()
        elif spark.getExecutorMemoryStatus().size() > 1:  # the driver is one of them
            self._since = None
        elif context.statusTracker().getActiveJobsIds():
            self._since = self._since or monotonic()
            self._judge(spark.getConf(), monotonic() - self._since)

    def _judge(self, conf: Any, waited: float) -> None:
        from py4j.protocol import Py4JJavaError
        from pyspark.errors import PySparkException

        wait = conf.get(PATIENCE, _DEFAULT)
        try:
            is_too_long = waited >= conf.getTimeAsSeconds(PATIENCE, _DEFAULT)
        except (Py4JJavaError, PySparkException):
            self.given_up = f"{PATIENCE} is '{wait}'. Write a time such as {_DEFAULT} there, in spark-defaults.conf"
            return
        if is_too_long:
            self.given_up = (
                f"no executor of {self._master} was there for this build's work for {wait}. Is a worker up, and has it"
                " the memory and cores that spark-defaults.conf asks for (spark.executor.memory, spark.executor.cores)?"
                f" {PATIENCE}, also there, says how long to wait for one"
            )


@contextmanager
def watched(settings: Settings) -> Iterator[Watch]:
    """Look after the session that the block opens, and end it with the block."""
    watch = Watch(settings.spark_master)
    over = threading.Event()
    thread = threading.Thread(target=_look_again_and_again, args=(watch, over), daemon=True)
    is_cluster = settings.engine == "spark" and not settings.spark_master.startswith("local")
    with _without_stacks():
        if is_cluster:
            thread.start()
        try:
            yield watch
        finally:
            over.set()
            if is_cluster:
                thread.join()
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
        context: Any = SparkContext._active_spark_context  # noqa: SLF001 - to ask is not to start one
        if getattr(context, "_jsc", None) is not None:
            with suppress(Py4JError, OSError, AttributeError):  # the session ends just now
                watch.look(context)


def stop_spark() -> None:
    """End the session, its executors and its JVM: a cluster has other users, and so has this machine's memory.

    The metastore lies in that memory. Of a JVM that went on, the next build would find the tables of this one.
    """
    if "pyspark" not in sys.modules:
        return
    from py4j.clientserver import FinalizerWorker
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    # The one of this thread is none where dbt opened it in others only.
    if session := SparkSession._instantiatedSession:  # noqa: SLF001
        session.stop()
    gateway: Any = SparkContext._gateway  # noqa: SLF001 - there is no public way (seen in 4.3.0)
    if gateway is not None:
        gateway.shutdown()
        gateway.proc.stdin.close()  # the JVM ends when nobody can ask it any more
        gateway.proc.wait(timeout=60)
        for thread in (
            threading.enumerate()
        ):  # of a process that ends beside it DuckDB tells what it never freed
            if isinstance(thread, FinalizerWorker):
                thread.join(timeout=5)
        SparkContext._gateway = SparkContext._jvm = None  # noqa: SLF001
