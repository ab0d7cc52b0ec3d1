"""What a new or edited incident starts, and what is brought for it before it is judged."""

import json
import time
from datetime import date

import dagster as dg
import pytest
from dagster._core.instance.ref import InstanceRef

from orchestration import dbt_home, incident_news, sensors
from orchestration.days import Days
from orchestration.definitions import build_defs
from orchestration.incident_windows import bring
from orchestration.lake import Lake
from orchestration.loading import load_family
from orchestration.pipeline import run_pipeline
from orchestration.settings import load
from tests.pipeline.conftest import new_workspace, put
from tests.unit.vendor_server import Vendor, reply

pytestmark = pytest.mark.pipeline
EMPTY = {"status": "success", "data": {"resultType": "matrix", "result": []}}
PROMETHEUS = """[[fetch.prometheus]]
name = "production"
base_url = "{}"
queries = {{ error_rate = "rate" }}
"""


@pytest.fixture
def defs(shop):
    return build_defs(shop, manifest=dbt_home.prepare(shop))


@pytest.fixture
def instance(tmp_path):
    home = tmp_path / "dagster"
    home.mkdir()
    with dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(home))) as instance:
        yield instance


def look(defs, instance):
    """One tick of the sensor."""
    with dg.build_sensor_context(instance=instance) as context:
        return defs.resolve_sensor_def("incidents").evaluate_tick(context)


def run(defs, instance, request):
    """What the daemon does with a request."""
    job = defs.resolve_job_def("correlate")
    return job.execute_in_process(instance=instance, tags=request.tags, raise_on_error=False)


def test_a_new_incident_starts_one_run_and_the_same_file_none(shop, defs, instance):
    assert look(defs, instance).skip_message == "no new or edited incident"
    place = put(shop, "a.json", "I-1")
    [request] = look(defs, instance).run_requests
    assert request.tags["dagster/asset_partition_range_start"] == "2026-06-30"
    again = look(defs, instance).run_requests[0]
    assert again.run_key == request.run_key, "asked again before it ran, it is the same run"
    assert run(defs, instance, request).success
    assert not look(defs, instance).run_requests
    place.touch()
    assert not look(defs, instance).run_requests, "the same content is no news"
    put(shop, "a.json", "I-1", title="it was the cache")
    [edited] = look(defs, instance).run_requests
    assert edited.run_key != request.run_key
    assert run(defs, instance, edited).success
    assert look(defs, instance).skip_message == "no new or edited incident"


def test_a_file_dropped_beside_the_day_folders_is_seen(shop, defs, instance):
    place = put(shop, "2026-06-20-pager.json", "I-1")
    place.rename(shop.paths.inbox / "incidents" / place.name)
    [request] = look(defs, instance).run_requests
    assert request.tags["dagster/asset_partition_range_start"] == "2026-06-20"


def test_days_far_apart_are_runs_of_their_own(shop, defs, instance):
    put(shop, "a.json", "I-1", day=date(2026, 6, 2))
    put(shop, "b.json", "I-2", day=date(2026, 6, 28))
    put(shop, "c.json", "I-3", day=date(2026, 9, 30))
    starts = [
        request.tags["dagster/asset_partition_range_start"]
        for request in look(defs, instance).run_requests
    ]
    assert starts == ["2026-06-02", "2026-09-30"]


def test_a_bad_file_is_told_of_and_holds_back_no_other(shop, defs, instance):
    put(shop, "bad.json").write_text('[{"id": "I-0", "started_at": "2026-06')
    put(shop, "good.json", "I-1")
    [request] = look(defs, instance).run_requests
    assert run(defs, instance, request).success
    entries = Lake(shop.paths.lake).ledger(["incidents"]).values()
    assert {entry.path.rpartition("/")[2]: entry.rejected for entry in entries} == {
        "bad.json": 1,
        "good.json": 0,
    }
    assert not look(defs, instance).run_requests, "nor is it tried for ever"


def test_a_run_that_was_killed_is_started_again_three_times_at_most(shop, defs, instance):
    put(shop, "a.json", "I-1")
    keys = []
    for _ in range(3):
        [request] = look(defs, instance).run_requests
        keys.append(request.run_key)
        job = defs.resolve_job_def("correlate")
        begun = instance.create_run_for_job(
            job, tags=request.tags, status=dg.DagsterRunStatus.STARTED
        )
        assert "goes on" in look(defs, instance).skip_message
        instance.report_run_failed(begun)
    assert len(set(keys)) == 3
    assert "given up after 3 runs" in look(defs, instance).skip_message
    put(shop, "a.json", "I-1", title="edited")
    assert look(defs, instance).run_requests, "an edited one is another content"


def test_nothing_is_looked_for_while_a_load_goes_on(shop, defs, instance):
    put(shop, "a.json", "I-1")
    with Lake(shop.paths.lake).loading("incidents"):
        assert "incidents are being loaded" in look(defs, instance).skip_message
    assert look(defs, instance).run_requests


def test_what_somebody_else_loaded_is_correlated_all_the_same_and_what_a_whole_run_saw_is_not(
    shop, defs, instance
):
    put(shop, "a.json", "I-1")
    load_family(shop, "incidents")  # as the job watch does
    [request] = look(defs, instance).run_requests
    assert run(defs, instance, request).success
    put(shop, "b.json", "I-2")
    run_pipeline(shop)
    assert not look(defs, instance).run_requests


def test_the_days_around_an_incident_are_asked_for_once_and_a_vendor_that_is_down_is_asked_again(
    tmp_path, project
):
    answers = [reply(EMPTY)] * 100
    with Vendor(lambda _: answers.pop()) as vendor:
        new_workspace(tmp_path / "shop", PROMETHEUS.format(vendor.url))
        shop = load(tmp_path / "shop", environ={})
        dbt_home.prepare(shop)
        stamps = {
            "started_at": "2026-06-20T08:00:00Z",
            "resolved_at": "2026-06-21T09:00:00Z",
        }
        put(shop, "a.json").write_text(json.dumps([{"id": "I-1", **stamps}]))
        folder = Days(date(2026, 6, 30), date(2026, 6, 30))
        load_family(shop, "incidents")
        found = bring(shop, folder)
        assert (found.incidents, found.days, found.failures) == (1, 17, [])
        begun = sorted(float(asked.query["start"]) for asked in vendor.asked)
        assert [time.strftime("%m-%d", time.gmtime(begun[n])) for n in (0, -1)] == [
            "06-06",
            "06-22",
        ]
        assert len(begun) == 17
        bring(shop, folder)
        assert len(vendor.asked) == 17, "what came whole is not asked for again"
        answers[:] = [reply(status="403 Forbidden")] * 20
        put(shop, "b.json").write_text(
            json.dumps([{"id": "I-2", "started_at": "2026-07-20T08:00:00Z"}])
        )
        load_family(shop, "incidents")
        assert "prometheus: production" in bring(shop, folder).failures[0]


def test_what_a_vendor_that_was_down_owes_is_asked_for_again_after_some_minutes(
    tmp_path, project, instance, monkeypatch
):
    with Vendor(lambda _: reply(status="403 Forbidden")) as vendor:
        new_workspace(tmp_path / "shop", PROMETHEUS.format(vendor.url))
        shop = load(tmp_path / "shop", environ={})
        defs = build_defs(shop, manifest=dbt_home.prepare(shop))
        put(shop, "a.json", "I-1")
        [request] = look(defs, instance).run_requests
        assert run(defs, instance, request).success, "the incident is judged by what is there"
        assert "tried again in some minutes" in look(defs, instance).skip_message
        monkeypatch.setattr(sensors, "_RETRY_SECONDS", 0)
        [again] = look(defs, instance).run_requests
        assert again.run_key != request.run_key


def test_a_backfill_brings_what_all_past_incidents_need(shop, defs, instance):
    for number in range(30):
        put(shop, "a.json", f"I-{number}", day=date(2026, 6, 1 + number))
    load_family(shop, "incidents")
    done = dg.materialize(
        [defs.resolve_asset_graph().get(dg.AssetKey(["windows", "incidents"])).assets_def],
        instance=instance,
        tags={
            "dagster/asset_partition_range_start": "2026-06-01",
            "dagster/asset_partition_range_end": "2026-06-30",
        },
    )
    [said] = done.asset_materializations_for_node("windows__incidents")[:1]
    assert said.metadata["incidents"].value == 30
    assert not incident_news.waiting(shop)


def test_ten_thousand_files_are_looked_through_in_a_tick(shop, defs, instance):
    folder = put(shop, "0.json", "I-0").parent
    for number in range(1, 10_000):
        (folder / f"{number}.json").write_text(
            f'{{"id": "I-{number}", "started_at": "2026-06-30T08:00:00Z"}}'
        )
    seconds = []
    for _ in range(2):
        before = time.monotonic()
        [request] = look(defs, instance).run_requests
        seconds.append(time.monotonic() - before)
    assert max(seconds) < 5, seconds
    assert len(request.run_key) < 40
