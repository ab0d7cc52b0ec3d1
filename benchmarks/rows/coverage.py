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


def _clear(element: Any) -> None:
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]
