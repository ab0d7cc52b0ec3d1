"""XML files of any size as a stream of elements: no entities, no network, no DTD, flat memory.

libxml2 reads in its recovering mode, which reads well-formed files as the strict mode does. Whether
it had to recover is asked from its error log afterwards: one pass serves both, no row comes twice.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, BinaryIO
from urllib.parse import unquote

from lxml import etree

from ingest.privacy import excerpt
from ingest.source import FormatError

CHUNK = 64 * 1024
TAIL = 256
SMALL = 2 * 1024 * 1024
"""A file of at most so many bytes is parsed at once: libxml2 takes half the time of a stream for it."""
MOST_ERRORS = 100  # libxml2 logs no more
AFTER_DAMAGE = 64 * 1024 * 1024
"""Bytes read after a syntax error: a tag that never closes keeps all that follows in memory."""
WITHOUT_EVENT = 64 * 1024 * 1024
"""Bytes read in which nothing new is found: libxml2 holds an attribute without end whole."""

# huge_tree: a chatty test prints more than the 10 MB at which libxml2 would end the file. What grows without end is
# stopped by the bytes above, and a document that declares entities is refused before they are read.
_SAFE: dict[str, Any] = {
    "recover": True,
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": True,
    "remove_blank_text": True,
    "remove_comments": True,
    "remove_pis": True,
}

_NO_EVENT = f"{WITHOUT_EVENT >> 20} MB without a known element: the rest was not read"

_KNOWN_ROOTS = {
    "test-run": "an NUnit 3 result",
    "test-results": "an NUnit 2 result",
    "assemblies": "an xUnit.net result",
    "assembly": "an xUnit.net result",
    "TestRun": "a Visual Studio TRX result",
    "testng-results": "a TestNG result",
    "robot": "a Robot Framework result",
    "result": "a Jenkins junitResult",
    "failsafe-summary": "a Maven Failsafe summary",
    "testsuites": "a JUnit report",
    "testsuite": "a JUnit report",
    "report": "a JaCoCo report",
    "coverage": "a coverage report",
    "project": "an Ant build file",
    "checkstyle": "a Checkstyle report",
    "html": "an HTML page",
}

_SIGNATURES = (
    (b"\x1f\x8b", "gzip data"),
    (b"PK\x03\x04", "a zip archive"),
    (b"{", "JSON"),
    (b"[", "JSON"),
    (b"%PDF", "a PDF"),
)
_OPEN = re.compile(r"(?:end of Start Tag|end of data in tag) (?:[\w.-]+:)?([\w.-]+)")
# Half an address, where its `@` ends what could be a name.
_ODD_NAME = re.compile(r"(?<=attribute )(?=\S*[^\sA-Za-z_:-])\S+")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class XmlStream:
    """One XML document: its root at once, its elements by `events`, what was wrong in `notes`."""

    def __init__(self, stream: BinaryIO, *, wanted: str, roots: tuple[str, ...]) -> None:
        """Read as far as the root element; FormatError if it is none of `roots`."""
        self.notes: list[str] = []
        self.damaged = False
        self.incomplete = False
        """The file ends early, or reading it had to: something that belongs to it is lost."""
        self.ending = "the file is cut off"
        """Why, if it is incomplete, in words."""
        self.cut_inside: str | None = None
        """Name of the element in which it ends early; "?" where that cannot be told."""
        self._waited = 0
        self._stream = stream
        self._head = self._without_preface(_read(stream), wanted)
        self._tail = b""
        root = _root_of(self._head, wanted)
        namespace, _, self.root = root.tag.rpartition("}")
        self.namespace: str = namespace + "}" if namespace else ""
        self.attributes: dict[str, str] = dict(root.items())
        if self.root not in roots:
            found = f"the root element is <{self.root}>"
            if self.root in _KNOWN_ROOTS:
                found += f", {_KNOWN_ROOTS[self.root]}"
            raise FormatError(f"{found}; expected {wanted}")

    def events(self, *tags: str) -> Iterator[tuple[str, Any]]:
        """("start" | "end", element) of these tags, and ("chunk", None) after every chunk.

        The tree is ahead of the events: at a start the element's children may be there already. Who
        takes children out of it without an event says so by `went_on`.
        """
        names = [self.namespace + tag for tag in tags]
        parser = etree.XMLPullParser(events=("start", "end"), tag=names, **_SAFE)
        if (whole := self._whole()) is not None:
            yield from _walk(whole, names)
            yield "chunk", None
            return
        left = AFTER_DAMAGE
        for chunk in self._chunks():
            self._tail = chunk if len(chunk) > TAIL else self._tail[-TAIL:] + chunk
            parser.feed(chunk)
            damage = parser.feed_error_log.filter_from_fatals()
            self.damaged = bool(damage)
            self._waited += len(chunk)
            for event in parser.read_events():
                self.went_on()
                yield event
            yield "chunk", None
            if self._waited > WITHOUT_EVENT:
                self.notes.append(_NO_EVENT)
                self.ending = "reading ended at a limit"
                left = 0
            if damage:
                left -= len(chunk)
                if damage[-1].type_name == "ERR_RESOURCE_LIMIT":
                    self.ending = "reading ended at a limit"
                    left = 0
            if left <= 0:
                break
        with suppress(etree.XMLSyntaxError):  # it is in the log as well
            parser.close()
        self._judge(parser.feed_error_log.filter_from_fatals(), stopped=left <= 0)
        yield from parser.read_events()

    def _whole(self) -> Any:
        """The root of a small and well-formed file; None, and what was read is the head, for any other."""
        pieces = [self._head]
        room = SMALL - len(self._head)
        while room > 0 and (chunk := _read(self._stream)):
            pieces.append(chunk)
            room -= len(chunk)
        self._head = b"".join(pieces)
        if room <= 0:
            return None
        try:
            return etree.fromstring(self._head, etree.XMLParser(**{**_SAFE, "recover": False}))
        except etree.XMLSyntaxError:
            return None

    def _chunks(self) -> Iterator[bytes]:
        head, self._head = self._head, b""
        for at in range(0, len(head), CHUNK):
            yield head[at : at + CHUNK]
        del head
        while chunk := _read(self._stream):
            yield chunk

    def went_on(self) -> None:
        """What was read so far held something: reading goes on."""
        self._waited = 0

    def _without_preface(self, head: bytes, wanted: str) -> bytes:
        if not head.strip():
            raise FormatError(f"the file is empty; expected {wanted}")
        if head.startswith(_UTF16):
            return head
        text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        for signature, name in _SIGNATURES:
            if text.startswith(signature):
                raise FormatError(f"the file is {name}; expected {wanted}")
        if text.startswith(b"<"):
            return text
        # Some runners print to the file before their reporter writes to it.
        start = text.find(b"<?xml")
        if start < 0:
            line = excerpt(text[:480].decode("utf-8", "replace"))[:120]
            raise FormatError(f"the file is no XML, it starts with '{line}'; expected {wanted}")
        self.notes.append(f"{start} bytes of other text stand before the XML and were skipped")
        return text[start:]

    def _judge(self, log: Any, *, stopped: bool) -> None:
        """What the errors mean for the whole."""
        if not log:
            return
        self.damaged = True
        note = (
            f"no well-formed XML, read as far as possible: line {log[0].line}: {_message(log[0])}"
        )
        if len(log) > 1:
            note += f" ({len(log)}{' or more' if len(log) >= MOST_ERRORS else ''} errors)"
        self.notes.append(note)
        kinds = [entry.type_name for entry in log]
        ends = re.search(rf"</(?:[\w.-]+:)?{re.escape(self.root)}\s*>\s*$", _ascii(self._tail))
        if stopped:
            self.incomplete, self.cut_inside = True, "?"
        elif "ERR_DOCUMENT_END" in kinds:  # a second document behind the first, or just some words
            self.incomplete = ends is not None
        elif ends is None or kinds == ["ERR_TAG_NOT_FINISHED"]:
            self.incomplete, self.cut_inside = True, _open_at_end(log)


def _walk(root: Any, names: list[str]) -> Iterator[tuple[str, Any]]:
    """Elements of these names as they begin and end. Of an end the walk is past: it may be emptied."""
    open_: list[Any] = []
    for element in root.iter(*names):
        above = next(element.iterancestors(*names), None)
        while open_ and open_[-1] is not above:
            yield "end", open_.pop()
        open_.append(element)
        yield "start", element
    while open_:
        yield "end", open_.pop()


def _read(stream: BinaryIO) -> bytes:
    """A whole chunk, less only at the end: unbuffered streams give what they have at hand."""
    chunk = stream.read(CHUNK)
    while chunk and len(chunk) < CHUNK and (more := stream.read(CHUNK - len(chunk))):
        chunk += more
    return chunk


def _root_of(head: bytes, wanted: str) -> Any:
    problem = "no element was found"
    for size in (1024, len(head)):
        parser = etree.XMLPullParser(events=("start",), **_SAFE)
        parser.feed(head[:size])
        for _, root in parser.read_events():
            _refuse_entities(root, wanted)
            return root
        if parser.feed_error_log:
            problem = _message(parser.feed_error_log[0])
    raise FormatError(f"no XML that can be read ({problem}); expected {wanted}")


def _refuse_entities(root: Any, wanted: str) -> None:
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):
        raise FormatError(
            f"the file declares XML entities, which are not expanded; expected {wanted}"
        )


def _message(entry: Any) -> str:
    message: str = entry.message
    if message.startswith("Unregistered"):  # libxml2 has no words for some of its errors
        return str(entry.type_name).removeprefix("ERR_").replace("_", " ").lower()
    return excerpt(_ODD_NAME.sub("…", unquote(message)))


def _open_at_end(log: Any) -> str:
    """The innermost element that had begun, by the errors in which the file ends."""
    for entry in (log[-2], log[-1]) if len(log) > 1 else (log[-1],):
        found = _OPEN.search(entry.message)
        if found:
            return str(found[1])
    return "?"


def _ascii(data: bytes) -> str:
    return data.replace(b"\x00", b"").decode("ascii", "replace")  # UTF-16 is every other byte
