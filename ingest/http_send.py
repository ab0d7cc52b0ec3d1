"""One request that changes something at a vendor: it is sent once, whatever becomes of it.

What only reads may be asked again. A POST whose answer is lost may have done its work: sent again, it
would do it twice. So there is no retry and no redirect here; an answer that is lost or broken is an
error of its own, and whoever called looks whether it was done.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast
from urllib.parse import urljoin

import requests

from ingest.apis import ApiError, NothingThereError
from ingest.http import (
    CONNECT_SECONDS,
    NETWORK,
    REDIRECTS,
    SILENCE_SECONDS,
    Http,
    as_it_is,
    fault_words,
)
from ingest.http_answers import TryAgainError, demand, receive, said_by, shown
from ingest.http_limits import is_limit, pause_asked

_MOST_BYTES = 1 << 20
_WRONG, _REFUSED, _NOT_FOUND = (400, 422), (401, 403), 404


class UnsureError(ApiError):
    """Whether the vendor did it is not known."""


class RefusedError(ApiError):
    """The vendor read it and did not do it; `body` is what it answered, as it came."""

    def __init__(self, message: str, body: bytes) -> None:
        super().__init__(message)
        self.body = body


class Sender(Http):
    """Requests to one vendor, and one that writes."""

    def send(self, path: str, content: Any) -> bytes:
        """POST once and return the whole answer.

        UnsureError if it may have been done; any other ApiError says that it was not, and why.
        """
        url = urljoin(self._base, path)
        self._access.budget.spend()
        with (
            _unsure_of_faults(url),
            requests.Session() as session,
            session.request(
                "POST",
                url,
                json=content,
                headers=self._headers,
                auth=self._auth or as_it_is,
                timeout=(CONNECT_SECONDS, SILENCE_SECONDS),
                stream=True,
                allow_redirects=False,
            ) as found,
        ):
            self._judge_sent(found, url)
            return _whole(found)

    def _judge_sent(self, found: requests.Response, url: str) -> None:
        """Raise for any status that is no success."""
        status = found.status_code
        if status < 300:
            return
        what = f"{shown(url)} answered {status}"
        if status in REDIRECTS:
            target = shown(urljoin(url, found.headers.get("Location", "")))
            raise ApiError(f"{what}, a redirect to {target}; check base_url")
        if status in _WRONG:
            with cast("BinaryIO", SpooledTemporaryFile(_MOST_BYTES)) as body:
                receive(found, body, _MOST_BYTES)
                body.seek(0)
                raise RefusedError(what, body.read())
        said = self.without_secrets(said_by(found))
        what += f": {said}" if said else ""
        if is_limit(status, found.headers, said):
            pause = pause_asked(found.headers, said)
            when = f"in {pause:,.0f} s" if pause else "in a minute"
            raise ApiError(f"{what}; it asks for fewer requests: try again {when}")
        if status in _REFUSED:
            raise ApiError(f"{what}; {self._advice}")
        if status == _NOT_FOUND:
            raise NothingThereError(what)
        if status >= 500 or status in (408, 425):
            raise UnsureError(what)
        raise ApiError(what)

    def without_secrets(self, said: str) -> str:
        """A vendor's words without the credentials that were sent: some repeat what they refuse."""
        for secret in self._secrets:
            said = said.replace(secret, "<secret>")
        return said


def _whole(found: requests.Response) -> bytes:
    """A good answer's bytes; UnsureError for one that is cut, endless or no JSON."""
    with cast("BinaryIO", SpooledTemporaryFile(_MOST_BYTES)) as body:
        try:
            receive(found, body, _MOST_BYTES)
            demand(found, ("json",), body=body)
        except ApiError as problem:
            raise UnsureError(str(problem)) from None
        body.seek(0)
        return body.read()


@contextmanager
def _unsure_of_faults(url: str) -> Iterator[None]:
    """A lost connection says nothing of what was done at its other end."""
    try:
        yield
    except TryAgainError as problem:
        raise UnsureError(f"{shown(url)}: {problem}") from None
    except NETWORK as fault:
        raise UnsureError(f"{shown(url)}: {fault_words(fault)}") from None
    except requests.RequestException as fault:
        raise ApiError(f"{shown(url)}: {fault_words(fault)}") from None
