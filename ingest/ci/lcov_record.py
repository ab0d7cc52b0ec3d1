"""One record of an lcov tracefile: what stands between SF and end_of_record.

Formats: geninfo(1) of lcov 1.x and 2.x. `BRDA` may name its branch in words, with commas; the flags e
(exception), f (fall-through) and U (unreachable: not counted) stand before its block.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from math import isnan
from typing import Any, NamedTuple

from ingest.ci.line_states import MOST_LINES
from ingest.privacy import excerpt
from ingest.source import Reject

# Nearly all lines of a tracefile are as here, and found all at once: much faster than one by one.
_LINES = re.compile(rb"^DA:([0-9]{1,9}),(0|[1-9][0-9]*)(?:,[^\n]*)?$", re.MULTILINE)
_BRANCHES = re.compile(rb"^BRDA:([0-9]+,[ef]?-?[0-9]*,[^\n]*),(-|0|[1-9][0-9]*)$", re.MULTILINE)
_FUNCTIONS = re.compile(rb"^FN:[0-9]+,(?:[0-9]+,)?([^\n]*)$", re.MULTILINE)
_CALLS = re.compile(rb"^FNDA:(0|[1-9][0-9]*),([^\n]*)$", re.MULTILINE)
_BRANCH = re.compile(rb"([0-9]+),([efU]*)(-?[0-9]*),(.*),([^,]+)")
_FUNCTION = re.compile(rb"[0-9]+,(?:[0-9]+,)?(.*)")
_COUNTED = re.compile(rb"([^,]+),(.*)")
_GROUP = re.compile(rb"([0-9]+),([0-9]+)(?:,[0-9]+)?")
_ALIAS = re.compile(rb"([0-9]+),([^,]+),.*")
_NOT_TAKEN = (b"-", b"0")
_TOTALS = (b"LF", b"LH", b"FNF", b"FNH", b"BRF", b"BRH")
# Names, versions, conditions (MC/DC) and what lcov 1.x wrote of branches before BRDA.
_NOT_READ = (b"TN", b"VER", b"MCDC", b"MCF", b"MCH", b"BA", b"SF")


class Line(NamedTuple):
    """A line of the file: its number from 1, and what stands there."""

    number: int
    text: bytes


class Record:
    """Lines, branches and functions of one record, and the totals that it states."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.ran: list[bool] = []
        self.branches: dict[bytes, bool] = {}
        self.functions: dict[bytes, bool] = {}
        self.stated: dict[str, int] = {}
        self.unknown: list[Line] = []
        """Lines that no version of lcov writes."""
        self._groups: dict[bytes, bytes] = {}
        self._starts: dict[bytes, int] = {}
        self._readers: dict[bytes, Callable[[bytes], None]] = {
            b"DA": self._line,
            b"BRDA": self._branch,
            b"FN": self._function,
            b"FNDA": self._called,
            b"FNL": self._group,
            b"FNA": self._alias,
        }

    def read(self, text: bytes, first: int) -> Iterator[Reject]:
        """Take all lines of the record, whose first has this number in the file."""
        text = text.replace(b"\r\n", b"\n")
        done = (
            self._all_lines(_all(b"DA", _LINES, text)),
            self._all_branches(_all(b"BRDA", _BRANCHES, text)),
            self._all_functions(_all(b"FN", _FUNCTIONS, text), _all(b"FNDA", _CALLS, text)),
        )
        for found in _rest(*done).finditer(text):
            line = found[0].rstrip()
            if line:
                number = first + text.count(b"\n", 0, found.start())
                yield from self._other(Line(number, line))

    def _all_lines(self, found: list[Any] | None) -> bool:
        """Take all DA lines at once; False, and nothing is taken, if one of them is not as it should be."""
        numbers = [int(number) for number, _ in found or ()]
        if found is None or (found and not 0 < min(numbers) <= max(numbers) <= MOST_LINES):
            return False
        self.numbers = numbers
        self.ran = [count != b"0" for _, count in found]
        return True

    def _all_branches(self, found: list[Any] | None) -> bool:
        if found is None:
            return False
        for key, taken in found:
            self.branches[key] = taken not in _NOT_TAKEN or self.branches.get(key, False)
        return True

    def _all_functions(self, found: list[Any] | None, calls: list[Any] | None) -> bool:
        if found is None or calls is None:
            return False
        self.functions.update(dict.fromkeys(found, False))
        for count, name in calls:
            self.functions[name] = count != b"0" or self.functions.get(name, False)
        return True

    def counted(self) -> dict[str, int]:
        """What the record's own lines give for the totals it may state."""
        lines = set(self.numbers)
        if len(lines) == len(self.numbers):
            hit = sum(self.ran)
        else:
            hit = len({n for n, ran in zip(self.numbers, self.ran, strict=True) if ran})
        return {
            "LF": len(lines),
            "LH": hit,
            "FNF": len(self.functions),
            "FNH": sum(self.functions.values()),
            "BRF": len(self.branches),
            "BRH": sum(self.branches.values()),
        }

    def _other(self, line: Line) -> Iterator[Reject]:
        kind, colon, value = line.text.partition(b":")
        if colon and (kind in self._readers or kind in _TOTALS):
            try:
                if kind in _TOTALS:
                    self.stated[kind.decode()] = int(value)
                else:
                    self._readers[kind](value)
            except (ValueError, KeyError):  # KeyError: an alias of a function that is not there
                what = kind.decode()
                yield Reject(
                    position=line.number,
                    reason=f"a {what} line that cannot be read",
                    excerpt=excerpt(line.text[:1200].decode("utf-8", "replace")),
                )
        elif not (kind in _NOT_READ and colon) and not line.text.startswith(b"#"):
            self.unknown.append(line)

    def _line(self, value: bytes) -> None:
        number, count, *_ = value.split(b",", 2)
        if not 0 < int(number) <= MOST_LINES:
            raise ValueError(number)
        self.ran.append(_is_hit(count))
        self.numbers.append(int(number))

    def _branch(self, value: bytes) -> None:
        line, flags, block, branch, taken = _parts(_BRANCH, value)
        if b"U" in flags:
            return
        key = b",".join((line, flags + block, branch))
        ran = taken != b"-" and _is_hit(taken)
        self.branches[key] = self.branches.get(key, False) or ran

    def _function(self, value: bytes) -> None:
        (name,) = _parts(_FUNCTION, value)
        self.functions.setdefault(name, False)

    def _called(self, value: bytes) -> None:
        count, name = _parts(_COUNTED, value)
        self.functions[name] = _is_hit(count) or self.functions.get(name, False)

    def _group(self, value: bytes) -> None:
        """A function with its aliases (lcov 2.2): known by its line, and which of that line it is."""
        index, start = _parts(_GROUP, value)
        nth = self._starts[start] = self._starts.get(start, 0) + 1
        self._groups[index] = key = b"%d/%d" % (int(start), nth)
        self.functions[key] = False

    def _alias(self, value: bytes) -> None:
        index, count = _parts(_ALIAS, value)
        key = self._groups[index]
        self.functions[key] = _is_hit(count) or self.functions[key]


def _all(kind: bytes, pattern: re.Pattern[bytes], text: bytes) -> list[Any] | None:
    """What the pattern finds in all lines of a kind; None if it does not know each of them."""
    found = pattern.findall(text)
    lines = text.count(b"\n%b:" % kind) + text.startswith(b"%b:" % kind)
    return found if len(found) == lines else None


@cache
def _rest(lines: bool, branches: bool, functions: bool) -> re.Pattern[bytes]:
    """All lines but those of the kinds that were read."""
    kinds = ((lines, rb"DA"), (branches, rb"BRDA"), (functions, rb"FN|FNDA"))
    done = b"|".join(kind for is_read, kind in kinds if is_read)
    return re.compile(rb"^(?!(?:%b):)[^\n]+" % (done or b"-"), re.MULTILINE)


def _parts(pattern: re.Pattern[bytes], value: bytes) -> tuple[bytes, ...]:
    found = pattern.fullmatch(value)
    if found is None:
        raise ValueError(value)
    return found.groups()


def _is_hit(text: bytes) -> bool:
    """Whether a count says that it ran: counters run over and below zero, and become 1e+21."""
    count = float(text)
    if isnan(count):
        raise ValueError(text)
    return count > 0
