"""The schema of Playwright's JSON report, as far as it is read, and its decoding."""

import re
from typing import BinaryIO

import msgspec

from ingest.privacy import excerpt
from ingest.source import FormatError

LIMIT = 512 * 1024 * 1024
"""Bytes of one report: it is held in memory. Traces and screenshots lie beside it, not in it."""

WANTED = "a Playwright JSON report (an object with `config` and `suites`)"

# JavaScript cuts texts in the middle of a character; such halves are no Unicode.
_LONE_HALF = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)


class Problem(msgspec.Struct):
    """An error of a result, or of the run."""

    message: str | None = None
    value: str | None = None
    stack: str | None = None


class Result(msgspec.Struct, rename="camel"):
    """One attempt."""

    status: str | None = None
    duration: float | None = None
    retry: int = 0
    start_time: str | None = None
    error: Problem | None = None
    errors: list[Problem] = []


class Annotation(msgspec.Struct):
    """What `test.info().annotations` holds, and what `test.skip` and its like leave there."""

    type: str
    description: str | None = None


class Test(msgspec.Struct, rename="camel"):
    """One spec in one project."""

    __test__ = False
    expected_status: str = "passed"
    project_name: str | None = None
    status: str | None = None
    annotations: list[Annotation] = []
    results: list[Result] = []


class Spec(msgspec.Struct):
    """One `test(...)` of the code."""

    title: str
    file: str | None = None
    tags: list[str] = []
    tests: list[Test] = []


class Suite(msgspec.Struct):
    """A file, or a describe block in it."""

    title: str = ""
    file: str | None = None
    specs: list[Spec] = []
    suites: list["Suite"] = []


class Shard(msgspec.Struct):
    """Which part of the run the report is."""

    current: int
    total: int


class Config(msgspec.Struct):
    """Of the configuration, what changes the meaning of the results."""

    shard: Shard | None = None


class Stats(msgspec.Struct):
    """The run's own counts; reports before 1.4x and merged ones have none."""

    expected: int = 0
    unexpected: int = 0
    flaky: int = 0
    skipped: int = 0


class Report(msgspec.Struct):
    """The file."""

    config: Config
    suites: list[Suite]
    errors: list[Problem] = []
    stats: Stats | None = None


def read_report(stream: BinaryIO) -> tuple[Report, list[str]]:
    """The report, and notes on what had to be mended; FormatError for anything else."""
    data = stream.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise FormatError(f"the file has more than {LIMIT >> 20} MB, the limit of a JSON report")
    start = _start(data)
    notes = [f"{start} bytes of other text stand before the JSON and were skipped"] if start else []
    data = data[start:]
    try:
        return msgspec.json.decode(data, type=Report), notes
    except msgspec.ValidationError as error:
        raise FormatError(f"{_found(data, error)}; expected {WANTED}") from None
    except RecursionError:
        raise FormatError(f"the JSON is nested too deep; expected {WANTED}") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        notes.append("characters that are no Unicode were replaced")
    try:
        mended = _LONE_HALF.sub(r"\\ufffd", data.decode("utf-8", "replace"))
        return msgspec.json.decode(mended, type=Report), notes
    except msgspec.DecodeError as error:
        raise FormatError(f"{_found(data, error)}; expected {WANTED}") from None


def _start(data: bytes) -> int:
    """Where the JSON begins: on standard output, other output may stand before it."""
    head = data[: 64 * 1024].removeprefix(b"\xef\xbb\xbf")
    if not head.strip():
        raise FormatError(f"the file is empty; expected {WANTED}")
    found = re.search(rb"^\s*\{", head, re.MULTILINE)
    if found is None and head.lstrip().startswith(b"["):
        return 0
    if found is None:
        line = excerpt(head[:120].decode("utf-8", "replace"))
        raise FormatError(f"the file is no JSON, it starts with '{line}'; expected {WANTED}")
    skipped = head[: found.end() - 1]
    return len(data[: 64 * 1024]) - len(head) + len(skipped) if skipped.strip() else 0


def _found(data: bytes, error: Exception) -> str:
    try:
        members = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        return "the file is JSON, but no object"
    except (msgspec.DecodeError, UnicodeDecodeError):
        return f"the JSON cannot be read ({error})"
    if "config" in members and "suites" in members:
        return f"the report does not have the known shape ({error})"
    keys = ", ".join(list(members)[:6]) or "none"
    return f"the file is JSON with the keys {excerpt(keys)}"
