"""What `dbt_project/seeds/*.yml` demands of each seed, as data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class SeedTest:
    """One dbt test: its name, the column it stands at (None: the whole seed), its arguments."""

    name: str
    column: str | None
    arguments: Mapping[str, Any]
    is_warning: bool = False
    where: str | None = None


@dataclass(frozen=True)
class SeedRules:
    """Columns, types and tests of one seed."""

    name: str
    columns: tuple[str, ...]
    types: Mapping[str, str]
    tests: tuple[SeedTest, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that tell two rows apart; empty for a seed without a key."""
        for test in self.tests:
            if test.name == "unique_combination":
                return tuple(test.arguments.get("columns", ()))
        return tuple(t.column for t in self.tests if t.name == "unique" and t.column)[:1]

    @property
    def required(self) -> frozenset[str]:
        """Columns that a file must have: those of the key and those that are never empty."""
        never_empty = (t.column for t in self.tests if t.name == "not_null" and t.column)
        return frozenset((*self.key, *never_empty))


def read_rules(folder: Path) -> dict[str, SeedRules]:
    """Return the rules of every seed that a yml in this folder describes, by seed name."""
    rules = (
        _seed_rules(seed)
        for path in sorted(folder.glob("*.yml"))
        for seed in (_load(path) or {}).get("seeds") or ()
    )
    return {rule.name: rule for rule in rules}


def _load(path: Path) -> Any:
    loader = getattr(
        yaml, "CSafeLoader", yaml.SafeLoader
    )  # ten times faster where libyaml is there
    return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - builds plain data only


def _seed_rules(seed: Mapping[str, Any]) -> SeedRules:
    columns = seed.get("columns") or ()
    types = {c["name"]: c["data_type"] for c in columns if "data_type" in c}
    types.update((seed.get("config") or {}).get("column_types") or {})
    tests = [_test(entry, None) for entry in _tests_of(seed)]
    tests += [_test(entry, c["name"]) for c in columns for entry in _tests_of(c)]
    return SeedRules(
        name=seed["name"],
        columns=tuple(dict.fromkeys((*(c["name"] for c in columns), *types))),
        types={name: str(kind).lower() for name, kind in types.items()},
        tests=tuple(tests),
    )


def _tests_of(node: Mapping[str, Any]) -> Iterator[Any]:
    for word in ("data_tests", "tests"):
        yield from node.get(word) or ()


def _test(entry: Any, column: str | None) -> SeedTest:
    """Read a test: a bare name, or `{name: {arguments: {...}, config: {...}}}`."""
    if isinstance(entry, str):
        return SeedTest(entry, column, {})
    name, body = next(iter(entry.items()))
    body = dict(body or {})
    config = body.pop("config", None) or {}
    return SeedTest(
        name=name,
        column=column,
        arguments=body.pop("arguments", None) or body,
        is_warning=str(config.get("severity", "error")).lower() == "warn",
        where=config.get("where"),
    )
