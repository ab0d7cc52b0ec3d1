"""Whether a text can be stored in a column of a type, and what to write instead.

Stricter than the engine where the engine is lenient: DuckDB reads `1.5` as the whole number 2 and
takes `nan` for a weight.
"""

import math
from collections.abc import Callable
from datetime import date, datetime

# What DuckDB's CSV reader accepts for a boolean column (2.0); other words end the dbt run.
_BOOLEANS = frozenset(["true", "false", "t", "f", "yes", "no", "y", "n", "1", "0"])


def wrong_value(kind: str, value: str) -> str | None:
    """Say what is wrong with a value for a column of this type; None if nothing is."""
    check = _CHECKS.get(kind.split("(", maxsplit=1)[0].strip())
    return check(value) if check else None


def number(value: str) -> float | None:
    """Return the finite number a text stands for, else None."""
    try:
        found = float(value)
    except ValueError:
        return None
    return found if math.isfinite(found) and "_" not in value else None


def _double(value: str) -> str | None:
    if number(value) is not None:
        return None
    if number(value.replace(",", ".", 1)) is not None:
        return "is not a number; write it with a point instead of the comma"
    return "is not a number"


def _whole(value: str) -> str | None:
    digits = value.strip().removeprefix("-").removeprefix("+")
    return None if digits.isascii() and digits.isdigit() else "is not a whole number"


def _boolean(value: str) -> str | None:
    return None if value.lower() in _BOOLEANS else "is neither true nor false"


def _date(value: str) -> str | None:
    try:
        date.fromisoformat(value.strip())
    except ValueError:
        return "is not a date; write it as YYYY-MM-DD"
    return None if "-" in value else "is not a date; write it as YYYY-MM-DD"


def _timestamp(value: str) -> str | None:
    try:
        datetime.fromisoformat(value.strip())
    except ValueError:
        return "is not a timestamp; write it as YYYY-MM-DD HH:MM:SS"
    return None


_CHECKS: dict[str, Callable[[str], str | None]] = {
    **dict.fromkeys(("double", "float", "real", "numeric", "decimal"), _double),
    **dict.fromkeys(("bigint", "integer", "int", "smallint"), _whole),
    **dict.fromkeys(("boolean", "bool"), _boolean),
    "date": _date,
    "timestamp": _timestamp,
}
