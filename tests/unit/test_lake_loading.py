"""Files of the inbox become rows of the lake: once, by their days, in any order and portion."""

from datetime import date, timedelta

from ingest.records import TABLES
from orchestration.days import Days
from orchestration.lake import Lake
from orchestration.loading import pending
from tests.unit.lake_support import (
    DAY,
    NEXT,
    content,
    fill,
    incident,
    load,
    parts,
    put_incidents,
    rows,
    with_source,
    workspace,
)
from tests.unit.zstd_support import zstd


def test_an_empty_inbox_gives_empty_tables_with_all_columns(tmp_path):
    settings = workspace(tmp_path)
    report = load(settings)
    assert (report.listed, report.loaded, report.reject_share) == (0, 0, 0)
    assert content(settings) == {table: [] for table in TABLES}


def test_a_file_becomes_rows_by_day_and_a_ledger_row(tmp_path):
    settings = workspace(tmp_path)
    put_incidents(settings, "a.json", [incident("I-1"), incident("I-2", NEXT)])
    report = load(settings)
    assert (report.listed, report.loaded, report.records_read) == (1, 1, 2)
    assert dict(report.rows) == {"incidents": 2}
    found = rows(settings, columns="incident_id, day, source, started_at::varchar, _file")
    file_id = found[0][-1]
    assert found == [
        ("I-1", DAY, "incidents", "2026-06-30 08:00:00", file_id),
        ("I-2", NEXT, "incidents", "2026-07-01 08:00:00", file_id),
    ]
    assert parts(settings) == [
        f"day=2026-06-30/incidents--{file_id}.parquet",
        f"day=2026-07-01/incidents--{file_id}.parquet",
    ]
    ledger = rows(
        settings,
        "loads",
        'source, family, path, records_read, "user", rejected, rows, first_day, last_day, parts_json, day',
    )
    [(*first, first_day, last_day, tables, day)] = ledger
    assert first == ["incidents", "incidents", "incidents/2026-06-30/a.json", 2, 2, 0, 2]
    assert (first_day, last_day, day) == (DAY, NEXT, DAY)
    assert tables == '{"incidents":["2026-06-30","2026-07-01"]}'


def test_nothing_is_read_twice(tmp_path):
    settings = workspace(tmp_path)
    put_incidents(settings, "a.json", [incident("I-1")])
    load(settings)
    before = {p: p.stat().st_mtime_ns for p in settings.paths.lake.rglob("*.parquet")}
    report = load(settings)
    assert (report.listed, report.loaded, report.records_read) == (1, 0, 1)
    assert {p: p.stat().st_mtime_ns for p in settings.paths.lake.rglob("*.parquet")} == before


def test_a_changed_file_replaces_its_rows_and_its_days(tmp_path):
    settings = workspace(tmp_path)
    put_incidents(settings, "a.json", [incident("I-1"), incident("I-2", NEXT)])
    put_incidents(settings, "b.json", [incident("I-9")])
    load(settings)
    put_incidents(settings, "a.json", [incident("I-1", title="renamed")])
    assert [unit.name for unit in pending(settings, "incidents")] == ["a.json"]
    assert load(settings).loaded == 1
    assert rows(settings, columns="incident_id, title, day") == [
        ("I-1", "renamed", DAY),
        ("I-9", "outage I-9", DAY),
    ]
    assert len(rows(settings, "loads")) == 2


def test_a_file_that_left_the_inbox_keeps_its_rows(tmp_path):
    settings = workspace(tmp_path)
    place = put_incidents(settings, "a.json", [incident("I-1")])
    load(settings)
    place.unlink()
    report = load(settings)
    assert (report.listed, report.warnings) == (0, [])
    assert len(rows(settings)) == 1


def test_order_and_portions_do_not_matter(tmp_path):
    whole = workspace(tmp_path / "whole")
    fill(whole, range(12))
    load(whole)

    halves = workspace(tmp_path / "halves")
    for half in (range(6, 12), range(6)):
        fill(halves, half)
        load(halves)

    backwards = workspace(tmp_path / "backwards")
    fill(backwards, reversed(range(12)))
    for offset in (2, 1, 0):
        day = DAY + timedelta(days=offset)
        load(backwards, days=Days(day, day))

    assert len(rows(whole)) == 24
    assert len(rows(whole, "rejects")) == 12
    assert content(whole) == content(halves) == content(backwards)
    assert parts(whole) == parts(halves) == parts(backwards)


def test_a_range_of_days_loads_those_folders_only(tmp_path):
    settings = workspace(tmp_path)
    fill(settings, range(3))
    report = load(settings, days=Days(NEXT, NEXT))
    assert (report.listed, report.loaded) == (1, 1)
    assert rows(settings, "loads", "day") == [(NEXT,)]


def test_a_newer_parser_reads_everything_again(tmp_path, monkeypatch):
    settings = workspace(tmp_path)
    put_incidents(settings, "a.json", [incident("I-1")])
    load(settings)
    with_source(monkeypatch, "incidents", version=99)
    assert load(settings).loaded == 1
    assert rows(settings, "loads", "parser_version") == [(99,)]
    assert len(rows(settings)) == 1


def test_a_changed_zone_reads_again_what_depends_on_it(tmp_path):
    settings = workspace(tmp_path)
    late = dict.fromkeys(("started_at", "resolved_at", "updated_at"), "2026-06-30T23:30:00Z")
    put_incidents(settings, "a.json", [incident("I-1", **late)])
    load(settings)
    moved = workspace(tmp_path, 'reporting_zone = "Europe/Berlin"\n')
    assert load(moved).loaded == 1
    assert rows(moved, columns="incident_id, day") == [("I-1", NEXT)]


def test_a_compressed_file_is_taken_by_the_name_without_its_ending(tmp_path):
    settings = workspace(tmp_path)
    place = put_incidents(settings, "a.json", [incident("I-1")])
    packed = zstd.compress(place.read_bytes())
    place.with_name("b.json.zst").write_bytes(packed)
    place.unlink()
    place.with_name("c.json.zst").write_bytes(packed[:-9])
    report = load(settings)
    assert (report.loaded, report.unreadable) == (2, 1)
    assert rows(settings, columns="incident_id") == [("I-1",)]
    ((reason,),) = rows(settings, "rejects", "reason")
    assert reason.startswith("a zstd file that ends early")


def test_rows_that_may_not_be_read_any_more_are_kept(tmp_path, monkeypatch):
    settings = workspace(tmp_path)
    put_incidents(settings, "a.json", [incident("I-1")])
    load(settings)

    def denied(place):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("orchestration.inbox._stamp", denied)
    report = load(settings)
    assert report.loaded == 0
    assert "may not be read now" in report.warnings[0]
    assert len(rows(settings)) == 1


def test_days_that_brought_rows(tmp_path):
    settings = workspace(tmp_path)
    lake = Lake(settings.paths.lake)
    assert lake.loaded_days() is None
    put_incidents(settings, "a.json", [incident("I-1", date(2026, 6, 2))], date(2026, 6, 28))
    put_incidents(settings, "b.json", [incident("I-2", date(2030, 1, 1))], DAY)
    put_incidents(settings, "c.json", [], NEXT)
    load(settings)
    assert lake.loaded_days() == Days(date(2026, 6, 2), DAY), "a stamp in the future is no data"
