"""Writes docs/data-dictionary.md from what dbt's yml and SQL files say of the published marts."""

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
MARTS = ROOT / "dbt_project" / "models" / "marts"
TARGET = ROOT / "docs" / "data-dictionary.md"
COMMAND = "python -m scripts.data_dictionary"
AREAS = {
    "core": "Core: what is there and what happened",
    "risk": "Risk: what it is worth",
    "flakes": "Flakes: which tests can be trusted",
    "incidents": "Incidents: what they teach the suite",
    "gates": "Gates: can it be released",
    "trust": "Trust: what was read, what is missing",
}
"""Folder and heading, in the order of the document; a folder that is not named here comes last."""
BLOCK = re.compile(r"{%\s*docs\s+(\w+)\s*%}(.*?){%\s*enddocs\s*%}", re.DOTALL)
REFERENCE = re.compile(r"""{{\s*doc\(\s*['"](\w+)['"]\s*\)\s*}}""")
GRAIN = re.compile(r"--\s*Grain:\s*(.+)")
INTRODUCTION = f"""\
# Data dictionary

Every table and column of `published/marts.duckdb`, made by `{COMMAND}` from the yml files beside the
models: edit those, not this. The same texts stand in the file itself, as comments on tables and columns.
[queries.md](queries.md) shows the tables at work, [bi.md](bi.md) how to open them.

NULL means unknown, unless the column says otherwise. Shares and coverage are fractions from 0 to 1. A `string` is
DuckDB's VARCHAR. The key of a table is unique in it; it is tested, not declared.
"""
META = """\
## About the file itself

### `_meta`

One row: which build this is. It has no Parquet file.

| column | type | meaning |
|---|---|---|
| `built_at` | timestamp | When it was published (UTC); nothing else differs between two builds of the same data. |
| `code_version` | string | Version of Gapsight, and a fingerprint of its code. |
| `as_of` | date | The day everything is computed for. |
| `workspace` | string | Name of the workspace. |
| `reporting_zone` | string | Zone in which a day is meant. |
| `source_windows_json` | string | First and last day and number of files of each source. |
| `row_counts_json` | string | Rows of each table. |
"""


class DictionaryError(Exception):
    """The models say too little, or refer to a text that is nowhere."""


@dataclass(frozen=True)
class Table:
    """A mart as its yml and the first line of its SQL describe it."""

    area: str
    name: str
    grain: str
    keys: tuple[tuple[str, ...], ...]
    columns: tuple[tuple[str, str, str], ...]


def render(marts: Path = MARTS) -> str:
    """Return the whole document; the same files give the same text."""
    tables = read_tables(marts)
    known = list(AREAS)
    areas = sorted(
        {table.area for table in tables},
        key=lambda area: (known.index(area) if area in AREAS else len(known), area),
    )
    parts = [INTRODUCTION, *_contents(tables, areas)]
    for area in areas:
        parts.append(f"## {AREAS.get(area, area.capitalize())}\n")
        parts += [_section(table) for table in tables if table.area == area]
    return "\n".join([*parts, META])


def read_tables(marts: Path) -> list[Table]:
    """Every model of the folder, by name."""
    texts = dict(_texts(marts))
    return sorted(
        (
            _table(path, model, texts)
            for path in marts.rglob("*.yml")
            for model in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("models", [])
        ),
        key=lambda table: table.name,
    )


def _texts(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*.md")):
        yield from BLOCK.findall(path.read_text(encoding="utf-8"))


def _table(path: Path, model: Mapping[str, Any], texts: Mapping[str, str]) -> Table:
    name = model["name"]
    sql = path.with_name(f"{name}.sql").read_text(encoding="utf-8")
    grain = GRAIN.match(sql)
    if not grain:
        raise DictionaryError(f"{name}.sql: its first line must be '-- Grain: one row per ...'")
    columns = []
    for column in model.get("columns", []):
        place = f"{path.name}: {name}.{column['name']}"
        text = _resolved(column.get("description", ""), texts, place)
        if not text:
            raise DictionaryError(f"{place} has no description")
        columns.append((column["name"], column.get("data_type", ""), text))
    return Table(path.parent.name, name, grain[1].strip(), tuple(_keys(model)), tuple(columns))


def _resolved(description: str, texts: Mapping[str, str], place: str) -> str:
    def text(reference: re.Match[str]) -> str:
        if reference[1] not in texts:
            raise DictionaryError(f"{place}: no docs block is called '{reference[1]}'")
        return texts[reference[1]]

    return " ".join(REFERENCE.sub(text, description).split())


def _keys(model: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """The combinations of columns that a test proves unique, the grain's first."""
    for test in model.get("data_tests", []):
        if isinstance(test, dict) and "unique_combination" in test:
            yield tuple(test["unique_combination"]["arguments"]["columns"])


def _contents(tables: list[Table], areas: list[str]) -> Iterator[str]:
    rows = (
        f"| [`{table.name}`](#{table.name}) | {_cell(table.grain)} |"
        for area in areas
        for table in tables
        if table.area == area
    )
    yield "\n".join(
        ["| table | grain |", "|---|---|", *rows, "| [`_meta`](#_meta) | One row: the build. |", ""]
    )


def _section(table: Table) -> str:
    keys = "; also ".join(", ".join(f"`{name}`" for name in key) for key in table.keys)
    grain = table.grain[0].upper() + table.grain[1:]
    rows = (f"| `{name}` | {kind} | {_cell(text)} |" for name, kind, text in table.columns)
    head = f"### `{table.name}`\n\n{grain}\n\nKey: {keys}\n"
    return "\n".join([head, "| column | type | meaning |", "|---|---|---|", *rows, ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    """Write the document."""
    TARGET.write_text(render(), encoding="utf-8")
    sys.stdout.write(f"{TARGET.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
