"""The check of all seeds: the package's defaults with the workspace's files laid over them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from gapsight.seeds.dbt_tests import TESTS, Seeds, can_check, rows_meant
from gapsight.seeds.files import Problem, SeedFile, did_you_mean, read_seed
from gapsight.seeds.rules import SeedRules, SeedTest, read_rules
from gapsight.seeds.values import wrong_value

DEFAULTS = Path(__file__).parents[2] / "dbt_project" / "seeds"
"""The seeds and rules that come with the package."""

_OF_ONE_VALUE = {"not_null", "accepted_values", "between", "threshold_value"}


@dataclass(frozen=True)
class Report:
    """Outcome of a check: what was read, what is wrong, and which tests only the dbt run can do."""

    files: tuple[str, ...]
    problems: tuple[Problem, ...]
    left_to_dbt: tuple[str, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that must be repaired before a run."""
        return tuple(p for p in self.problems if p.level == "error")


def check_seeds(overlay: Path | None, defaults: Path = DEFAULTS) -> Report:
    """Check every seed file; the overlay's file stands in for the default of its name."""
    rules = read_rules(defaults)
    seeds = Seeds(dict(_read_all(overlay, defaults, rules)), rules)
    problems = list(_unknown_files(overlay, rules))
    left_to_dbt: list[str] = []
    for name, seed in seeds.files.items():
        found = [
            *seed.problems,
            *_missing_columns(seed, rules[name]),
            *_wrong_types(seed, rules[name]),
        ]
        for test in rules[name].tests:
            if can_check(test, rules):
                found += _run(test, seed, seeds)
            else:
                left_to_dbt.append(
                    f"{name}: {test.name}" + (f" of {test.column}" if test.column else "")
                )
        problems += found
    # A value of a wrong type often breaks a second rule at the same place: one line is enough.
    unique = {(p.file, p.line, p.column): p for p in reversed(problems)}
    files = tuple(seed.shown for seed in seeds.files.values())
    return Report(files, tuple(sorted(unique.values())), tuple(left_to_dbt))


def effective_seed(name: str, overlay: Path | None, defaults: Path = DEFAULTS) -> SeedFile:
    """One seed as a run would see it: the overlay's file, else the default."""
    rules = {name: read_rules(defaults)[name]}
    return dict(_read_all(overlay, defaults, rules))[name]


def value_problems(seed: SeedFile, defaults: Path = DEFAULTS) -> tuple[Problem, ...]:
    """What is wrong with the values of a seed's rows, each looked at by itself."""
    rules = read_rules(defaults)[seed.name]
    seeds = Seeds({seed.name: seed}, {seed.name: rules})
    found = list(_wrong_types(seed, rules))
    for test in rules.tests:
        if test.name in _OF_ONE_VALUE and can_check(test, seeds.rules):
            found += _run(test, seed, seeds)
    unique = {(p.file, p.line, p.column): p for p in reversed(found)}
    return tuple(sorted(unique.values()))


def _read_all(
    overlay: Path | None, defaults: Path, rules: Mapping[str, SeedRules]
) -> Iterator[tuple[str, SeedFile]]:
    for name, rule in rules.items():
        own = overlay / f"{name}.csv" if overlay else None
        default = defaults / f"{name}.csv"
        if own and own.is_file():
            yield name, read_seed(own, f"{own.parent.name}/{own.name}", rule.columns)
        elif default.is_file():
            yield name, read_seed(default, f"(default) {default.name}", rule.columns)


def _unknown_files(overlay: Path | None, rules: Mapping[str, SeedRules]) -> Iterator[Problem]:
    files = (path for path in overlay.glob("*") if path.suffix.lower() == ".csv") if overlay else ()
    for path in sorted(files):
        if path.suffix != ".csv":
            text = f"is not read; write its ending in small letters: {path.stem}.csv"
            yield Problem(f"{path.parent.name}/{path.name}", 0, text)
        elif path.stem not in rules:
            near = did_you_mean(path.stem, tuple(rules)) or f"; there are: {', '.join(rules)}"
            yield Problem(
                f"{path.parent.name}/{path.name}", 0, f"no seed is called '{path.stem}'{near}"
            )


def _missing_columns(seed: SeedFile, rule: SeedRules) -> Iterator[Problem]:
    for column in rule.columns if seed.header else ():
        if column in rule.required and column not in seed.header:
            what = "key column" if column in rule.key else "column"
            yield Problem(seed.shown, 1, f"{what} '{column}' is missing in the header", column)


def _wrong_types(seed: SeedFile, rule: SeedRules) -> Iterator[Problem]:
    for column, kind in rule.types.items():
        for row in seed.rows:
            if (value := row.values.get(column)) and (message := wrong_value(kind, value)):
                yield Problem(seed.shown, row.line, f"{column} '{value}' {message}", column)


def _run(test: SeedTest, seed: SeedFile, seeds: Seeds) -> Iterable[Problem]:
    # A column that the file leaves out, or a file that could not be read, was said already.
    if not seed.header or (test.column and test.column not in seed.header):
        return ()
    found = TESTS[test.name](test, rows_meant(test, seed), seeds)
    return [replace(p, level="warning") for p in found] if test.is_warning else found
