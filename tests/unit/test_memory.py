"""How much memory the engine may take."""

import os

import pytest

from orchestration import memory
from orchestration.settings import load
from tests.unit.cli_support import make_workspace


@pytest.mark.parametrize(
    ("told", "megabytes"),
    [("2000000000\n", 1000), ("600000000", 500), ("max\n", None), (None, None)],
)
def test_half_of_what_the_container_has_and_never_too_little_to_work(
    tmp_path, monkeypatch, told, megabytes
):
    place = tmp_path / "memory.max"
    if told is not None:
        place.write_text(told)
    monkeypatch.setattr(memory, "_LIMITS", (place,))
    found = int(memory.limit().removesuffix("MB"))
    if megabytes:
        assert found == megabytes
    else:
        assert found >= memory.LEAST_MB


def test_a_variable_says_otherwise(tmp_path, monkeypatch):
    settings = load(make_workspace(tmp_path / "shop"), environ={})
    with settings.exported():
        assert os.environ["GAPSIGHT_MEMORY_LIMIT"] == memory.limit()
    monkeypatch.setenv("GAPSIGHT_MEMORY_LIMIT", "3GB")
    with settings.exported():
        assert os.environ["GAPSIGHT_MEMORY_LIMIT"] == "3GB"
