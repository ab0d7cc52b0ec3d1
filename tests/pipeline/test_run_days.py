"""Which days and files of the inbox a run takes, and what it says of the others."""

from dataclasses import replace
from datetime import date, timedelta

import dagster as dg
import pytest

from orchestration.pipeline import run_pipeline
from orchestration.settings import ConfigError
from tests.pipeline.conftest import DAY, history, instance, new_workspace, published, put

pytestmark = pytest.mark.timeout(240)


def test_a_past_day_is_built_beside_what_is_published(shop):
    put(shop, "a.json", "I-1", day=DAY - timedelta(days=3))
    put(shop, "b.json", "I-2")
    run_pipeline(shop)
    before = shop.paths.marts.stat().st_mtime_ns
    runs = len(history(shop))
    past = DAY - timedelta(days=2)
    result = run_pipeline(shop, as_of=past)
    assert result.as_of == past
    assert result.published == shop.paths.data_dir / "asof" / past.isoformat() / "published"
    at = shop.at(past)
    assert published(at, "select incident_id from fct_incidents") == [("I-1",)]
    assert published(at, "select as_of from _meta") == [(past,)]
    assert shop.paths.marts.stat().st_mtime_ns == before
    assert len(history(shop)) == runs + 1, "only the look at the inbox"
    assert run_pipeline(shop).is_unchanged


@pytest.mark.parametrize("day", ["2026-06-01", "2026-07-01", "2030-01-01"])
def test_a_day_without_data_is_refused_with_the_days_there_are(shop, day):
    put(shop, "a.json", "I-1")
    with pytest.raises(ConfigError, match="loaded days run from 2026-06-30 to 2026-06-30"):
        run_pipeline(shop, as_of=date.fromisoformat(day))


def test_a_day_before_the_first_is_refused_before_anything_is_done(shop):
    with pytest.raises(ConfigError, match=r"nothing before first_day \(2026-06-01\)"):
        run_pipeline(shop, as_of=date(2026, 5, 31))
    assert not shop.paths.data_dir.exists()


def test_a_past_day_of_an_empty_lake_is_refused(shop):
    with pytest.raises(ConfigError, match="nothing is loaded"):
        run_pipeline(shop, as_of=DAY)


def test_files_of_days_nobody_asked_for_are_told_of(shop):
    put(shop, "a.json", "I-1")
    put(shop, "b.json", "I-0", day=date(2026, 5, 1))
    put(shop, "c.json", "I-9", day=date(2999, 1, 1))
    result = run_pipeline(shop)
    [warning] = result.warnings
    assert "2 inbox files lie before 2026-06-01" in warning
    assert "2026-05-01 to 2999-01-01" in warning
    assert result.files_loaded == 1


def test_files_years_apart_cost_no_record_of_every_day_between(tmp_path, project):
    shop = replace(new_workspace(tmp_path / "shop"), first_day=date(2019, 1, 1))
    put(shop, "old.json", "I-1", day=date(2019, 3, 1))
    put(shop, "near.json", "I-2", day=date(2019, 3, 20))
    put(shop, "new.json", "I-3")
    assert run_pipeline(shop).files_loaded == 3
    ranges = [
        (
            run.tags["dagster/asset_partition_range_start"],
            run.tags["dagster/asset_partition_range_end"],
        )
        for run in history(shop)
        if run.job_name == "ingest"
    ]
    assert sorted(ranges) == [("2019-03-01", "2019-03-20"), ("2026-06-30", "2026-06-30")]


def test_a_dropped_file_is_sorted_in_and_loaded(shop):
    place = put(shop, "a.json", "I-1")
    place.rename(shop.paths.inbox / "incidents" / "export-2026-06-30.json")
    assert run_pipeline(shop).files_loaded == 1
    assert (place.parent / "export-2026-06-30.json").exists()


def test_an_inbox_folder_that_no_source_reads_is_told_of(shop):
    put(shop, "a.json", "I-1")
    for name in ("incidentz", "junit"):  # misspelled; and a format that comes inside CI bundles
        (shop.paths.inbox / name).mkdir()
    one, other = run_pipeline(shop).warnings
    assert "inbox/incidentz is read by no source: did you mean incidents?" in one
    assert "inbox/junit is read by no source: there are access_log," in other


def test_too_many_rejects_fail_the_check_but_not_the_run(shop):
    put(shop, "a.json", "I-1")
    place = put(shop, "bad.json")
    place.write_text('[{"title": "no id"}]')
    result = run_pipeline(shop)
    assert (result.rejected, result.unreadable) == (1, ())
    [warning] = result.warnings
    assert "incidents: in the folders of 2026-06-30 1 of 2 records are rejected (50.0%)" in warning
    assert "incidents/2026-06-30/bad.json: 1 of 1" in warning
    check = dg.AssetCheckKey(dg.AssetKey(["raw", "incidents"]), "reject_share")
    with instance(shop) as kept:
        [record] = kept.event_log_storage.get_asset_check_execution_history(check, limit=1)
        evaluation = record.event.dagster_event.asset_check_evaluation_data
    assert not evaluation.passed
    assert evaluation.severity == dg.AssetCheckSeverity.ERROR
    assert "bad.json" in evaluation.metadata["files"].value
