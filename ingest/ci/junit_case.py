"""What one `testcase` element says happened: one outcome per attempt."""

from functools import lru_cache
from typing import Any, NamedTuple

from ingest.ci.failures import describe
from ingest.ci.tags import LONGEST, Pair

MOST_PROPERTIES = 500


class Outcome(NamedTuple):
    """One attempt: `raw` is the report's word for it, `status` ours."""

    raw: str
    status: str
    message: str | None = None
    fingerprint: str | None = None
    time: str | None = None
    problems: int = 0
    """Failure and error elements behind it."""
    retried: bool = False
    """An attempt that failed beside the one that counts."""


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

_FINAL = {"failure": "failed", "error": "error"}
_EARLIER = {"flakyFailure": "failed", "flakyError": "error"}
_LATER = {"rerunFailure": "failed", "rerunError": "error"}
_FAILED = {**_FINAL, **_EARLIER, **_LATER}


def local(element: Any) -> str:
    """The element's name without its namespace; empty for what is no element."""
    name = element.tag
    if isinstance(name, str):
        return name.rpartition("}")[2] if name[0] == "{" else name
    return ""


@lru_cache(maxsize=256)
def stated(status: str | None, result: str | None) -> Outcome | None:
    """The outcome by attributes alone; None for a word that is not known."""
    word = status if status and status.lower() not in _SAYS_LITTLE else result or status
    if not word:
        return PASSED
    known = _STATUS.get(word.strip().lower())
    return Outcome(word, known) if known else None


def attempts(case: Any, said: Outcome) -> tuple[list[Outcome], tuple[Pair, ...]]:
    """One outcome per attempt, in the order in which they ran, and the properties of the case.

    No outcomes if no child says more than the attributes did (`said`). Surefire: `flaky*` are
    failed attempts before the one that passed, `rerun*` those after the first failure. Where a
    failure and `skipped` stand in one case, the failure counts: none is hidden.
    """
    own: tuple[Pair, ...] = ()
    earlier, problems, later, skipped = [], [], [], None
    for child in case:
        tag = local(child)
        if tag == "properties":
            own += properties(child)
        elif tag in _FINAL:
            problems.append(failure(child))
        elif tag in _EARLIER:
            earlier.append(failure(child))
        elif tag in _LATER:
            later.append(failure(child))
        elif tag == "skipped":
            skipped = _skipped(child)
    if not (problems or skipped or earlier or later):
        return [], own
    if problems:
        return [*earlier, _together(problems, skipped), *later], own
    final = skipped or said
    if final.status == "passed":
        return [*earlier, *later, final], own
    return [*earlier, final, *later], own


def failure(element: Any) -> Outcome:
    """A failure or error element of a case, or of a suite that broke before its tests."""
    tag = local(element)
    headline, detail = element.get("message"), _text(element) or element.get("type")
    message, print_ = describe(headline, detail)
    status = _FAILED[tag]
    if message and message.startswith("[XPASS(strict)]"):  # pytest: expected to fail, and passed
        status = "xpass"
    if tag in _FINAL:
        return Outcome(tag, status, message, print_, problems=1)
    return Outcome(tag, status, message, print_, element.get("time"), retried=True)


def properties(parent: Any) -> tuple[Pair, ...]:
    """(name, value) of the `property` elements of a `properties` element."""
    return tuple(
        [
            (name[:LONGEST], (item.get("value") or item.text or "")[:LONGEST])
            for item in parent[:MOST_PROPERTIES]
            if (name := item.get("name"))
        ]
    )


def _together(problems: list[Outcome], skipped: Outcome | None) -> Outcome:
    """Several problems of one attempt: the first tells its status and message."""
    if len(problems) == 1 and skipped is None:
        return problems[0]
    words = [outcome.raw for outcome in (*problems, skipped) if outcome]
    return problems[0]._replace(raw=",".join(dict.fromkeys(words)), problems=len(problems))


def _skipped(element: Any) -> Outcome:
    kind = element.get("type")
    message, _ = describe(element.get("message"), _text(element))
    status = "xfail" if kind == "pytest.xfail" else "skipped"
    if message and message.startswith("xfail-marked test passes unexpectedly"):
        status = "xpass"
    return Outcome(f"skipped:{kind}" if kind else "skipped", status, message)


def _text(element: Any) -> str:
    """Its own text; Surefire puts that of a rerun into `stackTrace`, beside the captured output."""
    text = element.text
    if text and not text.isspace():
        return str(text)
    for child in element:
        if local(child) == "stackTrace":
            return child.text or ""
    return ""
