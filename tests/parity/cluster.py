"""A real Spark cluster on loopback: a standalone master and two workers, each a JVM of its own."""

import json
import os
import re
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 60
_MASTER = re.compile(r"Starting Spark master at (spark://127\.0\.0\.1:\d+)")
_JOINED = re.compile(r"Successfully registered with master")
# For few rows: nothing is compiled or shuffled that need not be. Where executors run is what this is about.
_CONF = """
spark.driver.host 127.0.0.1
spark.driver.bindAddress 127.0.0.1
spark.driver.memory 1g
spark.executor.memory 1g
spark.cores.max 2
spark.executor.cores 1
spark.default.parallelism 2
spark.sql.shuffle.partitions 2
spark.sql.adaptive.enabled false
spark.sql.codegen.wholeStage false
spark.sql.codegen.factoryMode NO_CODEGEN
spark.driver.extraJavaOptions {java}
spark.executor.extraJavaOptions {java}
spark.sql.sources.parallelPartitionDiscovery.threshold 100000
spark.ui.enabled false
spark.eventLog.compress false
spark.eventLog.enabled true
spark.eventLog.rolling.enabled false
spark.eventLog.dir {events}
"""


# A build that ends after minutes never earns back what the second compiler costs.
_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


class Cluster:
    """Where it is, and what its workers did."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.address = ""
        self.workers: list[subprocess.Popen[bytes]] = []
        self.conf = folder / "conf"
        (folder / "events").mkdir(parents=True)
        self.conf.mkdir()
        events = (folder / "events").as_uri()
        (self.conf / "spark-defaults.conf").write_text(_CONF.format(events=events, java=_JAVA))

    def executors(self) -> dict[str, str]:
        """Executor -> worker that launched it, of all builds so far."""
        found = {}
        for number in range(len(self.workers)):
            said = (self._folder / f"worker{number}.log").read_text()
            for app, executor in re.findall(r"Asked to launch executor (\S+)/(\d+)", said):
                found[f"{app}/{executor}"] = f"worker{number}"
        return found

    def tasks(self) -> Counter[str]:
        """Tasks that ended well, by worker."""
        done: Counter[str] = Counter()
        where = self.executors()
        for log in (self._folder / "events").iterdir():
            app = log.name.removesuffix(".inprogress").removesuffix(".zstd")
            with log.open() as lines:
                for line in lines:
                    if '"SparkListenerTaskEnd"' in line:
                        task = json.loads(line)
                        if task["Task End Reason"]["Reason"] == "Success":
                            done[where[f"{app}/{task['Task Info']['Executor ID']}"]] += 1
        return done


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Start it, and end it however the block ends."""
    started = Cluster(folder)
    running: list[subprocess.Popen[bytes]] = []

    def start(name: str, *arguments: str) -> Path:
        log = folder / f"{name}.log"
        with log.open("wb") as stream:
            running.append(_java(folder, stream.fileno(), *arguments))
        return log

    try:
        here = ("--host", "127.0.0.1", "--webui-port", "0")
        log = start("master", "org.apache.spark.deploy.master.Master", *here, "--port", "0")
        started.address = _said(log, _MASTER)[1]
        worker = "org.apache.spark.deploy.worker.Worker"
        for number in range(2):
            work = ("--work-dir", str(folder / f"work{number}"), "--cores", "1", "--memory", "1g")
            start(f"worker{number}", worker, *here, *work, started.address)
        started.workers = running[1:]
        for number in range(2):
            _said(folder / f"worker{number}.log", _JOINED)
        yield started
    finally:
        for process in reversed(running):
            process.terminate()
        for process in running:
            process.wait(timeout=30)


def _java(folder: Path, log: int, *arguments: str) -> subprocess.Popen[bytes]:
    import pyspark

    home = Path(pyspark.__file__).parent
    environment = {
        **os.environ,
        "SPARK_HOME": str(home),
        "SPARK_CONF_DIR": str(folder / "conf"),
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_NO_DAEMONIZE": "1",
    }
    return subprocess.Popen(
        [home / "bin" / "spark-class", *arguments],
        stdout=log,
        stderr=log,
        env=environment,
        cwd=folder,
    )


def _said(log: Path, what: re.Pattern[str]) -> re.Match[str]:
    """Wait until a process has said it."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if found := what.search(log.read_text()):
            return found
        time.sleep(0.2)
    raise TimeoutError(f"{log.name} never said {what.pattern}:\n{log.read_text()[-2000:]}")
