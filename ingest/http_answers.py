"""Whether an answer is whole, and of the kind that was asked for.

Libraries take half a compressed body for a whole one: urllib3 does not look for the end of a gzip
stream, and accepts a cut one as long as Content-Length fits.
"""

import re
import time
import zlib
from collections.abc import Mapping
from ipaddress import ip_address
from typing import BinaryIO
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from ingest.apis import ApiError, TooLargeError
from ingest.privacy import excerpt

WHOLE_SECONDS = 1800.0
"""The longest that one answer may take: a byte a minute is no answer."""
MOST_BYTES = 16 << 30
_CHUNK = 1 << 16
_SAID = 2000
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1f]")
# What object stores say of a refused request also holds what was signed, and the signature.
_STORE = re.compile(r"\A\s*(?:\ufeff)?(?:<\?xml[^>]*>)?\s*<Error\b")
_OF_CREDENTIALS = re.compile(r"auth|key|token", re.IGNORECASE)
_OF_STORE = re.compile(r"<(Code|Message)>([^<]*)")


class TryAgainError(Exception):
    """What may go better next time: what happened, and when the vendor wants to be asked again."""

    def __init__(self, message: str, pause: float | None = None) -> None:
        super().__init__(message)
        self.pause = pause


def shown(url: str) -> str:
    """An address as messages may show it: without user, password and query."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


def is_private(url: str) -> bool:
    """Whether nobody on the way can read what is sent there: https, or this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return True
    host = parts.hostname or ""
    try:
        return parts.scheme == "http" and (host == "localhost" or ip_address(host).is_loopback)
    except ValueError:
        return False


def is_revealing(
    url: str, *, auth: tuple[str, str] | None, headers: Mapping[str, str] | None
) -> bool:
    """Whether credentials go where others on the way can read them."""
    carries = auth or any(_OF_CREDENTIALS.search(name) for name in headers or {})
    return bool(carries) and not is_private(url)


def receive(found: requests.Response, body: BinaryIO, most_bytes: int = MOST_BYTES) -> None:
    """Write the whole decompressed answer, or raise TryAgainError; TooLargeError for a larger one."""
    encoding = found.headers.get("Content-Encoding", "identity").lower()
    if encoding not in ("identity", "gzip", ""):
        raise ApiError(f"{shown(found.url)} sent '{excerpt(encoding)}' though gzip was asked for")
    unpack = _Gunzip() if encoding == "gzip" else None
    deadline = time.monotonic() + WHOLE_SECONDS
    raw = size = 0
    for piece in found.raw.stream(_CHUNK, decode_content=False):
        raw += len(piece)
        plain = unpack.take(piece) if unpack else piece
        size += len(plain)
        if size > most_bytes:
            raise TooLargeError(f"{shown(found.url)} sent more than {most_bytes:,} bytes")
        body.write(plain)
        if time.monotonic() > deadline:
            raise TryAgainError(f"the answer was not whole after {WHOLE_SECONDS:,.0f} s")
    stated = found.headers.get("Content-Length", "")
    if stated.isascii() and stated.isdigit() and int(stated) != raw:
        raise TryAgainError(f"the answer broke off: {raw:,} of {int(stated):,} bytes")
    if unpack and not unpack.is_whole:
        raise TryAgainError("the compressed answer broke off")


class _Gunzip:
    """A gzip stream of any number of members, of which each must end."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(31)
        self._begun = False

    @property
    def is_whole(self) -> bool:
        return self._member.eof or not self._begun

    def take(self, data: bytes) -> bytes:
        plain = b""
        while data:
            if self._member.eof:
                self._member = zlib.decompressobj(31)
            self._begun = True
            try:
                plain += self._member.decompress(data)
            except zlib.error:
                raise TryAgainError("the compressed answer is broken") from None
            data = self._member.unused_data
        return plain


def demand(found: requests.Response, wanted: tuple[str, ...], *, body: BinaryIO) -> None:
    """ApiError for an answer of another kind: a login page, a proxy's excuse."""
    kind = found.headers.get("Content-Type", "").lower()
    if not kind or any(word in kind for word in wanted):
        return
    body.seek(0)
    start = body.read(_SAID)
    text = "" if _BINARY.search(start) else excerpt(start.decode("utf-8", "replace"))
    raise ApiError(
        f"{shown(found.url)} answered '{excerpt(kind)}', not {wanted[0]}: {text[:200]}; check base_url"
    )


def said_by(found: requests.Response) -> str:
    """The vendor's own words about a failure, scrubbed."""
    try:
        start = found.raw.read(_SAID, decode_content=True)
    except (HTTPError, OSError):
        return ""
    if _BINARY.search(start):
        return ""
    text = start.decode("utf-8", "replace")
    if _STORE.match(text):
        return excerpt(": ".join(said for _, said in _OF_STORE.findall(text)))
    return excerpt(re.sub(r"<[^>]*>", " ", text))
