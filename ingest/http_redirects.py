"""Which redirects are followed: an answer must be the one asked for, and nothing sent be read by others."""

from urllib.parse import urlsplit

from ingest.apis import ApiError
from ingest.http_answers import is_private, shown

_SAME_METHOD = frozenset((307, 308))


def check_redirect(url: str, target: str, *, may_move: bool) -> None:
    """ApiError for a redirect to less safety, or to another host where the answer may not move."""
    way = f"{shown(url)} redirects to {shown(target)}"
    if urlsplit(target).scheme not in (urlsplit(url).scheme, "https"):
        raise ApiError(f"{way}, which is not safe")
    if not may_move and is_elsewhere(url, target):
        raise ApiError(f"{way}, another host; if that is right, write it as base_url")


def check_store(url: str, target: str, status: int) -> None:
    """ApiError for a redirect that would store nothing, or let others on the way read a file."""
    if not is_private(target):
        raise ApiError(f"{shown(url)} redirects to {shown(target)}, which is not safe")
    if status not in _SAME_METHOD:
        raise ApiError(f"{shown(url)} stores nothing, it redirects to {shown(target)}")


def is_elsewhere(url: str, target: str) -> bool:
    """Whether another server answers there; https of the same name is the same."""
    here, there = urlsplit(url), urlsplit(target)
    is_same_name = here.hostname == there.hostname
    is_raised = here.scheme == "http" and there.scheme == "https"
    return not (is_same_name and (is_raised or here.netloc == there.netloc))
