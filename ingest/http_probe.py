"""One short question to a vendor: whether it can be reached, and takes the credentials.

Asked once, without retries, redirects or a budget: a person waits for the answer. It goes the way that
fetching goes (proxies, certificates of the environment), so it fails where fetching would.
"""

import re

import requests

from ingest.apis import ApiError, Question
from ingest.http_answers import said_by, shown

CONNECT_SECONDS = 3.0
SILENCE_SECONDS = 5.0
_SHORTEST_SECRET = 6
_REFUSED = (401, 403)
_TOO_MANY = 429


class AnsweredError(ApiError):
    """Somebody is there, and does not answer well; `refused`: the credentials are not taken."""

    def __init__(self, message: str, *, refused: bool = False) -> None:
        super().__init__(message)
        self.refused = refused


def ask(question: Question) -> None:
    """Ask once; ApiError says why nothing, or nothing good, was answered, without credentials."""
    knocks = not (question.auth or question.headers or question.params)
    try:
        with (
            requests.Session() as session,
            session.request(
                "HEAD" if knocks else "GET",
                question.url,
                params=question.params,
                headers={"User-Agent": "gapsight", **(question.headers or {})},
                # Without one requests would take what a .netrc has for the host.
                auth=question.auth or (lambda request: request),
                timeout=(CONNECT_SECONDS, SILENCE_SECONDS),
                stream=True,
                allow_redirects=False,
            ) as found,
        ):
            _judge(found, question, knocks=knocks)
    except requests.RequestException as fault:
        raise ApiError(f"{shown(question.url)}: {_words(fault)}") from None


def _judge(found: requests.Response, question: Question, *, knocks: bool) -> None:
    """Any answer to a knock will do, but for a server's fault; a question wants a good one."""
    status = found.status_code
    if status < 300 or status == _TOO_MANY or (knocks and status < 500):
        return
    what = f"{shown(question.url)} answered {status}"
    if status < 400:
        raise AnsweredError(f"{what}, a redirect; check base_url")
    if said := _without_secrets(said_by(found), question):
        what = f"{what}: {said}"
    if status in _REFUSED:
        raise AnsweredError(f"{what}; {question.advice}", refused=True)
    raise AnsweredError(what)


def _without_secrets(said: str, question: Question) -> str:
    """Some vendors repeat the key that they refuse."""
    sent = " ".join((question.headers or {}).values())
    # PagerDuty's header is `Token token=<key>`: the key is a word as well.
    words = [*(question.auth or ()), *sent.split(), *re.split(r"[\s=]+", sent)]
    for word in words:
        if len(word) >= _SHORTEST_SECRET:
            said = said.replace(word, "<secret>")
    return said


def _words(fault: Exception) -> str:
    """A network fault without addresses that may carry secrets."""
    if isinstance(fault, requests.ConnectTimeout):
        return f"no connection within {CONNECT_SECONDS:g} s"
    if isinstance(fault, requests.exceptions.SSLError):
        return "the certificate is not accepted"
    if isinstance(fault, requests.exceptions.ProxyError):
        return "the proxy of the environment does not let it through"
    if isinstance(fault, requests.Timeout) or "timed out" in str(fault).lower():
        return f"silent for more than {SILENCE_SECONDS:g} s"
    if isinstance(fault, requests.ConnectionError):
        reason = re.search(
            r"(Name or service|Connection refused|reset by peer|No route)", str(fault)
        )
        return f"no connection{f' ({reason[1].lower()})' if reason else ''}"
    return f"no answer that can be read ({type(fault).__name__})"
