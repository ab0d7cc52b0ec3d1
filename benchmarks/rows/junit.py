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
    """Cases a second against a bare lxml loop and against junitparser."""
    place = folder / "reports"
    cases = reports.junit_files(place, max(round(FILES * size), 2), cases=CASES)
    what = f"JUnit, {cases // CASES:,} files x {CASES} cases, cases per CPU second"
    loop = "bare lxml iterparse loop with clearing"
    figures = [_rates(place, what, (loop, Bar(">=", 0.8), "lxml_loop"))]
    if (EXTRA / "junitparser").is_dir():
        figures.append(_rates(place, what, ("junitparser", Bar(">=", 2), "junitparser_loop")))
    else:
        figures.append(not_measured(f"{what} against junitparser", "make bench installs it"))
    return figures


def _rates(place: Path, what: str, reference: tuple[str, Bar, str]) -> Figure:
    name, bar, loop = reference
    pairs = side_by_side(
        lambda: probe("benchmarks.rows.parsers:parse", "junit", place),
        lambda: probe(f"benchmarks.rows.junit:{loop}", place),
    )
    cases = {one.result for pair in pairs for one in pair}
    if len(cases) != 1:
        raise ValueError(f"{name} and we found different numbers of cases: {cases}")
    ratio = middle([theirs.cpu / ours.cpu for ours, theirs in pairs])
    rates = [cases.copy().pop() / middle([pair[n].cpu for pair in pairs]) for n in (0, 1)]
    measured = f"{rates[0]:,.0f} against {rates[1]:,.0f}"
    return judged(what, bar, ratio, reference=name, measured=measured)


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
    """The least that reads a case: its attributes, its outcome and its message."""
    from lxml import etree

    def read(case: Any) -> tuple[str | None, ...]:
        outcome = case[0] if len(case) else None
        tag, message = (None, None) if outcome is None else (outcome.tag, outcome.get("message"))
        return (
            case.get("classname"),
            case.get("name"),
            case.get("file"),
            case.get("time"),
            tag,
            message,
        )

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
    """The same with junitparser, as its documentation reads a file."""
    from junitparser import JUnitXml

    def work() -> int:
        cases = 0
        for file in files_of(place):
            for suite in JUnitXml.fromfile(str(file)):
                for case in suite:
                    row = (
                        case.classname,
                        case.name,
                        case.time,
                        [(r.message, r.type) for r in case.result],
                    )
                    cases += row is not None
        return cases

    return work
