"""Which lines and branches of source files ran, gathered from several places of a report."""

from collections.abc import Iterable

NOT_SEEN, MISSED, COVERED = 0, 1, 2

MOST_LINES = 1_000_000
"""A higher line number is no place in a source file."""

MOST_BYTES = 256 << 20
"""Of all files of a report together, at a byte per line: made-up numbers must not fill memory."""


class Budget:
    """What the files of one report may take."""

    def __init__(self, left: int = MOST_BYTES) -> None:
        self._left = left

    def spend(self, size: int) -> None:
        """MemoryError once more than the budget is asked for."""
        self._left -= size
        if self._left < 0:
            raise MemoryError


class LineStates:
    """Lines and branches of a file, each counted once however often the report names it."""

    def __init__(self, component: str | None, budget: Budget) -> None:
        self.component = component
        self.functions = 0
        self.functions_covered = 0
        self._budget = budget
        self._states = bytearray()
        self._branches: dict[int, tuple[int, int]] = {}

    def lines(self, numbers: list[int], ran: Iterable[bool]) -> None:
        """Lines that could run; each is covered if it ran anywhere.

        IndexError, and nothing is noted, if one of the numbers cannot be a line.
        """
        if not numbers:
            return
        self._room_for(min(numbers), max(numbers))
        states = self._states
        for number, has_run in zip(numbers, ran, strict=True):
            if has_run:
                states[number] = COVERED
            elif not states[number]:
                states[number] = MISSED

    def _room_for(self, lowest: int, highest: int) -> None:
        if lowest < 0 or highest > MOST_LINES:
            raise IndexError(highest)
        more = highest + 1 - len(self._states)
        if more > 0:
            self._budget.spend(more)
            self._states.extend(bytes(more))

    def branches(self, number: int, counts: tuple[int, int]) -> None:
        """(covered, total) branches of one line; of two accounts of the line the fuller one counts."""
        known = self._branches.setdefault(number, counts)
        if known != counts:
            self._branches[number] = (max(known[0], counts[0]), max(known[1], counts[1]))

    def function(self, *, covered: bool) -> None:
        """One function or method."""
        self.functions += 1
        self.functions_covered += covered

    @property
    def lines_covered(self) -> int:
        """Lines that ran."""
        return self._states.count(COVERED)

    @property
    def lines_total(self) -> int:
        """Lines that could run."""
        return len(self._states) - self._states.count(NOT_SEEN)

    @property
    def branches_covered(self) -> int:
        """Branches that were taken."""
        return sum(covered for covered, _ in self._branches.values())

    @property
    def branches_total(self) -> int:
        """Branches that could be taken."""
        return sum(total for _, total in self._branches.values())
