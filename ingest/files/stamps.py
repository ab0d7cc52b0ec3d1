"""Timestamps as tools write them."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

ZONE_ASSUMED = "times without a zone were read as UTC; `zone` of the source names theirs"
"""What a file's warning says of them, behind their number."""

_ZONE = re.compile(r"\s*([+-][0-9]{2}):?([0-9]{2})?$")
_NAMED_ZONE = re.compile(r"\[[\w/+-]+\]$")  # Java appends it: +02:00[Europe/Berlin]
_FRACTION = re.compile(r"[.,]([0-9]+)")
_COMPACT = re.compile(r"[0-9]{8}(?:[0-9]{4}|[0-9]{6})?")
_EPOCH = re.compile(r"(0|-?[0-9]{9,19})(?:\.([0-9]*))?")
_UNITS = ((11, 1), (14, 10**3), (17, 10**6), (19, 10**9))  # digits an epoch has, by its unit
_SPACES = re.compile(r"[T\s]+")
# Java's Date.toString(): Sun Jun 30 12:00:00 UTC 2026
_JAVA = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ 0-9][0-9]) ([0-9:]{8}) (?:UTC|GMT|Z) ([0-9]{4})"
)

_START = datetime(1970, 1, 1, tzinfo=UTC)


def parse_stamp(text: str | None) -> datetime | None:
    """A stamp as datetime, aware if the text names a zone; None for empty or unreadable text.

    Years are not judged: 0001-01-01 and 9999-12-31, which say "never", come back as they are, and a
    change of zone may carry them out of range.

    Reads ISO 8601 with all its usual liberties (blank for T, offset without colon, any number of
    fraction digits, `Z`, a trailing ` UTC`, date only, digits only), RFC 1123, Java's Date, and
    epoch seconds, milliseconds, microseconds and nanoseconds.
    """
    if text is None or not (text := text[:100].strip()):
        return None
    for read in (_iso, _epoch, _java, parsedate_to_datetime):
        try:
            stamp = read(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return stamp
    return None


def _iso(text: str) -> datetime:
    if _COMPACT.fullmatch(text):
        return _compact(text)
    text = _NAMED_ZONE.sub("", text)
    zone = ""
    if text[-1] in "zZ":
        text, zone = text[:-1], "+00:00"
    elif text[-4:].upper() in (" UTC", " GMT"):
        text, zone = text[:-4], "+00:00"
    elif len(text) > 10 and (found := _ZONE.search(text, 10)):
        text, zone = text[: found.start()], f"{found[1]}:{found[2] or '00'}"
    text = _FRACTION.sub(lambda part: "." + part[1][:6].ljust(6, "0"), text.strip(), count=1)
    if text.isdigit():
        raise ValueError(text)
    return datetime.fromisoformat(_SPACES.sub(" ", text) + zone)


def _compact(digits: str) -> datetime:
    """20260630 and 202606301200[00] are dates if they can be; other digits are an epoch's."""
    return datetime.strptime(digits, "%Y%m%d%H%M%S"[: {8: 6, 12: 10, 14: 12}[len(digits)]])  # noqa: DTZ007


def _epoch(text: str) -> datetime:
    found = _EPOCH.fullmatch(text)
    if not found:
        raise ValueError(text)
    length = len(found[1].lstrip("-"))
    unit = next(unit for longest, unit in _UNITS if length <= longest)
    fraction = int((found[2] or "0")[:6].ljust(6, "0")) if unit == 1 else 0
    # Whole numbers all the way: a float has lost a nanosecond stamp's microseconds.
    return _START + timedelta(microseconds=int(found[1]) * 10**6 // unit + fraction)


def _java(text: str) -> datetime:
    found = _JAVA.fullmatch(text)
    if not found:
        raise ValueError(text)
    return parsedate_to_datetime(f"{found[2]} {found[1]} {found[4]} {found[3]} +0000")
