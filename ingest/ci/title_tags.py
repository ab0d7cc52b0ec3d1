"""Tags that stand in a test's title: `@smoke`, `@flow:checkout`, `[risk:high]`."""

import re

from ingest.ci.tags import LONGEST, Pair
from ingest.ci.test_names import LIMIT
from ingest.sealing import seal_name

_KEYED = re.compile(r"\[([A-Za-z_][\w.-]*)\s*:(?!//)\s*([^\[\]]+?)\s*\]")
_PARAMETRISED = re.compile(r"[^\s\[]+\[")
_AT = re.compile(r"(?<!\S)@([^\s@]+)")


def split_title(title: str) -> tuple[str, tuple[Pair, ...]]:
    """(title without its tags, the tags): a test whose risk changes stays the same test.

    A title that is nothing but tags stays as it is.
    """
    title = seal_name(" ".join(title[: 4 * LIMIT].split()))  # before `@` is taken for a tag's
    pairs = (*_KEYED.findall(title), *map(tag_pair, _AT.findall(title)))
    if not pairs:
        return title, ()
    rest = " ".join(_AT.sub(" ", _KEYED.sub(" ", title)).split())
    return rest or title, pairs


def split_shown(name: str) -> tuple[str, tuple[Pair, ...]]:
    """As `split_title`, for reports that hold titles and function names alike.

    In `test_total[risk:high]` the brackets are parameters: a title has a blank before them.
    """
    return (name, ()) if _PARAMETRISED.match(name) else split_title(name)


def tag_pair(tag: str) -> Pair:
    """`flow:checkout` as (flow, checkout); `smoke` as (smoke, "")."""
    name, _, value = tag.lstrip("@").partition(":")
    return name[:LONGEST], value[:LONGEST]
