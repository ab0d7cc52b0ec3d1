"""The tables of `gapsight doctor`: sources, live interfaces, clones and runs as people read them."""

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gapsight.cli import output
    from gapsight.health.examine import Health


def source_rows(health: "Health") -> "list[output.Row]":
    """Rows of the sources that are set up in any way."""
    return [_source_row(asdict(state)) for state in health.sources if state.state != "not set up"]


def _source_row(state: "output.Row") -> "output.Row":
    comes_from = {"files": "files", "repos": "clones"}.get(state["fed_by"], "fetch")
    unknown = "not asked" if comes_from == "fetch" else "not yet"
    reached = {None: unknown, True: "yes", False: "no"}
    loaded, files = state["loaded"], state["files"]
    return {
        **state,
        "comes_from": comes_from,
        "reached": reached[state["reachable"]],
        "of_files": f"{files:,}" if loaded == files else f"{loaded:,} of {files:,} loaded",
    }


def source_columns() -> "list[output.Column]":
    """How people read a source."""
    from gapsight.cli import output

    return [
        output.text("source", "source"),
        output.text("from", "comes_from", minor=True),
        output.text("reached", "reached"),
        output.Column("files", lambda row: str(row["of_files"]), right=True),
        output.text("last day", "last_day", "none"),
        output.Column("age", lambda row: _days(row["age_days"]), right=True, minor=True),
        output.Column("rejected", _rejected, right=True, minor=True),
        output.text("state", "state"),
    ]


def interface_columns() -> "list[output.Column]":
    """How people read an entry of a live interface."""
    from gapsight.cli import output

    return [
        output.Column("interface", lambda row: f"{row['interface']} {row['name']}"),
        output.Column("credentials", _credentials, minor=True),
        output.Column("reached", _reached),
        output.text("last fetched", "last_fetched_day", "never"),
        output.Column("requests left", _requests, right=True, minor=True),
        output.text("state", "state"),
    ]


def _credentials(row: "output.Row") -> str:
    if row["missing"]:
        return f"missing: {', '.join(row['missing'])}"
    return ", ".join(row["variables"]) or "none needed"


def _reached(row: "output.Row") -> str:
    if row["reachable"] is None:
        return "not asked"
    return f"in {row['seconds']:.1f} s" if row["reachable"] else "no"


def _requests(row: "output.Row") -> str:
    left = row["requests_left"]
    return "" if left is None else f"{left:,} of {row['requests_allowed']:,}"


def repo_columns() -> "list[output.Column]":
    """How people read a clone."""
    from gapsight.cli import output

    return [
        output.text("repository", "name"),
        output.text("branch", "branch"),
        output.Column("newest commit", lambda row: _minute(row["newest_commit"], "unknown")),
        output.Column("last fetched", _fetched),
        output.text("state", "state"),
    ]


def run_columns() -> "list[output.Column]":
    """How people read a run."""
    from gapsight.cli import output

    return [
        output.Column("begun", lambda row: _minute(row["started_at"], "")),
        output.Column("jobs", lambda row: ", ".join(dict.fromkeys(row["jobs"]))),
        output.text("started by", "started_by"),
        output.Column("minutes", _minutes, right=True),
        output.text("outcome", "outcome"),
    ]


def _fetched(row: "output.Row") -> str:
    if row["fetched_at"]:
        return _minute(row["fetched_at"], "")
    return "no remote" if row["has_remote"] is False else "unknown"


def _minute(moment: datetime | None, missing: str) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else missing


def _minutes(row: "output.Row") -> str:
    minutes = row["minutes"]
    if minutes is None:
        return ""
    return f"{minutes:,.1f}" if minutes >= 0.1 else "< 0.1"


def _days(age: int | None) -> str:
    return "" if age is None else f"{age} d"


def _rejected(row: "output.Row") -> str:
    share = row["reject_share"]
    if not share:
        return "" if share is None else "0"
    return f"{share:.1%}" if share >= 0.001 else "< 0.1%"
