"""Same inbox, any way of loading it: equal marts."""

import re
import shutil
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration import settings as workspace_settings
from orchestration.days import Days
from orchestration.loading import load_family
from tests.e2e.conftest import HASH_KEY, gapsight, new_workspace

pytestmark = [pytest.mark.pipeline, pytest.mark.timeout(600)]
FAMILIES = ("usage", "ci", "issues", "incidents", "deployments", "git")
LAST, DAYS = date(2026, 6, 30), 14


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo of two weeks, of the repositories too, loaded in one go and published."""
    workspace = of_two_weeks(tmp_path_factory.mktemp("small") / "shop")
    gapsight("demo", "--workspace", workspace, "--days", str(DAYS))
    gapsight("run", "--workspace", workspace)
    return workspace


def exports(workspace: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every mart but _meta, its rows in order."""
    with duckdb.connect(
        str(workspace / "var" / "published" / "marts.duckdb"), read_only=True
    ) as marts:
        names = [
            row[0]
            for row in marts.execute(
                "select table_name from duckdb_tables() where table_name <> '_meta' order by 1"
            ).fetchall()
        ]
        return {
            name: marts.execute(f"select * from {name} order by all").fetchall() for name in names
        }


def differing(one: Path, other: Path) -> list[str]:
    first, second = exports(one), exports(other)
    assert len(first) > 20
    assert first.keys() == second.keys()
    assert sum(len(rows) for rows in first.values()) > 1000
    return [name for name in first if first[name] != second[name]]


def of_two_weeks(folder: Path) -> Path:
    workspace = new_workspace(folder)
    settings = workspace / "gapsight.toml"
    first_day = f'first_day = "{LAST - timedelta(days=DAYS - 1)}"'
    text, changed = re.subn('(?m)^first_day = "[^"]*"', first_day, settings.read_text())
    assert changed == 1
    settings.write_text(text)
    return workspace


def sibling(small: Path, name: str) -> Path:
    """A workspace with the same inbox and nothing loaded."""
    workspace = of_two_weeks(small.parent / name)
    for part in ("inbox", "demo"):
        shutil.copytree(small / "var" / part, workspace / "var" / part)
    return workspace


def spans_of(workspace: Path) -> list[Days]:
    """Every day that has a folder, the newest first: three at a time, as each load costs the same."""
    folders = {
        path.name for path in (workspace / "var" / "inbox").glob("*/*") if path.name[:2] == "20"
    }
    days = sorted(map(date.fromisoformat, folders), reverse=True)
    return [Days(days[min(n + 2, len(days) - 1)], days[n]) for n in range(0, len(days), 3)]


def test_loading_in_halves_newest_first_and_twice_gives_the_same_marts(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAPSIGHT_HASH_KEY", HASH_KEY)
    workspace = sibling(small, "reversed")
    settings = workspace_settings.load(workspace)
    inbox = workspace / "var" / "inbox"
    aside = workspace / "later"
    units = sorted(path for path in inbox.glob("*/*/*") if path.parts[-3] != "git")
    for unit in units[::2]:
        target = aside / unit.relative_to(inbox)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(unit, target)

    spans = spans_of(workspace)

    def load(spans: list[Days]) -> int:
        return sum(
            load_family(settings, family, span).loaded
            for span in spans
            for family in reversed(FAMILIES)
        )

    first, again = load(spans), load([Days(spans[-1].first, spans[0].last)])
    shutil.copytree(aside, inbox, dirs_exist_ok=True)
    second = load(spans)
    assert min(first, second) > len(units) // 3
    assert again == 0
    gapsight("run", "--workspace", workspace)
    assert differing(small, workspace) == []


@pytest.mark.long
def test_a_past_day_built_later_is_what_was_told_on_it(small: Path) -> None:
    """Versions, files and commits that came afterwards change nothing of a day that is over."""
    told = date(2026, 6, 25)
    workspace = sibling(small, "told")
    settings = workspace / "gapsight.toml"
    before, _, after = settings.read_text().partition("[[repos]]")
    # Without repositories nothing is fetched: their logs of each day are in the inbox.
    settings.write_text(before + after[after.index("[sources.access_log]") :])
    for folder in sorted((workspace / "var" / "inbox").glob("*/20*")):
        if date.fromisoformat(folder.name) > told:
            shutil.rmtree(folder)
    gapsight("run", "--workspace", workspace)
    gapsight("run", "--workspace", small, "--as-of", str(told))
    history = workspace / "var" / "lake" / "history"
    later = small / "var" / "asof" / str(told) / "published" / "marts.duckdb"
    with duckdb.connect(str(later), read_only=True) as marts:
        kept = {place.parent for place in history.glob(f"*/{told}.parquet")}
        assert len(kept) > 1
        for place in sorted(kept):
            columns = [row[0] for row in marts.execute(f"describe {place.name}").fetchall()]
            wanted = f"select {', '.join(columns)} from read_parquet('{place}/{told}.parquet') order by all"
            rows = marts.execute(wanted).fetchall()
            assert rows
            assert marts.execute(f"select * from {place.name} order by all").fetchall() == rows, (
                place.name
            )
