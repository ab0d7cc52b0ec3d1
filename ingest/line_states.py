"""Which lines and branches of one source file ran, gathered from several places of a report."""

NOT_SEEN, MISSED, COVERED = 0, 1, 2

MOST_LINES = 2_000_000
"""A higher line number is no place in a source file, and one byte is kept per line."""


class LineStates:
    """Lines and branches of a file, each counted once however often the report names it."""

    def __init__(self, component: str | None) -> None:
        self.component = component
        self.functions = 0
        self.functions_covered = 0
        self._states = bytearray()
        self._branches: dict[int, tuple[int, int]] = {}

    def line(self, number: int, state: int) -> None:
        """A line is covered if it ran anywhere; IndexError for a number that cannot be one."""
        states = self._states
        if number >= len(states):
            if number > MOST_LINES:
                raise IndexError(number)
            states.extend(bytes(number + 256 - len(states)))
        if state > states[number]:
            states[number] = state

    def branches(self, number: int, covered: int, total: int) -> None:
        """Branches of one line; of two accounts of the line the fuller one counts."""
        known = self._branches.get(number, (0, 0))
        self._branches[number] = (max(known[0], min(covered, total)), max(known[1], total))

    def function(self, *, covered: bool) -> None:
        self.functions += 1
        self.functions_covered += covered

    @property
    def lines_covered(self) -> int:
        return self._states.count(COVERED)

    @property
    def lines_total(self) -> int:
        return len(self._states) - self._states.count(NOT_SEEN)

    @property
    def branches_covered(self) -> int:
        return sum(covered for covered, _ in self._branches.values())

    @property
    def branches_total(self) -> int:
        return sum(total for _, total in self._branches.values())
