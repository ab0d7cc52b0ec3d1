"""One file of a coverage.py JSON report: its lines, branches, functions, and the tests that ran its lines."""

from array import array
from collections.abc import Callable
from typing import Annotated, NamedTuple

import msgspec

from ingest.ci.line_states import MOST_LINES
from ingest.privacy import excerpt

MOST_LIST = 32 << 20
"""Bytes of one list of lines: a million lines take 8 MB, and as numbers six times as much."""

MOST_RUNS = 1_000
"""Runs of lines that are told of one test and file: SQL takes them apart with the seed `numbers`."""

OUTSIDE = ""
"""Stands for a test where lines ran outside of all tests, as imports do."""

Count = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]
Number = Annotated[int, msgspec.Meta(ge=0, le=MOST_LINES)]
Arc = tuple[int, int]
"""From line and to line, below zero at the entry and the exits of a function."""


_NULL = msgspec.Raw(b"null")


class Summary(msgspec.Struct):
    """Totals of a file or of the report; branches only where they were measured."""

    covered_lines: Count | None = None
    num_statements: Count | None = None
    covered_branches: Count | None = None
    num_branches: Count | None = None


class _Region(msgspec.Struct):
    """A function. What ran in it is not read twice: that there is any is enough."""

    executed_lines: msgspec.Raw
    missing_lines: msgspec.Raw


class _File(msgspec.Struct):
    """Lists stay text until their size is known; contexts until it is their line's turn."""

    executed_lines: msgspec.Raw
    missing_lines: msgspec.Raw
    summary: Summary | None = None
    executed_branches: msgspec.Raw = _NULL  # since coverage.py 6.5
    missing_branches: msgspec.Raw = _NULL
    contexts: dict[str, msgspec.Raw] | None = None
    functions: dict[str, _Region] | None = None  # since coverage.py 7.6


class Ran:
    """The lines of one file that a test ran, given in order by their place among those that count."""

    def __init__(self) -> None:
        self.lines = 0
        self._ends = array("l")  # first and last place of each run, one behind the other

    def add(self, place: int) -> None:
        """One line more; it lies behind all that were given."""
        self.lines += 1
        if self._ends and self._ends[-1] == place - 1:
            self._ends[-1] = place
        else:
            self._ends.extend((place, place))

    @property
    def runs(self) -> str | None:
        """As text, `1-3,7`; None for more than MOST_RUNS."""
        if len(self._ends) > 2 * MOST_RUNS:
            return None
        pairs = zip(self._ends[::2], self._ends[1::2], strict=True)
        return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in pairs)


class Counts(NamedTuple):
    """Covered and total, None where the report does not say; `tests`: what each test ran."""

    lines: tuple[int, int]
    branches: tuple[int, int] | None
    functions: tuple[int, int] | None
    tests: dict[str, "Ran"]
    stated: Summary | None


_file = msgspec.json.Decoder(_File)
_lines = msgspec.json.Decoder(list[Number])
_arcs = msgspec.json.Decoder(list[Arc])
_names = msgspec.json.Decoder(list[str])


class _TooLongError(ValueError):
    """A list above the limit."""


def read_file(text: msgspec.Raw, test_of: Callable[[str], str | None]) -> Counts | str:
    """The counts of a file's member, or what is wrong with it.

    `test_of` says which test a context is, None for one that is no test.
    """
    try:
        file = _file.decode(text)
        executed = set(_lines.decode(_short(file.executed_lines)))
        counted = executed.union(_lines.decode(_short(file.missing_lines)))
        return Counts(
            (len(executed), len(counted)),
            _branches(file),
            None if file.functions is None else _functions(file.functions),
            _tests(file.contexts or {}, test_of, executed=executed, counted=counted),
            file.summary,
        )
    except msgspec.ValidationError as error:
        return f"not the known shape of a file ({excerpt(str(error))})"
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return f"the JSON cannot be read ({error})"
    except _TooLongError as error:
        return str(error)


def _short(text: msgspec.Raw) -> msgspec.Raw:
    if len(memoryview(text)) > MOST_LIST:
        raise _TooLongError(f"a list of more than {MOST_LIST >> 20} MB")
    return text


def _branches(file: _File) -> tuple[int, int] | None:
    if _NULL not in (file.executed_branches, file.missing_branches):
        taken = set(_arcs.decode(_short(file.executed_branches)))
        return len(taken), len(taken.union(_arcs.decode(_short(file.missing_branches))))
    stated = file.summary
    if stated is None or stated.covered_branches is None or stated.num_branches is None:
        return None
    return min(stated.covered_branches, stated.num_branches), stated.num_branches


def _functions(regions: dict[str, _Region]) -> tuple[int, int]:
    """A function ran if any of its lines did, as in coverage.py's own lcov report."""
    covered = total = 0
    for name, region in regions.items():
        if not name:  # what stands outside of all functions
            continue
        ran = _holds_any(region.executed_lines)
        covered += ran
        total += ran or _holds_any(region.missing_lines)
    return covered, total


def _holds_any(text: msgspec.Raw) -> bool:
    inside = bytes(memoryview(text)[:64]).strip()
    return inside[:1] == b"[" and inside[1:].lstrip()[:1] != b"]"


def _tests(
    contexts: dict[str, msgspec.Raw],
    test_of: Callable[[str], str | None],
    *,
    executed: set[int],
    counted: set[int],
) -> dict[str, Ran]:
    """Contexts name raw lines, too: of a statement on three lines the first one counts."""
    found: dict[str, Ran] = {}
    if not contexts:
        return found
    for place, line in enumerate(sorted(counted), 1):
        if line not in executed or (told := contexts.get(str(line))) is None:
            continue
        # A list of a line is small, of all lines it would fill the memory.
        names = _names.decode(_short(told))
        for test in dict.fromkeys(test_of(name) or OUTSIDE for name in names):
            found.setdefault(test, Ran()).add(place)
    return found if found.keys() - {OUTSIDE} else {}
