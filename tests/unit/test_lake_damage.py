"""Torn parts of the lake are found, told of and written again."""

import shutil

import pytest

from orchestration.days import Days
from orchestration.lake import Lake
from tests.unit.lake_support import (
    DAY,
    NEXT,
    content,
    incident,
    load,
    put_incidents,
    rows,
    workspace,
)


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


@pytest.mark.parametrize("days", [None, Days(DAY, NEXT)])
def test_what_is_no_day_of_the_ledger_is_left_alone(tmp_path, days):
    settings = workspace(tmp_path)
    put_incidents(settings, "a.json", [incident("I-1")])
    load(settings)
    ledger = settings.paths.lake / "loads"
    shutil.copytree(ledger / f"day={DAY}", ledger / f"day={DAY}.bak")
    (ledger / f"day={NEXT}").write_text("a note")
    assert len(Lake(settings.paths.lake).ledger(["incidents"], days)) == 1
