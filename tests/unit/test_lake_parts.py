"""Parts of a lake table: small ones of a day in one pack, and old ones when a record changes its shape."""

import json

import polars as pl

from orchestration import lake as lake_module
from orchestration.lake import Lake
from tests.unit.lake_support import NEXT, incident, load, parts, put_incidents, rows, workspace


def test_small_parts_of_a_day_are_packed_and_a_changed_file_is_found_in_the_pack(tmp_path):
    settings = workspace(tmp_path)
    for number in range(5):
        put_incidents(settings, f"{number}.json", [incident(f"I-{number}"), {"title": "no id"}])
    load(settings)
    for table in ("incidents", "loads", "rejects"):
        assert parts(settings, table) == ["day=2026-06-30/incidents--packed.parquet"]
    put_incidents(settings, "3.json", [incident("I-3", title="renamed"), incident("I-33", NEXT)])
    assert load(settings).loaded == 1
    assert len(rows(settings)) == 6
    assert len(rows(settings, "loads")) == 5
    assert len(rows(settings, "rejects")) == 4
    assert ("I-3", "renamed") in rows(settings, columns="incident_id, title")
    assert load(settings).loaded == 0


def test_a_pack_whose_last_rows_went_is_gone(tmp_path):
    settings = workspace(tmp_path)
    for name in ("a", "b"):
        put_incidents(settings, f"{name}.json", [incident(name)])
    load(settings)
    for name in ("a", "b"):
        put_incidents(settings, f"{name}.json", [incident(name, NEXT)])
    load(settings)
    assert parts(settings) == ["day=2026-07-01/incidents--packed.parquet"]
    assert len(rows(settings)) == 2


def test_large_parts_stay_on_their_own(tmp_path, monkeypatch):
    monkeypatch.setattr("orchestration.packing.SMALL_BYTES", 10)
    monkeypatch.setattr("orchestration.parts.SPILL_ROWS", 5)
    settings = workspace(tmp_path)
    for number in range(3):
        put_incidents(settings, f"{number}.json", [incident(f"{number}-{n}") for n in range(7)])
    load(settings)
    assert len(parts(settings)) == 3
    assert len(rows(settings)) == 21


def test_old_parts_get_the_columns_a_record_has_gained(tmp_path):
    settings = workspace(tmp_path)
    gone = put_incidents(settings, "a.json", [incident("I-1")])
    load(settings)
    gone.unlink()
    for place in (settings.paths.lake / "incidents").glob("*/*.parquet"):
        pl.read_parquet(place, hive_partitioning=False).drop("severity").write_parquet(place)
    state = settings.paths.lake / "_state" / "schemas.json"
    known = json.loads(state.read_text())
    known["incidents"].remove("severity str")
    state.write_text(json.dumps(known))
    with Lake(settings.paths.lake).frozen():
        assert rows(settings, columns="incident_id, severity") == [("I-1", None)]


def test_a_record_that_changed_makes_its_files_load_again(tmp_path, monkeypatch):
    settings = workspace(tmp_path)
    put_incidents(settings, "a.json", [incident("I-1")])
    load(settings)
    real = lake_module.schema_of
    monkeypatch.setattr("orchestration.loading.schema_of", lambda r: [*real(r), "more str"])
    assert load(settings).loaded == 1
