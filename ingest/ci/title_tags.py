"""Tags that stand in a test's title: `@smoke`, `@flow:checkout`, `[risk:high]`."""

import re
from collections.abc import Callable

from ingest.ci.tags import LONGEST, Pair, is_known
from ingest.ci.test_names import LIMIT
from ingest.sealing import seal_name

_KEYED = re.compile(r"\[([A-Za-z_][\w.-]*)\s*:(?!//)\s*([^\[\]]+?)\s*\]")
_PARAMETRISED = re.compile(r"[^\s\[]+\[")
_AT = re.compile(r"(?<!\S)@([^\s@]+)")


def split_title(title: str) -> tuple[str, tuple[Pair, ...]]:
    """(title without its tags, the tags): a test whose risk changes stays the same test.

    A title that is nothing but tags stays as it is.
    """
    return _split(title, lambda _: True, names=True)


def split_shown(name: str) -> tuple[str, tuple[Pair, ...]]:
    """As `split_title`, for reports that hold titles and function names alike.

    In `test_total[risk:high]` the brackets are parameters: a title has a blank before them. So are
    they where the key means nothing here: `adds [currency: EUR]` and `[currency: USD]` are two tests.
    """
    return (name, ()) if _PARAMETRISED.match(name) else _split(name, is_known, names=True)


def split_known(name: str) -> tuple[str, tuple[Pair, ...]]:
    """As `split_shown`, for names that nobody may have meant to carry tags: `@flow:cart`, no bare `@kim`."""
    return (name, ()) if _PARAMETRISED.match(name) else _split(name, is_known, names=False)


def _split(
    title: str, wanted: Callable[[str], bool], *, names: bool
) -> tuple[str, tuple[Pair, ...]]:
    title = seal_name(" ".join(title[: 4 * LIMIT].split()))  # before `@` is taken for a tag's
    pairs: list[Pair] = []

    def keyed(found: re.Match[str]) -> str:
        if not wanted(found[1]):
            return found[0]
        pairs.append((found[1], found[2]))
        return " "

    def marked(found: re.Match[str]) -> str:
        pair = tag_pair(found[1])
        if not names and not (pair[1] and wanted(pair[0])):
            return found[0]
        pairs.append(pair)
        return " "

    rest = " ".join(_AT.sub(marked, _KEYED.sub(keyed, title)).split())
    return (rest or title, tuple(pairs)) if pairs else (title, ())


def tag_pair(tag: str) -> Pair:
    """`flow:checkout` as (flow, checkout); `smoke` as (smoke, "")."""
    name, _, value = tag.lstrip("@").partition(":")
    return name[:LONGEST], value[:LONGEST]
