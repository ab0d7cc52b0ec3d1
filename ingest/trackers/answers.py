"""Answers of APIs: what went wrong on the vendor's side must not pass as an empty page."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ingest.privacy import scrub
from ingest.source import FormatError
from ingest.vendor_fields import words

_ERROR_MEMBERS = ("errorMessages", "errorMessage", "message", "detail", "error", "errors")


def refuse_error(answer: Mapping[str, Any], vendor: str, *, unless: Iterable[str]) -> None:
    """Raise FormatError for an answer that says what went wrong, the vendor's or a gateway's before it.

    `unless` names members that only a record has: one of them, and it is no such answer.
    """
    if any(name in answer for name in unless):
        return
    said = [text for name in _ERROR_MEMBERS for text in _said(answer.get(name))]
    if said or set(_ERROR_MEMBERS) & answer.keys():
        raise FormatError(f"an error answer of {vendor}: {scrub('; '.join(said), 300)}")


def records_of(document: object, vendor: str, *, lists: tuple[str, ...]) -> Iterator[Any]:
    """Yield the records of an answer: those its list holds, or the one that it is.

    `lists` names the members that hold them. What has neither these nor an id is refused.
    """
    for page in document if isinstance(document, list) else [document]:
        if not isinstance(page, dict):
            yield page
            continue
        refuse_error(page, vendor, unless=("id", *lists))
        held = next((page[name] for name in lists if isinstance(page.get(name), list | dict)), None)
        if held is not None:
            yield from held if isinstance(held, list) else [held]
        elif "id" in page:
            yield page
        elif not any(name in page for name in lists):
            what = members_of(page)
            raise FormatError(f"no answer of {vendor}, expected {lists[0]}; members: {what}")


def members_of(page: Mapping[str, Any], limit: int = 8) -> str:
    """Name the members of an answer, for messages that say what was found instead."""
    names = [scrub(name, 40) for name in sorted(page)[:limit]]
    return ", ".join(names) + (" …" if len(page) > limit else "") if names else "none"


def _said(error: object) -> list[str]:
    if isinstance(error, dict):
        return [text for name in ("message", "errors", "detail") for text in words(error.get(name))]
    listed = error if isinstance(error, list) else [error]
    return [
        text
        for one in listed
        for text in (words(one.get("message")) if isinstance(one, dict) else words(one))
    ]
