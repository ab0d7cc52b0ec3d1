"""The graph that Dagster shows: on the real dbt project, without building it."""

import json
import socket
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg
import duckdb
import pytest
from dagster._core.execution.plan.objects import StepFailureData

from ingest import apis, sources
from ingest.records import TABLES
from orchestration import dbt_home
from orchestration.dbt_assets import dbt_assets
from orchestration.definitions import build_defs
from orchestration.observer import Observer
from orchestration.sensors import HEADLESS
from tests.pipeline.conftest import DAY, new_workspace, put
from tests.unit.cli_support import add_marts, add_rows, gapsight, make_marts
from tests.unit.test_review_packs import MARTS as REVIEWED

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    return new_workspace(
        tmp_path_factory.mktemp("real") / "shop", 'reporting_zone = "Asia/Tokyo"\n'
    )


@pytest.fixture(scope="module")
def manifest(real):
    return dbt_home.prepare(real)


@pytest.fixture(scope="module")
def defs(real, manifest):
    return build_defs(real, manifest=manifest)


@pytest.fixture(scope="module")
def graph(defs):
    return defs.resolve_asset_graph()


def test_it_can_be_loaded(defs):
    dg.Definitions.validate_loadable(defs)


def test_every_raw_table_is_an_asset_and_every_dbt_source_is_one_of_them(graph, manifest):
    raw = {key.path[1] for key in graph.get_all_asset_keys() if key.path[0] == "raw"}
    assert raw == set(TABLES)
    sources = json.loads(manifest.read_text())["sources"].values()
    used = {node["name"] for node in sources if node["source_name"] == "raw"}
    assert used <= raw
    for table in used:
        node = graph.get(dg.AssetKey(["raw", table]))
        assert node.is_materializable
        assert any(key.path[0] == "staging" for key in node.child_keys), table


def test_no_asset_hangs_in_the_air_and_none_is_without_a_group(graph):
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        # What earlier runs kept is no asset of this graph: it would be its own ancestor. Files are there by themselves.
        is_made = key.path[0] not in {"history", "lake"}
        assert node.is_materializable == is_made, f"{key} has no definition"
        assert node.group_name != "default", key
        assert node.kinds, key


def test_the_group_of_a_source_family_holds_its_days_and_nothing_else(graph):
    """Materialize on the page of such a group asks for days: one asset without days takes that away."""
    prefixes: dict[str | None, set[str]] = {}
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        prefixes.setdefault(node.group_name, set()).add(key.path[0])
    for source in sources.all_sources():
        assert prefixes[source.family] <= {"raw", "landed"}, source.family


def test_publishing_comes_after_every_mart(graph):
    marts = {key for key in graph.get_all_asset_keys() if key.path[0] == "marts"}
    assert marts
    for key in graph.get_all_asset_keys():
        if key.path[0] == "published":
            assert graph.get(key).parent_keys == marts
            assert {child.path[0] for child in graph.get(key).child_keys} <= {"reviews"}


def test_loading_is_by_day_of_the_reporting_zone_and_a_backfill_is_one_run(graph, real):
    tables = {table for s in sources.all_sources() for table in (t.TABLE for t in s.tables)}
    partitioned = [*(["raw", table] for table in tables), *(["landed", n] for n in apis.NAMES)]
    for path in partitioned:
        node = graph.get(dg.AssetKey(path))
        assert node.backfill_policy.policy_type.value == "SINGLE_RUN", path
        days = node.partitions_def.get_partition_keys()
        assert days[0] == "2026-06-01"
        assert days[-1] == str(datetime.now(ZoneInfo("Asia/Tokyo")).date()), "today counts"
        assert node.freshness_policy_or_from_metadata or path[0] == "landed", path
    assert graph.get(dg.AssetKey(["raw", "loads"])).partitions_def is None


def test_only_one_run_at_a_time_may_open_the_warehouse(defs):
    made = [assets for assets in defs.assets if isinstance(assets, dg.AssetsDefinition)]
    pools = {node.pool for assets in made for node in assets.node_def.iterate_op_defs()}
    # A vendor that counts requests is asked by one run at a time.
    counting = {f"{api.name}_api" for api in apis.all_apis() if api.rate}
    assert pools == {None, "warehouse", *counting}
    by_name = {assets.node_def.name: assets.node_def for assets in made}
    opening = {name for name, node in by_name.items() if node.pool == "warehouse"}
    assert opening == {"dbt", "publish"}


def test_models_are_built_together_so_that_a_backfill_ends_in_one_build(defs):
    made = [assets for assets in defs.assets if isinstance(assets, dg.AssetsDefinition)]
    by_name = {assets.node_def.name: assets for assets in made}
    assert not by_name["dbt"].can_subset


def test_a_build_of_the_ui_whose_master_does_not_answer_fails_at_once(real, manifest):
    with socket.socket() as closed, dg.instance_for_test() as instance:
        closed.bind(("127.0.0.1", 0))
        master = f"spark://127.0.0.1:{closed.getsockname()[1]}"
        far = replace(real, engine="spark", spark_master=master)
        build = dbt_assets(far, manifest, Observer())
        done = dg.materialize([build], instance=instance, raise_on_error=False)
    assert not done.success
    [failed] = done.get_step_failure_events()
    assert f"No Spark master answers at {master}" in failed.step_failure_data.error_display_string
    assert not real.paths.warehouse.exists()


def test_every_family_has_its_check_and_every_dbt_test_is_one(graph, manifest):
    checks = {(key.asset_key.path[0], key.name) for key in graph.asset_check_keys}
    assert ("raw", "reject_share") in checks
    families = {source.family for source in sources.all_sources()}
    assert sum(key.name == "reject_share" for key in graph.asset_check_keys) == len(families)
    tests = {
        node["name"]
        for node in json.loads(manifest.read_text())["nodes"].values()
        if node["resource_type"] == "test" and node.get("attached_node")
    }
    assert len(tests) > 100
    assert tests <= {key.name for key in graph.asset_check_keys}


def test_the_jobs_share_all_assets_between_them(defs, graph):
    selected = [
        set(defs.resolve_job_def(name).asset_layer.executable_asset_keys)
        for name in ("ingest", "build", "weekly", "quarterly")
    ]
    made = {
        key
        for key in graph.get_all_asset_keys()
        if key.path[0] not in ("history", "lake", "windows")
    }
    assert set.union(*selected) == made
    assert sum(map(len, selected)) == len(made)


def test_on_monday_morning_the_weekly_pack_is_written(defs):
    schedule = defs.resolve_schedule_def("weekly")
    assert schedule.cron_schedule == "30 6 * * 1"
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    keys = defs.resolve_job_def("weekly").asset_layer.executable_asset_keys
    assert keys == {dg.AssetKey(["reviews", "weekly"])}


def test_a_run_of_it_writes_what_the_command_prints(defs, real):
    marts = make_marts(real.paths.marts, empty=True)
    add_marts(marts, REVIEWED)
    add_rows(marts, "rpt_feedback_metrics", [{"metric": "m", "n": 0, "as_of": date(2026, 6, 30)}])
    with duckdb.connect() as connection:  # as published: without a schema
        connection.execute("attach ? as published", [str(marts)])
        tables = "select table_name from information_schema.tables where table_schema = 'marts'"
        for (name,) in connection.execute(tables).fetchall():
            connection.execute(f"create table published.main.{name} as from published.marts.{name}")
    with dg.instance_for_test() as instance:
        assert defs.resolve_job_def("weekly").execute_in_process(instance=instance).success
    folder = real.paths.published / "reviews"
    assert {path.name for path in folder.iterdir()} == {
        "2026-06-30-weekly.html",
        "2026-06-30-weekly.md",
    }
    told = gapsight("review", "weekly", "--marts", marts)
    assert (folder / "2026-06-30-weekly.md").read_text() == told.stdout


def test_once_a_quarter_the_suite_is_reviewed_and_the_calibration_tried(defs):
    schedule = defs.resolve_schedule_def("quarterly")
    assert schedule.cron_schedule == "0 6 2 1,4,7,10 *"
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    keys = defs.resolve_job_def("quarterly").asset_layer.executable_asset_keys
    assert keys == {dg.AssetKey(["reviews", name]) for name in ("calibration", "quarterly")}


def test_each_night_looks_at_the_last_days_again(defs):
    schedule = defs.resolve_schedule_def("nightly")
    at = datetime(2026, 6, 30, 2, 30, tzinfo=ZoneInfo("Asia/Tokyo"))
    with dg.instance_for_test() as instance:
        context = dg.build_schedule_context(instance=instance, scheduled_execution_time=at)
        [request] = schedule.evaluate_tick(context).run_requests
    assert request.tags["dagster/asset_partition_range_start"] == "2026-06-26"
    assert request.tags["dagster/asset_partition_range_end"] == "2026-06-30"
    assert request.run_key == "2026-06-30"


PAGER = '[[fetch.pagerduty]]\nname = "shop"\ntoken_env = "PAGERDUTY_TOKEN"\n'


@pytest.fixture(scope="module")
def watching(tmp_path_factory, manifest):
    """The graph of a workspace that has an interface for incidents."""
    zone = 'reporting_zone = "Asia/Tokyo"\nwatch_minutes = 3\n'
    shop = new_workspace(tmp_path_factory.mktemp("watching") / "shop", zone + PAGER)
    return build_defs(shop, manifest=manifest)


def tick(defs, instance):
    at = datetime(2026, 6, 30, 9, 3, tzinfo=ZoneInfo("Asia/Tokyo"))
    context = dg.build_schedule_context(instance=instance, scheduled_execution_time=at)
    return defs.resolve_schedule_def("watch").evaluate_tick(context)


def test_news_are_looked_for_all_day_once_an_interface_has_them(defs, watching):
    schedule = watching.resolve_schedule_def("watch")
    assert schedule.cron_schedule == "*/3 * * * *"
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    assert defs.resolve_schedule_def("watch").cron_schedule == "*/5 * * * *"
    assert defs.resolve_schedule_def("watch").default_status == dg.DefaultScheduleStatus.STOPPED
    keys = watching.resolve_job_def("watch").asset_layer.executable_asset_keys
    assert {tuple(key.path) for key in keys} == {
        ("landed", "pagerduty"),
        ("raw", "incidents"),
        ("raw", "deployments"),
    }
    with dg.instance_for_test() as instance:
        [request] = tick(watching, instance).run_requests
    assert request.run_key == "2026-06-30T09:03+09:00"
    assert request.tags["dagster/asset_partition_range_start"] == "2026-06-29"
    assert request.tags["dagster/asset_partition_range_end"] == "2026-06-30"


@pytest.mark.parametrize("name", ["watch", "ingest"])
def test_nobody_looks_for_news_while_the_last_look_or_the_night_goes_on(watching, name):
    with dg.instance_for_test() as instance:
        job = watching.resolve_job_def(name)
        run = instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
        answer = tick(watching, instance)
        assert not answer.run_requests
        assert answer.skip_message == f"a run of {name} has not ended yet"
        instance.report_run_failed(run)
        assert tick(watching, instance).run_requests


def test_a_build_follows_news_and_nothing_follows_none(tmp_path, manifest):
    shop = new_workspace(tmp_path / "shop")
    defs = build_defs(shop, manifest=manifest)
    job = defs.resolve_job_def("watch")
    days = {
        "dagster/asset_partition_range_start": "2026-06-29",
        "dagster/asset_partition_range_end": "2026-06-30",
    }
    sensor = defs.resolve_sensor_def("build_after_ingest")
    with dg.instance_for_test() as instance:

        def looked():
            run = job.execute_in_process(instance=instance, tags=days).dagster_run
            event = dg.DagsterEvent(dg.DagsterEventType.RUN_SUCCESS.value, "watch")
            return sensor(
                dg.build_run_status_sensor_context(sensor.name, event, instance, dagster_run=run)
            )

        answer = looked()
        assert isinstance(answer, dg.SkipReason)
        assert answer.skip_message == "nothing new was loaded"
        put(shop, "a.json", "I-1")
        assert isinstance(looked(), dg.RunRequest)
        assert isinstance(looked(), dg.SkipReason), "the same file is no news"
        put(shop, "a.json", "I-1", title="resolved")
        assert isinstance(looked(), dg.RunRequest)


def test_a_failed_fetch_is_followed_by_a_load_of_what_it_held_back_and_that_by_a_build(
    tmp_path, manifest
):
    shop = new_workspace(tmp_path / "shop", PAGER)
    put(shop, "a.json", "I-1")
    defs = build_defs(shop, manifest=manifest)
    days = {
        "dagster/asset_partition_range_start": "2026-06-29",
        "dagster/asset_partition_range_end": "2026-06-30",
    }
    with dg.instance_for_test() as instance:

        def after(job, tags, name):
            sensor = defs.resolve_sensor_def(name)
            done = defs.resolve_job_def(job).execute_in_process(
                instance=instance, tags=tags, raise_on_error=False
            )
            event = dg.DagsterEvent(dg.DagsterEventType.RUN_SUCCESS.value, job)
            return sensor(
                dg.build_run_status_sensor_context(
                    sensor.name, event, instance, dagster_run=done.dagster_run
                )
            )

        held = after("watch", days, "build_after_failed_ingest")
        assert held.job_name == "load"
        built = after("load", held.tags, "build_after_ingest")
        assert built.job_name == "build"
        again = after("watch", days, "build_after_failed_ingest")
        assert isinstance(again, dg.SkipReason), "the vendor is still down, and no file waits"
        assert isinstance(after("load", held.tags, "build_after_ingest"), dg.SkipReason)


def test_a_killed_build_is_followed_by_another_but_not_for_ever_and_one_that_failed_is_not(
    tmp_path, manifest
):
    defs = build_defs(new_workspace(tmp_path / "shop"), manifest=manifest)
    sensor = defs.resolve_sensor_def("build_after_failed_ingest")
    failed = dg.DagsterEvent(dg.DagsterEventType.RUN_FAILURE.value, "build")
    with dg.instance_for_test() as instance:

        def failed_build(tags):
            # Not made of the job: to plan its thousand assets and checks takes seconds, and says nothing here.
            run = dg.DagsterRun("build", status=dg.DagsterRunStatus.FAILURE, tags=tags)
            return instance.add_run(run)

        def after(run):
            context = dg.build_run_status_sensor_context(
                sensor.name, failed, instance, dagster_run=run
            )
            return sensor(context)

        tags = {}
        for _ in range(3):
            run = failed_build(tags)
            again = after(run)
            assert (again.job_name, again.run_key) == ("build", run.run_id)
            tags = again.tags
        run = failed_build(tags)
        assert "killed 4 times" in after(run).skip_message
        run = failed_build({})
        step = dg.DagsterEvent(
            dg.DagsterEventType.STEP_FAILURE.value,
            "build",
            step_key="dbt",
            event_specific_data=StepFailureData(error=None, user_failure_data=None),
        )
        instance.report_dagster_event(step, run.run_id)
        assert "says itself" in after(run).skip_message


def ran(defs, status, **tags):
    sensor = defs.resolve_sensor_def(
        "build_after_ingest"
        if status == dg.DagsterRunStatus.SUCCESS
        else "build_after_failed_ingest"
    )
    job = defs.resolve_job_def("ingest")
    with dg.instance_for_test() as instance:
        run = instance.create_run_for_job(job, status=status, tags=tags)
        event = dg.DagsterEvent(dg.DagsterEventType.RUN_SUCCESS.value, "ingest")
        context = dg.build_run_status_sensor_context(sensor.name, event, instance, dagster_run=run)
        return run, sensor(context)


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE])
def test_a_build_follows_every_load_even_a_failed_one(defs, status):
    run, request = ran(defs, status)
    assert request.run_key == run.run_id


BY_DAYS = {"dagster/asset_partition_range_start": "2026-06-01"}


@pytest.mark.parametrize(
    ("keys", "tags", "follows"),
    [
        ([["landed", "git"], ["raw", "commits"]], BY_DAYS, True),
        ([["raw", "incidents"]], {"dagster/partition": "2026-06-30"}, True),
        ([["raw", "loads"], ["marts", "fct_incidents"]], {}, False),
    ],
)
def test_a_build_follows_loads_that_were_started_by_hand(defs, keys, tags, follows):
    sensor = defs.resolve_sensor_def("build_after_ingest")
    with dg.instance_for_test() as instance:
        run = dg.DagsterRun(
            job_name="__ASSET_JOB", tags=tags, asset_selection=frozenset(map(dg.AssetKey, keys))
        )
        event = dg.DagsterEvent(dg.DagsterEventType.RUN_SUCCESS.value, run.job_name)
        context = dg.build_run_status_sensor_context(sensor.name, event, instance, dagster_run=run)
        assert isinstance(sensor(context), dg.RunRequest) == follows


def test_no_build_follows_what_the_command_line_does_itself(defs):
    _, answer = ran(defs, dg.DagsterRunStatus.SUCCESS, **{HEADLESS: "true"})
    assert isinstance(answer, dg.SkipReason)


def test_a_backfill_of_some_days_loads_these_in_one_run(tmp_path, real, manifest):
    shop = new_workspace(tmp_path / "shop")
    for back in range(4):
        put(shop, "a.json", f"I-{back}", day=DAY - timedelta(days=back))
    defs = build_defs(shop, manifest=manifest)
    with dg.instance_for_test() as instance:
        result = defs.resolve_job_def("ingest").execute_in_process(
            instance=instance,
            tags={
                "dagster/asset_partition_range_start": "2026-06-28",
                "dagster/asset_partition_range_end": "2026-06-29",
            },
            asset_selection=[dg.AssetKey(["raw", "incidents"])],
        )
        key = dg.AssetKey(["raw", "incidents"])
        assert instance.get_materialized_partitions(key) == {"2026-06-28", "2026-06-29"}
    [one, _] = result.asset_materializations_for_node("load_incidents")
    assert one.metadata["files_loaded"].value == 2
    assert one.metadata["rows_loaded"].value == 2
    assert not list((shop.paths.lake / "incidents").glob("day=2026-06-30/*"))
