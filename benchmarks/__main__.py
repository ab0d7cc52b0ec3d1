"""`make bench`: measure the rows that are asked for, print them, and keep them in docs/figures.md."""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import Figure, lines_of, not_measured, section, table, write_section
from benchmarks.probe import ROOT, ProbeError
from benchmarks.rows import ROWS

TITLE = "Speed and size"
INTRO = """
`make bench` measures all rows, `make bench ROWS=junit,jacoco` some. Each measurement is a process of its
own; short ones are repeated by turns with their reference, and the median counts. CPU seconds are
compared where both sides are one thread, else wall time. Data come from seeded generators in
`benchmarks/generate/`.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and keep what was measured at full size; 1 if a row could not be measured."""
    given = _arguments(arguments)
    found: dict[str, list[Figure]] = {}
    for name in given.rows:
        print(f"{name} ...", flush=True)
        begun = time.perf_counter()
        found[name] = measured(name, given.size)
        for figure in found[name]:
            print(f"  {' | '.join(figure.cells())}")
        print(f"  ({time.perf_counter() - begun:.0f} s)", flush=True)
        if given.size == 1:
            keep(given.out, {name: found[name]})
    if given.size != 1:
        print("not kept: only figures of full size stand in docs/figures.md")
    every = (figure.verdict for figures in found.values() for figure in figures)
    return int(any(verdict.startswith("not measured") for verdict in every))


def measured(name: str, size: float) -> list[Figure]:
    """The figures of one row; its data are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="gapsight-bench-") as folder:
        try:
            return ROWS[name](Path(folder), size)
        except ProbeError as error:
            return [not_measured(name, str(error))]


def keep(place: Path, found: dict[str, list[Figure]]) -> None:
    """Put the rows' figures into the table, in place of those they had there."""
    kept = [
        line for line in lines_of(section(place, TITLE)) if line[0] in ROWS and line[0] not in found
    ]
    lines = [
        *kept,
        *([name, *figure.cells()] for name, figures in found.items() for figure in figures),
    ]
    order = list(ROWS)
    lines.sort(key=lambda line: order.index(line[0]))
    write_section(place, TITLE, f"{INTRO}\n{table(lines)}")


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    asked = argparse.ArgumentParser(prog="make bench", description=__doc__)
    asked.add_argument("--rows", type=_rows, default=list(ROWS), help=", ".join(ROWS))
    asked.add_argument(
        "--size", type=float, default=1.0, help="share of the full size, such as 0.01"
    )
    asked.add_argument("--out", type=Path, default=ROOT / "docs" / "figures.md")
    return asked.parse_args(arguments)


def _rows(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()] or list(ROWS)
    if unknown := sorted(set(names) - set(ROWS)):
        raise argparse.ArgumentTypeError(
            f"no row {', '.join(unknown)}; there are {', '.join(ROWS)}"
        )
    return names


if __name__ == "__main__":
    sys.exit(main())
