"""One <file> of a Clover report: its statements, conditions and methods.

A condition is written in two ways. OpenClover says how often each of its two ways was taken, on a line beside
the statement's. Istanbul has one line for both, with the statement's `count`, and says how many of the line's
branches were taken and how many not.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple

from lxml import etree

from ingest.ci.line_states import MOST_LINES, Budget, LineStates
from ingest.privacy import excerpt, scrub
from ingest.source import Reject

_LONGEST_HITS, _LONGEST_TOTAL = 20, 9  # digits
# libxml2 collects the attributes of a file's lines five times faster than Python asks for them.
_NUMBERS = etree.XPath("line/@num", smart_strings=False)
_TYPES = etree.XPath("line/@type", smart_strings=False)
_COUNTS = etree.XPath("line/@count", smart_strings=False)
_CONDITIONS = etree.XPath("line[@type='cond']")
_HOW_MANY = etree.XPath("count(descendant::line)")
_KNOWN = frozenset(("stmt", "cond", "method"))

Pair = tuple[int, int]
"""Covered and total."""


class Metrics(NamedTuple):
    """What a <metrics> states; None where it does not."""

    statements: Pair | None = None
    conditionals: Pair | None = None
    methods: Pair | None = None


def metrics_of(element: Any) -> Metrics:
    """The totals of a <metrics> element."""

    def pair(kind: str) -> Pair | None:
        covered, total = (
            _number(element.get(name), _LONGEST_TOTAL) for name in (f"covered{kind}", kind)
        )
        return None if covered is None or total is None or covered > total else (covered, total)

    return Metrics(pair("statements"), pair("conditionals"), pair("methods"))


def has_lines(element: Any) -> bool:
    """Whether a <file> lists any."""
    return bool(_NUMBERS(element))


class File:
    """What is known of one file; by its lines, or where it has none of a kind by its <metrics>."""

    def __init__(self, component: str | None, budget: Budget) -> None:
        self.component = component
        self._states = LineStates(None, budget)
        self._statements: Pair = (0, 0)
        """A line may hold several."""
        self._methods: Pair = (0, 0)
        self._stated = Metrics()

    @property
    def lines(self) -> Pair:
        """Lines with a statement."""
        if self._states.lines_total:
            return self._states.lines_covered, self._states.lines_total
        return self._stated.statements or (0, 0)

    @property
    def statements(self) -> Pair:
        """Statements, as <metrics> counts them."""
        return self._statements if self._statements[1] else self.lines

    @property
    def branches(self) -> Pair:
        """Ways out of conditions."""
        if self._states.branches_total:
            return self._states.branches_covered, self._states.branches_total
        return self._stated.conditionals or (0, 0)

    @property
    def functions(self) -> Pair:
        """Methods."""
        return self._methods if self._methods[1] else self._stated.methods or (0, 0)

    def read(self, element: Any) -> Iterator[Reject]:
        """Take a whole <file>; a file that comes twice ran where it ran in one of them."""
        found = element.find("{*}metrics")
        if found is not None:
            self._stated = metrics_of(found)
        if self._all_lines(element):
            yield from self._read_conditions(_CONDITIONS(element))
        else:
            yield from self._one_by_one(element)

    def _all_lines(self, element: Any) -> bool:
        """Statements and methods at once; False, and nothing is taken, if a line is not as it should be."""
        numbers, types, counts = _NUMBERS(element), _TYPES(element), _COUNTS(element)
        lines = int(_HOW_MANY(element))
        digits = "".join(chain(numbers, counts))
        if not len(numbers) == len(types) == len(counts) == lines or not _KNOWN.issuperset(types):
            return False
        if digits and not _are_digits(digits):
            return False
        ran = [count != "0" for count in counts]
        methods = []
        if "method" in types:
            methods = [has for has, kind in zip(ran, types, strict=True) if kind == "method"]
            ran = [has for has, kind in zip(ran, types, strict=True) if kind != "method"]
            numbers = [no for no, kind in zip(numbers, types, strict=True) if kind != "method"]
        try:
            self._states.lines([int(number) for number in numbers], ran)
        except (ValueError, IndexError):
            return False
        self._add(sum(ran), len(ran))
        self._add_methods(methods)
        return True

    def _one_by_one(self, element: Any) -> Iterator[Reject]:
        conditions, methods = [], []
        for line in element.iterdescendants("line"):
            kind = line.get("type")
            if kind == "method":
                methods.append((_number(line.get("count")) or 0) > 0)
            elif kind == "stmt" or (kind == "cond" and line.get("count") is not None):
                yield from self._read_statement(line)
            elif kind != "cond":
                yield _refused(line, "a line of no known type")
            if kind == "cond":
                conditions.append(line)
        self._add_methods(methods)
        yield from self._read_conditions(conditions)

    def _read_statement(self, line: Any) -> Iterator[Reject]:
        count = _number(line.get("count"))
        number = _number(line.get("num"), _LONGEST_TOTAL)
        if count is None or number is None or number > MOST_LINES:
            yield _refused(line, "a line without a usable num and count")
            return
        self._states.lines([number], [count > 0])
        self._add(int(count > 0), 1)

    def _read_conditions(self, lines: list[Any]) -> Iterator[Reject]:
        found: dict[int, Pair] = {}
        for line in lines:
            number = _number(line.get("num"), _LONGEST_TOTAL)
            pair = _ways(line)
            if number is None or number > MOST_LINES or pair is None:
                yield _refused(line, "a condition without a usable num, truecount and falsecount")
                continue
            before = found.get(number, (0, 0))
            found[number] = before[0] + pair[0], before[1] + pair[1]
        for number, pair in found.items():
            self._states.branches(number, pair)

    def _add_methods(self, ran: list[bool]) -> None:
        if len(ran) >= self._methods[1]:  # of two accounts of a file the fuller one counts
            self._methods = sum(ran), len(ran)

    def _add(self, covered: int, total: int) -> None:
        self._statements = self._statements[0] + covered, self._statements[1] + total


def _ways(line: Any) -> Pair | None:
    """Taken and all of a condition; None if it does not say."""
    taken, not_taken = _number(line.get("truecount")), _number(line.get("falsecount"))
    if taken is None or not_taken is None:
        return None
    if line.get("count") is None:
        return (taken > 0) + (not_taken > 0), 2
    return (taken, taken + not_taken) if taken + not_taken <= MOST_LINES else None


def _refused(line: Any, reason: str) -> Reject:
    said = " ".join(f"{name}={scrub(value, 50)}" for name, value in line.items()[:6])
    return Reject(position=line.sourceline, reason=reason, excerpt=excerpt(said))


def _are_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _number(text: str | None, longest: int = _LONGEST_HITS) -> int | None:
    return int(text) if text and len(text) <= longest and _are_digits(text) else None
