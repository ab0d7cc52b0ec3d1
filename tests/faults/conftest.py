"""How often the campaign kills, and the small dbt project it kills on."""

from pathlib import Path

import pytest

from tests.pipeline.conftest import small_project


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test per kill: the stage, and a number that fixes the moment."""
    if {"stage", "number"} <= set(metafunc.fixturenames):
        stages = metafunc.module.STAGES
        kills = int(metafunc.config.getoption("--kills"))
        # Every stage once at least, unless fewer are asked for; under the UI a kill takes longer.
        kills //= getattr(metafunc.module, "ONE_IN", 1)
        cases = [(stages[n % len(stages)], n) for n in range(kills)]
        metafunc.parametrize(("stage", "number"), cases, ids=[f"{s}-{n}" for s, n in cases])


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small dbt project."""
    return small_project(tmp_path_factory.mktemp("project") / "small_project")
