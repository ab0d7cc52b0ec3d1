"""GitHub's REST API, version 2022-11-28: pages of one repository, and what helps when it says no.

github.com, and GitHub Enterprise Server with the base_url `https://host/api/v3`. Pages are asked for
by number and not by the address in the Link header: the token would go to whatever host it names.
Source: docs.github.com, "Using the REST API", as documented in November 2026.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Annotated, Any, TypeVar

import msgspec

from ingest.apis import Access, ApiError, NothingThereError, Rate
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


class GitHub:
    """One repository."""

    def __init__(self, account: Account, token: str, access: Access, *, right: str) -> None:
        """`right`: what the token must be allowed, for messages."""
        self._needs = f"the token in {account.token_env} needs {right}"
        self._repo = account.repo
        self._http = Http(
            account.base_url,
            access,
            headers={
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": "2022-11-28",
                "Authorization": f"Bearer {token}",
            },
            advice=f"{self._needs}, and single sign-on where the organisation asks for it",
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
            page: Any = decoded(body, shape)
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
            return decoded(answer.read(), shape)

    def file(self, path: str, most_bytes: int) -> AbstractContextManager[Answer]:
        """A download, whose redirect to a storage host goes without the token."""
        return self._http.get(f"repos/{self._repo}/{path}", wanted=_ANYTHING, most_bytes=most_bytes)


def decoded(body: bytes, shape: type[_Page]) -> _Page:
    """The answer as that shape; ApiError for another."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, ValueError, RecursionError) as fault:
        raise ApiError(f"GitHub's answer is not what was expected: {str(fault)[:200]}") from None
