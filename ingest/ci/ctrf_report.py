"""The schema of a CTRF report, as far as it is read, and what a test in it says of its attempts."""

import re
from typing import NamedTuple

import msgspec

from ingest.ci.json_report import worded
from ingest.ci.junit_case import stated as known_word
from ingest.ci.test_names import JOINT, slashed, stable

WANTED = "a CTRF report (an object with `results`, and `tests` in it)"

MOST_RETRIES = 100
"""Retries that are known as a number only; more is no number of retries."""

STATUSES = ("passed", "failed", "skipped", "pending", "other")
_STATUS = {"passed": "passed", "failed": "failed", "skipped": "skipped", "pending": "skipped"}
_EXPECTED = {"xfail": "xfail", "xfailed": "xfail", "xpass": "xpass", "xpassed": "xpass"}
_REFINED = {
    ("passed", "failed"): "xfail",  # Playwright: `test.fail()` failed as it should
    ("failed", "interrupted"): "skipped",
    ("failed", "error"): "error",
    ("failed", "errored"): "error",
    ("failed", "broken"): "error",
}
_ABSOLUTE = re.compile(r"/|[A-Za-z]:/")
# `chromium 120.0.6099.28`: each new version would be a new environment.
_VERSION = re.compile(r"[\s/]+v?\d+(?:\.\d+)*$")


class Attempt(msgspec.Struct):
    """One of `retryAttempts`."""

    status: str
    attempt: float | None = None
    duration: float | None = None
    start: float | None = None
    message: object = None
    trace: object = None


class Test(msgspec.Struct, rename="camel"):
    """One test; its own status and message are those of its last attempt."""

    __test__ = False
    name: str
    status: str
    duration: float | None = None
    start: float | None = None
    suite: object = None
    message: object = None
    trace: object = None
    raw_status: str | None = None
    tags: object = None
    labels: object = None
    type: object = None
    file_path: str | None = None
    retries: float | None = None
    retry_attempts: list[Attempt] | None = None
    flaky: bool | None = None
    browser: str | None = None
    device: str | None = None
    parameters: object = None


class Environment(msgspec.Struct, rename="camel"):
    """Of the environment, its name."""

    test_environment: str | None = None


class Results(msgspec.Struct):
    """The run."""

    tests: list[msgspec.Raw]
    summary: dict[str, object] | None = None
    environment: Environment | None = None
    extra: object = None


class Report(msgspec.Struct):
    """The file."""

    results: Results


class Place(NamedTuple):
    """Where a test lies, and the environment as far as the suites name it."""

    suite: str | None
    project: str | None
    file: str | None = None


def judged(status: str, raw: str | None = None) -> str | None:
    """Our status for CTRF's and the tool's own word; None if CTRF does not know the status.

    The tool's word counts where CTRF has none for it: errors, expected failures, and all that
    became `other`. An interrupted test says nothing, as in Playwright's own report.
    """
    word, own = status.strip().lower(), (raw or "").strip().lower()
    if word not in STATUSES:
        return None
    if word == "other":
        known = known_word(own, None) if own else None
        fallback = known.status if known and known.status in ("failed", "error") else "skipped"
    else:
        fallback = _STATUS[word]
    return _EXPECTED.get(own) or _REFINED.get((word, own)) or fallback


def place_of(suite: object, file: str | None) -> Place:
    """The describe blocks: the file's own name is no part of them, the project before it neither.

    An absolute path is that of one machine: where the suites hold the path below the tool's root (after
    a project, or one with folders in it; a bare name may be any folder's), that is the file. Newer
    reports have a list of names, older ones a text with ` > ` between them.
    """
    given = suite if isinstance(suite, list) else (worded(suite) or "").split(" > ")
    names = [stable(name) for name in map(worded, given) if name]
    own = next((i for i, name in enumerate(names) if _is_file(name, file)), None)
    project = names[0] if own == 1 else None
    inner = names if own is None else names[own + 1 :]
    if own is not None and _ABSOLUTE.match(file or "") and (own == 1 or "/" in names[own]):
        file = slashed(names[own])
    return Place(JOINT.join(inner) or None, project, file)


def environment_of(test: Test) -> str | None:
    """Device and browser, without the browser's version."""
    browser = _VERSION.sub("", (test.browser or "").strip())
    named = [name for name in ((test.device or "").strip(), browser) if name]
    return "/".join(stable(name) for name in named) or None


def earlier(test: Test) -> tuple[list[Attempt], int]:
    """The attempts before the one that counts, and how many more there were of which nothing is told.

    `retryAttempts` may list all attempts or only those before the last. Where `retries` states
    more than there are, the others failed: a runner repeats only what failed. `flaky` says that it
    failed at least once; if it is expressly false, a number alone is no failure.
    """
    told = sorted(test.retry_attempts or (), key=lambda attempt: attempt.attempt or 0)
    number = test.retries
    if told and _is_last(told[-1], test, len(told)):
        last = told.pop()
        test.start = test.start if last.start is None else last.start
    if number is None or number < 1:
        number = 1 if test.flaky and test.status.strip().lower() == "passed" else 0
    elif test.flaky is False and not told and judged(test.status) == "passed":
        number = 0
    return told, max(0, int(min(number, MOST_RETRIES)) - len(told))


def _is_last(attempt: Attempt, test: Test, listed: int) -> bool:
    """Whether it is the one whose outcome the test shows, rather than one before it."""
    if test.retries is not None:
        return listed > test.retries
    return attempt.status == test.status and attempt.duration == test.duration


def _is_file(name: str, file: str | None) -> bool:
    return "." in name and file is not None and f"/{file}".endswith("/" + name.replace("\\", "/"))
