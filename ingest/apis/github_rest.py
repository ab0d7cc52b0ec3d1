"""GitHub's REST API, version 2022-11-28: pages of one repository, and what helps when it says no.

github.com, and GitHub Enterprise Server with the base_url `https://host/api/v3`. Pages are asked for
by number and not by the address in the Link header: the token would go to whatever host it names.
Source: docs.github.com, "Using the REST API", as documented in November 2026.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Annotated, Any, TypeVar

import msgspec

from ingest.apis import Access, ApiError, NothingThereError, Question, Rate, account_of
from ingest.apis.answers import decoded
from ingest.http import Answer, Http

RATE = Rate(requests=4000, seconds=3600)
"""A token has 5,000 an hour, whoever else uses it."""
_PER_PAGE = 100
_MOST_PAGES = 5000
_ANYTHING = ("",)


class Account(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What every interface to a repository is told."""

    name: str
    """The repository as Gapsight calls it: in `[[repos]]`, in bundles, in the tables."""
    repo: Annotated[str, msgspec.Meta(pattern=r"^[\w.-]+/[\w.-]+$")]
    """The repository as GitHub calls it: owner/name."""
    token_env: str
    base_url: str = "https://api.github.com"


_Page = TypeVar("_Page")


def question(entry: Mapping[str, Any], *, right: str) -> Question:
    """What is left of the hour's requests: asking that counts as none, and tells of the token alone.

    An Enterprise Server without limits answers 404 to that: it is asked what it is.
    """
    account = account_of(entry, Account)
    base = account.base_url.rstrip("/")
    return Question(
        f"{base}/meta" if base.endswith("/api/v3") else f"{base}/rate_limit",
        headers={
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
            "Authorization": f"Bearer {entry['token']}",
        },
        advice=f"{_needs(account, right)}, and single sign-on where the organisation asks for it",
    )


def _needs(account: Account, right: str) -> str:
    return f"the token in {account.token_env} needs {right}"


class GitHub:
    """One repository."""

    def __init__(self, entry: Mapping[str, Any], access: Access, *, right: str) -> None:
        """`right`: what the token must be allowed, for messages."""
        account = account_of(entry, Account)
        access_by = question(entry, right=right)
        self._needs = _needs(account, right)
        self._repo = account.repo
        self._http = Http(
            account.base_url, access, headers=access_by.headers, advice=access_by.advice
        )

    def search(self, path: str, shape: type[_Page], **params: str) -> Iterator[_Page]:
        """As `pages`; ApiError, with what helps, if there is no such repository."""
        try:
            yield from self.pages(path, shape, **params)
        except NothingThereError as fault:
            raise ApiError(
                f"{fault}; there is no repository {self._repo}, or it may not be seen: {self._needs}"
            ) from None

    def pages(self, path: str, shape: type[_Page], **params: str) -> Iterator[_Page]:
        """Every page of a list, decoded; NothingThereError for 404. `shape` has a length."""
        before = b""
        for number in range(1, _MOST_PAGES + 1):
            asked = {**params, "per_page": str(_PER_PAGE), "page": str(number)}
            with self._http.get(f"repos/{self._repo}/{path}", params=asked) as answer:
                body, link = answer.read(), answer.headers.get("Link")
                page: Any = decoded(body, shape, vendor="GitHub")
            if body == before and len(page):
                break
            yield page
            if link is None and len(page) < _PER_PAGE:
                return
            if not len(page) or (link is not None and 'rel="next"' not in link):
                return
            before = body
        raise ApiError("GitHub gives the same page again and again; ask again later")

    def one(self, path: str, shape: type[_Page]) -> _Page:
        """A single answer, decoded; NothingThereError for 404."""
        with self._http.get(f"repos/{self._repo}/{path}") as answer:
            return decoded(answer.read(), shape, vendor="GitHub")

    def file(self, path: str, most_bytes: int) -> AbstractContextManager[Answer]:
        """A download, whose redirect to a storage host goes without the token."""
        return self._http.get(
            f"repos/{self._repo}/{path}", wanted=_ANYTHING, most_bytes=most_bytes, may_move=True
        )
