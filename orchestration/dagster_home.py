"""Dagster's home in the data folder: its configuration, and the history of runs. Imports no Dagster."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from orchestration.inbox import write_landed
from orchestration.settings import Settings, exporting

_BATCH_EVENTS = 500


@contextmanager
def prepared(settings: Settings) -> Iterator[Path]:
    """Write dagster.yaml; inside, the environment holds what Dagster and its children read from it."""
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
    values = {
        "DAGSTER_HOME": str(home),
        "DAGSTER_EVENT_BATCH_SIZE": str(_BATCH_EVENTS),
        "GAPSIGHT_WORKSPACE": str(settings.workspace),
        "GAPSIGHT_DATA_DIR": str(settings.paths.data_dir),
    }
    with exporting(values):
        yield home


def shipped(name: str) -> Path:
    """Return a file that lies at the root of the source tree, or in the package once it is a wheel."""
    package = Path(__file__).parent
    return next(place for place in (package.parent / name, package / name) if place.is_file())
