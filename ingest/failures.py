"""What a failing test said: one scrubbed message, and a fingerprint of its cause."""

import re
from functools import lru_cache

from ingest.privacy import MESSAGE_LIMIT, fingerprint, scrub

# Colour codes; the escape byte itself may be lost, because XML cannot hold it.
_COLOUR = re.compile(r"(?:\x1b|\ufffd|#x1B)?\[\d{0,3}(?:;\d{1,3})*m")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufeff]")


# One broken service fails a hundred tests with the same words, and scrubbing is the dear part.
@lru_cache(maxsize=512)
def message_of(headline: str | None, detail: str | None) -> str | None:
    """Headline and detail as one text of at most MESSAGE_LIMIT; None if both are empty."""
    head, rest = _clean(headline), _clean(detail)
    text = rest if rest.startswith(head) else f"{head}\n{rest}"
    return scrub(text[:MESSAGE_LIMIT].rstrip()) or None


@lru_cache(maxsize=512)
def fingerprint_of(headline: str | None, detail: str | None) -> str | None:
    """Of the headline where there is one: a stack differs from run to run."""
    text = _clean(headline) or _clean(detail)
    return fingerprint(scrub(text[:MESSAGE_LIMIT])) if text else None


def _clean(text: str | None) -> str:
    if not text:
        return ""
    # Twice the limit: colour codes take room that the message does not need.
    return _CONTROL.sub("", _COLOUR.sub("", text.strip()[: 2 * MESSAGE_LIMIT])).strip()
