"""The schema of an Allure test result, as far as it is read, and what its labels say."""

import re
from typing import NamedTuple

import msgspec

from ingest.ci.json_report import worded
from ingest.ci.tags import LONGEST, Pair
from ingest.ci.test_names import JOINT, params_of, slashed, stable

WANTED = "an Allure test result (an object with `uuid`, `name` and `status`)"

_SUITES = ("parentSuite", "suite", "subSuite")
_CLASSES = ("testClass", "class")
# Where and by what a test ran: another machine or thread in each run.
_NOT_THE_TEST = frozenset(
    ("host", "thread", "pid", "language", "framework", "resultFormat", "package", "ALLURE_ID")
)
_LINKS = ("issue", "tms")
_FLAGS = ("flaky", "known", "muted")
# A full name in JavaScript: `tests/a.spec.ts#title`, `pkg:tests/a.spec.ts#title`, `a.spec.ts:10:5`.
_LINE = re.compile(r"(?::\d+){1,2}$")
_PACKAGE = re.compile(r"^[@\w./-]{2,100}:(?=[\w.])")
_SCRIPT = re.compile(r"\.[cm]?[jt]sx?$")
_HIDDEN = ("hidden", "masked")
_PROJECT = "Project"


class Details(msgspec.Struct):
    """Why the test ended as it did, and what people said of it."""

    message: object = None
    trace: object = None
    flaky: bool | None = None
    known: bool | None = None
    muted: bool | None = None


class Label(msgspec.Struct):
    """A label: several of the same name are usual."""

    name: str | None = None
    value: object = None


class Parameter(msgspec.Struct):
    """A parameter; an excluded one is no part of the test's identity."""

    name: str | None = None
    value: object = None
    excluded: bool | None = None
    mode: str | None = None


class Link(msgspec.Struct):
    """A link; of type `issue` or `tms` it names a ticket."""

    type: str | None = None
    name: str | None = None


class Result(msgspec.Struct, rename="camel"):
    """One run of one test."""

    uuid: str | None = None
    history_id: str | None = None
    name: str | None = None
    full_name: str | None = None
    status: str | None = None
    stage: str | None = None
    status_details: Details | None = None
    labels: list[Label] | None = None
    links: list[Link] | None = None
    parameters: list[Parameter] | None = None
    start: float | None = None
    stop: float | None = None
    children: object = None


class Place(NamedTuple):
    """Where a test lies, and the Playwright project it ran in."""

    suite: str | None
    file: str | None
    class_name: str | None
    project: str | None


def place_of(result: Result) -> Place:
    """Suites by their labels, class by its label or the full name, file by a full name of JavaScript."""
    labels = _by_name(result)
    project = _project(result, labels)
    suites = [labels[name] for name in _SUITES if name in labels]
    class_name = next((labels[name] for name in _CLASSES if name in labels), None)
    full = result.full_name or ""
    above, joint, _ = full.rpartition("#")
    path = _PACKAGE.sub("", _LINE.sub("", above or full))
    is_file = _SCRIPT.search(path) or ("/" in path if joint else _LINE.search(full))
    names = [stable(name) for name in suites if name not in (project, path)]
    if class_name is None and joint and not is_file:
        class_name = above
    if not (names or class_name or is_file):  # nothing else tells it from others of the same name
        class_name = labels.get("package") or result.full_name
    return Place(
        suite=JOINT.join(names) or None,
        file=slashed(path) if is_file else None,
        class_name=stable(class_name) if class_name else None,
        project=project,
    )


def parameters_of(result: Result, in_name: str | None = None) -> str | None:
    """The parameters that make it another test, those whose value is a secret by name only.

    pytest's own name has them in brackets (`in_name`), spelled as in its other reports: that counts.
    """
    full, own = (result.full_name or "").rpartition("#")[2], (result.name or "").partition("[")[0]
    framework = _by_name(result).get("framework", "").lower()
    excluded = any(parameter.excluded for parameter in result.parameters or ())
    if in_name and framework == "pytest" and full == own and not excluded:
        return in_name
    kept = {}
    project = _project(result, _by_name(result))
    for parameter in result.parameters or ():
        name, value = parameter.name, worded(parameter.value)
        if name and not parameter.excluded and (name, value) != (_PROJECT, project):
            secret = (parameter.mode or "").lower() in _HIDDEN
            kept[name] = "<masked>" if secret else value
    return params_of(kept) or in_name


def tags_of(result: Result) -> tuple[Pair, ...]:
    """Labels that say something of the test, tickets it is linked to, and what people said of it."""
    skipped = {*_SUITES, *_CLASSES, *_NOT_THE_TEST}
    found: list[Pair] = []
    for label in result.labels or ():
        text = (worded(label.value) or "").strip()
        if not label.name or not text or label.name in skipped:
            continue
        if label.name == "tag":
            name, _, value = text.lstrip("@").partition(":")
            found.append((name[:LONGEST], value[:LONGEST]))
        else:
            found.append((label.name[:LONGEST], text[:LONGEST]))
    for link in result.links or ():
        if link.type and link.type in _LINKS:
            found += [(link.type, name[:LONGEST]) for name in [link.name] if name]
    details = result.status_details or Details()
    found += [(flag, "") for flag in _FLAGS if getattr(details, flag)]
    return tuple(found)


def _project(result: Result, labels: dict[str, str]) -> str | None:
    """Playwright's project: its adapter writes it as a parameter and as the outermost suite."""
    if labels.get("framework", "").lower() != "playwright":
        return None
    named = (worded(p.value) for p in result.parameters or () if p.name == _PROJECT)
    return next(named, None) or labels.get("parentSuite")


def _by_name(result: Result) -> dict[str, str]:
    """The first value of each label, as text; empty ones are left out."""
    found: dict[str, str] = {}
    for label in result.labels or ():
        text = (worded(label.value) or "").strip()
        if label.name and text:
            found.setdefault(label.name, text[:LONGEST])
    return found
