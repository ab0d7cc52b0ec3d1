"""What holds for every test: the machine's own workspace is not seen, and nothing leaks to the next."""

import os
import signal
from collections.abc import Iterator

import pytest

OURS = ("GAPSIGHT_", "DAGSTER_HOME", "DAGSTER_EVENT_BATCH_SIZE")

KEPT = "GAPSIGHT_UPDATE_GOLDEN"

# What a shell starts in the background ignores Ctrl-C, and so would every process of a test.
signal.signal(signal.SIGINT, signal.default_int_handler)

for name in [name for name in os.environ if name.startswith(OURS) and name != KEPT]:
    del os.environ[name]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--kills`: how often tests/faults kills (make faults KILLS=200)."""
    parser.addoption("--kills", default="4", help="kills of the fault campaign")


@pytest.fixture(autouse=True)
def environment_kept() -> Iterator[None]:
    """A variable that one test leaves behind would be the next one's workspace."""
    yield
    left = [name for name in os.environ if name.startswith(OURS) and name != KEPT]
    assert not left, f"left in the environment: {left}"
