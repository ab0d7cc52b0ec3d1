"""One HTTP session for every vendor: an answer comes whole or not at all.

Timeouts, retries with jitter that honour Retry-After, a budget of requests, redirects that do not
carry credentials to another host, and a count of every byte: libraries take half a compressed body
for a whole one (urllib3 does not look for the end of a gzip stream).
"""

import random
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, NamedTuple, cast
from urllib.parse import parse_qsl, quote_plus, urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from ingest.apis import Access, ApiError, GoneError, NothingThereError
from ingest.http_answers import (
    MOST_BYTES,
    TryAgainError,
    demand,
    is_revealing,
    receive,
    said_by,
    shown,
)
from ingest.http_limits import is_limit, pause_asked
from ingest.http_redirects import check_redirect, check_store, is_elsewhere

ATTEMPTS = 5
CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 60.0
"""The longest pause inside an answer."""
LONGEST_PAUSE = 300.0
"""A longer Retry-After is not waited for: the run ends and says when to come again."""
MOST_REDIRECTS = 5
_IN_MEMORY = 8 << 20
_JSON = ("json",)
_SHORTEST_SECRET = 6
_AGAIN = frozenset((408, 420, 425, 429, 500, 502, 503, 504, 520, 522, 524))
NETWORK = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    HTTPError,
    ConnectionError,
    TimeoutError,
)
_NOT_FOUND, _GONE = 404, 410
REDIRECTS = frozenset((301, 302, 303, 307, 308))


class Answer(NamedTuple):
    """A whole answer, decompressed; `body` stands at its first byte."""

    headers: Mapping[str, str]
    body: BinaryIO

    def read(self) -> bytes:
        """All of it, for answers that fit the memory."""
        return self.body.read()


class _Kind(NamedTuple):
    """What an answer must be."""

    wanted: tuple[str, ...] = _JSON
    most_bytes: int = MOST_BYTES
    may_move: bool = False
    """A redirect to another host is followed."""


class Http:
    """Requests to one vendor."""

    def __init__(
        self,
        base_url: str,
        access: Access,
        *,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        advice: str = "check the credentials",
    ) -> None:
        """`advice`: what helps when the credentials are refused; it names variables, no values."""
        if urlsplit(base_url).scheme not in ("http", "https"):
            raise ApiError(f"base_url '{shown(base_url)}' is no http(s) address")
        self._base = base_url.rstrip("/") + "/"
        self._access = access
        self._headers = {"Accept-Encoding": "gzip", "User-Agent": "gapsight", **(headers or {})}
        self._auth = auth
        self._advice = advice
        words = [
            *(auth or ()),
            *(part for text in (headers or {}).values() for part in re.split(r"[\s=]+", text)),
        ]
        self._secrets = [word for word in words if len(word) >= _SHORTEST_SECRET]
        if is_revealing(base_url, auth=auth, headers=headers):
            access.note(f"credentials go unencrypted to {shown(base_url)}: use https if it can")

    @contextmanager
    def get(
        self,
        path: str,
        *,
        params: Any = None,
        wanted: tuple[str, ...] = _JSON,
        most_bytes: int = MOST_BYTES,
        may_move: bool = False,
    ) -> Iterator[Answer]:
        """The whole answer to a GET; `wanted`: words of which its content type must hold one.

        TooLargeError for one of more than `most_bytes`, which is not read to its end. Another host
        may answer only where it `may_move`, as downloads do: whose answer would it be else?
        """
        kind = _Kind(wanted, most_bytes, may_move)
        with self._ask("GET", path, {"params": params}, kind=kind) as answer:
            yield answer

    @contextmanager
    def post(self, path: str, *, json: Any, wanted: tuple[str, ...] = _JSON) -> Iterator[Answer]:
        """The whole answer to a POST that only reads."""
        with self._ask("POST", path, {"json": json}, kind=_Kind(wanted)) as answer:
            yield answer

    def put(self, path: str, content: BinaryIO, *, kind: str) -> None:
        """Store a file; each attempt sends it from its first byte, so half of it never stays.

        A redirect is followed where it asks for the same again (307, 308), and only to a place that
        nobody on the way can read. What the path's query holds, a signature, is a secret.
        """
        query = urlsplit(path).query
        values = (value for pair in parse_qsl(query) for value in (pair[1], quote_plus(pair[1])))
        self._secrets += [value for value in values if len(value) >= _SHORTEST_SECRET]
        sent = {"data": content, "headers": {"Content-Type": kind}}
        with self._ask("PUT", path, sent, kind=_Kind(("",))):
            return

    @contextmanager
    def _ask(
        self, method: str, path: str, content: dict[str, Any], *, kind: _Kind
    ) -> Iterator[Answer]:
        url = urljoin(self._base, path)
        for attempt in range(1, ATTEMPTS + 1):
            # An attempt begins with an empty file: nothing of a broken answer stays.
            with cast("BinaryIO", SpooledTemporaryFile(_IN_MEMORY)) as body:
                try:
                    headers = self._once(method, url, content, kind=kind, body=body)
                except TryAgainError as problem:
                    pause = _pause(problem, attempt)
                    if attempt == ATTEMPTS or pause > LONGEST_PAUSE:
                        raise _given_up(url, problem, attempt) from None
                else:
                    body.seek(0)
                    with _naming(url):
                        yield Answer(headers, body)
                    return
            self._access.sleep(pause)

    def _once(
        self,
        method: str,
        url: str,
        content: dict[str, Any],
        *,
        kind: _Kind,
        body: BinaryIO,
    ) -> Mapping[str, str]:
        self._access.budget.spend()
        try:
            with (
                requests.Session() as session,
                self._sent(session, method, url, content=content, kind=kind) as found,
            ):
                self._judge(found, url)
                receive(found, body, kind.most_bytes)
                demand(found, kind.wanted, body=body)
                return found.headers
        except NETWORK as fault:
            raise TryAgainError(fault_words(fault)) from None
        except requests.RequestException as fault:
            raise ApiError(f"{shown(url)}: {fault_words(fault)}") from None

    def _sent(
        self,
        session: requests.Session,
        method: str,
        url: str,
        *,
        content: dict[str, Any],
        kind: _Kind,
    ) -> requests.Response:
        """The answer's head; redirects are followed, to another host without anything secret."""
        of_content = content.get("headers", {})
        content = {name: value for name, value in content.items() if name != "headers"}
        headers, auth = {**self._headers, **of_content}, self._auth
        for _ in range(MOST_REDIRECTS + 1):
            if "data" in content:
                content["data"].seek(0)
            found = session.request(
                method,
                url,
                headers=headers,
                auth=auth or as_it_is,
                timeout=(CONNECT_SECONDS, SILENCE_SECONDS),
                stream=True,
                allow_redirects=False,
                **content,
            )
            if found.status_code not in REDIRECTS:
                return found
            target = urljoin(url, found.headers.get("Location", ""))
            found.close()
            may_move = kind.may_move or method == "PUT"
            check_redirect(url, target, may_move=may_move)
            if method == "PUT":
                check_store(url, target, found.status_code)
            if is_elsewhere(url, target):
                headers, auth = {"Accept-Encoding": "gzip", **of_content}, None
            url = target
            if method != "PUT":
                method, content = "GET", {}
        raise ApiError(f"{shown(url)} redirects in a loop; check base_url")

    def _judge(self, found: requests.Response, url: str) -> None:
        """Raise for any status that is no success."""
        status = found.status_code
        if status < 300:
            return
        said = said_by(found)
        for secret in self._secrets:  # some vendors repeat the key that they refuse
            said = said.replace(secret, "<secret>")
        what = f"{shown(url)} answered {status}{f': {said}' if said else ''}"
        if status in _AGAIN or is_limit(status, found.headers, said):
            raise TryAgainError(what, pause_asked(found.headers, said))
        if status in (401, 403):
            raise ApiError(f"{what}; {self._advice}")
        if status == _NOT_FOUND:
            raise NothingThereError(what)
        if status == _GONE:
            raise GoneError(what)
        raise ApiError(what)


@contextmanager
def _naming(url: str) -> Iterator[None]:
    """Let what is wrong with an answer's content say which address gave it."""
    try:
        yield
    except ApiError as error:
        if "://" in str(error):
            raise
        raise type(error)(f"{error} (asked: {shown(url)})") from None


def as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """No authentication: else requests would take one from a .netrc, over the header that was set."""
    return request


def _pause(problem: TryAgainError, attempt: int) -> float:
    if problem.pause is not None:
        return problem.pause + random.uniform(0, 1)  # noqa: S311 - to keep clients apart
    return float(2**attempt * random.uniform(0.5, 1.5))  # noqa: S311 - so too


def _given_up(url: str, problem: TryAgainError, attempt: int) -> ApiError:
    tried = f"after {attempt} attempts" if attempt > 1 else "at once"
    when = ""
    if problem.pause:
        at = datetime.now(UTC) + timedelta(seconds=problem.pause)
        when = f"; it asks to come again in {problem.pause:,.0f} s, at {at:%Y-%m-%d %H:%M} UTC"
    text = str(problem)
    where = "" if text.startswith(shown(url)) else f"{shown(url)}: "
    return ApiError(f"{where}{text} (given up {tried}){when}")


def fault_words(fault: Exception) -> str:
    """A network fault without addresses that may carry secrets."""
    if isinstance(fault, requests.ConnectTimeout):
        return "no connection within the time limit"
    if isinstance(fault, requests.Timeout) or "timed out" in str(fault).lower():
        return f"silent for more than {SILENCE_SECONDS:g} s"
    if isinstance(fault, requests.exceptions.SSLError):
        return "the certificate is not accepted"
    if isinstance(fault, requests.ConnectionError):
        reason = re.search(
            r"(Name or service|Connection refused|reset by peer|No route)", str(fault)
        )
        return f"no connection{f' ({reason[1].lower()})' if reason else ''}"
    return f"the answer broke off ({type(fault).__name__})"
