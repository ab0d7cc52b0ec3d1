"""The schema of pytest-json-report, as far as it is read, and what a test in it says."""

import re
from typing import NamedTuple

import msgspec

from ingest.ci.failures import Said, describe
from ingest.ci.json_report import worded
from ingest.ci.tags import TAXONOMY, Pair

WANTED = "a pytest-json-report (an object with `exitcode`, `summary` and `tests`)"

RERUN = "rerun"
"""pytest-rerunfailures' word for an attempt that failed and was tried again."""

# What every parametrised or patched test has among its keywords, beside its markers.
_NO_MARKERS = frozenset(
    ("parametrize", "pytestmark", "usefixtures", "filterwarnings", "skip", "skipif", "xfail")
)
# pytest writes a skip as the text of a tuple: ('test_a.py', 47, 'Skipped: no database')
_SKIPPED = re.compile(r"(?s)\('.*', \d+, (['\"])(.*)\1\)")
_XPASS = "[XPASS(strict)]"


class Crash(msgspec.Struct):
    """Where a stage failed; of it the message."""

    message: object = None


class Stage(msgspec.Struct):
    """Setup, call or teardown of a test."""

    outcome: str | None = None
    duration: float | None = None
    crash: Crash | None = None
    longrepr: object = None


class Test(msgspec.Struct):
    """One test; `crashed` is what pytest-xdist writes for a worker that died in it."""

    __test__ = False
    nodeid: str
    outcome: str
    keywords: object = None
    metadata: object = None
    user_properties: object = None
    setup: Stage | None = None
    call: Stage | None = None
    teardown: Stage | None = None
    crashed: Stage | None = msgspec.field(default=None, name="???")

    @property
    def stages(self) -> list[Stage]:
        """Those that are there, in the order in which they ran."""
        return [s for s in (self.setup, self.call, self.teardown, self.crashed) if s]


class Collector(msgspec.Struct):
    """A folder, module or class, and whether it could be read."""

    nodeid: str = ""
    outcome: str | None = None
    longrepr: object = None


class Report(msgspec.Struct):
    """The file. `created` is the time of its end, in Unix seconds as `duration`."""

    exitcode: int | None
    created: float | None = None
    duration: float | None = None
    root: str | None = None
    summary: dict[str, object] | None = None
    collectors: list[msgspec.Raw] | None = None
    tests: list[msgspec.Raw] | None = None


class Place(NamedTuple):
    """The parts of a node id."""

    file: str | None
    class_name: str | None
    name: str


def place_of(nodeid: str) -> Place:
    """`tests/test_a.py::TestCart::test_total[a::b]` as file, class (nested ones joined by a point), name."""
    file, joint, rest = nodeid.partition("::")
    if not joint:
        return Place(file or None, None, nodeid)
    path, bracket, params = rest.partition("[")
    *classes, name = path.split("::")
    return Place(
        file or None,
        ".".join(part for part in classes if part not in ("", "()")) or None,
        name + bracket + params,
    )


def by_stages(test: Test) -> str | None:
    """The outcome in the words of pytest by the stages alone; None if the test did not come to its end."""
    around = [stage.outcome for stage in (test.setup, test.teardown) if stage]
    inside = [stage.outcome for stage in (test.call, test.crashed) if stage]
    if "failed" in inside:
        return "failed"
    if "failed" in around:
        return "error"
    if "skipped" in (*around, *inside):
        return "skipped"
    return "passed" if "passed" in inside else None


def said_by(test: Test) -> Said:
    """The message of the first stage that failed, else of the one that was skipped or expected to fail."""
    failed = [stage for stage in test.stages if stage.outcome in ("failed", RERUN)]
    skipped = [stage for stage in test.stages if stage.outcome == "skipped"]
    for stage in (failed or skipped)[:1]:
        return told(stage.longrepr, worded(stage.crash.message) if stage.crash else None)
    return Said()


def told(longrepr: object, message: str | None = None) -> Said:
    """A stage's or collector's own words; of a skip its reason."""
    text = worded(longrepr)
    if found := _SKIPPED.fullmatch(text or ""):
        return describe(None, found[2].removeprefix("Skipped: "))
    return describe(message, text)


def passed_against_expectation(test: Test) -> bool:
    """Expected to fail and passed, where that counts as a failure: pytest writes plain `failed`."""
    return bool(test.call and (worded(test.call.longrepr) or "").startswith(_XPASS))


def markers(test: Test, root: str | None) -> tuple[Pair, ...]:
    """The keywords that are markers: the others are the names of the test and of what it lies in.

    A marker's arguments are not in the report, and `flow` without one says nothing: such names must
    come from `metadata` or `user_properties`.
    """
    file, class_name, name = place_of(test.nodeid)
    base, _, params = name.partition("[")
    named = {*re.split(r"[/\\]", f"{root}/{file}"), *(class_name or "").split("."), base}
    named |= {params.removesuffix("]"), *_NO_MARKERS, *TAXONOMY}
    words = test.keywords if isinstance(test.keywords, list | dict) else ()
    found = {word for word in words if isinstance(word, str) and word.isidentifier()}
    # Their order is that of a Python set: another one in each run.
    return tuple((word, "") for word in sorted(found - named) if not word.startswith("_"))
