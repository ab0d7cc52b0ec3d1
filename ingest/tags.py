"""Tags of tests: what a report says about flow, risk, owner and the like, as one JSON object."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

import msgspec

from ingest.privacy import scrub

TAXONOMY = frozenset(
    (
        "flow", "risk", "feature", "event", "persona", "owner", "platform", "component", "failure_mode",
        "tier", "kind", "verifies", "mocks", "region", "incident",
    )
)  # fmt: skip
"""The tags that have a meaning here; others are kept as they are."""

Tags = dict[str, str | list[str]]

_SAME = {"mixpanel": "event"}
_MOST = 50
_KEY_LIMIT = 64
_VALUE_LIMIT = 200
_MACHINE = ("java.", "sun.", "os.", "user.", "env.", "jdk.", "surefire.")


def collect(pairs: Iterable[tuple[str, str]], base: Mapping[str, str | list[str]] | None = None) -> Tags:
    """Tags of one test: a key given several times becomes a list, and any key of `pairs` hides `base`'s."""
    own: Tags = {}
    for key, value in pairs:
        tag, text = _clean(key, value)
        if not tag or (tag not in own and len(own) >= _MOST):
            continue
        held = own.get(tag)
        if held is None:
            own[tag] = text
        elif isinstance(held, list):
            if text not in held and len(held) < _MOST:
                held.append(text)
        elif held != text:
            own[tag] = [held, text]
    return {**base, **own} if base else own


def of_suite(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Suite properties worth a place on every test of the suite.

    JVM runners write all system properties of the machine there, and Ant its environment with the
    secrets in it: of such a list only known tags are kept.
    """
    if any(key.startswith(_MACHINE) for key, _ in pairs):
        return [(key, value) for key, value in pairs if _name(key) in TAXONOMY]
    return pairs


def to_json(tags: Mapping[str, str | list[str]]) -> str | None:
    """The object as text; None where there is no tag."""
    return msgspec.json.encode(tags).decode() if tags else None


def _name(key: str) -> str:
    name = "_".join(key.strip().lstrip("@").lower().split())[:_KEY_LIMIT]
    return _SAME.get(name, name)


@lru_cache(maxsize=4096)
def _clean(key: str, value: str) -> tuple[str, str]:
    name = _name(key)
    text = " ".join(value[: 4 * _VALUE_LIMIT].split())
    # Scrubbed with its key before it: `api_token` = `x` is a secret only as a pair.
    text = scrub(f"{name}={text}", _VALUE_LIMIT + len(name) + 1).partition("=")[2]
    return name, text or "true"
