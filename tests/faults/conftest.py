"""How often the campaign kills, and the small dbt project it kills on."""

from pathlib import Path

import pytest

from tests.pipeline.conftest import small_project


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test per kill: the stage, and a number that fixes the moment."""
    if {"stage", "number"} <= set(metafunc.fixturenames):
        stages = ("load", "build", "publish")
        kills = range(int(metafunc.config.getoption("--kills")))
        cases = [(stages[n % len(stages)], n) for n in kills]
        metafunc.parametrize(("stage", "number"), cases, ids=[f"{s}-{n}" for s, n in cases])


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small dbt project."""
    return small_project(tmp_path_factory.mktemp("project") / "small_project")
