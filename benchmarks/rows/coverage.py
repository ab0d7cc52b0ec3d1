"""Coverage reports against the barest loop that reads them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.figures import Bar, Figure, judged
from benchmarks.generate import reports
from benchmarks.probe import middle, probe, side_by_side

MB = 1 << 20
_LOOP = "bare lxml iterparse loop with clearing"


def cobertura(folder: Path, size: float) -> list[Figure]:
    """100 MB of Cobertura."""
    place = folder / "cobertura.xml"
    reports.cobertura_file(place, round(100 * MB * size))
    return _figures(place, "Cobertura", (_LOOP, Bar(">=", 0.8), Bar("<=", 100, "MB")))


def jacoco(folder: Path, size: float) -> list[Figure]:
    """200 MB of JaCoCo."""
    place = folder / "jacoco.xml"
    reports.jacoco_file(place, round(200 * MB * size))
    return _figures(place, "JaCoCo", (_LOOP, Bar(">=", 0.8), Bar("<=", 100, "MB")))


def istanbul(folder: Path, size: float) -> list[Figure]:
    """100 MB of Istanbul JSON."""
    place = folder / "coverage-final.json"
    reports.istanbul_file(place, round(100 * MB * size))
    return _figures(place, "Istanbul", ("json.loads", Bar(">=", 5), Bar("<=", 200, "MB")))


def lcov(folder: Path, size: float) -> list[Figure]:
    """100 MB of lcov."""
    place = folder / "lcov.info"
    reports.lcov_file(place, round(100 * MB * size))
    return _figures(
        place, "lcov", ("bare loop over split lines", Bar(">=", 0.25), Bar("<=", 100, "MB"))
    )


def clover(folder: Path, size: float) -> list[Figure]:
    """100 MB of Clover."""
    place = folder / "clover.xml"
    reports.clover_file(place, round(100 * MB * size))
    return _figures(place, "Clover", (_LOOP, Bar(">=", 0.5), Bar("<=", 100, "MB")))


def _figures(place: Path, name: str, wanted: tuple[str, Bar, Bar]) -> list[Figure]:
    reference, speed, memory = wanted
    source = name.lower()
    pairs = side_by_side(
        lambda: probe("benchmarks.rows.parsers:parse", source, place),
        lambda: probe(f"benchmarks.rows.coverage:{source}_loop", place),
    )
    files = {one.result for pair in pairs for one in pair}
    if len(files) != 1:
        raise ValueError(f"{name}: not the same number of files: {files}")
    megabytes = place.stat().st_size / 1e6
    ratio = middle([theirs.cpu / ours.cpu for ours, theirs in pairs])
    rates = [megabytes / middle([pair[n].cpu for pair in pairs]) for n in (0, 1)]
    peaks = [max(pair[n].peak_mb for pair in pairs) for n in (0, 1)]
    what = f"{name}, {megabytes:.0f} MB"
    measured = f"{rates[0]:.1f} against {rates[1]:.1f}"
    return [
        judged(f"{what}, MB per CPU second", speed, ratio, reference=reference, measured=measured),
        judged(
            f"{what}, peak memory", memory, peaks[0], measured=f"{reference}: {peaks[1]:.0f} MB"
        ),
    ]


def cobertura_loop(place: str) -> Callable[[], int]:
    """Lines covered and not, by file."""
    from lxml import etree

    def work() -> int:
        files: dict[str, list[int]] = {}
        for _, found in etree.iterparse(
            place, tag="class", resolve_entities=False, no_network=True
        ):
            counts = files.setdefault(found.get("filename"), [0, 0, 0])
            for line in found.iter("line"):
                counts[line.get("hits") != "0"] += 1
                counts[2] += line.get("condition-coverage") is not None
            _clear(found)
        return len(files)

    return work


def jacoco_loop(place: str) -> Callable[[], int]:
    """Counters of each source file, everything emptied as soon as it has been read."""
    from lxml import etree

    def work() -> int:
        files: dict[str, dict[str, tuple[str, str]]] = {}
        tags = ("class", "sourcefile", "package")
        for _, found in etree.iterparse(place, tag=tags, resolve_entities=False, no_network=True):
            if found.tag == "sourcefile":
                files[f"{found.getparent().get('name')}/{found.get('name')}"] = {
                    counter.get("type"): (counter.get("covered"), counter.get("missed"))
                    for counter in found.findall("counter")
                }
            _clear(found)
        return len(files)

    return work


def istanbul_loop(place: str) -> Callable[[], int]:
    """All of it as Python objects."""

    def work() -> int:
        return len(json.loads(Path(place).read_bytes()))

    return work


def lcov_loop(place: str) -> Callable[[], int]:
    """Lines covered and not, functions and branches, by file."""

    def work() -> int:
        files: dict[bytes, list[int]] = {}
        counts = [0, 0, 0, 0]
        with Path(place).open("rb") as stream:
            for line in stream:
                kind, _, value = line.rstrip().partition(b":")
                if kind == b"SF":
                    counts = files.setdefault(value, [0, 0, 0, 0])
                elif kind == b"DA":
                    _, hits = value.split(b",")[:2]
                    counts[hits != b"0"] += 1
                elif kind in (b"FNDA", b"BRDA"):
                    counts[2 + (kind == b"BRDA")] += 1
        return len(files)

    return work


def clover_loop(place: str) -> Callable[[], int]:
    """Lines covered and not, and conditions, by file."""
    from lxml import etree

    def work() -> int:
        files: dict[str, list[int]] = {}
        for _, found in etree.iterparse(place, tag="file", resolve_entities=False, no_network=True):
            counts = files.setdefault(found.get("path"), [0, 0, 0])
            for line in found.iter("line"):
                counts[line.get("count") != "0"] += 1
                counts[2] += line.get("type") == "cond"
            _clear(found)
        return len(files)

    return work


def _clear(element: Any) -> None:
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]
