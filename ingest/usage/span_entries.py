"""Which spans of a file are uses of a service: the entries, each once.

A server or consumer span is an entry if its parent is absent, in another service, or nowhere in the
file: one request is one entry of each service that it reaches, as it is one line in the log of each.
Below a span of its own service it is a part of that one: frameworks open server spans inside of server
spans. Only a consumer span may stand below the client or internal span that polled for its message.
Spans come in no order, children mostly before their parents, so an undecided one waits.
"""

from collections.abc import Iterator
from hashlib import blake2b
from typing import NamedTuple

HELD = 500_000
"""Spans that are remembered, and at most twice as many: memory must not grow with the file."""

INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER = 1, 2, 3, 4, 5
_POLLING = (0, INTERNAL, CLIENT)
_KINDS = 8
_HAS_IS_REMOTE, _IS_REMOTE = 0x100, 0x200

Row = tuple[int, ...]
"""Whatever the caller wants back of an entry."""


class Ids(NamedTuple):
    """Which span, and whose child."""

    trace: str
    span: str
    parent: str
    flags: int = 0
    """As OTLP has them: bits 8 and 9 say whether the parent is of another process."""


class Entries:
    """Decides span by span."""

    def __init__(self) -> None:
        self._services: dict[str, int] = {}
        self._seen: dict[int, int] = {}
        self._before: dict[int, int] = {}
        self._waiting: dict[int, list[tuple[int, Row]]] = {}
        self._held = 0
        self._entries: list[Row] = []
        self.duplicates = 0
        self.inner = 0
        """Server and consumer spans that are a part of an entry."""

    def note(self, ids: Ids, service: str, kind: int) -> int | None:
        """Whose span it is, for `consider`; None if it was there before, and counts as duplicate."""
        code = self._services.setdefault(service, len(self._services)) * _KINDS + kind
        if not ids.span.strip("0"):  # no id at all: it neither repeats nor is a parent
            return code
        key = _key(ids.trace, ids.span)
        if self._find(key) is not None:
            self.duplicates += 1
            return None
        if len(self._seen) >= HELD:
            self._before, self._seen = self._seen, {}
        self._seen[key] = code
        children = self._waiting.pop(key, ())
        self._held -= len(children)
        for child, row in children:
            self._decide(child, code, row)
        return code

    def consider(self, ids: Ids, code: int, row: Row) -> None:
        """Decide about a server or consumer span, or let it wait for its parent."""
        if not ids.parent.strip("0"):
            self._entries.append(row)
            return
        is_local = ids.flags & (_HAS_IS_REMOTE | _IS_REMOTE) == _HAS_IS_REMOTE
        if is_local and code % _KINDS == SERVER:
            self.inner += 1
            return
        key = _key(ids.trace, ids.parent)
        parent = self._find(key)
        if parent is not None:
            self._decide(code, parent, row)
            return
        self._waiting.setdefault(key, []).append((code, row))
        self._held += 1
        if self._held > HELD:
            oldest = self._waiting.pop(next(iter(self._waiting)))
            self._held -= len(oldest)
            self._entries += [row for _, row in oldest]

    def ready(self) -> int:
        """How many entries `taken` would give."""
        return len(self._entries)

    def taken(self) -> list[Row]:
        """The entries since the last call."""
        entries, self._entries = self._entries, []
        return entries

    def rest(self) -> Iterator[Row]:
        """Those whose parent never came."""
        for waiting in self._waiting.values():
            yield from (row for _, row in waiting)
        self._waiting.clear()
        self._held = 0

    def _find(self, key: int) -> int | None:
        found = self._seen.get(key)
        return self._before.get(key) if found is None else found

    def _decide(self, code: int, parent: int, row: Row) -> None:
        is_own = code // _KINDS == parent // _KINDS
        is_polled = code % _KINDS == CONSUMER and parent % _KINDS in _POLLING
        if is_own and not is_polled:
            self.inner += 1
        else:
            self._entries.append(row)


def _key(trace: str, span: str) -> int:
    """Eight bytes for a span, whichever case its ids are written in."""
    return int.from_bytes(blake2b(f"{trace}/{span}".lower().encode(), digest_size=8).digest())
