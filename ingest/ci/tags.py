"""Tags of tests: what a report says about flow, risk, owner and the like, as one JSON object."""

from functools import lru_cache

import msgspec

from ingest.privacy import names_a_person, scrub
from ingest.sealing import seal

Pair = tuple[str, str]

TAXONOMY = frozenset(
    (
        "flow", "risk", "feature", "event", "persona", "owner", "platform", "component",
        "failure_mode", "tier", "kind", "verifies", "mocks", "region", "incident",
    )
)  # fmt: skip
"""The tags that have a meaning here; others are kept as they are."""

LONGEST = 1000
"""Characters of a name or value that are looked at: tags are remembered, reports may be hostile."""

_SPELLED = {name.replace("_", ""): name for name in TAXONOMY} | {"mixpanel": "event"}
_MOST = 50
_NAME_LIMIT = 64
_VALUE_LIMIT = 200
_MACHINE = ("java.", "sun.", "os.", "user.", "env.", "jdk.", "surefire.")


# Tests of a suite carry the same few sets of tags: most calls find theirs.
@lru_cache(maxsize=4096)
def tags_json(*levels: tuple[Pair, ...]) -> str | None:
    """Tags as the text of a JSON object, None if there are none.

    A tag given several times on a level becomes a list; a later level (a case) hides the tag of an
    earlier one (its suite).
    """
    tags: dict[str, str | list[str]] = {}
    for pairs in levels:
        tags |= _collected(pairs)
    return msgspec.json.encode(tags).decode() if tags else None


def is_known(key: str) -> bool:
    """Whether a key names a tag that has a meaning here."""
    return _name(key) in TAXONOMY


def of_suite(pairs: tuple[Pair, ...]) -> tuple[Pair, ...]:
    """Suite properties worth a place on every test of the suite.

    JVM runners write all system properties of the machine there, and Ant its environment with the
    secrets in it: of such a list only known tags are kept.
    """
    if any(key.startswith(_MACHINE) for key, _ in pairs):
        return tuple(pair for pair in pairs if _name(pair[0]) in TAXONOMY)
    return pairs


def _collected(pairs: tuple[Pair, ...]) -> dict[str, str | list[str]]:
    values: dict[str, list[str]] = {}
    for key, value in pairs:
        name = _name(key)
        if name and not names_a_person(name) and (name in values or len(values) < _MOST):
            known = values.setdefault(name, [])
            text = _text(name, value)
            if text not in known and len(known) < _MOST:
                known.append(text)
    return {name: known[0] if len(known) == 1 else known for name, known in values.items()}


def _name(key: str) -> str:
    name = "_".join(seal(key).strip().lstrip("@").lower().split())[:_NAME_LIMIT]
    if name not in TAXONOMY:  # failure-mode, failureMode
        name = _SPELLED.get(name.replace("-", "").replace("_", ""), name)
    return name


def _text(name: str, value: str) -> str:
    text = " ".join(value[: 4 * _VALUE_LIMIT].split())
    # Scrubbed with its name before it: `api_token` = `x` is a secret only as a pair.
    scrubbed = scrub(f"{name}={text}", len(name) + 1 + _VALUE_LIMIT)
    if not scrubbed.startswith(f"{name}="):  # `owner=kim@...`: the name was taken for a part of it
        scrubbed = f"{name}={scrub(text, _VALUE_LIMIT)}"
    return scrubbed[len(name) + 1 :] or "true"
