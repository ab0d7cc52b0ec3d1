"""How much memory the engine may take."""

import os

import pytest

from orchestration import memory
from orchestration.settings import ConfigError, load
from tests.unit.cli_support import make_workspace


@pytest.mark.parametrize(
    ("told", "megabytes"),
    [("2000000000\n", 1000), ("600000000", 500), ("max\n", None), (None, None)],
)
def test_half_of_what_the_container_has_and_never_too_little_to_work(
    tmp_path, monkeypatch, told, megabytes
):
    place = tmp_path / "memory.max"
    if told is not None:
        place.write_text(told)
    monkeypatch.setattr(memory, "_LIMITS", (place,))
    found = int(memory.limit().removesuffix("MB"))
    if megabytes:
        assert found == megabytes
    else:
        assert found >= memory.LEAST_MB


def test_a_variable_says_otherwise(tmp_path):
    place = make_workspace(tmp_path / "shop")
    with load(place, environ={}).exported():
        assert os.environ["GAPSIGHT_MEMORY_LIMIT"] == memory.limit()
    with load(place, environ={"GAPSIGHT_MEMORY_LIMIT": "3GB"}).exported():
        assert os.environ["GAPSIGHT_MEMORY_LIMIT"] == "3GB"


def test_what_is_published_is_made_within_it_and_spills_beside_the_warehouse(tmp_path):
    place = make_workspace(tmp_path / "shop")
    settings = load(place, environ={"GAPSIGHT_MEMORY_LIMIT": "64MB"})
    settings.paths.data_dir.mkdir(parents=True, exist_ok=True)
    spilled = settings.paths.warehouse.with_name("warehouse.duckdb.tmp")
    with memory.connect(settings) as connection:
        connection.execute("set threads = 1; set preserve_insertion_order = false")
        rows = connection.execute(
            "select i, repeat(i::varchar, 20) as t from range(1000000) r (i) order by hash(i)"
        )
        assert rows.fetchone()
        assert any(spilled.iterdir())
    assert not spilled.exists()


@pytest.mark.parametrize(
    "wrong", ["lots", "-1GB", "50%", "3", "0GB", "10MB", "3 PB", "1e3MB", "IB"]
)
def test_what_is_no_size_is_refused_before_anything_runs(tmp_path, wrong):
    place = make_workspace(tmp_path / "shop")
    with pytest.raises(ConfigError, match=f"GAPSIGHT_MEMORY_LIMIT is '{wrong}'.\nSet it to a size"):
        load(place, environ={"GAPSIGHT_MEMORY_LIMIT": wrong})


@pytest.mark.parametrize("size", ["3GB", "1500 MB", "2.5gib", "1TB", "800000000B"])
def test_every_size_that_is_taken_is_one_to_the_engine(tmp_path, size):
    settings = load(make_workspace(tmp_path / "shop"), environ={"GAPSIGHT_MEMORY_LIMIT": size})
    settings.paths.data_dir.mkdir(parents=True, exist_ok=True)
    memory.connect(settings).close()
