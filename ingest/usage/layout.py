"""What every format of access logs is to its reader: lines in, values out."""

import re
from collections.abc import Callable, Iterable
from typing import Protocol

Value = str | int | float | None
"""A value as the line has it; None where the line does not say, `-` where it says that there is none."""
Row = tuple[Value, ...]


class Layout(Protocol):
    """One format; that of a log which explains itself (W3C) is made for one file, and learns."""

    @property
    def name(self) -> str:
        """What settings and messages call it."""
        ...

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the values, in the order in which `read` gives them.

        `stamp`; `request`, or `method` and `uri`; and where there are any `status`, `bytes`,
        `agent`, `latency` (seconds, or with a unit: 283ms), `user`, `tenant`, `synthetic`,
        `service`. Instead of the latency its parts: `wait`, `work` and `answer`.
        """
        ...

    @property
    def sender(self) -> re.Pattern[str] | None:
        """What an excerpt of a line must not show; None: it may stand anywhere, show nothing."""
        ...

    @property
    def is_strict(self) -> bool:
        """Whether `read_all` reads every line that `read` does; if not, misfits are read again."""
        ...

    def read(self, line: str) -> Row | None:
        """The values of a line, () of a comment, None if the line does not fit the format."""
        ...

    def read_all(self, text: str) -> list[Row]:
        """A row for each line, with a last value that is "" unless the line does not fit.

        Its values and ""; only "" where there is no request in the line; or "" for each value and
        then the line itself.
        """
        ...


def rows_of(lines: Iterable[str], values: Callable[[str], Row | None], width: int) -> list[Row]:
    """`read_all` by a function for one line, whose result for a line without a request is ()."""
    nothing = ("",) * width
    rows: list[Row] = []
    for line in lines:
        found = values(line)
        rows.append((*found, "") if found else (*nothing, line if found is None else ""))
    return rows


def whole(value: Value) -> int | None:
    """A number of bytes; None if there is none, or none that could be."""
    try:
        number = int(value)  # type: ignore[arg-type]  # None: TypeError
    except (ValueError, TypeError, OverflowError):
        return None
    return number if 0 <= number < 10**15 else None
