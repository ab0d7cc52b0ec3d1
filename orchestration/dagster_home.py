"""Dagster's home in the data folder: its configuration, and the history of runs. Imports no Dagster."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from orchestration.inbox import write_landed
from orchestration.settings import ConfigError, Settings, exporting

_BATCH_EVENTS = 500
_ANSWER_SECONDS = 10
_FORM = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
_ADDRESS = re.compile(
    r"postgres(?:ql)?(?:\+psycopg2)?://(?P<place>"
    r"(?:[^\s@:/?#]+(?::[^\s@:/?#]*)?@)?(?:\[[0-9A-Fa-f:.]+\]|[^\s@:/?#]*)(?::\d{1,5})?/[^\s@:/?#]+(?:\?[^\s#]*)?)"
)


@contextmanager
def prepared(settings: Settings) -> Iterator[Path]:
    """Write dagster.yaml; inside, the environment holds what Dagster and its children read from it."""
    home = settings.paths.dagster_home
    database = _database(settings)
    storage = _in_database(database) if database else _in_files(home)
    config = shipped("dagster.yaml").read_bytes() + msgspec.yaml.encode(storage)
    write_landed(home / "dagster.yaml", config)
    values = {
        **database,
        "DAGSTER_HOME": str(home),
        "DAGSTER_EVENT_BATCH_SIZE": str(_BATCH_EVENTS),
        "GAPSIGHT_WORKSPACE": str(settings.workspace),
        "GAPSIGHT_DATA_DIR": str(settings.paths.data_dir),
    }
    with exporting(values):
        yield home


def _in_files(home: Path) -> Mapping[str, Any]:
    return {
        "event_log_storage": {
            "module": "orchestration.event_log",
            "class": "BatchedSqliteEventLog",
            "config": {"base_dir": str(home / "history" / "runs")},  # where Dagster's own would be
        }
    }


def _in_database(database: Mapping[str, str]) -> Mapping[str, Any]:
    """Name the variable only: the file is readable by others, and the address holds a password."""
    [name] = database
    return {"storage": {"postgres": {"postgres_url": {"env": name}}}}


def _database(settings: Settings) -> Mapping[str, str]:
    """The variable with the address of Dagster's database, and its value; nothing where runs are kept in files."""
    name = settings.postgres_env
    if name is None:
        return {}
    if find_spec("dagster_postgres") is None:
        raise ConfigError(
            "[dagster] postgres_env needs a package that is not installed.\n"
            "Install it: pip install 'gapsight[pipeline,postgres]'."
        )
    if not settings.credentials.get(name):
        raise ConfigError(
            f"The environment variable {name} is not set ([dagster] postgres_env).\n"
            f"Set it to {_FORM}, here or in the .env file beside gapsight.toml."
        )
    found = _ADDRESS.fullmatch(settings.credentials[name].strip())
    if found is None:
        raise _no_address(name)
    _require_answer(name, f"postgresql://{found['place']}")
    # SQLAlchemy would take psycopg 3, to whose server-side parameters Dagster's NOTIFY is a syntax error.
    return {name: f"postgresql+psycopg2://{found['place']}"}


def _no_address(name: str) -> ConfigError:
    """Nothing of it is repeated: it holds a password."""
    return ConfigError(
        f"The environment variable {name} ([dagster] postgres_env) is no address of a PostgreSQL database.\n"
        f"Set it to {_FORM}; in a password write % as %25, @ as %40, : as %3A, / as %2F, ? as %3F and # as %23."
    )


def _require_answer(name: str, address: str) -> None:
    """Dagster itself tries for half a minute, and then fails in its own words."""
    import psycopg

    try:
        psycopg.connect(address, connect_timeout=_ANSWER_SECONDS).close()
    except psycopg.OperationalError as error:
        raise ConfigError(
            f"The PostgreSQL database of {name} ([dagster] postgres_env) cannot be used:"
            f" {' '.join(str(error).split())}\n"
            "Start it, or correct the address; without postgres_env in gapsight.toml runs are kept in the data folder."
        ) from None
    except psycopg.Error:  # it could not be read, and its text repeats what of it
        raise _no_address(name) from None


def shipped(name: str) -> Path:
    """Return a file that lies at the root of the source tree, or in the package once it is a wheel."""
    package = Path(__file__).parent
    return next(place for place in (package.parent / name, package / name) if place.is_file())
