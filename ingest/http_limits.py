"""When a vendor says "not now": told from a refusal, and until when.

Retry-After is of RFC 9110. GitHub says 403 or 429 for a spent budget, with X-RateLimit-Remaining 0
and X-RateLimit-Reset in seconds since 1970, and 403 for bursts, in words alone now and then; GitLab
says 429 with RateLimit-Reset; Datadog's X-RateLimit-Reset is how many seconds are left.
Source: their pages on rate limits, November 2026.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_UNTOLD_SECONDS = 60.0
"""What GitHub asks for where it names no time: a minute at least."""
_SPENT = ("X-RateLimit", "RateLimit")
_FORBIDDEN, _TOO_MANY = 403, 429
_IN_WORDS = re.compile(r"\brate limit\b|\babuse detection\b", re.IGNORECASE)


def is_limit(status: int, headers: Mapping[str, str], said: str) -> bool:
    """Whether a failure is about how much was asked, not about who asks."""
    return status == _TOO_MANY or (
        status == _FORBIDDEN
        and (
            "Retry-After" in headers or _reset(headers) is not None or bool(_IN_WORDS.search(said))
        )
    )


def pause_asked(headers: Mapping[str, str], said: str = "") -> float | None:
    """Seconds the vendor asks to wait; None if it says nothing. Dates are read by its own clock."""
    text = headers.get("Retry-After", "").strip()
    if not text and re.fullmatch(r"\d{1,5}", headers.get("X-RateLimit-Reset", "").strip()):
        text = headers[
            "X-RateLimit-Reset"
        ].strip()  # a time, as others write there, has more digits
    if re.fullmatch(r"\d{1,9}(?:\.\d+)?", text):
        return float(text)
    until = _date(text) or _reset(headers)
    if until is not None:
        # The second of a reset belongs to the time before it.
        return max(0.0, (until - _now(headers)).total_seconds()) + (0 if _date(text) else 1)
    return _UNTOLD_SECONDS if _IN_WORDS.search(said) else None


def _reset(headers: Mapping[str, str]) -> datetime | None:
    """When a spent budget is whole again; None if it is not spent."""
    for name in _SPENT:
        reset = headers.get(f"{name}-Reset", "")
        if headers.get(f"{name}-Remaining", "").strip() == "0" and re.fullmatch(r"\d{9,11}", reset):
            return datetime.fromtimestamp(int(reset), UTC)
    return None


def _now(headers: Mapping[str, str]) -> datetime:
    return _date(headers.get("Date", "")) or datetime.now(UTC)


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
