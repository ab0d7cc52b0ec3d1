"""`python -m tests.samples.table DIR`: a Markdown row per sample of what `gapsight parse` makes of it."""

import sys
from collections import Counter
from pathlib import Path

from tests.samples.kinds import SAMPLES, Kind, every_file, kind_of, name_of
from tests.samples.outcomes import outcome

LONGEST = 120
HEAD = ("file", "source", "rows", "rejected", "warnings", "outcome")


def main(arguments: list[str]) -> int:
    """Walk the folder named by the only argument; exit 1 if a file crashed or nobody knows its kind."""
    folder = Path(arguments[0]) if arguments else SAMPLES
    if not folder.is_dir():
        sys.stderr.write(f"there is no folder '{folder}': name the one of the samples\n")
        return 3
    sys.stdout.write(_row(HEAD) + _row(("---",) * len(HEAD)))
    totals: Counter[str] = Counter()
    for path in every_file(folder):
        kind = kind_of(path, folder)
        if kind and kind.beside:
            continue
        cells, verdict = _judged(path, kind)
        totals[verdict] += 1
        sys.stdout.write(_row((name_of(path, folder), *cells)))
    parts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(totals.items()))
    sys.stdout.write(f"\n{totals.total()} files: {parts}\n")
    return int(bool(totals["crashed"] or totals["of no known kind"]))


def _judged(path: Path, kind: Kind | None) -> tuple[tuple[str, ...], str]:
    """The row's cells behind the file's name, and the word it is counted under."""
    if kind is None:
        return ("", "", "", "", "of no known kind: tests/samples/kinds.py"), "of no known kind"
    if kind.not_built:
        return ("", "", "", "", f"no source yet: {kind.not_built}"), "of kinds without a source"
    found = outcome(kind.source, path)
    rows = ", ".join(f"{count:,} {table}" for table, count in found.tables.items())
    cells = (kind.source, rows, f"{found.rejected:,}", str(len(found.warnings)), found.shown())
    if found.crashed:
        return cells, "crashed"
    if found.refusal:
        return cells, "refused"
    return cells, "parsed with rejects" if found.rejected else "parsed"


def _row(cells: tuple[str, ...]) -> str:
    name, *others = cells
    texts = [name, *(cell if len(cell) <= LONGEST else f"{cell[:LONGEST]} …" for cell in others)]
    return f"| {' | '.join(text.replace('|', chr(92) + '|') for text in texts)} |\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
