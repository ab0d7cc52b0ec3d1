"""Which engine runs the models, and what is said where it cannot."""

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
    monkeypatch.setattr(engines, "environment", lambda: {"JAVA_HOME": "/java"})
    engines.require(settings)


def test_an_engine_that_is_not_there_is_wrong_usage(tmp_path):
    make_workspace(tmp_path / "shop")
    done = gapsight("run", "--workspace", tmp_path / "shop", "--engine", "presto")
    assert done.returncode == 3
    assert "duckdb" in done.stderr
