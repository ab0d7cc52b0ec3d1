"""Dagster's home in the data folder: its configuration, and the history of runs. Imports no Dagster."""

import os
from pathlib import Path

import msgspec

from orchestration.inbox import write_landed
from orchestration.settings import Settings

_BATCH_EVENTS = 500


def prepare(settings: Settings) -> Path:
    """Write dagster.yaml and set what Dagster and its children read from the environment."""
    home = settings.paths.dagster_home
    storage = {
        "event_log_storage": {
            "module": "orchestration.event_log",
            "class": "BatchedSqliteEventLog",
            "config": {"base_dir": str(home / "history" / "runs")},  # where Dagster's own would be
        }
    }
    config = shipped("dagster.yaml").read_bytes() + msgspec.yaml.encode(storage)
    write_landed(home / "dagster.yaml", config)
    os.environ["DAGSTER_HOME"] = str(home)
    os.environ["DAGSTER_EVENT_BATCH_SIZE"] = str(_BATCH_EVENTS)
    os.environ["GAPSIGHT_WORKSPACE"] = str(settings.workspace)
    os.environ["GAPSIGHT_DATA_DIR"] = str(settings.paths.data_dir)
    return home


def shipped(name: str) -> Path:
    """Return a file that lies at the root of the source tree, or in the package once it is a wheel."""
    package = Path(__file__).parent
    return next(place for place in (package.parent / name, package / name) if place.is_file())
