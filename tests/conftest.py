"""What holds for every test: the machine's own workspace is not seen, and nothing leaks to the next."""

import os
import signal
from collections.abc import Iterator

import hypothesis
import pytest

OURS = ("GAPSIGHT_", "DAGSTER_HOME", "DAGSTER_EVENT_BATCH_SIZE")

KEPT = "GAPSIGHT_UPDATE_GOLDEN"

# What a shell starts in the background ignores Ctrl-C, and so would every process of a test.
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says what else runs on the machine.
hypothesis.settings.register_profile("machine", deadline=None)
hypothesis.settings.load_profile("machine")

for name in [name for name in os.environ if name.startswith(OURS) and name != KEPT]:
    del os.environ[name]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--kills`: how often tests/faults kills (make faults KILLS=200)."""
    parser.addoption("--kills", default="4", help="kills of the fault campaign")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Build the demo first, and bring who else needs it later: until then they would only wait for it."""
    e2e = [item for item in items if item.path.parent.name == "e2e"]
    users = {item.path: None for item in e2e if "shop" in getattr(item, "fixturenames", ())}
    builder = next(iter(users), None)

    def turn(item: pytest.Item) -> int:
        if item.path == builder:
            return 0
        if item.path in users:
            return 2
        return 3 if item.path.parent.name == "unit" else 1

    items.sort(key=turn)


@pytest.fixture(autouse=True)
def environment_kept() -> Iterator[None]:
    """A variable that one test leaves behind would be the next one's workspace."""
    yield
    left = [name for name in os.environ if name.startswith(OURS) and name != KEPT]
    assert not left, f"left in the environment: {left}"
