"""Which runs are still alive: Dagster's own launcher cannot say so of a run whose code server is gone.

After a power cut or a killed UI its run would stay "started", and hold the warehouse's only slot, until
it is as old as the longest run may be.
"""

import fcntl
import json
import socket
from pathlib import Path

from dagster import DagsterRun
from dagster._core.launcher.base import CheckRunHealthResult, LaunchRunContext, WorkerStatus
from dagster._core.launcher.default_run_launcher import DefaultRunLauncher
from dagster._core.storage.tags import GRPC_INFO_TAG

from orchestration.event_log import BatchedSqliteEventLog

HEADLESS = "gapsight/headless"
"""Tag of runs that a command started, not Dagster: the log file that the command holds locked."""
HOST = "gapsight/host"
"""Tag with the name of the machine that a run is on: those that share a database see each other's runs."""
NOT_FETCHED = "gapsight/not-fetched"
"""Tag of such a run that failed in nothing but fetching: the interfaces that could not be fetched."""


class WatchedRunLauncher(DefaultRunLauncher):
    """Launches as Dagster does, and lets its run monitoring see which runs died with what ran them."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Run monitoring asks, every few seconds, of each run that has started."""
        return True

    def launch_run(self, context: LaunchRunContext) -> None:
        """Launch it, and say where."""
        self._instance.add_run_tags(context.dagster_run.run_id, {HOST: socket.gethostname()})
        super().launch_run(context)

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Whether the command, or the code server, that runs it is there; a server reports its dead itself.

        What cannot be seen from here, because it is another machine's, counts as alive: the longest time that a
        run may take ends it.
        """
        if HEADLESS in run.tags:
            alive = _is_held(Path(run.tags[HEADLESS]))
        else:
            alive = _answers(json.loads(run.tags.get(GRPC_INFO_TAG, "{}")).get("socket"))
        if alive is None:
            alive = self._is_shared and run.tags.get(HOST) != socket.gethostname()
        if alive:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.FAILED, "the process that ran it is gone")

    @property
    def _is_shared(self) -> bool:
        """Whether other machines may run what is seen here; of files, another name is an earlier container's."""
        return self.has_instance and not isinstance(
            self._instance.event_log_storage, BatchedSqliteEventLog
        )


def _is_held(log: Path) -> bool | None:
    """Whether a process holds it; None where there is no such file."""
    try:
        with log.open("rb") as there:
            fcntl.flock(there, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return None
    return False


def _answers(place: str | None) -> bool | None:
    """Whether somebody listens there; None where there is no such socket."""
    if place is None:  # by network: not of this machine
        return True
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(place)
        except FileNotFoundError:
            return None
        except ConnectionRefusedError:
            return False
        except OSError:  # too busy to say
            return True
    return True
