"""What a failing test said, as one scrubbed message and a fingerprint of its cause."""

import re
from functools import lru_cache

from ingest.privacy import MESSAGE_LIMIT, fingerprint, scrub

# Colour codes; the escape byte itself may be lost, because XML cannot hold it.
_COLOUR = re.compile(r"(?:\x1b|\ufffd|#x1B)?\[\d{0,3}(?:;\d{1,3})*m")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufeff]")


def describe(headline: str | None, detail: str | None) -> tuple[str | None, str | None]:
    """(message, fingerprint) of a failure; (None, None) where the report says nothing about it.

    The fingerprint is that of the headline where there is one: a stack differs from run to run.
    """
    head, rest = _clean(headline), _clean(detail)
    if not head and not rest:
        return None, None
    text = rest if not head or rest.startswith(head) else f"{head}\n{rest}".rstrip()
    return _scrubbed(text[:MESSAGE_LIMIT]), _print(head or rest)


def _clean(text: str | None) -> str:
    if not text:
        return ""
    # Twice the limit: colour codes take room that the message does not need.
    return _CONTROL.sub("", _COLOUR.sub("", text.strip()[: 2 * MESSAGE_LIMIT])).strip()


# One broken service fails a hundred tests with the same words, and scrubbing is the dear part.
@lru_cache(maxsize=256)
def _scrubbed(text: str) -> str:
    return scrub(text)


@lru_cache(maxsize=256)
def _print(text: str) -> str:
    return fingerprint(text[:MESSAGE_LIMIT])
