"""The dbt project of a workspace: the package's own, with the workspace's seeds laid over it, parsed.

Only what changed is written, so that dbt's partial parse stays warm. Imports no Dagster.
"""

import csv
import hashlib
import io
import shutil
from collections.abc import Iterator
from difflib import get_close_matches
from importlib.metadata import version
from pathlib import Path

import msgspec

from orchestration.dbt_run import run_dbt
from orchestration.inbox import write_landed
from orchestration.lake import locked
from orchestration.settings import ConfigError, Settings
from orchestration.tickets import ticket_site

PACKAGE = Path(__file__).parents[1] / "dbt_project"
_OWN = {"target", "logs", "manifest.json", "parsed.json", ".lock"}
_NOT_TAKEN = {"target", "logs", "__pycache__", ".user.yml"}
_COMPLETED = {"thresholds.csv", "score_weights.csv"}
"""Seeds whose every default is needed: it holds until the workspace's first row of that name is in force."""


def prepare(settings: Settings) -> Path:
    """Assemble the project, parse it if anything changed since, and return the manifest's path.

    The manifest is a copy that no dbt run touches: another process may be reading it.
    """
    home = settings.paths.dbt
    manifest = home / "manifest.json"
    with locked(home / ".lock"):
        stamp = assemble_stamped(settings)
        parsed = home / "parsed.json"
        if not manifest.exists() or not parsed.exists() or parsed.read_text() != stamp:
            _parse(settings)
            write_landed(manifest, (settings.dbt_target / "manifest.json").read_bytes())
            write_landed(parsed, stamp.encode())
    return manifest


def parsed_stamp(settings: Settings) -> str:
    """What the project was parsed from the last time; empty if it never was."""
    try:
        return (settings.paths.dbt / "parsed.json").read_text()
    except FileNotFoundError:
        return ""


def assemble(settings: Settings) -> Path:
    """Write the project with the workspace's seeds and return its folder."""
    assemble_stamped(settings)
    return settings.paths.dbt


def assemble_stamped(settings: Settings) -> str:
    """Write what changed, remove what is gone, and return a stamp of all that parsing depends on."""
    home = settings.paths.dbt
    wanted = dict(_files(PACKAGE))
    wanted |= _overlay(settings.paths.seeds, wanted)
    for name in sorted(_present(home) - wanted.keys()):
        (home / name).unlink()
    for name, content in wanted.items():
        write_landed(home / name, content)
    facts = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(wanted.items())}
    engines = [version(package) for package in ("dbt-core", "dbt-duckdb")]
    told = [settings.reporting_zone, ticket_site(settings), str(settings.paths.data_dir)]
    told.append(settings.engine)
    return msgspec.json.encode([facts, engines, *told]).decode()


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for place in sorted(folder.rglob("*")):
        name = place.relative_to(folder)
        if place.is_file() and name.suffix != ".py" and not _NOT_TAKEN & set(name.parts):
            yield name.as_posix(), place.read_bytes()


def _present(home: Path) -> set[str]:
    names = (place.relative_to(home) for place in home.rglob("*") if place.is_file())
    return {name.as_posix() for name in names if name.parts[0] not in _OWN}


def _overlay(seeds: Path, package: dict[str, bytes]) -> dict[str, bytes]:
    found = {}
    known = {
        Path(name).name: name
        for name in package
        if name.startswith("seeds/") and name.endswith(".csv")
    }
    for place in sorted(seeds.glob("*.csv")):
        if place.name not in known:
            near = get_close_matches(place.name, known, n=1)
            advice = (
                f"Did you mean {near[0]}?" if near else f"There are: {', '.join(sorted(known))}."
            )
            raise ConfigError(f"{place}: there is no seed of that name.\n{advice}")
        name = known[place.name]
        found[name] = _filled(place, package[name])
    return found


def _filled(place: Path, default: bytes) -> bytes:
    """Return the workspace's seed with the columns it leaves out, empty, in the order of the default."""
    defaults = csv.DictReader(io.StringIO(default.decode("utf-8-sig")))
    columns = list(defaults.fieldnames or ())
    rows = list(_rows(place, columns))
    if place.name in _COMPLETED:
        keys = (columns[0], "valid_from")
        given = {tuple(map(row.get, keys)) for row in rows}
        rows += [row for row in defaults if tuple(map(row.get, keys)) not in given]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def _rows(place: Path, columns: list[str]) -> Iterator[dict[str, str]]:
    """Rows of a workspace's seed; raises ConfigError for what is not such a table."""
    try:
        rows = list(csv.reader(io.StringIO(place.read_text("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error, OSError) as error:
        raise ConfigError(f"{place} cannot be read as CSV in UTF-8: {error}.") from None
    header = [name.strip() for name in rows[0]] if rows else []
    if unknown := [name for name in header if name not in columns]:
        near = get_close_matches(unknown[0], columns, n=1)
        advice = f"Did you mean '{near[0]}'?" if near else f"Columns are: {', '.join(columns)}."
        raise ConfigError(f"{place}, line 1: unknown column '{unknown[0]}'.\n{advice}")
    for number, row in enumerate(rows[1:], 2):
        if not row:
            continue
        if len(row) != len(header):
            raise ConfigError(
                f"{place}, record {number}: {len(row)} fields where the first line names {len(header)}.\n"
                "Text with a comma needs double quotes around it."
            )
        yield dict(zip(header, row, strict=True))


def _parse(settings: Settings) -> None:
    outcome = run_dbt(settings, "parse")
    if outcome.problems:
        # A cache of another dbt version, or a torn one, must not make a sound project fail.
        shutil.rmtree(settings.dbt_target, ignore_errors=True)
        outcome = run_dbt(settings, "parse")
    if outcome.problems:
        details = "\n".join(outcome.problems[:3])
        raise ConfigError(
            f"The dbt project cannot be parsed (assembled in {settings.paths.dbt}):\n{details}"
        )
