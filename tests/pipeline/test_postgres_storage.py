"""Dagster's runs in a PostgreSQL that several machines share: a real server and real runs."""

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.launcher.base import WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG

from orchestration import dagster_home
from orchestration.launcher import HEADLESS, HOST
from orchestration.pipeline import run_pipeline
from orchestration.settings import ConfigError, Settings, load
from tests.pipeline.conftest import published, put
from tests.unit.doctor_support import Examined, quiet_workspace
from tests.unit.postgres_support import PASSWORD, QUOTED, Cluster, cluster

pytestmark = pytest.mark.timeout(300)
TABLE = '[dagster]\npostgres_env = "RUNS_OF_SHOP"\n'
TODAY = datetime.now(UTC).date().isoformat()


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with cluster() as running:
        yield running


@pytest.fixture
def shop(tmp_path, project, monkeypatch, server) -> Settings:
    monkeypatch.setenv("RUNS_OF_SHOP", server.url("owner"))
    settings = load(quiet_workspace(tmp_path / "shop", monkeypatch, TABLE))
    (settings.paths.seeds / "flow_catalog.csv").unlink()  # the small project has no such seed
    return settings


def test_runs_are_in_the_database_for_every_machine_and_no_file(shop, tmp_path, server, capsys):
    put(shop, "a.json", "I-1")
    run_pipeline(shop)
    assert published(shop, "select incident_id from fct_incidents") == [("I-1",)]
    assert server.value("select count(*) from runs where status = 'SUCCESS'") == 2
    home = shop.paths.dagster_home
    assert not list(home.rglob("*.db")), "nothing of the runs is in files"
    elsewhere = replace(shop, paths=replace(shop.paths, data_dir=tmp_path / "other machine"))
    with (
        dagster_home.prepared(elsewhere) as other,
        dg.DagsterInstance.from_config(str(other)) as instance,
    ):
        jobs = sorted(run.job_name for run in instance.get_runs())
        assert jobs == ["build", "ingest"]
        assert instance.get_materialized_partitions(dg.AssetKey(["raw", "incidents"])) is not None
    found = Examined(shop.workspace, capsys, TODAY)
    (run,) = found.said["runs"]
    assert (run["jobs"], run["outcome"]) == (["ingest", "build"], "ok")


def test_the_password_is_in_no_file(shop):
    put(shop, "a.json", "I-1")
    run_pipeline(shop)
    words = (PASSWORD.encode(), QUOTED.encode())
    holding = [
        p
        for p in shop.workspace.rglob("*")
        if p.is_file() and any(w in p.read_bytes() for w in words)
    ]
    assert not holding
    assert "RUNS_OF_SHOP" in (shop.paths.dagster_home / "dagster.yaml").read_text()


@pytest.mark.parametrize("by", ["the UI", "a command"])
def test_a_run_of_another_machine_goes_on_though_its_process_cannot_be_seen(shop, tmp_path, by):
    tags = {
        "the UI": {GRPC_INFO_TAG: json.dumps({"socket": "/not/here"})},
        "a command": {HEADLESS: "/not/here.log"},
    }[by]
    with (
        dagster_home.prepared(shop) as home,
        dg.DagsterInstance.from_config(str(home)) as instance,
    ):

        def health(host: str) -> WorkerStatus:
            run = dg.DagsterRun(job_name="build", tags={**tags, HOST: host})
            return instance.run_launcher.check_run_worker_health(run).status

        assert health("another") == WorkerStatus.RUNNING
        assert health(socket.gethostname()) == WorkerStatus.FAILED


def test_a_failed_run_of_another_machine_is_seen_by_doctor(shop, server, capsys):
    put(shop, "a.json", "I-1")
    run_pipeline(shop)
    server.run("update runs set status = 'FAILURE' where pipeline_name = 'build'")
    found = Examined(shop.workspace, capsys, TODAY)
    assert any("failed" in what for level, what in found.findings if level == "error")


def test_a_command_of_another_machine_is_not_called_killed_by_doctor(shop, server, capsys):
    put(shop, "a.json", "I-1")
    run_pipeline(shop)
    server.run(
        "update runs set status = 'STARTED', end_time = null,"
        " create_timestamp = now() at time zone 'utc', start_time = extract(epoch from now())"
        " where pipeline_name = 'build'"
    )
    for log in shop.paths.logs.glob("run-*.log"):
        log.unlink()

    def outcome() -> str:
        return str(Examined(shop.workspace, capsys, TODAY).said["runs"][0]["outcome"])

    assert outcome() == "killed", "of this machine it would be seen"
    server.run(
        "update run_tags set value = 'another' where key = 'gapsight/host'",
        f"update runs set run_body = replace(run_body, '{socket.gethostname()}', 'another')",
    )
    assert outcome() == "running"


def test_a_database_that_does_not_answer_is_said_and_never_with_its_password(shop, capsys):
    gone = shop.credentials["RUNS_OF_SHOP"].replace("127.0.0.1:", "127.0.0.1:1")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("RUNS_OF_SHOP", gone)
        found = Examined(shop.workspace, capsys, TODAY)
    assert any(what.startswith("the history of runs cannot be read") for _, what in found.findings)
    assert QUOTED not in found.printed


def test_what_is_missing_is_said_before_anything_runs(shop, monkeypatch, tmp_path):
    monkeypatch.delenv("RUNS_OF_SHOP")
    unset = load(shop.workspace)
    with pytest.raises(ConfigError, match="RUNS_OF_SHOP is not set"):
        run_pipeline(unset)
    monkeypatch.setattr(dagster_home, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match="pip install 'gapsight"):
        run_pipeline(shop)
    assert not Path(shop.paths.lake).exists()


@pytest.mark.parametrize(
    "wrong",
    [
        "garbage sEcret",
        "mysql://u:sEcret@127.0.0.1/d",
        "postgresql://u:sEcret@ret:5@127.0.0.1:5432/d",
        "postgresql://u:sEcret@127.0.0.1:port/d",
        "postgresql://u:sEc/ret@127.0.0.1:5432/d",
        "postgresql://u:sEcret@127.0.0.1:5432",
        "postgresql://u:sEc%zzret@127.0.0.1:5432/d",
        "postgresql://u:sEcret@127.0.0.1:5432/d?sslmod=require",
    ],
)
def test_an_address_that_is_none_is_said_and_never_repeated(shop, monkeypatch, wrong):
    monkeypatch.setenv("RUNS_OF_SHOP", wrong)
    with pytest.raises(ConfigError, match=r"RUNS_OF_SHOP .* is no address of a PostgreSQL") as said:
        run_pipeline(load(shop.workspace))
    assert "sEc" not in str(said.value)
    assert not Path(shop.paths.lake).exists()


def test_a_database_that_cannot_be_used_is_said_before_anything_is_loaded(
    shop, monkeypatch, server
):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        for address, why in [
            (f"postgresql://u:sEcret@127.0.0.1:{closed.getsockname()[1]}/d", "refused"),
            (server.url("owner", "sEcret"), "password authentication failed"),
            (server.url("owner", base="another"), 'database "another" does not exist'),
        ]:
            monkeypatch.setenv("RUNS_OF_SHOP", address)
            with pytest.raises(
                ConfigError, match=f"RUNS_OF_SHOP .* cannot be used: .*{why}"
            ) as said:
                run_pipeline(load(shop.workspace))
            assert "sEcret" not in str(said.value)
            assert QUOTED not in str(said.value)
    assert not Path(shop.paths.lake).exists()


def test_an_address_in_the_place_of_the_variables_name_is_not_repeated(shop):
    file = shop.workspace / "gapsight.toml"
    file.write_text(file.read_text().replace('"RUNS_OF_SHOP"', '"postgresql://u:sEcret@far/d"'))
    with pytest.raises(ConfigError, match="postgres_env") as said:
        load(shop.workspace)
    assert "sEcret" not in str(said.value)
