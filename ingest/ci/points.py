"""Branches, functions and blocks of a source file by their own keys, gathered from several places of a report."""

from collections.abc import Iterator

from ingest.ci.line_states import Budget

ENTRY = 128
"""Bytes that a key takes as an object of its own, beside its text."""


class Points:
    """Places that ran or did not, each counted once however often a report names it.

    A merged report names the same places again and again, in the same order. As long as it does, their
    keys are one text: a tenth of the memory that as many objects take.
    """

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._keys = b""
        self._ran = b""
        self._each: dict[bytes, bool] | None = None

    def add(self, found: dict[bytes, bool]) -> None:
        """Places by key (of any text without a line end), and whether they ran.

        MemoryError once the budget is spent.
        """
        if not found:
            return
        keys, ran = b"\n".join(found), bytes(found.values())
        if self._each is None and not self._ran:
            self._budget.spend(len(keys) + len(ran))
            self._keys, self._ran = keys, ran
        elif self._each is None and keys == self._keys:
            either = int.from_bytes(ran, "big") | int.from_bytes(self._ran, "big")
            self._ran = either.to_bytes(len(ran), "big")
        else:
            self._add_each(found)

    def _add_each(self, found: dict[bytes, bool]) -> None:
        if self._each is None:
            self._budget.spend(len(self._ran) * ENTRY)
            self._each = dict(self)
            self._keys = self._ran = b""
        each = self._each
        for key, ran in found.items():
            if key not in each:
                self._budget.spend(len(key) + ENTRY)
                each[key] = ran
            elif ran:
                each[key] = True

    def __iter__(self) -> Iterator[tuple[bytes, bool]]:
        """Every place and whether it ran anywhere."""
        if self._each is not None:
            yield from self._each.items()
        elif self._ran:
            yield from zip(self._keys.split(b"\n"), map(bool, self._ran), strict=True)

    @property
    def covered(self) -> int:
        """Places that ran."""
        return self._ran.count(1) if self._each is None else sum(self._each.values())

    @property
    def total(self) -> int:
        """All places."""
        return len(self._ran) if self._each is None else len(self._each)
