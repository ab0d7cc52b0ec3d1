"""Names as words: how a path segment, an event or a folder becomes the name of a flow, or meets one."""

import re
from collections.abc import Iterable, Mapping

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\W_]+")
_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,5}$")
_LONGEST = 40


def word_set(text: str) -> frozenset[str]:
    """The blank-separated words of a text."""
    return frozenset(text.split())


# Words that say what kind of thing a name is, or what was done, but not what it is about.
_GENERIC = word_set(
    "a all an and api app at btn button by click clicked close closed controller controllers e2e"
    " event feature features for from handler helper in index int integration is it lib main model"
    " models module of on open opened page pages screen server service services show shown spec"
    " specs src system tap tapped test tests the to ui unit util utils view viewed views web with"
    " add added remove removed update updated change changed select selected load loaded"
)
_STARTED = word_set("start started starting begin began begun initiated init")
_COMPLETED = word_set(
    "complete completed succeed succeeded success successful finish finished done submitted placed"
    " confirmed"
)
_FRUSTRATION = word_set("rage dead error errors failed failure crash crashed")
_ROLES = _STARTED | _COMPLETED | _FRUSTRATION | {"performed"}


def words(text: str) -> tuple[str, ...]:
    """The words of a name, in small letters and singular: `searchResults` is search, result."""
    return tuple(_singular(word.lower()) for word in _BOUNDARY.split(text) if word)


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def flow_name(text: str) -> str:
    """A name as the key of a flow: `about-us.html` is about_us; empty if nothing is left of it."""
    parts = (word.lower() for word in _BOUNDARY.split(_ENDING.sub("", text)) if word)
    return "_".join(parts)[:_LONGEST].strip("_")


def title(flow: str) -> str:
    """The key of a flow as people write it."""
    return flow.replace("_", " ").capitalize()


def subject(event: str) -> str:
    """What an event is about, as the key of a flow; empty for `Page View`, which is about nothing."""
    kept = (w for w in _BOUNDARY.split(event) if w and w.lower() not in _GENERIC | _ROLES)
    return "_".join(w.lower() for w in kept)[:_LONGEST].strip("_")


def role(event: str) -> str:
    """What an event says of its flow, by its words; `performed` if they say nothing else."""
    found = {word.lower() for word in _BOUNDARY.split(event)}
    for name, marks in (
        ("frustration", _FRUSTRATION),
        ("completed", _COMPLETED),
        ("started", _STARTED),
    ):
        if found & marks:
            return name
    return "performed"


class FlowIndex:
    """Finds the flow that a name is about. Of equal ones the first wins: give the most used first."""

    def __init__(self, titles: Mapping[str, str]) -> None:
        self._flows: dict[str, list[frozenset[str]]] = {}
        for flow, text in titles.items():
            self.add(flow, text)

    def add(self, flow: str, text: str = "") -> None:
        """Make a flow known by its key and its title."""
        known = self._flows.setdefault(flow, [])
        known += [frozenset(words(name)) for name in (flow, text) if words(name)]

    def __contains__(self, flow: str) -> bool:
        return flow in self._flows

    def find(self, text: str) -> str | None:
        """The flow all of whose words are in the name; else the only one that has all the name's."""
        found = frozenset(words(_ENDING.sub("", text)))
        best, most = None, 0
        for flow, names in self._flows.items():
            size = max((len(name) for name in names if name <= found), default=0)
            if size > most:
                best, most = flow, size
        if best:
            return best
        telling = found - _GENERIC - _ROLES
        wider = [flow for flow, names in self._flows.items() if _any_holds(names, telling)]
        return wider[0] if telling and len(wider) == 1 else None


def _any_holds(names: Iterable[frozenset[str]], telling: frozenset[str]) -> bool:
    return any(telling <= name for name in names)
