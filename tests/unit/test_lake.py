import dataclasses
import fcntl
import json
import multiprocessing
import os
import signal
import threading
import time
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from lake_support import DAY, content, incident, parts, put_incidents, rows, workspace

from ingest import sources
from ingest.records import TABLES
from ingest.source import FormatError
from orchestration import lake as lake_module
from orchestration import reading, workers
from orchestration.inbox import Days
from orchestration.lake import Lake
from orchestration.loading import load_family, pending
from orchestration.settings import load as settings_of
from tests.unit.zstd_support import zstd

NEXT = DAY + timedelta(days=1)


def load(settings, **options):
    return load_family(settings, "incidents", **options)


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


def fill(settings, numbers) -> None:
    for number in numbers:
        day = DAY + timedelta(days=number % 3)
        listed = [incident(f"I-{number}", day), incident(f"J-{number}", day + timedelta(days=1))]
        put_incidents(settings, f"{number}.json", [*listed, {"title": "no id"}], day)


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


def with_source(monkeypatch, name: str, **changes) -> None:
    changed = dataclasses.replace(sources.get(name), **changes)
    known = sources.get
    monkeypatch.setattr(sources, "get", lambda asked: changed if asked == name else known(asked))


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


def test_an_unreadable_file_is_one_reject_and_stops_no_other(tmp_path):
    settings = workspace(tmp_path)
    put_incidents(settings, "b.json", [incident("I-1")])
    folder = settings.paths.inbox / "incidents" / DAY.isoformat()
    (folder / "a.json").write_text("<html>Sign in</html>")
    (folder / "c.pdf").write_text("%PDF")
    (folder / "d.json.gz").write_bytes(b"\x1f\x8b\x08\x00cut off")
    report = load(settings)
    assert (report.listed, report.loaded, report.unreadable, report.rejected) == (4, 4, 3, 3)
    assert rows(settings, columns="incident_id") == [("I-1",)]
    reasons = dict(rows(settings, "rejects", "path, reason"))
    assert len(reasons) == 3
    assert "expected *.json" in reasons["incidents/2026-06-30/c.pdf"]
    assert "a gzip file that is broken" in reasons["incidents/2026-06-30/d.json.gz"]
    assert load(settings).loaded == 0, "a bad file is not read again until it changes"
    assert report.reject_share == pytest.approx(3 / 4)
    assert report.rejecting[0] == ("incidents/2026-06-30/a.json", 1, 1)
    for wrong in ("a.json", "c.pdf", "d.json.gz"):
        (folder / wrong).unlink()
    assert load(settings).rejecting == [], "what is gone from the inbox can be mended by nobody"


def test_a_parser_that_breaks_is_a_reject_without_personal_data(tmp_path, monkeypatch):
    def broken(stream, context):
        yield from ()
        raise KeyError("no column for jo@example.com")

    settings = workspace(tmp_path)
    put_incidents(settings, "a.json", [])
    with_source(monkeypatch, "incidents", parse=broken)
    assert load(settings).unreadable == 1
    [(reason,)] = rows(settings, "rejects", "reason")
    assert reason == "the parser failed: KeyError: 'no column for <email>'"


def test_rows_before_a_fatal_error_are_not_kept(tmp_path, monkeypatch):
    parse = sources.get("incidents").parse

    def late(stream, context):
        yield from parse(stream, context)
        raise FormatError("the end is missing")

    settings = workspace(tmp_path)
    put_incidents(settings, "a.json", [incident("I-1")])
    with_source(monkeypatch, "incidents", parse=late)
    load(settings)
    assert rows(settings) == []
    assert rows(settings, "rejects", "reason") == [("the end is missing",)]
    assert rows(settings, "loads", 'records_read, "user", rejected, rows') == [(1, 0, 1, 0)]


def test_a_thousand_rejects_are_kept_and_all_are_counted(tmp_path):
    settings = workspace(tmp_path)
    put_incidents(settings, "a.json", [{"title": "no id"}] * 1500 + [incident("I-1")])
    report = load(settings)
    assert (report.rejected, report.rejected_now, report.records_read) == (1500, 1500, 1501)
    assert len(rows(settings, "rejects")) == 1000
    assert rows(settings, "loads", 'records_read, "user", rejected') == [(1501, 1, 1500)]


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


# Packs


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


# Damage


def torn(settings, table: str) -> None:
    for place in (settings.paths.lake / table).glob("day=*/*--*.parquet"):
        place.write_bytes(place.read_bytes()[:-20])


@pytest.mark.parametrize("files", [1, 4])
@pytest.mark.parametrize("table", ["incidents", "rejects", "loads"])
def test_a_torn_part_is_found_and_written_again(tmp_path, table, files):
    settings = workspace(tmp_path)
    for number in range(files):
        put_incidents(settings, f"{number}.json", [incident(f"I-{number}"), {"title": "no id"}])
    load(settings)
    whole = content(settings)
    torn(settings, table)
    report = load(settings)
    assert report.loaded == files
    assert "damaged" in report.warnings[0]
    assert content(settings) == whole
    report = load(settings)
    assert (report.loaded, report.warnings) == (0, [])


@pytest.mark.parametrize("files", [1, 4])
def test_a_file_changed_after_its_ledger_row_was_lost_leaves_no_old_rows(tmp_path, files):
    settings = workspace(tmp_path)
    for number in range(files):
        listed = [incident(f"I-{number}"), incident(f"J-{number}", NEXT)]
        put_incidents(settings, f"{number}.json", listed)
    load(settings)
    torn(settings, "loads")
    put_incidents(settings, "0.json", [incident("new")])
    load(settings)
    found = {row[0] for row in rows(settings, columns="incident_id")}
    assert found == {"new"} | {f"{x}-{n}" for n in range(1, files) for x in "IJ"}
    assert len(rows(settings)) == len(found)


def test_lost_rows_of_a_file_that_left_the_inbox_are_told_of(tmp_path):
    settings = workspace(tmp_path)
    place = put_incidents(settings, "a.json", [incident("I-1")])
    load(settings)
    place.unlink()
    torn(settings, "incidents")
    [warning] = load(settings).warnings
    assert "incidents/2026-06-30/a.json is gone from the inbox" in warning
    assert "delete the parts incidents--" in warning


# Kills


class Killed(BaseException):
    """As sudden as a kill, but inside this process."""


def kill_at(monkeypatch, number: int) -> None:
    """Die at the n-th change of a name or removal that a commit makes."""
    left = [number]
    for name in ("replace", "unlink"):
        real = getattr(Path, name)

        def count(self, *args, real=real, **options):
            if "tmp" in str(self) or "day=" in str(self) or self.name == "journal.json":
                left[0] -= 1
                if left[0] == 0:
                    raise Killed
            return real(self, *args, **options)

        monkeypatch.setattr(Path, name, count)


def two_versions(settings) -> None:
    for name in ("a", "b"):
        put_incidents(settings, f"{name}.json", [incident(name), incident(f"{name}2", NEXT)])
    load(settings)
    put_incidents(settings, "a.json", [incident("a", NEXT)])
    put_incidents(settings, "d.json", [incident("d"), {"title": "no id"}])


@pytest.fixture(scope="module")
def calm(tmp_path_factory):
    settings = workspace(tmp_path_factory.mktemp("calm"))
    two_versions(settings)
    load(settings)
    return content(settings)


@pytest.mark.parametrize("number", range(1, 18))
def test_a_kill_between_any_two_steps_leaves_nothing_behind(tmp_path, monkeypatch, calm, number):
    settings = workspace(tmp_path)
    two_versions(settings)
    with monkeypatch.context() as patched:
        kill_at(patched, number)
        with pytest.raises(Killed):
            load(settings)
    with Lake(settings.paths.lake).frozen():  # a reader finishes a half-made commit as well
        ids = [row[0] for row in rows(settings, columns="incident_id || '@' || day")]
        assert len(ids) == len(set(ids)), "no row is ever seen twice"
    load(settings)
    assert content(settings) == calm
    assert not list((settings.paths.lake / "_state" / "tmp").rglob("*.parquet"))
    assert not (settings.paths.lake / "_state" / "journal.json").exists()


def test_a_change_after_a_kill_leaves_no_days_of_the_version_between(tmp_path, monkeypatch):
    settings = workspace(tmp_path)
    put_incidents(settings, "a.json", [incident("v1")])
    load(settings)
    put_incidents(settings, "a.json", [incident("v2", NEXT)])
    with monkeypatch.context() as patched:
        kill_at(patched, 2)
        with pytest.raises(Killed):
            load(settings)
    put_incidents(settings, "a.json", [incident("v3", DAY + timedelta(days=2))])
    load(settings)
    assert rows(settings, columns="incident_id") == [("v3",)]


# Several at once


def _load_in_process(folder: str, ready, go) -> None:
    settings = settings_of(Path(folder), environ={})  # to write it again would race with the other
    ready.set()
    go.wait()
    load_family(settings, "incidents")


def test_two_loaders_at_once_give_what_one_gives(tmp_path):
    settings, alone = workspace(tmp_path / "two"), workspace(tmp_path / "one")
    for place in (settings, alone):
        fill(place, range(40))
    load(alone)
    context = multiprocessing.get_context("spawn")
    go = context.Event()
    ready = [context.Event() for _ in range(2)]
    both = [
        context.Process(target=_load_in_process, args=(str(tmp_path / "two"), event, go))
        for event in ready
    ]
    for process in both:
        process.start()
    for event in ready:
        assert event.wait(60)
    go.set()
    for process in both:
        process.join(120)
        assert process.exitcode == 0
    assert content(settings) == content(alone)


def test_nothing_changes_while_somebody_reads_all_of_it(tmp_path):
    settings = workspace(tmp_path)
    put_incidents(settings, "a.json", [incident("I-1")])
    thread = threading.Thread(target=load, args=(settings,))
    with Lake(settings.paths.lake).frozen():
        thread.start()
        time.sleep(0.5)
        assert thread.is_alive()
        assert rows(settings) == []
    thread.join(30)
    assert len(rows(settings)) == 1


def test_two_readers_do_not_wait_for_each_other(tmp_path):
    lake = Lake(tmp_path / "lake")
    with lake.frozen(), (lake.state / "locks" / "lake.lock").open() as other:
        fcntl.flock(other, fcntl.LOCK_SH | fcntl.LOCK_NB)


def test_worker_processes_give_what_one_process_gives(tmp_path, monkeypatch):
    alone, several = workspace(tmp_path / "alone"), workspace(tmp_path / "several")
    for place in (alone, several):
        fill(place, range(40))
    load(alone)
    monkeypatch.setattr(workers, "PARALLEL_FILES", 1)
    assert load(several).loaded == 40
    assert content(several) == content(alone)
    assert parts(several) == parts(alone)


def _read_or_die(jobs):
    if any("7.json" in job.unit.path for job in jobs):
        os.kill(os.getpid(), signal.SIGKILL)
    return reading.read_portion(jobs)


def test_a_file_that_kills_its_reader_is_a_reject_and_the_others_load(tmp_path, monkeypatch):
    settings = workspace(tmp_path)
    fill(settings, range(10))
    monkeypatch.setattr(workers, "PARALLEL_FILES", 1)
    monkeypatch.setattr(workers, "CHUNK_FILES", 3)
    monkeypatch.setattr(workers, "read_portion", _read_or_die)
    report = load(settings)
    assert (report.loaded, report.unreadable) == (10, 1)
    found = rows(settings, "rejects", "reason, path")
    [(reason, path)] = [row for row in found if "killed" in row[0]]
    assert path.endswith("/7.json")
    assert "memory" in reason


# Shape


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


def test_days_that_brought_rows(tmp_path):
    settings = workspace(tmp_path)
    lake = Lake(settings.paths.lake)
    assert lake.loaded_days() is None
    put_incidents(settings, "a.json", [incident("I-1", date(2026, 6, 2))], date(2026, 6, 28))
    put_incidents(settings, "b.json", [incident("I-2", date(2030, 1, 1))], DAY)
    put_incidents(settings, "c.json", [], NEXT)
    load(settings)
    assert lake.loaded_days() == Days(date(2026, 6, 2), DAY), "a stamp in the future is no data"
