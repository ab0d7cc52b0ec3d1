"""What holds for every test: the machine's own workspace is not seen, and nothing leaks to the next."""

import os
from collections.abc import Iterator

import pytest

OURS = ("GAPSIGHT_", "DAGSTER_HOME", "DAGSTER_EVENT_BATCH_SIZE")

for name in [name for name in os.environ if name.startswith(OURS)]:
    del os.environ[name]


@pytest.fixture(autouse=True)
def environment_kept() -> Iterator[None]:
    """A variable that one test leaves behind would be the next one's workspace."""
    yield
    left = [name for name in os.environ if name.startswith(OURS)]
    assert not left, f"left in the environment: {left}"
