"""Numbers that the samples state about themselves, read without Gapsight's parsers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from tests.samples.kinds import name_of
from tests.samples.outcomes import Outcome

Numbers = dict[str, float | None]


def junit(path: Path) -> Numbers:
    """What a JUnit report states: each attribute of the root, else the sum of the suites below it."""
    root = etree.parse(path, etree.XMLParser(recover=True, huge_tree=True)).getroot()
    found = {
        "tests": _stated(root, ("tests",)),
        "failures": _stated(root, ("failures",)),
        "errors": _stated(root, ("errors",)),
        "skipped": _stated(root, ("skipped", "skips", "ignored", "disabled")),
        "time": _stated(root, ("time",)),
    }
    return {name: value for name, value in found.items() if value is not None}


def _stated(suite: Any, names: tuple[str, ...]) -> float | None:
    own = (_number(suite.get(name)) for name in names)
    value = next((number for number in own if number is not None), None)
    if value is not None:
        return value
    below = [_stated(child, names) for child in suite if str(child.tag).endswith("testsuite")]
    known = [number for number in below if number is not None]
    return sum(known) if known else None


def junit_counted(rows: tuple[dict[str, Any], ...]) -> Numbers:
    """The same by Gapsight's rows: tests, each by its last attempt, and the time of all attempts."""
    names = ("environment", "suite", "file", "class_name", "name", "params", "occurrence")
    last = {tuple(row[name] for name in names): row["status"] for row in rows}
    statuses = list(last.values())
    return {
        "tests": len(statuses),
        "failures": statuses.count("failed") + statuses.count("xpass"),
        "errors": statuses.count("error"),
        # pytest writes the failures it expects as skipped.
        "skipped": statuses.count("skipped") + statuses.count("xfail"),
        "time": round(sum(row["duration_ms"] or 0 for row in rows) / 1000, 3),
    }


@dataclass
class Rates:
    """Every rate and total of a Cobertura report beside what Gapsight's rows give."""

    compared: int = 0
    theirs: Numbers = field(default_factory=dict)
    """At the root, where it differs; None as ours means unknown."""
    ours: Numbers = field(default_factory=dict)
    inside: list[str] = field(default_factory=list)
    """Packages and classes whose rates differ."""


def cobertura(path: Path, found: Outcome) -> Rates:
    """Compare root, packages and the classes that are alone in their file."""
    rates = Rates()
    root = etree.parse(path).getroot()
    rows = list(found.rows)
    for kind, word in (("lines", "line"), ("branches", "branch")):
        covered, total = _sums(rows, kind)
        ratio = covered / total if total else None
        for name, ours in (
            (f"{kind}-covered", covered),
            (f"{kind}-valid", total),
            (f"{word}-rate", ratio),
        ):
            theirs = _number(root.get(name))
            if theirs is None:
                continue
            rates.compared += 1
            if not _same(theirs, ours):
                rates.theirs[name], rates.ours[name] = theirs, ours
        for what, element, group in _parts(root, rows):
            covered, total = _sums(group, kind)
            theirs = _number(element.get(f"{word}-rate"))
            if not total or theirs is None:
                continue
            rates.compared += 1
            if not _same(theirs, (covered or 0) / total):
                rates.inside.append(f"{name_of(path)}: {what} states {word}-rate {theirs:g}")
    return rates


def _parts(root: Any, rows: list[dict[str, Any]]) -> Iterator[tuple[str, Any, list[Any]]]:
    for package in root.iter("package"):
        name = package.get("name") or None
        yield f"package {name}", package, [row for row in rows if row["component"] == name]
    classes: dict[str, list[Any]] = {}
    for element in root.iter("class"):
        classes.setdefault(element.get("filename").replace("\\", "/"), []).append(element)
    for name, elements in classes.items():
        if len(elements) == 1:
            ending = "/" + name.removeprefix("./")
            group = [row for row in rows if f"/{row['file']}".endswith(ending)]
            yield f"class of {name}", elements[0], group


def lcov(path: Path, found: Outcome) -> Rates:
    """Compare the totals of every record, and their sums over the report; each file has one here."""
    rates = Rates()
    theirs: Numbers = {}
    ours: Numbers = {}
    rows = {row["file"]: row for row in found.rows}
    file = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name == "SF":
            file = value.replace("\\", "/")
        if name not in LCOV_TOTALS:
            continue
        counted = rows[file][LCOV_TOTALS[name]]
        rates.compared += 1
        if counted != int(value):
            rates.inside.append(f"{name_of(path)}: {file} states {name} {value}")
        theirs[name] = (theirs.get(name) or 0) + int(value)
        ours[name] = None if counted is None else (ours.get(name) or 0) + counted
    _keep_what_differs(rates, theirs, ours)
    return rates


LCOV_TOTALS = {
    "LF": "lines_total",
    "LH": "lines_covered",
    "FNF": "functions_total",
    "FNH": "functions_covered",
    "BRF": "branches_total",
    "BRH": "branches_covered",
}


def clover(path: Path, found: Outcome) -> Rates:
    """Compare the metrics of the project and of every file in it."""
    rates = Rates()
    rows = list(found.rows)
    project = etree.parse(path).getroot().find("project")
    groups = [("", project, rows)]
    for element in project.iter("file"):
        name = (element.get("path") or element.get("name")).replace("\\", "/")
        groups.append((name, element, [row for row in rows if row["file"] == name]))
    for file, element, group in groups:
        theirs: Numbers = {}
        ours: Numbers = {}
        stated = element.find("metrics")
        for kind, name in CLOVER_TOTALS.items():
            covered, total = _sums(group, kind)
            for attribute, counted in ((f"covered{name}", covered), (name, total)):
                theirs[attribute], ours[attribute] = int(stated.get(attribute)), counted
                rates.compared += 1
        if not file:
            _keep_what_differs(rates, theirs, ours)
        elif theirs != ours:
            rates.inside.append(f"{name_of(path)}: {file}")
    return rates


CLOVER_TOTALS = {"lines": "statements", "branches": "conditionals", "functions": "methods"}


def _keep_what_differs(rates: Rates, theirs: Numbers, ours: Numbers) -> None:
    for name, value in theirs.items():
        if ours[name] != value:
            rates.theirs[name], rates.ours[name] = value, ours[name]


def _sums(rows: list[dict[str, Any]], kind: str) -> tuple[int | None, int | None]:
    """Covered and total; None where nothing is known of any file."""
    known = [row for row in rows if row[f"{kind}_total"] is not None]
    if not known:
        return None, None
    return sum(r[f"{kind}_covered"] for r in known), sum(r[f"{kind}_total"] for r in known)


def _same(theirs: float, ours: float | None) -> bool:
    """Within the digits that tools write: four, or two where they wrote no more."""
    if ours is None:
        return False
    digits = len(f"{theirs:.4f}".rstrip("0").partition(".")[2])
    return abs(theirs - ours) <= 10 ** -max(digits, 2)


def _number(text: str | None) -> float | None:
    """A number as tools write it, also with a comma between the thousands; NaN states nothing."""
    try:
        value = float((text or "").replace(",", ""))
    except ValueError:
        return None
    return None if value != value else value  # noqa: PLR0124 - true of NaN only
