"""A finished bundle to a folder, an inbox, or the address of an object store."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from gapsight.ci_pack.build import Bundle
from orchestration.inbox import write_landed
from orchestration.settings import ConfigError, find_workspace, load

_SOURCE = "ci_bundle"
_KIND = "application/zip"


class AddressError(ValueError):
    """A destination that is none; the message does not show what is secret in it."""


class NotDeliveredError(Exception):
    """The bundle did not arrive; the message says why, without the address's signature."""


@dataclass(frozen=True)
class Folder:
    """Where bundles are put as files."""

    path: Path
    is_inbox: bool = False
    """It is (or holds) the folder from which Gapsight loads CI bundles by day."""
    zone: str = "UTC"
    """The zone in which a day is meant there."""
    note: str = ""
    """What is doubtful about it."""

    def place(self, name: str, day: date | None) -> Path:
        """The bundle's path; without a day the next run files it by its age, as any dropped file."""
        if not self.is_inbox or day is None:
            return self.path / name
        return self.path / day.isoformat() / name

    def put(self, bundle: Bundle, place: Path) -> bool:
        """Write it under a temporary name and rename it; False if these bytes lie there already."""
        try:
            with bundle.path.open("rb") as content:
                return write_landed(place, content)
        except OSError as error:
            raise NotDeliveredError(f"{place.parent}: {error.strerror or error}") from error


def folder_at(path: Path) -> Folder:
    """A folder as it is; an inbox is told by its name and by what lies in or above it.

    On a CI machine an inbox is often a mounted folder without its workspace: `inbox/ci_bundle`, or
    `inbox` with a `ci_bundle` in it.
    """
    path = path.absolute()
    workspace = find_workspace(path)
    if path.name == _SOURCE and path.parent.name == "inbox":
        return Folder(path, is_inbox=True, zone=_zone(workspace))
    if path.name == "inbox" and (workspace or (path / _SOURCE).is_dir()):
        return Folder(path / _SOURCE, is_inbox=True, zone=_zone(workspace))
    doubt = f"{path} has no {_SOURCE} in it and gets the file; of Gapsight's inbox give {path}/{_SOURCE}"
    return Folder(path, note=doubt if path.name == "inbox" else "")


def _zone(workspace: Path | None) -> str:
    try:
        return load(workspace).reporting_zone if workspace else "UTC"
    except ConfigError:
        return "UTC"


@dataclass(frozen=True)
class Address:
    """Where a bundle is sent by one PUT; nothing of it is printed but host and path."""

    origin: str
    path: str
    shown: str

    def put(self, bundle: Bundle, headers: Mapping[str, str]) -> None:
        """Send it; NotDeliveredError unless the store says that it has it."""
        from ingest.apis import Access, ApiError
        from ingest.http import Http

        advice = (
            "check the address: a presigned one expires, and is signed for PUT, for its content"
            " type and for its headers"
        )
        try:
            with bundle.path.open("rb") as content:
                http = Http(self.origin, Access(), headers=headers, advice=advice)
                http.put(self.path, content, kind=_KIND)
        except ApiError as error:
            raise NotDeliveredError(str(error)) from None


def address_of(url: str) -> Address:
    """An http(s) address, checked; AddressError if it is none, or if others could read it on the way."""
    from ingest.http_answers import is_private, shown

    try:
        parts = urlsplit(url)
        plain = shown(url)
    except ValueError:
        raise AddressError("the address cannot be read as one") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise AddressError(
            f"nothing can be sent to {parts.scheme}://; give a folder, or an https address: of an"
            " object in S3, GCS or Azure a presigned one"
        )
    if parts.username or parts.password:
        raise AddressError(f"{plain}: a user or password in the address is not sent; use --header")
    if not is_private(url):
        raise AddressError(f"{plain} is not https: whoever sees the request could write there, too")
    origin = urlunsplit((parts.scheme, parts.netloc, "", "", ""))
    return Address(origin, urlunsplit(("", "", parts.path or "/", parts.query, "")), plain)
