"""Timestamps as tools write them."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_OFFSET = re.compile(r"\s*([+-]\d{2}):?(\d{2})?$")
_FRACTION = re.compile(r"([.,])(\d+)")


def parse_stamp(text: str | None) -> datetime | None:
    """A stamp as datetime, aware if the text names a zone; None for empty or unreadable text.

    Reads ISO 8601 with all its usual liberties (blank for T, offset without colon, any number of
    fraction digits, `Z`, a trailing ` UTC`, date only), RFC 1123, and epoch seconds or milliseconds.
    """
    if text is None or not (text := text.strip()):
        return None
    try:
        return _iso(text)
    except ValueError:
        pass
    try:
        number = float(text)
        return datetime.fromtimestamp(number / 1000 if abs(number) > 1e11 else number, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None


def _iso(text: str) -> datetime:
    zone = ""
    if text[-1] in "zZ":
        text, zone = text[:-1], "+00:00"
    elif text[-4:].upper() in (" UTC", " GMT"):
        text, zone = text[:-4], "+00:00"
    elif len(text) > 10 and (found := _OFFSET.search(text, 10)):
        text, zone = text[: found.start()], f"{found[1]}:{found[2] or '00'}"
    text = _FRACTION.sub(lambda part: "." + part[2][:6].ljust(6, "0"), text.strip(), count=1)
    if len(text) == 8 and text.isdigit():  # 20260630 alone is a date; longer digit strings are epochs
        return datetime.fromisoformat(text)
    if text.isdigit():
        raise ValueError(text)
    return datetime.fromisoformat(" ".join(text.replace("T", " ").split()) + zone)
