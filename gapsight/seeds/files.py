"""A seed file as rows with line numbers, or as what is wrong with it."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, order=True)
class Problem:
    """Something to repair, with the place where a person finds it."""

    file: str
    line: int
    """Line in the file, counted from 1; 0 where the whole file is meant."""
    message: str
    column: str | None = None
    level: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return (
            f"{place}: {self.message}"
            if self.level == "error"
            else f"{place}: warning: {self.message}"
        )


@dataclass(frozen=True)
class Row:
    """One record of a seed: the line it begins in, and its non-empty values by column."""

    line: int
    values: Mapping[str, str]


@dataclass
class SeedFile:
    """A seed as it stands in one file; `problems` says what kept it from being read."""

    name: str
    shown: str
    """How messages name the file."""
    header: tuple[str, ...] = ()
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def report(self, line: int, message: str, column: str | None = None) -> None:
        """Note an error of this file."""
        self.problems.append(Problem(self.shown, line, message, column))


def did_you_mean(word: str, known: Iterator[str] | list[str] | tuple[str, ...]) -> str:
    """`; did you mean 'x'?` for the known word nearest to a mistyped one, else nothing."""
    by_lower = {name.lower(): name for name in known}
    near = get_close_matches(word.strip().lower(), by_lower, n=1, cutoff=0.6)
    return f"; did you mean '{by_lower[near[0]]}'?" if near else ""


def read_seed(path: Path, shown: str, columns: tuple[str, ...]) -> SeedFile:
    """Read a file; one that cannot be read has no rows and says why in `problems`."""
    seed = SeedFile(path.stem, shown)
    text = _decode(seed, path)
    if text is None:
        return seed
    records = _records(seed, text)
    line, header = next(records, (1, []))
    if not header:
        seed.report(
            0, f"the file is empty; its first line must name the columns: {','.join(columns)}"
        )
        return seed
    if not _check_header(seed, header, columns, line=line):
        return seed
    seed.header = tuple(header)
    for line, fields in records:
        if len(fields) == len(header):
            seed.rows.append(Row(line, {k: v for k, v in zip(header, fields, strict=True) if v}))
        else:
            hint = (
                "; a text with a comma needs double quotes around it"
                if len(fields) > len(header)
                else ""
            )
            seed.report(line, f"{len(fields)} fields where the header has {len(header)}{hint}")
    return seed


def _decode(seed: SeedFile, path: Path) -> str | None:
    try:
        data = path.read_bytes()
    except OSError as error:
        seed.report(0, f"cannot be read: {error.strerror}")
        return None
    try:
        # utf-8-sig: spreadsheet programs put a byte order mark in front, dbt accepts it too.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        seed.report(
            line, f"byte 0x{data[error.start]:02x} is not UTF-8; save the file as 'CSV UTF-8'"
        )
        return None


def _records(seed: SeedFile, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield records with the line each begins in: a field may hold line ends, blanks are none."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader, None)
        except csv.Error as error:
            seed.report(
                line,
                f"cannot be read as CSV from here on: {error}; look for a missing double quote",
            )
            return
        if fields is None:
            return
        if fields:
            yield line, fields


def _check_header(
    seed: SeedFile, header: list[str], columns: tuple[str, ...], *, line: int
) -> bool:
    if len(header) == 1 and len(columns) > 1:
        for mark, name in ((";", "semicolons"), ("\t", "tabs")):
            if mark in header[0]:
                seed.report(line, f"columns are separated by {name}; use commas")
                return False
    before = len(seed.problems)
    for position, name in enumerate(header):
        if name in header[:position]:
            seed.report(line, f"the header names column '{name}' twice", name)
        elif name not in columns:
            near = did_you_mean(name, columns) or f"; there are: {', '.join(columns)}"
            seed.report(line, f"unknown column '{name}'{near}", name)
    return len(seed.problems) == before
