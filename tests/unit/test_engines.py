"""Which engine runs the models, and what is said where it cannot."""

import os
import socket

import pytest

from orchestration import engines
from orchestration.settings import ConfigError, load
from tests.unit.cli_support import gapsight, make_workspace


def test_duckdb_runs_the_models_unless_the_file_or_the_environment_says_spark(tmp_path):
    place = tmp_path / "shop"
    make_workspace(place)
    assert load(place, environ={}).engine == "duckdb"
    file = place / "gapsight.toml"
    file.write_text(file.read_text().replace("[workspace]", '[workspace]\nengine = "spark"'))
    assert load(place, environ={}).engine == "spark"
    assert load(place, environ={"GAPSIGHT_ENGINE": "duckdb"}).engine == "duckdb"
    with pytest.raises(ConfigError, match="Set it to duckdb or spark"):
        load(place, environ={"GAPSIGHT_ENGINE": "presto"})
    file.write_text(file.read_text().replace('"spark"', '"presto"'))
    with pytest.raises(ConfigError, match="engine"):
        load(place, environ={})


def test_a_folder_that_the_adapter_cannot_read_is_said_before_anything_is_loaded(tmp_path):
    settings = load(make_workspace(tmp_path / "it's a shop"), environ={})
    with pytest.raises(ConfigError, match="Rename that folder"):
        engines.require(settings)
    engines.require(load(make_workspace(tmp_path / "a `shop`"), environ={}))


def test_what_spark_needs_is_said_before_anything_is_loaded(tmp_path, monkeypatch):
    make_workspace(tmp_path / "shop")
    settings = load(tmp_path / "shop", environ={"GAPSIGHT_ENGINE": "spark"})
    monkeypatch.setattr(engines, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match="pip install"):
        engines.require(settings)
    monkeypatch.setattr(engines, "find_spec", lambda _: object())
    monkeypatch.setattr(engines.shutil, "which", lambda _: None)
    monkeypatch.setattr(engines, "environment", dict)
    with pytest.raises(ConfigError, match="openjdk-17"):
        engines.require(settings)
    monkeypatch.setattr(engines, "environment", lambda: {"JAVA_HOME": str(tmp_path)})
    with pytest.raises(ConfigError, match=r"bin/java cannot be run .*No such file"):
        engines.require(settings)
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    for said, problem in [
        ('openjdk version "11.0.2" 2019-01-15', 'is another: openjdk version "11'),
        ('java version "1.8.0_292"', 'is another: java version "1.8'),
        ("", "it names no version"),
    ]:
        java.write_text(f"#!/bin/sh\necho '{said}' >&2\n")
        java.chmod(0o755)
        with pytest.raises(ConfigError, match=problem):
            engines.require(settings)
    for said in ('openjdk version "17.0.15" 2025-04-15', 'openjdk version "21" 2023-09-19'):
        java.write_text(f"#!/bin/sh\necho '{said}' >&2\n")
        engines.require(settings)
    java.write_text("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr(engines, "_JAVA_SECONDS", 0.2)
    with pytest.raises(ConfigError, match=r"cannot be run .*timed out"):
        engines.require(settings)


def test_the_workspaces_env_file_says_it_as_the_environment_does(tmp_path, monkeypatch):
    place = tmp_path / "shop"
    make_workspace(place)
    told = {"ENGINE": "spark", "SPARK_MASTER": "spark://far:7077", "MEMORY_LIMIT": "3GB"}
    (place / ".env").write_text("".join(f"GAPSIGHT_{k}={v}\n" for k, v in told.items()))
    settings = load(place, environ={"GAPSIGHT_MEMORY_LIMIT": "4GB"})
    assert settings.engine == "spark"
    monkeypatch.delenv("GAPSIGHT_SPARK_MASTER", raising=False)
    with settings.exported():  # what dbt's profile reads
        assert os.environ["GAPSIGHT_SPARK_MASTER"] == "spark://far:7077"
        assert os.environ["GAPSIGHT_MEMORY_LIMIT"] == "4GB"
    assert "GAPSIGHT_SPARK_MASTER" not in os.environ


def test_an_engine_that_is_not_there_is_wrong_usage(tmp_path):
    make_workspace(tmp_path / "shop")
    done = gapsight("run", "--workspace", tmp_path / "shop", "--engine", "presto")
    assert done.returncode == 3
    assert "duckdb" in done.stderr


@pytest.mark.parametrize(
    ("master", "is_one"),
    [
        ("local[*]", True),
        ("local[2,3]", True),
        ("local-cluster[2,1,1024]", True),
        ("yarn", True),
        ("k8s://https://far:443", True),
        ("spark://far:7077", True),
        ("spark://one:7077,[::1]:7077", True),
        ("sparkk://far:7077", False),
        ("spark://far", False),
        ("spark://far:7077/", False),
        ("far:7077", False),
    ],
)
def test_a_master_that_is_none_is_said_before_anything_is_loaded(
    tmp_path, monkeypatch, master, is_one
):
    told = {"GAPSIGHT_ENGINE": "spark", "GAPSIGHT_SPARK_MASTER": master}
    settings = load(make_workspace(tmp_path / "shop"), environ=told)
    monkeypatch.setattr(engines, "find_spec", lambda _: object())
    monkeypatch.setattr(engines, "_wrong_with", lambda _: None)
    if is_one:
        engines.require(settings)
    else:
        with pytest.raises(ConfigError, match=f"GAPSIGHT_SPARK_MASTER is '{master}'"):
            engines.require(settings)


def test_a_master_that_does_not_answer_is_said_before_anything_is_built(tmp_path):
    place = make_workspace(tmp_path / "shop")
    with socket.socket() as open_port, socket.socket() as closed:
        for each in (open_port, closed):
            each.bind(("127.0.0.1", 0))
        open_port.listen()
        there, gone = (f"127.0.0.1:{each.getsockname()[1]}" for each in (open_port, closed))

        def ask(master: str, engine: str = "spark") -> None:
            told = {"GAPSIGHT_ENGINE": engine, "GAPSIGHT_SPARK_MASTER": master}
            engines.require_master(load(place, environ=told))

        said = rf"No Spark master answers at spark://{gone} \(GAPSIGHT_SPARK_MASTER\).*refused"
        with pytest.raises(ConfigError, match=said):
            ask(f"spark://{gone}")
        with pytest.raises(ConfigError, match=r"far\.invalid:7077: "):
            ask("spark://far.invalid:7077")
        ask(f"spark://{gone},{there}")
        ask("local[*]")
        ask(f"spark://{gone}", "duckdb")
