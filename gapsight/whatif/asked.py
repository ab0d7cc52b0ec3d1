"""Weights and thresholds as somebody asks for them, held against the rules of their seeds.

Two ways lead in: `usage=25` on the command line, and a file with rows as in the seed. Each value keeps
the place it came from, so that a mistake can be found again.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gapsight.seeds.check import DEFAULTS, effective_seed, value_problems
from gapsight.seeds.files import Row, SeedFile, did_you_mean, read_seed
from gapsight.seeds.rules import read_rules
from gapsight.seeds.values import number

WEIGHTS, THRESHOLDS = "score_weights", "thresholds"
KEYS = {WEIGHTS: "input", THRESHOLDS: "name"}
"""Seed, and the column that names what a row is about."""
_COLUMNS = {WEIGHTS: ("weight", "log_reference"), THRESHOLDS: ("value", "mode")}
"""Seed, and the columns that may be asked for; without a name the first is meant."""
_OPTIONS = {WEIGHTS: "--set", THRESHOLDS: "--threshold"}

Rows = list[dict[str, Any]]


class AskedError(ValueError):
    """A value that cannot be meant: what is wrong, where, and what to do; one line each."""


@dataclass(frozen=True)
class Value:
    """One value of one seed, as asked for."""

    seed: str
    name: str
    column: str
    text: str
    where: str


@dataclass(frozen=True)
class Difference:
    """A value that is in force, and the one tried in its place."""

    seed: str
    name: str
    column: str
    before: str
    after: str


def from_options(seed: str, given: Iterable[str]) -> list[Value]:
    """Values given as NAME=VALUE or NAME.COLUMN=VALUE; AskedError for every one that is none."""
    found: dict[tuple[str, str], Value] = {}
    mistakes = []
    for text in given:
        where = f"{_OPTIONS[seed]} {text}"
        key, equals, value = text.partition("=")
        name, dot, column = key.strip().partition(".")
        asked = Value(seed, name, column if dot else _COLUMNS[seed][0], value.strip(), where)
        first = found.setdefault((asked.name, asked.column), asked)
        if not equals or not value.strip():
            example = "usage=25" if seed == WEIGHTS else "top_n=5"
            mistakes.append(f"{where}: write it as NAME=VALUE, e.g. {example}")
        elif asked.column not in _COLUMNS[seed]:
            near = did_you_mean(column, _COLUMNS[seed])
            there = f"; there are: {', '.join(_COLUMNS[seed])}"
            mistakes.append(f"{where}: {name} has no '{column}'{near or there}")
        elif first is not asked:
            mistakes.append(
                f"{where}: {key.strip()} was given before ({first.where}); once is enough"
            )
        else:
            mistakes += _mistakes(asked)
    if mistakes:
        raise AskedError("\n".join(mistakes))
    return list(found.values())


def from_file(seed: str, path: Path) -> list[Value]:
    """Values of a file with columns of the seed; of several rows of one name the last day's counts.

    Columns and fields that are left out stay as they are in force. AskedError says each line to repair.
    """
    rules = read_rules(DEFAULTS)[seed]
    file = replace(read_seed(path, str(path), rules.columns), name=seed)
    key = KEYS[seed]
    if file.header and not {key} < set(file.header):
        file.report(1, f"the header must name '{key}' and '{_COLUMNS[seed][0]}'")
    problems = [*file.problems, *value_problems(file)] if file.header else file.problems
    if mistakes := [*map(str, problems)] or [*_twice(file, key)]:
        raise AskedError("\n".join(mistakes))
    newest: dict[str, Row] = {}
    for row in sorted(file.rows, key=lambda row: row.values.get("valid_from", "")):
        newest[row.values[key]] = row
    return [
        Value(seed, name, column, row.values[column], f"{path}:{row.line}")
        for name, row in newest.items()
        for column in _COLUMNS[seed]
        if column in row.values
    ]


def merged(
    values: Iterable[Value], in_force: Mapping[str, Rows]
) -> tuple[dict[str, Rows], list[Difference]]:
    """The seeds' rows with the values in them, and those that differ from what is in force.

    The later of two values of one thing wins: options stand behind files. AskedError for what fits no row.
    """
    rows = {seed: [dict(row) for row in there] for seed, there in in_force.items()}
    by_name = {(seed, row[KEYS[seed]]): row for seed in rows for row in rows[seed]}
    differences: dict[tuple[str, str, str], Difference] = {}
    for value in values:
        row = by_name.get((value.seed, value.name))
        if row is None:
            raise AskedError(
                f"{value.where}: {value.name} is not in force on this day yet; gapsight run"
            )
        if value.column == "log_reference" and row["log_reference"] is None:
            raise AskedError(
                f"{value.where}: {value.name} is not logarithmic, it has no log_reference"
            )
        row[value.column] = value.text
    for seed, there in in_force.items():
        for old in there:
            new = by_name[seed, old[KEYS[seed]]]
            for column in _COLUMNS[seed]:
                if not _same(old[column], new[column]):
                    what = (seed, str(old[KEYS[seed]]), column)
                    differences[what] = Difference(*what, _shown(old[column]), _shown(new[column]))
    if all(number(str(row["weight"])) == 0 for row in rows[WEIGHTS]):
        raise AskedError("every weight would be 0; give at least one input a weight above 0")
    return rows, list(differences.values())


def _mistakes(value: Value) -> Iterator[str]:
    """What the seed's rules say of one value."""
    key = KEYS[value.seed]
    fields = {key: value.name, value.column: value.text}
    seed = SeedFile(value.seed, value.where, tuple(fields), [Row(0, fields)])
    problems = value_problems(seed)
    others = [other for other in KEYS if other != value.seed]
    if any(problem.column == key for problem in problems):
        for other in others:
            if value.name in {
                row.values.get(KEYS[other]) for row in effective_seed(other, None).rows
            }:
                yield f"{value.where}: {value.name} belongs to {_OPTIONS[other]} {value.name}={value.text}"
                return
    yield from (str(problem) for problem in problems)


def _twice(file: SeedFile, key: str) -> Iterator[str]:
    first: dict[tuple[str | None, str | None], int] = {}
    for row in file.rows:
        name, day = row.values.get(key), row.values.get("valid_from")
        if (line := first.setdefault((name, day), row.line)) != row.line:
            yield f"{file.shown}:{row.line}: {name} stands twice, first in line {line}; keep one of them"


def _same(one: object, other: object) -> bool:
    numbers = [None if value is None else number(str(value)) for value in (one, other)]
    return one == other if None in numbers else numbers[0] == numbers[1]


def _shown(value: object) -> str:
    found = number(str(value))
    return str(value) if found is None else f"{found:.12g}"
