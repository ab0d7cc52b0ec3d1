"""Tables by day, brought from any lake to any other one, equal those that are built whole (macros/by_day.sql)."""

import random
import re
import shutil
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import Settings, load
from tests.parity.build import build, workspace
from tests.parity.compare import differences
from tests.parity.dealt import FIRST, LAST
from tests.parity.planted import plant

pytestmark = [pytest.mark.pipeline, pytest.mark.timeout(900)]
SEEDS = Path(__file__).parents[2] / "examples" / "shop" / "seeds"
BY_DAY = ("+config.materialized:by_day",)
"""The tables by day and what they are made of; the rest of the project is built whole each time anyway."""
NIGHTLY = (
    "stg_ledger__files",
    "stg_ci__bundles",
    "stg_ci__test_attempts",
    "stg_git__commits",
    "stg_issues__issues",
    "stg_incidents__incidents",
    "int_test_runs__resolved",
    "fct_test_results",
    "int_usage__flow_counts",
    "int_usage__by_flow_daily",
    "fct_usage_daily",
)
MAPPED = (
    "select (select count(*) from intermediate.int_routes__mapped),"
    " (select count(*) from intermediate.int_events__mapped)"
)
SCHEMAS = ("staging", "intermediate", "marts")
WEEKS = (LAST - FIRST).days // 7 + 1


@dataclass
class Shop:
    """A workspace whose lake holds some of the files of a whole one."""

    settings: Settings
    files: dict[str, list[Path]]
    """Inbox file -> its parts, relative to the whole lake."""
    whole: Path
    built: int = 0

    def show(self, names: set[str]) -> None:
        """Have the parts of these inbox files in the lake, and no others."""
        for name, parts in self.files.items():
            for part in parts:
                place = self.settings.paths.lake / part
                if name not in names:
                    place.unlink(missing_ok=True)
                elif not place.exists():  # others stay as they are, their times too
                    place.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(self.whole / part, place)

    def lose_from_ledger(self, name: str) -> None:
        """Take away what the ledger says of a file, and leave its rows, which lie on other days."""
        [part] = [part for part in self.files[name] if part.parts[0] == "loads"]
        (self.settings.paths.lake / part).unlink()

    def night(self, *select: str) -> None:
        """Build upon what the last build left."""
        assert not build(self.settings, *select).problems

    def differs_from_whole(self, *select: str) -> list[str]:
        """What a build of the same lake into an empty warehouse has otherwise."""
        self.built += 1
        place = self.settings.paths.data_dir / f"whole{self.built}" / "warehouse.duckdb"
        fresh = replace(self.settings, paths=replace(self.settings.paths, warehouse=place))
        assert not build(fresh, *select).problems
        mine = self.settings.paths.warehouse
        return [line for schema in SCHEMAS for line in differences(mine, place, schema)]

    def keep(self, day: date, share: float) -> None:
        """Have kept of a day a share of what the last build scored."""
        place = self.settings.paths.lake / "history" / "fct_risk_scores" / f"{day}.parquet"
        with duckdb.connect(str(self.settings.paths.warehouse), read_only=True) as warehouse:
            warehouse.execute(
                f"copy (select * replace (date '{day}' as as_of, risk * {share} as risk), 'run' as kept_by"
                f" from intermediate.int_score__described) to '{place}' (format parquet)"
            )

    def prove(self) -> None:
        """As after a build whose tests passed."""
        with duckdb.connect(str(self.settings.paths.warehouse)) as warehouse:
            warehouse.execute("update state.built_days set is_proved = true")

    def days_built(self, model: str) -> tuple[int, int]:
        """How many days of a model were built since they were proved, and how many it has."""
        [(new, every)] = self.rows(
            "select count(*) filter (where not is_proved), count(*) from state.built_days"
            f" where model = '{model}'"
        )
        return int(str(new)), int(str(every))

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(self.settings.paths.warehouse), read_only=True) as warehouse:
            return warehouse.execute(query).fetchall()


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Everything planted, nothing shown."""
    shutil.copytree(SEEDS, tmp_path / "seeds")
    settings = load(workspace(tmp_path / "shop", tmp_path / "seeds"), environ={})
    plant(settings.paths.lake)
    whole = tmp_path / "whole"
    shutil.copytree(settings.paths.lake, whole)
    files: dict[str, list[Path]] = {}
    for part in whole.glob("*/day=*/*--*.parquet"):
        files.setdefault(part.stem.split("--")[1], []).append(part.relative_to(whole))
    return Shop(settings, files, whole)


def of_weeks(shop: Shop, *weeks: int) -> set[str]:
    """Files of everything that came in these weeks."""
    return {name for name in shop.files if int(re.sub(r"\D", "", name)) in weeks}


def test_nights_late_files_and_withdrawn_ones_give_what_a_whole_build_gives(shop: Shop) -> None:
    shop.show(of_weeks(shop, *range(3, WEEKS - 2)))
    shop.night(*BY_DAY)
    shop.prove()
    for days, share in ((120, 0.1), (100, 0.2), (24, 0.3), (23, 0.35), (9, 0.4), (8, 0.5)):
        shop.keep(LAST - timedelta(days=days), share)
    known = shop.rows(MAPPED)
    shop.show(of_weeks(shop, *range(3, WEEKS - 1)))  # a night
    shop.night(*BY_DAY)
    assert shop.rows(MAPPED) > known, "routes and events that nobody had seen"
    for model in NIGHTLY:
        new, every = shop.days_built(model)
        assert 7 <= new < every / 2, f"{model}: {new} of {every} days"
    # Another one, beside which late files came, one was taken back, and people named an old test.
    shop.show(of_weeks(shop, *({*range(WEEKS)} - {1, 7})))
    rename_a_test(shop)
    shop.lose_from_ledger("issues5")
    # A kept day was computed again, one has come, one was taken away.
    shop.keep(LAST - timedelta(days=8), 0.6)
    shop.keep(LAST - timedelta(days=1), 0.7)
    kept = shop.settings.paths.lake / "history" / "fct_risk_scores"
    (kept / f"{LAST - timedelta(days=24)}.parquet").unlink()
    shop.night(*BY_DAY)
    assert shop.rows(
        "select count(distinct as_of), count(distinct compared_with) from marts.rpt_risk_trend"
    ) == [(6, 3)]
    assert not shop.differs_from_whole(*BY_DAY)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(6))
def test_any_lake_is_reached_from_any_other(shop: Shop, seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(4):
        shop.show({name for name in shop.files if rng.random() < 0.6})
        shop.night()
    assert not shop.differs_from_whole()


def rename_a_test(shop: Shop) -> None:
    ids = shop.rows("select distinct test_id from staging.stg_ci__test_attempts order by 1 limit 2")
    alias = f'old_id,new_id\n"{ids[0][0]}","{ids[1][0]}"\n'
    (shop.settings.paths.seeds / "test_aliases.csv").write_text(alias)
