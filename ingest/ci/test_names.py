"""Test names apart from what changes from run to run, so that the same test keeps the same name."""

import re
from itertools import islice

from ingest.privacy import names_a_person, scrub
from ingest.sealing import seal_name

JOINT = " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} "
"""Between the names of nested suites and describe blocks."""

SUITE_ITSELF = "(suite)"
"""Name of the row for a failure that stands in a suite, outside its test cases."""

LIMIT = 1000
"""Longer names are cut: they are generated from data, and the count of equal names still holds."""

_PARAM_LIMIT = 200
_MOST_PARAMS = 50

_VOLATILE = (
    (
        re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE),
        "{uuid}",
    ),
    (re.compile(r"\b0x[0-9a-f]{4,}\b", re.IGNORECASE), "{address}"),
    (
        re.compile(
            r"(?:/private)?/(?:tmp|var/folders|var/tmp)/[^\s'\"\],;:)]+"
            r"|[a-z]:[\\/]users[\\/][^\\/\s]+[\\/]appdata[\\/]local[\\/]temp[\\/][^\s'\"\],;)]+",
            re.IGNORECASE,
        ),
        "{temp}",
    ),
)
# pytest `name[a-b]`, JUnit 5 `name(int)[1]`, TestNG `name[a](2)`.
_BRACKETS = re.compile(r"(?P<base>[^\[]*[^\[\s])\s*\[(?P<params>.*)\](?P<call>\(\d+\))?")
# GoogleTest `Case/3`; never a route such as `GET /items/3`.
_INDEX = re.compile(r"(?P<base>[A-Za-z_][\w.]*(?:/[A-Za-z_]\w*)*)/(?P<params>\d+)")


def split_name(name: str) -> tuple[str, str | None]:
    """(name without its parameters, the parameters or None), volatile tokens replaced in both."""
    name = stable(name)
    found = _BRACKETS.fullmatch(name) or _INDEX.fullmatch(name)
    if found is None:
        return name, None
    return found["base"], found["params"] + (found.groupdict().get("call") or "")


def stable(text: str) -> str:
    """The text on one line, with addresses, uuids and temporary paths replaced by placeholders."""
    text = seal_name(" ".join(text[: 4 * LIMIT].split()))
    for pattern, instead in _VOLATILE:
        text = pattern.sub(instead, text)
    return text[:LIMIT]


def params_of(fields: object) -> str | None:
    """Parameters that a report holds apart from the name, scrubbed: `user=admin, currency=EUR`."""
    if not isinstance(fields, dict):
        return None
    # What holds members is an object of the test's world, perhaps a person: its text names no case.
    named = (f"{k}={v}" for k, v in fields.items() if _is_plain(v) and not names_a_person(str(k)))
    # Scrubbed one by one with its name: `password=x` is a secret only as a pair.
    return (
        stable(", ".join(scrub(text, _PARAM_LIMIT) for text in islice(named, _MOST_PARAMS))) or None
    )


def _is_plain(value: object) -> bool:
    if isinstance(value, list):
        return not any(isinstance(member, dict | list) for member in value)
    return isinstance(value, str | int | float)


def slashed(path: str | None) -> str | None:
    """A path with slashes for backslashes; None for an empty one."""
    return path.replace("\\", "/") if path else None
