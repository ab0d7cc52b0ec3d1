"""gapsight.toml: what may stand in it, and what is wrong with it, said so that a person can repair it."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from ingest import apis, sources

FILE_NAME = "gapsight.toml"
KEEP_INBOX = "keep_inbox_days"

KeepDays = Annotated[int, msgspec.Meta(ge=1)] | Literal["all"]


class ConfigError(Exception):
    """Something a person must change before anything can run: what is wrong, where, and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


Engine = Literal["duckdb", "spark"]


class WorkspaceTable(msgspec.Struct, kw_only=True):
    """`[workspace]`: what the team calls itself, and in which zone and from which day it counts."""

    name: str = ""
    reporting_zone: str = "UTC"
    first_day: date
    data_dir: str = "var"
    max_reject_share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.02
    engine: Engine = "duckdb"
    keep_runs: Annotated[int, msgspec.Meta(ge=1)] = 60
    watch_minutes: Annotated[int, msgspec.Meta(ge=1, le=30)] = 5
    # What is gone cannot be read again by a better parser: nobody's files go unless they say so.
    keep_inbox_days: KeepDays = "all"


class PrivacyTable(msgspec.Struct, kw_only=True):
    """`[privacy]`: where the key comes from; never the key itself."""

    hash_key_env: str | None = None


class LandedTable(msgspec.Struct, kw_only=True):
    """What `[sources.<name>]` may say beside the source's own options, if it has an inbox folder."""

    keep_inbox_days: KeepDays | None = None


class RepoTable(msgspec.Struct, kw_only=True):
    """One `[[repos]]`: a local clone; its path is relative to the workspace and may begin with {data_dir}."""

    name: str
    path: str
    branch: str = "main"


class TicketsTable(msgspec.Struct, kw_only=True):
    """`[tickets]`: where `gapsight ticket --create` makes tickets; without it nothing is ever written."""

    tracker: Literal["jira"]
    project: Annotated[str, msgspec.Meta(min_length=1)]
    issue_type: Annotated[str, msgspec.Meta(min_length=1)] = "Task"
    account: str | None = None
    """Name of the `[[fetch.<tracker>]]` entry whose site it is, where there are several."""
    token_env: str | None = None
    """A token with the right to create issues; without it, that of the entry."""
    email_env: str | None = None
    base_url: str | None = None
    """A site of which nothing is fetched; then `token_env` must be here, too."""
    flavour: Literal["cloud", "server"] | None = None


class MessagesTable(msgspec.Struct, kw_only=True):
    """`[messages]`: a Slack-compatible webhook; without it no message is sent."""

    webhook_env: Annotated[str, msgspec.Meta(min_length=1)]
    """Variable that holds its address, which is as secret as a password."""


class DagsterTable(msgspec.Struct, kw_only=True):
    """`[dagster]`: where Dagster keeps its runs; without it in files of the data folder, for one machine."""

    postgres_env: Annotated[str, msgspec.Meta(pattern="^[A-Za-z_][A-Za-z0-9_]*$")]
    """Variable that holds the URL of a PostgreSQL database, password and all."""


class WorkspaceFile(msgspec.Struct, kw_only=True):
    """The whole file; `[sources.<name>]` tables go to the parser of that source as they are.

    Each `[[fetch.<name>]]` is one account of a live interface: as its `Api.options` say.
    """

    workspace: WorkspaceTable
    privacy: PrivacyTable = msgspec.field(default_factory=PrivacyTable)
    repos: list[RepoTable] = []
    sources: dict[str, dict[str, Any]] = {}
    fetch: dict[str, list[dict[str, Any]]] = {}
    tickets: TicketsTable | None = None
    messages: MessagesTable | None = None
    dagster: DagsterTable | None = None


def read(place: Path) -> WorkspaceFile:
    """Return the checked file; anything wrong with it is a ConfigError."""
    try:
        raw = tomllib.loads(place.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{place} cannot be read: {error}.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{place} is not valid TOML: {error}.\nCorrect that line.") from None
    _refuse_unknown(raw, place)
    try:
        checked = msgspec.convert(raw, WorkspaceFile)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{place}: {_readable(str(error))}.\nCorrect that value.") from None
    for where, zone in _zones({"workspace": raw["workspace"], "sources": checked.sources}, ""):
        _check_zone(zone, where, place)
    _refuse_doubles("repos", [repo.name for repo in checked.repos], place)
    if checked.tickets and checked.tickets.base_url:
        _check_address(checked.tickets.base_url, "[tickets] base_url", place=place)
    for api, entries in checked.fetch.items():
        _refuse_doubles(f"fetch.{api}", [str(entry["name"]) for entry in entries], place)
    return checked


def _readable(message: str) -> str:
    what, _, where = message.partition(" - at `$")
    return f"{where.strip('.`') or 'the file'}: {what[:1].lower()}{what[1:]}"


def env_file(place: Path) -> dict[str, str]:
    """KEY=VALUE lines of the workspace's .env, so that the command line and the UI see the same secrets."""
    if not place.is_file():
        return {}
    lines = (line.strip() for line in place.read_text("utf-8").splitlines())
    pairs = (
        line.removeprefix("export ").partition("=") for line in lines if line[:1] not in {"", "#"}
    )
    return {key.strip(): value.strip().strip("\"'") for key, equals, value in pairs if equals}


def _refuse_unknown(raw: Mapping[str, Any], place: Path) -> None:
    _refuse(raw, WorkspaceFile.__struct_fields__, "", place=place)
    for section, struct in (
        ("workspace", WorkspaceTable),
        ("privacy", PrivacyTable),
        ("repos", RepoTable),
        ("tickets", TicketsTable),
        ("messages", MessagesTable),
        ("dagster", DagsterTable),
    ):
        tables = raw.get(section, {})
        for table in tables if isinstance(tables, list) else [tables]:
            _refuse(table, struct.__struct_fields__, f"[{section}] ", place=place)
    _check_fetches(raw.get("fetch", {}), place)
    given = raw.get("sources", {})
    _refuse(given, sources.NAMES, "[sources.…] ", place=place)
    for name, table in given.items() if isinstance(given, dict) else ():
        _check_options(name, table, place)


def _check_options(name: str, table: object, place: Path) -> None:
    source, where = sources.get(name), f"[sources.{name}] "
    shapes = [shape for shape in (source.options, LandedTable if source.landed else None) if shape]
    known = [field for shape in shapes for field in shape.__struct_fields__]
    _refuse(table, ("zone", *known), where, place=place)
    given = table if isinstance(table, dict) else {}
    for shape in shapes:
        try:
            msgspec.convert({k: v for k, v in given.items() if k in shape.__struct_fields__}, shape)
        except msgspec.ValidationError as error:
            text = f"{place}: {where}{_readable(str(error))}.\nCorrect that value."
            raise ConfigError(text) from None


def _check_fetches(given: object, place: Path) -> None:
    known = tuple(api.name for api in apis.all_apis() if api.options)
    _refuse(given, known, "[[fetch.…]] ", place=place)
    for name, entries in given.items() if isinstance(given, dict) else ():
        options = apis.get(name).options
        if options is None or not isinstance(entries, list):
            continue
        for entry in entries:
            _refuse(entry, options.__struct_fields__, f"[[fetch.{name}]] ", place=place)
            try:
                msgspec.convert(entry, options)
            except (msgspec.ValidationError, ValueError) as error:
                text = f"{place}: [[fetch.{name}]] {_readable(str(error))}.\nCorrect that value."
                raise ConfigError(text) from None
            if address := entry.get("base_url"):
                where = f"[[fetch.{name}]] '{entry['name']}' base_url"
                _check_address(str(address), where, place=place)


def _check_address(address: str, where: str, *, place: Path) -> None:
    """ConfigError for what is no address, or holds more than one; its secrets are not shown."""
    try:
        parts = urlsplit(address)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address:
        raise ConfigError(
            f"{place}: {where} is no address of a server.\nWrite https:// and the host's name."
        )
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ConfigError(
            f"{place}: {where} holds a user, a password or a query.\n"
            "Write the address alone, and name the variables that hold credentials by keys that end in _env."
        )


def _refuse(table: object, known: tuple[str, ...], where: str, *, place: Path) -> None:
    unknown = [key for key in table if key not in known] if isinstance(table, dict) else []
    if unknown:
        near = get_close_matches(unknown[0], known, n=1, cutoff=0.5)
        advice = (
            f"Did you mean '{near[0]}'?" if near else f"Known here: {', '.join(sorted(known))}."
        )
        raise ConfigError(f"{place}: {where}unknown key '{unknown[0]}'.\n{advice}")


def _zones(value: object, where: str) -> Iterator[tuple[str, object]]:
    """Every value, at any depth, whose key says that it is a time zone."""
    if isinstance(value, dict):
        for key, inner in value.items():
            path = f"{where}.{key}".lstrip(".")
            if key == "zone" or str(key).endswith("_zone"):
                yield path, inner
            else:
                yield from _zones(inner, path)
    elif isinstance(value, list):
        for inner in value:
            yield from _zones(inner, where)


def _check_zone(zone: object, where: str, place: Path) -> None:
    if not isinstance(zone, str) or not _is_zone(zone):
        raise ConfigError(
            f"{place}: {where}: there is no time zone '{zone}'.\n"
            "Write a name of the IANA list, such as Europe/Berlin or UTC."
        )


@cache
def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (
        ValueError,
        OSError,
        KeyError,
    ):  # a folder of the zone list, a path out of it, no such name
        return False
    return True


def _refuse_doubles(section: str, names: list[str], place: Path) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(
                f"{place}: [[{section}]] names '{name}' twice.\nGive each its own name."
            )
