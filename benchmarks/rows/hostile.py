"""Files that mean harm: how much memory they take, whether time grows with their size, and what is said."""

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Bar, Figure, judged
from benchmarks.generate import hostile
from benchmarks.probe import Probe, probe
from ingest import sources

SIZE = 200_000_000
BOMB = 2_000_000_000
ROUTES = 100_000
_QUARTER = 4
_MEMORY = Bar("<=", 500, "MB")
_LINEAR = Bar("<=", 2)
_SHORT_SECONDS = 2.0
"""Below it a ratio of times says nothing."""


@dataclass(frozen=True)
class _Tried:
    source: str
    large: Probe
    growth: float
    """Time per byte by that of a quarter of the file."""


def measure(folder: Path, size: float) -> list[Figure]:
    """The worst parser for each kind of file, then archives and routes."""
    figures: list[Figure] = []
    for kind, write in hostile.KINDS.items():
        names = [name for name in sources.NAMES if name != "ci_bundle"]
        tried = [_tried(folder, name, write, round(SIZE * size)) for name in names]
        what = f"{kind}, {SIZE * size / 1e6:.0f} MB, each of {len(tried)} parsers"
        most = max(tried, key=lambda one: one.large.peak_mb)
        slowest = max(tried, key=lambda one: one.large.seconds)
        steepest = max(tried, key=lambda one: one.growth)
        longest = f"{slowest.source}, {slowest.large.seconds:.0f} s"
        measured = f"most: {most.source} ({most.large.result[:120]}); longest: {longest}"
        figures += [
            judged(f"{what}, peak memory", _MEMORY, most.large.peak_mb, measured=measured),
            judged(
                f"{what}, time per byte",
                _LINEAR,
                steepest.growth,
                reference="a quarter of it",
                measured=f"most: {steepest.source}"
                if steepest.growth
                else f"none took {_SHORT_SECONDS:g} s",
            ),
        ]
    return [*figures, *_archives(folder, size), _routes(folder, size)]


def _tried(folder: Path, name: str, write: Callable[[Path, bytes, int], None], size: int) -> _Tried:
    place, content = folder / "input", hostile.golden(sources.get(name))
    found = []
    for wanted in (size // _QUARTER, size):
        write(place, content, wanted)
        found.append(probe("benchmarks.rows.parsers:read", name, place))
    small, large = found
    growth = large.seconds / small.seconds / _QUARTER if large.seconds > _SHORT_SECONDS else 0.0
    return _Tried(name, large, growth)


def _archives(folder: Path, size: float) -> Iterator[Figure]:
    """Archives of a few MB whose members say, and hold, far more."""
    for name, member in (("ci_bundle", "report.xml"), ("amplitude", "1/1_2026-06-30_1#1.json")):
        place = folder / "bomb.zip"
        with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("manifest.json", '{"gapsight_bundle": 1, "repo": "shop", "build": 1}')
            with archive.open(member, "w", force_zip64=True) as inside:
                inside.write(b'<testsuite name="' if name == "ci_bundle" else b'{"a":"')
                for _ in range(round(BOMB * size) >> 20):
                    inside.write(b"a" * (1 << 20))
        found = probe("benchmarks.rows.parsers:read", name, place)
        what = f"{BOMB * size / 1e9:.2g} GB in a zip of {place.stat().st_size / 1e6:.1f} MB, {name}"
        yield judged(
            f"{what}, peak memory",
            _MEMORY,
            found.peak_mb,
            measured=f"{found.result}; {found.seconds:.0f} s",
        )


def _routes(folder: Path, size: float) -> Figure:
    place, routes = folder / "access.log", round(ROUTES * size)
    with place.open("w") as log:
        for n in range(routes * 3):
            path = f"/area{n % 60}/<script>{n % routes:x}z</script>/view"
            stamp = f"[30/Jun/2026:12:00:{n % 60:02} +0000]"
            log.write(
                f'203.0.113.{n % 250} - - {stamp} "GET {path} HTTP/1.1" 200 5 "-" "Mozilla/5.0"\n'
            )
    found = probe("benchmarks.rows.parsers:read", "access_log", place)
    what = f"access log of {routes:,} distinct routes with markup, peak memory"
    return judged(what, _MEMORY, found.peak_mb, measured=f"{found.result}; {found.seconds:.0f} s")
