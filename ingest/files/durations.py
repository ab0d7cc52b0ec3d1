"""Durations as test tools write them."""

import re

MOST_SECONDS = 31 * 24 * 3600
"""More is no duration of a test: some tools write nanoseconds into a field of seconds."""

_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:,\d{3}){2,}")


def milliseconds(text: str | None) -> float | None:
    """Seconds as text in milliseconds; None for what is missing, negative, too long or no number.

    A comma before a point parts thousands (`2,503.1`), a comma alone is a decimal one (`0,288`).
    """
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = float(_plain(text.strip()))
        except ValueError:
            return None
    return seconds * 1000 if 0 <= seconds <= MOST_SECONDS else None


def usable(duration: float | None) -> float | None:
    """Milliseconds to the microsecond; None for what is missing, negative or too long for a test."""
    if duration is None or not 0 <= duration <= MOST_SECONDS * 1000:
        return None
    return round(duration, 3)


def _plain(text: str) -> str:
    if _THOUSANDS.fullmatch(text):
        return text.replace(",", "")
    if text.rfind(",") > text.rfind(".") >= 0:  # 2.503,1
        return text.replace(".", "").replace(",", ".")
    return text.replace(",", ".").removesuffix("s")
