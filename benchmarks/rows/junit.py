"""JUnit: many files for speed, one large file for memory."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.figures import Bar, Figure, judged, not_measured
from benchmarks.generate import reports
from benchmarks.probe import EXTRA, middle, probe, side_by_side
from benchmarks.rows.parsers import files_of

FILES, CASES = 2_000, 500
LARGE = 1 << 30


def many_files(folder: Path, size: float) -> list[Figure]:
    """Cases a second: for itself, against a bare lxml loop and against junitparser."""
    place = folder / "reports"
    cases = reports.junit_files(place, max(round(FILES * size), 2), cases=CASES)
    what = f"JUnit, {cases // CASES:,} files x {CASES} cases, cases per CPU second"
    ratio, ours, theirs = _rates(place, "lxml_loop")
    loop = "bare lxml iterparse loop with clearing, the same row"
    figures = [
        judged(what, Bar(">=", 130_000, "a second"), ours, measured="on one core"),
        judged(
            what,
            Bar(">=", 0.8),
            ratio,
            reference=loop,
            measured=f"{ours:,.0f} against {theirs:,.0f}",
        ),
    ]
    if not (EXTRA / "junitparser").is_dir():
        return [*figures, not_measured(f"{what} against junitparser", "make bench installs it")]
    ratio, ours, theirs = _rates(place, "junitparser_loop")
    measured = f"{ours:,.0f} against {theirs:,.0f}"
    name = "junitparser, the same row"
    return [*figures, judged(what, Bar(">=", 2), ratio, reference=name, measured=measured)]


def _rates(place: Path, loop: str) -> tuple[float, float, float]:
    """(our rate by theirs, ours, theirs), rates in cases per CPU second."""
    pairs = side_by_side(
        lambda: probe("benchmarks.rows.parsers:parse", "junit", place),
        lambda: probe(f"benchmarks.rows.junit:{loop}", place),
    )
    found = {one.result for pair in pairs for one in pair}
    if len(found) != 1:
        raise ValueError(f"{loop} and we found different numbers of cases: {found}")
    (cases,) = found
    ours, theirs = (cases / middle([pair[n].cpu for pair in pairs]) for n in (0, 1))
    return middle([other.cpu / own.cpu for own, other in pairs]), ours, theirs


def one_file(folder: Path, size: float) -> list[Figure]:
    """Peak memory of one large file."""
    place = folder / "report.xml"
    cases = reports.junit_file(place, round(LARGE * size))
    found = probe("benchmarks.rows.parsers:parse", "junit", place)
    if found.result != cases:
        raise ValueError(f"{found.result} rows of {cases} cases")
    what = f"JUnit, one file of {place.stat().st_size / 1e9:.2g} GB ({cases:,} cases), peak memory"
    return [judged(what, Bar("<=", 200, "MB"), found.peak_mb, measured=f"{found.seconds:.0f} s")]


def lxml_loop(place: str) -> Callable[[], int]:
    """The least that reads a case: class, name, file, time, status, message and properties."""
    from lxml import etree

    def read(case: Any) -> tuple[Any, ...]:
        status, message = "passed", None
        properties: tuple[tuple[str, str], ...] = ()
        for child in case:
            if child.tag == "properties":
                properties = tuple((one.get("name"), one.get("value")) for one in child)
            else:
                status, message = child.tag, child.get("message")
        get = case.get
        place = (get("classname"), get("name"), get("file"))
        return (*place, get("time"), status, message, properties)

    def work() -> int:
        cases = 0
        for file in files_of(place):
            found = etree.iterparse(
                str(file), tag="testcase", resolve_entities=False, no_network=True
            )
            for _, case in found:
                cases += read(case) is not None
                case.clear()
                while case.getprevious() is not None:
                    del case.getparent()[0]
        return cases

    return work


def junitparser_loop(place: str) -> Callable[[], int]:
    """The same row with junitparser; `file`, which it does not know, as its documentation says."""
    from junitparser import Attr, JUnitXml, Properties, TestCase

    class Case(TestCase):  # type: ignore[misc]  # untyped, where it is installed at all
        file = Attr()

    def read(case: Any) -> tuple[Any, ...]:
        results = case.result
        status = type(results[0]).__name__ if results else "passed"
        message = results[0].message if results else None
        properties = [
            (one.name, one.value) for these in case.iterchildren(Properties) for one in these
        ]
        return (case.classname, case.name, case.file, case.time, status, message, properties)

    def work() -> int:
        cases = 0
        for file in files_of(place):
            for suite in JUnitXml.fromfile(str(file)):
                for case in suite:
                    cases += read(Case.fromelem(case)) is not None
        return cases

    return work
