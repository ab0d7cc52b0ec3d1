"""What a failing test said: one scrubbed message, and a fingerprint of its cause."""

import re
from functools import lru_cache
from typing import NamedTuple

from ingest.privacy import MESSAGE_LIMIT, fingerprint, scrub

PRINT_LIMIT = 1000
"""Characters that tell causes apart: a print takes in 500, after numbers and paths are out."""

# Colour codes; the escape byte itself may be lost, because XML cannot hold it.
_COLOUR = re.compile(r"(?:\x1b|\ufffd|#x1B)?\[\d{0,3}(?:;\d{1,3})*m")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufeff]")
# Colour codes take room that the message does not need.
_RAW_LIMIT = 2 * MESSAGE_LIMIT


class Said(NamedTuple):
    """`fingerprint` is that of the headline where there is one: a stack differs from run to run."""

    message: str | None = None
    fingerprint: str | None = None


def describe(headline: str | None, detail: str | None) -> Said:
    """Headline and detail as one message of at most MESSAGE_LIMIT; nothing if both are empty."""
    return _described((headline or "")[:_RAW_LIMIT], (detail or "")[:_RAW_LIMIT])


# One broken service fails a hundred tests with the same words, and scrubbing is the dear part.
@lru_cache(maxsize=512)
def _described(headline: str, detail: str) -> Said:
    head, rest = _clean(headline), _clean(detail)
    text = rest if rest.startswith(head) else f"{head}\n{rest}"
    if not text.strip():
        return Said()
    message = scrub(text[:MESSAGE_LIMIT].rstrip())
    return Said(message, fingerprint(scrub((head or rest)[:PRINT_LIMIT])))


def _clean(text: str) -> str:
    if "[" in text:
        text = _COLOUR.sub("", text)
    if not text.replace("\n", "").replace("\t", "").isprintable():
        text = _CONTROL.sub("", text)
    return text.strip()
