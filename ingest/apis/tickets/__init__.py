"""Tickets in a tracker: the only room that writes to a vendor, and only when a person asks for it.

Off unless `[tickets]` stands in gapsight.toml. All other rooms here read.
"""

from typing import Literal, NamedTuple

MARK = "gapsight-"
"""Begins the label by which a ticket is found again; the id of its gap follows."""


class Ticket(NamedTuple):
    """What a ticket says."""

    title: str
    body: str
    labels: tuple[str, ...]
    """Its own mark among them."""
    marks: tuple[str, ...]
    """Labels of the tickets that would say the same: if one of them is there, none is made."""


class Request(NamedTuple):
    """What would be sent to make one."""

    url: str
    content: dict[str, object]


class Outcome(NamedTuple):
    """The ticket there is now."""

    key: str
    url: str | None
    state: Literal["created", "already_there", "already_closed"]
    note: str = ""
    """What deserves to be said beside it."""
