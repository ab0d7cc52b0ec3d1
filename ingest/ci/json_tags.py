"""Tags that stand in a JSON report as an object, or as a list of names or objects."""

from collections.abc import Iterator
from itertools import islice

from ingest.ci.json_report import worded
from ingest.ci.tags import LONGEST, Pair
from ingest.ci.title_tags import tag_pair

MOST = 500
"""Pairs that are looked at, of one test."""


def pairs_of(value: object) -> tuple[Pair, ...]:
    """(name, value) of `{"flow": "cart", "jira": ["A-1"]}`, `["smoke", "flow:cart"]`, `[{"flow": "cart"}]`.

    A name whose value is missing or empty is left out: it says nothing.
    """
    return tuple(islice(_pairs(value), MOST))


def _pairs(value: object) -> Iterator[Pair]:
    if isinstance(value, dict):
        for name, held in value.items():
            for one in held if isinstance(held, list) else [held]:
                if text := worded(one):
                    yield str(name)[:LONGEST], text[:LONGEST]
    elif isinstance(value, list):
        for member in value:
            if isinstance(member, str) and member.strip():
                yield tag_pair(member)
            elif isinstance(member, dict):
                yield from _pairs(member)
    elif isinstance(value, str) and value.strip():
        yield tag_pair(value)
