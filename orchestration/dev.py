"""One command to the UI: everything prepared and checked first, then this process becomes `dagster dev`."""

import os
import signal
import socket
import sys
from typing import NoReturn

from orchestration import dagster_home, engines
from orchestration.settings import ConfigError, Settings, exporting, load

HOST = "127.0.0.1"
# The command that shall replace `dagster dev` is not in the packages that we install; dbt, which checked the
# project in this process, lets go of its locks only when a process ends, not when it becomes another.
_NOT_FOR_USERS = "ignore:Function `dev_command` is superseded,ignore:resource_tracker"


def serve(settings: Settings, port: int = 3000) -> NoReturn:
    """Serve the UI on this machine only, until it is stopped."""
    engines.require(settings)
    _require_free(port)
    for name in (signal.SIGINT, signal.SIGTERM):
        # Whoever ignores these signals hands that down to all children, which then outlive a stop.
        signal.signal(name, signal.SIG_DFL)
    workspace = str(dagster_home.shipped("workspace.yaml"))
    command = ["dagster", "dev", "-h", HOST, "-p", str(port), "-w", workspace]
    with dagster_home.prepared(settings), exporting({"PYTHONWARNINGS": _NOT_FOR_USERS}):
        _require_sound(settings)
        print(
            f"Dagster UI: http://{HOST}:{port} (ready in about half a minute; Ctrl-C ends it)",
            flush=True,
        )
        os.execv(sys.executable, [sys.executable, "-m", *command])


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise ConfigError(
                f"Port {port} of {HOST} cannot be used: {error.strerror}.\n"
                "Stop what uses it, or choose another with --port."
            ) from None


def _require_sound(settings: Settings) -> None:
    """Load the definitions once here: `dagster dev` says it serves even if they cannot be loaded."""
    import dagster as dg

    from orchestration.definitions import build_defs

    dg.Definitions.validate_loadable(build_defs(settings))


if __name__ == "__main__":
    try:
        serve(load())
    except ConfigError as problem:
        sys.exit(problem.message)
