"""The dbt tests of the seeds, done on the files' rows: each finds what dbt would, with a line.

As in SQL, an empty value is NULL: it satisfies every test but `not_null`, and equals itself only in
`unique_combination`, which groups.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from gapsight.seeds.files import Problem, Row, SeedFile, did_you_mean
from gapsight.seeds.rules import SeedRules, SeedTest
from gapsight.seeds.values import number, wrong_value


@dataclass(frozen=True)
class Seeds:
    """All seeds as they would reach dbt, with their rules."""

    files: Mapping[str, SeedFile]
    rules: Mapping[str, SeedRules]

    def label(self, seed: SeedFile, row: Row, column: str | None) -> str:
        """Names a row by the last of its key columns but this one: `alias 'x'`; else empty."""
        rules = self.rules[seed.name]
        for key in reversed(rules.key):
            if key != column and key in row.values and rules.types.get(key) != "date":
                return f"{key} '{row.values[key]}'"
        return ""

    def prefix(self, seed: SeedFile, row: Row, column: str | None) -> str:
        """The label with a colon, for the front of a message; empty if there is none."""
        label = self.label(seed, row, column)
        return f"{label}: " if label else ""


def _not_null(test: SeedTest, seed: SeedFile, seeds: Seeds) -> Iterator[Problem]:
    for row in seed.rows:
        if test.column not in row.values:
            label = seeds.label(seed, row, test.column)
            text = f"{label} has no {test.column}" if label else f"{test.column} is empty"
            yield Problem(seed.shown, row.line, text, test.column)


def _accepted_values(test: SeedTest, seed: SeedFile, seeds: Seeds) -> Iterator[Problem]:
    accepted = [_plain(value) for value in test.arguments.get("values", ())]
    numbers = {number(value) for value in accepted} - {None}
    for row, value in _values(test, seed):
        if value not in accepted and number(value) not in numbers:
            near = did_you_mean(value, accepted) or f"; write one of {', '.join(accepted)}"
            text = (
                f"{seeds.prefix(seed, row, test.column)}{test.column} '{value}' is not known{near}"
            )
            yield Problem(seed.shown, row.line, text, test.column)


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _relationships(test: SeedTest, seed: SeedFile, seeds: Seeds) -> Iterator[Problem]:
    field = str(test.arguments.get("field", test.column))
    target = seeds.files.get(_ref(test))
    if target and not target.header:  # unreadable, and said so: not every name in it is unknown
        return
    known = {row.values[field] for row in target.rows if field in row.values} if target else set()
    for row, value in _values(test, seed):
        if value in known:
            continue
        label = seeds.label(seed, row, test.column)
        near = (
            did_you_mean(value, tuple(known))
            or f"; add it to {target.shown if target else _ref(test)}"
        )
        text = (
            f"{label} names the unknown {field} '{value}'"
            if label
            else f"unknown {field} '{value}'"
        )
        yield Problem(seed.shown, row.line, text + near, test.column)


def _ref(test: SeedTest) -> str:
    found = re.search(r"ref\(\s*['\"](\w+)['\"]", str(test.arguments.get("to", "")))
    return found[1] if found else ""


def _between(test: SeedTest, seed: SeedFile, seeds: Seeds) -> Iterator[Problem]:
    low, high = test.arguments.get("min_value"), test.arguments.get("max_value")
    for row, value in _values(test, seed):
        found = number(value)
        if found is None:  # not a number: said by the check of types
            continue
        prefix = f"{seeds.prefix(seed, row, test.column)}{test.column} {value}"
        if low is not None and found < low:
            limit = (
                "is negative; write 0 or more"
                if low == 0
                else f"is below {low}, the smallest allowed"
            )
            yield Problem(seed.shown, row.line, f"{prefix} {limit}", test.column)
        elif high is not None and found > high:
            text = f"{prefix} is above {high}, the largest allowed"
            yield Problem(seed.shown, row.line, text, test.column)


def _unique(test: SeedTest, seed: SeedFile, _: Seeds) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for row, value in _values(test, seed):
        if (line := first.setdefault(value, row.line)) != row.line:
            text = f"{test.column} '{value}' stands twice, first in line {line}; keep one of them"
            yield Problem(seed.shown, row.line, text, test.column)


def _unique_combination(test: SeedTest, seed: SeedFile, _: Seeds) -> Iterator[Problem]:
    columns = [c for c in test.arguments.get("columns", ()) if c in seed.header]
    first: dict[tuple[str | None, ...], int] = {}
    for row in seed.rows:
        key = tuple(row.values.get(column) for column in columns)
        if (line := first.setdefault(key, row.line)) != row.line:
            pairs = zip(columns, key, strict=True)
            shown = ", ".join(f"{column} '{value}'" for column, value in pairs if value is not None)
            text = f"{shown} stands twice, first in line {line}; keep one of them"
            yield Problem(seed.shown, row.line, text)


_CENTURY = 36_500
"""The largest count of days or flows that a rule may compare with."""


def _threshold_value(test: SeedTest, seed: SeedFile, _: Seeds) -> Iterator[Problem]:
    for row, value in _values(test, seed):
        name = row.values.get("name", "")
        if wrong := _wrong_threshold(test, name, value):
            yield Problem(seed.shown, row.line, f"{name}: '{value}' {wrong}", test.column)


def _wrong_threshold(test: SeedTest, name: str, value: str) -> str | None:
    words = test.arguments.get("words", {})
    found = number(value)
    if name in words:
        known = value in words[name]
        return None if known else f"is not known; write one of {', '.join(words[name])}"
    if found is None:
        return wrong_value("double", value)
    if found < 0:
        return "is negative; write 0 or more"
    if found > 1 and name in test.arguments.get("shares", ()):
        return "is above 1; write a share such as 0.8 for 80 %"
    if name not in test.arguments.get("counts", ()):
        return None
    return _wrong_count(found, test.arguments.get("most", {}).get(name, _CENTURY))


def _wrong_count(found: float, most: int) -> str | None:
    if found != int(found):
        return "is no whole number"
    return f"is above {most}, the largest allowed" if found > most else None


def _not_all_zero(test: SeedTest, seed: SeedFile, _: Seeds) -> Iterator[Problem]:
    found = [number(value) for _, value in _values(test, seed)]
    if found and all(value == 0 for value in found):
        text = f"every {test.column} is 0; give at least one a {test.column} above 0"
        yield Problem(seed.shown, 0, text, test.column)


def _no_circle(test: SeedTest, seed: SeedFile, _: Seeds) -> Iterator[Problem]:
    origin, target = (str(test.arguments.get(name)) for name in ("from_column", "to_column"))
    steps = {row.values.get(origin): row.values.get(target) for row in seed.rows}
    for row in seed.rows:
        start = row.values.get(origin)
        seen, at = {start}, steps.get(start)
        while at in steps and at not in seen:
            seen.add(at)
            at = steps[at]
        if start is not None and at in seen:
            text = f"{origin} '{start}' goes in a circle; its {target} leads back to '{at}'"
            yield Problem(seed.shown, row.line, text, origin)


def _not_reserved(test: SeedTest, seed: SeedFile, _: Seeds) -> Iterator[Problem]:
    words = [str(word) for word in test.arguments.get("words", ())]
    for row, value in _values(test, seed):
        if value in words:
            text = f"{test.column} '{value}' means something else here; choose another name"
            yield Problem(seed.shown, row.line, text, test.column)


def _at_least_one_row(_: SeedTest, seed: SeedFile, seeds: Seeds) -> Iterator[Problem]:
    if not seed.rows and not seed.problems:
        header = ",".join(seeds.rules[seed.name].columns)
        where = f"seeds/{seed.name}.csv"
        yield Problem(
            seed.shown, 0, f"{seed.name} has no row; write {where} with the columns {header}"
        )


_CONDITION = re.compile(r"(\w+) in \(((?:'\w+'(?:, )?)+)\)")


def rows_meant(test: SeedTest, seed: SeedFile) -> SeedFile:
    """The rows that a test's condition `column in ('a', 'b')` leaves; all where it has none."""
    found = _CONDITION.fullmatch(test.where or "")
    if not found:
        return seed
    words = re.findall(r"'(\w+)'", found[2])
    return replace(seed, rows=[row for row in seed.rows if row.values.get(found[1]) in words])


def can_check(test: SeedTest, rules: Mapping[str, SeedRules]) -> bool:
    """Return False for what only dbt can do: own tests, conditions in free SQL, refs to models."""
    if test.name not in TESTS or (test.where and not _CONDITION.fullmatch(test.where)):
        return False
    return test.name != "relationships" or _ref(test) in rules


def _values(test: SeedTest, seed: SeedFile) -> Iterator[tuple[Row, str]]:
    for row in seed.rows:
        if (value := row.values.get(test.column or "")) is not None:
            yield row, value


TESTS: dict[str, Callable[[SeedTest, SeedFile, Seeds], Iterator[Problem]]] = {
    "not_null": _not_null,
    "unique": _unique,
    "accepted_values": _accepted_values,
    "relationships": _relationships,
    "between": _between,
    "unique_combination": _unique_combination,
    "no_circle": _no_circle,
    "not_all_zero": _not_all_zero,
    "not_reserved": _not_reserved,
    "threshold_value": _threshold_value,
    "at_least_one_row": _at_least_one_row,
}
"""Every test that can be done without dbt, by its name in the yml."""
