"""One workspace: its gapsight.toml and the environment, which nothing else reads.

Imports no Dagster, dbt or polars: the base install uses it too.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, cast, get_args

import msgspec

from ingest import sources as registry
from ingest.apis import Api
from ingest.source import Context
from orchestration import memory
from orchestration.paths import Paths
from orchestration.workspace_file import (
    FILE_NAME,
    KEEP_INBOX,
    ConfigError,
    Engine,
    RepoTable,
    TicketsTable,
    WorkspaceFile,
    env_file,
    read,
)

MIN_KEY_BYTES = 16

__all__ = ["ConfigError", "Paths", "Repo", "Settings", "environment", "find_workspace", "load"]


@dataclass(frozen=True)
class Repo:
    """A local clone whose commits are read."""

    name: str
    path: Path
    branch: str


@dataclass(frozen=True)
class Settings:
    """One workspace, checked."""

    workspace: Path
    name: str
    reporting_zone: str
    first_day: date
    max_reject_share: float
    paths: Paths
    engine: Engine = "duckdb"
    """What runs the models."""
    spark_master: str = "local[*]"
    """Address of the cluster; else Spark runs inside this process."""
    memory_limit: str = field(default_factory=memory.limit)
    """How much of it DuckDB may take, as DuckDB writes it (`3GB`)."""
    keep_runs: int = 60
    """Finished runs that Dagster's history keeps; a night makes two."""
    watch_minutes: int = 5
    """How often news of incidents and deployments are looked for."""
    keep_inbox_days: int | None = None
    """How old inbox files may become that are loaded; None: nothing is ever removed."""
    repos: tuple[Repo, ...] = ()
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    fetch: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """Accounts of live interfaces, by the interface's name."""
    tickets: TicketsTable | None = None
    """Where tickets may be made; None: nowhere."""
    messages_env: str | None = None
    """Variable with the address of a webhook; None: no message is sent."""
    postgres_env: str | None = None
    """Variable with the URL of the database of Dagster's runs; None: they are in files of the data folder."""
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Environment variables that those accounts name, as far as they are set."""
    hash_key_env: str | None = None
    hash_key: bytes = field(default=b"", repr=False)
    """Empty if there is none, or one so short that it could be guessed: ids are dropped then."""
    is_key_short: bool = False
    as_of: date | None = None
    """The past day the models are built for; None for the last day that brought data."""

    def context(self, source: str, *, folder_day: date, name: str) -> Context:
        """What the parser of a source may know about one file."""
        options = self._options(source)
        return Context(
            folder_day=folder_day,
            name=name,
            reporting_zone=self.reporting_zone,
            source_zone=options.get("zone"),
            hash_key=self.hash_key,
            options={key: value for key, value in options.items() if key != "zone"},
        )

    def inbox_days(self, source: str) -> int | None:
        """How old inbox files of a source may become once they are loaded; None: they stay."""
        own = self.sources.get(source, {}).get(KEEP_INBOX, self.keep_inbox_days)
        return own if isinstance(own, int) else None

    def entries(self, section: str) -> tuple[Mapping[str, Any], ...]:
        """The entries of a list section such as `[[repos]]`, paths absolute."""
        if section != "repos":
            return tuple(self.fetch.get(section.removeprefix("fetch."), ()))
        return tuple({**vars(entry), "path": str(entry.path)} for entry in self.repos)

    def with_secrets(self, api: Api, entry: Mapping[str, Any]) -> Mapping[str, Any]:
        """The entry, with the value of each `<word>_env` beside it as `<word>`; ConfigError without one."""
        return self.with_values(entry, f"[[{api.settings}]] '{entry['name']}'")

    def with_values(self, entry: Mapping[str, Any], where: str) -> Mapping[str, Any]:
        """As `with_secrets`, of any table; `where` says which in the error."""
        named = {key: variable for key, variable in entry.items() if key.endswith("_env")}
        missing = [name for name in named.values() if not self.credentials.get(name)]
        if missing:
            several = len(missing) > 1
            raise ConfigError(
                f"The environment variable{'s' if several else ''} {' and '.join(missing)}"
                f" {'are' if several else 'is'} not set ({where}).\n"
                f"Set {'them' if several else 'it'} in the environment, or in the .env file beside"
                " gapsight.toml."
            )
        secrets = {key.removesuffix("_env"): self.credentials[name] for key, name in named.items()}
        return {**entry, **secrets}

    def read_hash(self, source: str) -> str:
        """Hash of all settings that rows of a source depend on: when it changes, its files load again."""
        key = (
            hashlib.sha256(b"gapsight" + self.hash_key).hexdigest()[:16] if self.hash_key else None
        )
        facts = [self.reporting_zone, self._options(source), key]
        return hashlib.sha256(msgspec.json.encode(facts, order="deterministic")).hexdigest()[:16]

    def _options(self, source: str) -> Mapping[str, Any]:
        """Return the source's table; with the formats inside its files, where it is one that holds others."""
        family = registry.get(source).family
        inner = {
            name: table
            for name, table in self.sources.items()
            if name != source
            and registry.get(name).family == family
            and not registry.get(name).landed
        }
        own = {k: v for k, v in self.sources.get(source, {}).items() if k != KEEP_INBOX}
        return {**own, **({"formats": inner} if inner else {})}

    def at(self, as_of: date) -> "Settings":
        """The same workspace seen from a past day: own warehouse and results under `asof/<date>/`."""
        place = self.paths.data_dir / "asof" / as_of.isoformat()
        paths = replace(
            self.paths, warehouse=place / "warehouse.duckdb", published=place / "published"
        )
        return replace(self, paths=paths, as_of=as_of)

    @property
    def dbt_target(self) -> Path:
        """Where dbt keeps what it parsed and compiled: a past day's and an engine's own, as they differ."""
        if self.as_of is not None:
            return self.paths.warehouse.parent / "dbt_target"
        return self.paths.dbt / ("target" if self.engine == "duckdb" else f"target_{self.engine}")

    @contextmanager
    def exported(self) -> Iterator[None]:
        """Put what the dbt profile and macros read into the environment, for the time of one dbt call."""
        values = {
            "GAPSIGHT_WAREHOUSE": str(self.paths.warehouse),
            "GAPSIGHT_LAKE": str(self.paths.lake),
            "GAPSIGHT_SPARK_WAREHOUSE": str(self.paths.spark),
            "GAPSIGHT_SPARK_MASTER": self.spark_master,
            "GAPSIGHT_MEMORY_LIMIT": self.memory_limit,
        }
        with exporting(values):
            yield


@contextmanager
def exporting(values: Mapping[str, str]) -> Iterator[None]:
    """Set variables of this process and its children, and put back what was there before."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def environment() -> Mapping[str, str]:
    """Every variable, for what runs in a CI job: which of them say something depends on the system."""
    return dict(os.environ)


def find_workspace(start: Path) -> Path | None:
    """The nearest folder, from `start` upwards, that holds gapsight.toml."""
    start = start.absolute()
    return next(
        (folder for folder in (start, *start.parents) if (folder / FILE_NAME).is_file()), None
    )


def load(
    workspace: Path | None = None,
    data_dir: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Settings of a workspace: the given one, else GAPSIGHT_WORKSPACE, else the nearest parent folder's."""
    given = os.environ if environ is None else environ
    root = _root(workspace or _path(given.get("GAPSIGHT_WORKSPACE")))
    file = read(root / FILE_NAME)
    environ = {**env_file(root / ".env"), **given}
    data = data_dir or _path(environ.get("GAPSIGHT_DATA_DIR")) or root / file.workspace.data_dir
    data = data.absolute()
    key_env = file.privacy.hash_key_env
    keep = file.workspace.keep_inbox_days
    key = environ.get(key_env, "").strip().encode() if key_env else b""
    return Settings(
        workspace=root,
        name=file.workspace.name or root.name,
        reporting_zone=file.workspace.reporting_zone,
        first_day=file.workspace.first_day,
        max_reject_share=file.workspace.max_reject_share,
        paths=Paths(root, data, data / "warehouse.duckdb", data / "published"),
        engine=_engine(environ.get("GAPSIGHT_ENGINE"), file.workspace.engine),
        spark_master=environ.get("GAPSIGHT_SPARK_MASTER") or "local[*]",
        memory_limit=memory.given(environ.get("GAPSIGHT_MEMORY_LIMIT")),
        keep_runs=file.workspace.keep_runs,
        watch_minutes=file.workspace.watch_minutes,
        keep_inbox_days=keep if isinstance(keep, int) else None,
        repos=tuple(_repo(repo, root, data) for repo in file.repos),
        sources=file.sources,
        fetch=file.fetch,
        tickets=file.tickets,
        messages_env=file.messages.webhook_env if file.messages else None,
        postgres_env=file.dagster.postgres_env if file.dagster else None,
        credentials={name: environ[name] for name in _named(file) if name in environ},
        hash_key_env=key_env,
        hash_key=key if len(key) >= MIN_KEY_BYTES else b"",
        is_key_short=0 < len(key) < MIN_KEY_BYTES,
    )


def _engine(asked: str | None, written: Engine) -> Engine:
    """The environment's word goes before the file's, so that one machine can differ from the others."""
    if asked in (None, ""):
        return written
    if asked not in get_args(Engine):
        known = " or ".join(get_args(Engine))
        raise ConfigError(f"GAPSIGHT_ENGINE is '{asked}'.\nSet it to {known}, or leave it out.")
    return cast("Engine", asked)


def _named(file: WorkspaceFile) -> Iterator[str]:
    """Environment variables that the accounts name."""
    tables = [entry for entries in file.fetch.values() for entry in entries]
    if file.tickets:
        tables.append(msgspec.structs.asdict(file.tickets))
    tables += [msgspec.structs.asdict(table) for table in (file.messages, file.dagster) if table]
    for table in tables:
        yield from (str(value) for key, value in table.items() if key.endswith("_env") and value)


def _repo(table: RepoTable, root: Path, data: Path) -> Repo:
    path = root / table.path.replace("{data_dir}", str(data))
    return Repo(table.name, path.absolute(), table.branch)


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def _root(asked: Path | None) -> Path:
    root = asked.absolute() if asked else find_workspace(Path.cwd())
    if root is None:
        raise ConfigError(
            f"There is no {FILE_NAME} in {Path.cwd()} or a folder above it.\n"
            "Name the workspace with --workspace DIR, or draft one: gapsight init DIR --from FILES."
        )
    if not (root / FILE_NAME).is_file():
        what = "has no gapsight.toml" if root.is_dir() else "is not a folder"
        raise ConfigError(
            f"The workspace {root} {what}.\n"
            "Name a folder that holds one, or draft one: gapsight init DIR --from FILES."
        )
    return root
