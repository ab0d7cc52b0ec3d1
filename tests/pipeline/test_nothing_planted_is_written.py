"""A whole run over planted files of every source: nothing of them is in anything that is written."""

import os
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from ingest import sources
from orchestration import dbt_home
from orchestration.pipeline import run_pipeline
from orchestration.settings import Settings, load
from tests.pipeline.conftest import DAY, new_workspace, put, small_project
from tests.unit import planted
from tests.unit.planted_inbox import put_planted

pytestmark = pytest.mark.timeout(240)
KEY = "a key that nobody shall read"
ONE_IN = 9


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A finished run of planted files of every source, with far too many rejects."""
    folder = tmp_path_factory.mktemp("planted")
    extra = '[privacy]\nhash_key_env = "K"\n'
    new_workspace(folder / "shop", extra)
    settings = load(folder / "shop", environ={"K": KEY})
    for name in sources.NAMES:
        if name != "ci_bundle":
            put_planted(settings, name, list(planted.variants(name))[::ONE_IN])
    put(settings, "titles.json", "I-1", title=planted.BLOB)
    put(settings, "broken.json", "I-2").write_text(f"[{planted.BLOB}")
    project = small_project(folder / "small_project")
    marts = project / "models" / "marts" / "marts.yml"  # planted copies share their ids
    marts.write_text(marts.read_text().replace("[not_null, unique]", "[not_null]"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(dbt_home, "PACKAGE", project)
        result = run_pipeline(settings)
    assert result.rejected > 10
    assert any("are rejected" in warning for warning in result.warnings)
    said = "\n".join(result.warnings)
    assert [mark for mark in marks() if mark in said] == []
    return settings


def marks() -> list[str]:
    found = [mark for _, mark in (*planted.EVERYWHERE.values(), *planted.IN_PROSE.values())]
    # In names these may mean something else: what texts lose is for tests/unit to say.
    in_names = {mark for _, mark in planted.IN_PROSE.values()}
    return [KEY, "Plantedname", *(mark for mark in found if mark not in in_names)]


def written(settings: Settings) -> Iterator[tuple[Path, bytes]]:
    """Every file but those of the inbox, and what it holds; the home of Dagster among them."""
    for place in settings.paths.data_dir.rglob("*"):
        inside = place.relative_to(settings.paths.data_dir)
        if not place.is_file() or inside.parts[0] == "inbox":
            continue
        content = place.read_bytes()
        if place.suffix in {".parquet", ".duckdb"}:
            content += texts_of(place).encode()
        yield inside, content


def texts_of(place: Path) -> str:
    """Every different value of a Parquet file or a database, whose bytes are compressed."""
    with duckdb.connect() as memory:
        if place.suffix == ".parquet":
            relations = [f"read_parquet('{place}')"]
        else:
            memory.execute(f"attach '{place}' as db (read_only)")
            tables = (
                "select schema_name, table_name from duckdb_tables() where database_name = 'db'"
            )
            relations = [f'db."{s}"."{t}"' for s, t in memory.execute(tables).fetchall()]
        found: list[str] = []
        for relation in relations:
            for column, *_ in memory.execute(f"describe select * from {relation}").fetchall():
                query = f'select distinct cast("{column}" as varchar) from {relation}'
                found += [value for (value,) in memory.execute(query).fetchall() if value]
    return "\n".join(found)


def test_nothing_planted_is_in_anything_that_a_run_writes(shop: Settings) -> None:
    files = dict(written(shop))
    kinds = {place.parts[0] for place in files}
    assert {"lake", "published", "dagster", "logs", "warehouse.duckdb"} <= kinds
    endings = {place.suffix for place in files if place.parts[0] == "published"}
    assert {".duckdb", ".parquet", ".csv", ".json"} <= endings
    leaks = [
        (str(p), mark)
        for p, content in files.items()
        for mark in marks()
        if mark.encode() in content
    ]
    assert leaks == []


def test_rows_of_the_planted_files_are_there(shop: Settings) -> None:
    with duckdb.connect() as memory:
        parts = f"{shop.paths.lake}/loads/day={DAY}/*.parquet"
        found = memory.execute(
            "select source, sum(rows) from read_parquet(?) group by all", [parts]
        )
        loaded = dict(found.fetchall())
    assert loaded.keys() >= {source.name for source in sources.all_sources() if source.landed}
    assert sum(1 for rows in loaded.values() if rows) > len(loaded) * 0.8
    assert os.environ.get("K") is None
