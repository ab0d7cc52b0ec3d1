"""Which runs are still alive: Dagster's own launcher cannot say so of a run whose code server is gone.

After a power cut or a killed UI its run would stay "started", and hold the warehouse's only slot, until
it is as old as the longest run may be.
"""

import fcntl
import json
import socket
from pathlib import Path

from dagster import DagsterRun
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus
from dagster._core.launcher.default_run_launcher import DefaultRunLauncher
from dagster._core.storage.tags import GRPC_INFO_TAG

HEADLESS = "gapsight/headless"
"""Tag of runs that a command started, not Dagster: the log file that the command holds locked."""
NOT_FETCHED = "gapsight/not-fetched"
"""Tag of such a run that failed in nothing but fetching: the interfaces that could not be fetched."""


class WatchedRunLauncher(DefaultRunLauncher):
    """Launches as Dagster does, and lets its run monitoring see which runs died with what ran them."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Run monitoring asks, every few seconds, of each run that has started."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Whether the command, or the code server, that runs it is there; a server reports its dead itself."""
        if HEADLESS in run.tags:
            alive = _is_held(Path(run.tags[HEADLESS]))
        else:
            alive = _answers(json.loads(run.tags.get(GRPC_INFO_TAG, "{}")).get("socket"))
        if alive:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.FAILED, "the process that ran it is gone")


def _is_held(log: Path) -> bool:
    try:
        with log.open("rb") as there:
            fcntl.flock(there, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def _answers(place: str | None) -> bool:
    if place is None:  # by network: not of this machine
        return True
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(place)
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:  # too busy to say
            return True
    return True
