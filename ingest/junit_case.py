"""What one `testcase` element says happened: one outcome per attempt."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from ingest.failures import describe


class Outcome(NamedTuple):
    """One attempt: `raw` is the report's word for it, `status` ours."""

    raw: str
    status: str
    message: str | None = None
    fingerprint: str | None = None
    time: str | None = None


PASSED = Outcome("passed", "passed")

_WORDS = {
    "passed": ("passed", "pass", "success", "successful", "succeeded", "ok", "run", "completed"),
    "failed": ("failed", "failure", "fail"),
    "error": ("error", "errored", "broken", "timeout", "timedout", "aborted", "crashed"),
    "skipped": (
        "skipped", "skip", "disabled", "notrun", "not run", "notexecuted", "ignored", "suppressed",
        "pending", "todo", "inconclusive", "excluded", "cancelled", "canceled",
    ),
}  # fmt: skip
_STATUS = {word: status for status, words in _WORDS.items() for word in words}
_SAYS_LITTLE = frozenset(("run", "completed"))  # GoogleTest: it ran, `result` says how

_EARLIER = {"flakyFailure": "failed", "flakyError": "error"}
_LATER = {"rerunFailure": "failed", "rerunError": "error"}
_FINAL = {"failure": "failed", "error": "error", "skipped": "skipped"}
_CASE = "testcase"


def local(element: Any) -> str:
    """The element's name without its namespace."""
    name: str = element.tag
    return name.rpartition("}")[2]


@lru_cache(maxsize=256)
def stated(status: str | None, result: str | None) -> Outcome | None:
    """The outcome by attributes alone; None for a word that is not known, which is no failure."""
    word = status if status and status.lower() not in _SAYS_LITTLE else result or status
    if not word:
        return PASSED
    known = _STATUS.get(word.strip().lower())
    return Outcome(word, known) if known else None


def outcomes(case: Any, by_attributes: Outcome) -> list[Outcome]:
    """Attempts in the order in which they ran.

    Surefire: `flaky*` are failed attempts before the one that passed, `rerun*` those after the first
    failure. Where both a failure and `skipped` stand in a case, the failure counts: none is hidden.
    """
    found: dict[str, list[Any]] = {}
    for child in case:
        found.setdefault(local(child), []).append(child)
    final = _final(found, by_attributes)
    earlier = [_attempt(child) for tag in _EARLIER for child in found.get(tag, ())]
    later = [_attempt(child) for tag in _LATER for child in found.get(tag, ())]
    if later and final.status == "passed":
        return [*earlier, *later, final]
    return [*earlier, final, *later]


def problem(element: Any, name: str) -> Outcome:
    """A failure or error element as an outcome: of a case, or of a suite that broke before its tests."""
    message, print_ = describe(element.get("message") or None, _text(element) or element.get("type"))
    return Outcome(name, _FINAL[name], message, print_, element.get("time"))


def properties(parent: Any) -> Iterator[tuple[str, str]]:
    """(name, value) of the `property` elements of a `properties` element."""
    for item in parent:
        if local(item) == "property":
            name = item.get("name")
            if name:
                value = item.get("value")
                yield name, value if value is not None else item.text or ""


def cases_within(case: Any) -> Iterator[Any]:
    """Cases inside a case: only where a recovered file lost an end tag."""
    return (child for child in case if local(child) == _CASE)


def _final(found: dict[str, list[Any]], by_attributes: Outcome) -> Outcome:
    problems = [
        (child, tag) for tag in ("failure", "error") for child in found.get(tag, ())
    ]
    if problems:
        first = min(problems, key=lambda pair: pair[0].getparent().index(pair[0]))
        outcome = problem(*first)
        raw = ",".join(dict.fromkeys(tag for _, tag in problems))
        if "skipped" in found:
            raw += ",skipped"
        status = "xpass" if _is_xpass(outcome.message) else outcome.status
        return outcome._replace(raw=raw, status=status, time=None)
    if "skipped" in found:
        return _skipped(found["skipped"][0])
    return by_attributes


def _skipped(element: Any) -> Outcome:
    kind = element.get("type")
    message, _ = describe(element.get("message") or None, _text(element))
    status = "xfail" if kind == "pytest.xfail" else "skipped"
    if message and message.startswith("xfail-marked test passes unexpectedly"):
        status = "xpass"
    return Outcome(f"skipped:{kind}" if kind else "skipped", status, message)


def _is_xpass(message: str | None) -> bool:
    """How pytest writes an expected failure that passed, where xfail is strict."""
    return bool(message) and str(message).startswith("[XPASS(strict)]")


def _attempt(element: Any) -> Outcome:
    name = local(element)
    message, print_ = describe(element.get("message") or None, _text(element) or element.get("type"))
    return Outcome(name, _EARLIER.get(name) or _LATER[name], message, print_, element.get("time"))


def _text(element: Any) -> str:
    """Its own text; Surefire puts that of a rerun into `stackTrace`, beside the captured output."""
    if element.text and element.text.strip():
        return str(element.text)
    for child in element:
        if local(child) == "stackTrace":
            return child.text or ""
    return ""
