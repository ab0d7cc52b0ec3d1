"""Sources: which are set up, whether their files can be reached, what of them is loaded and how old it is."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from gapsight.health.case import Case, Level
from gapsight.health.feeds import Feeds
from gapsight.health.ledger import Loaded, loaded_of
from gapsight.health.strays import examine_strays

if TYPE_CHECKING:
    from ingest.source import Source
    from orchestration.damage import Damaged
    from orchestration.inbox import Unit

MAY_BE_QUIET = ("incidents", "deployments", "errors", "codeowners")
"""Families and sources of which a quiet day brings no file; rpt_freshness knows the same."""
_NO_FILES = "no files"
_NOT_REACHED = "not reached"
_WORST_FIRST = (
    "unreachable",
    "unreadable",
    "rejects",
    _NOT_REACHED,
    "stale",
    "not loaded",
    _NO_FILES,
    "damaged",
    "quiet",
)


@dataclass
class SourceState:
    """One source with an inbox folder: how it is set up, what lies there and what of it is loaded."""

    source: str
    configured: bool = False
    configured_by: list[str] = field(default_factory=list)
    """settings: a table of gapsight.toml; inbox: a folder; repos: a section that names clones."""
    fed_by: str = "files"
    """files that somebody drops, or the section of gapsight.toml whose entries a run fetches."""
    reachable: bool | None = None
    """Whether all that feeds it can be read; None: it is not set up, or there is no folder yet."""
    files: int = 0
    loaded: int = 0
    last_day: date | None = None
    age_days: int | None = None
    records_read: int = 0
    """Of the readable files that lie in the inbox, as the two after it."""
    rejected: int = 0
    reject_share: float | None = None
    unreadable: int = 0
    """Files in the inbox of which nothing could be read."""
    keep_inbox_days: int | None = None
    """How old its loaded files may become; None: they stay."""
    removed: int = 0
    """Inbox files removed by retention; their rows are in the lake."""
    state: str = "ok"
    do: list[str] = field(default_factory=list)


def examine_sources(case: Case, feeds: Feeds) -> list[SourceState]:
    """Look at every source that may have an inbox folder."""
    from ingest.sources import all_sources

    inbox = case.settings.paths.inbox
    landed = [source for source in all_sources() if source.landed]
    ledger = loaded_of(case)
    if problem := _problem(inbox):
        case.find("error", f"the inbox {problem}", f"check who owns it, or mount it: {inbox}")
        return [_configured(case, source, feeds) for source in landed]
    states = [
        _state(case, source, feeds, loaded=ledger.get(source.name, Loaded())) for source in landed
    ]
    examine_strays(case, [source.name for source in landed])
    _judge_missing(case, states)
    return states


def _judge_missing(case: Case, states: Sequence[SourceState]) -> None:
    """Say of which sources nothing ever came; of all together if it is all of them."""
    if not any(state.files or state.last_day for state in states):
        case.find(
            "unknown",
            f"the inbox is empty: {case.settings.paths.inbox}",
            "put vendor files in inbox/SOURCE/YYYY-MM-DD/, or try: gapsight demo",
        )
        return
    for state in states:
        if state.state == _NO_FILES:
            what = "it is set up, but no file ever came"
            comes = f"check what brings files to inbox/{state.source}/YYYY-MM-DD/"
            do = comes if state.fed_by == "files" else "gapsight run fetches them"
            _find(case, state, "unknown", verdict=_NO_FILES, what=what, do=do)


def _problem(folder: Path) -> str | None:
    """Say why a folder cannot be read; None if it can, or is not there."""
    try:
        with os.scandir(folder):
            return None
    except FileNotFoundError:
        if os.path.lexists(folder):
            return f"points to {folder.readlink()}, which is not there"
        return None
    except NotADirectoryError:
        return "is a file, not a folder"
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def _configured(case: Case, source: "Source", feeds: Feeds) -> SourceState:
    from ingest.apis import all_apis

    settings = case.settings
    state = SourceState(source.name, keep_inbox_days=settings.inbox_days(source.name))
    if source.name in settings.sources:
        state.configured_by.append("settings")
    for api in all_apis():
        if api.source == source.name and settings.entries(api.settings):
            state.configured_by.append(api.settings)
            state.fed_by = api.settings
            state.reachable = feeds.are_reached(api.settings)
    if os.path.lexists(settings.paths.inbox / source.name):
        state.configured_by.append("inbox")
    state.configured = bool(state.configured_by)
    if not state.configured:
        state.state = "not set up"
        state.do.append(f"put files in inbox/{source.name}/YYYY-MM-DD/, if you have any")
    return state


def _state(
    case: Case,
    source: "Source",
    feeds: Feeds,
    *,
    loaded: Loaded,
) -> SourceState:
    state = _configured(case, source, feeds)
    units = _units(case, state)
    there = {unit.path for unit in units}
    state.files = len(there)
    if loaded.files:
        state.state = "ok"
        state.loaded = len(there & loaded.files.keys())
        state.last_day, state.age_days = loaded.last_day, case.age(loaded.last_day)
        state.records_read, state.rejected = loaded.records(there)
        state.removed = loaded.removed(there)
        if state.records_read:
            state.reject_share = state.rejected / state.records_read
    elif state.configured and not there and state.reachable is not False:
        state.state = _NO_FILES
    if state.reachable is False and state.fed_by != "files":
        state.state = _NOT_REACHED
        state.do.append(f"see what is said of [[{state.fed_by}]]")
    _judge_not_loaded(case, state, [unit for unit in units if unit.path not in loaded.files])
    _judge_retention(case, state, units)
    _judge_damage(case, state, [file for file in loaded.damaged if file.path in there])
    _judge(case, state)
    return state


def _units(case: Case, state: SourceState) -> "list[Unit]":
    """List its inbox files; a folder that cannot be read is a finding."""
    from orchestration.inbox import list_units

    inbox = case.settings.paths.inbox
    problem = _problem(inbox / state.source)
    units: list[Unit] = []
    try:
        units = list_units(inbox, state.source)
    except OSError as error:
        problem = problem or f"cannot be read: {error.filename}: {error.strerror}"
    if problem:
        state.reachable = False
        what, do = f"its inbox folder {problem}", f"check {inbox / state.source} and who owns it"
        _find(case, state, "error", verdict="unreachable", what=what, do=do)
    elif "inbox" in state.configured_by and state.fed_by == "files":
        state.reachable = True
    return units


def _judge_not_loaded(case: Case, state: SourceState, units: "list[Unit]") -> None:
    """Tell files that the next run loads from those that no run loads."""
    from orchestration.days import days_until_today

    span = days_until_today(case.settings.first_day, case.settings.reporting_zone)
    early = [unit for unit in units if unit.day < span.first]
    late = [unit for unit in units if unit.day > span.last]
    if waiting := len(units) - len(early) - len(late):
        what = f"{waiting:,} of {state.files:,} files are not loaded"
        _find(case, state, "stale", verdict="not loaded", what=what, do="gapsight run")
    if early:
        what = (
            f"{len(early):,} of {state.files:,} files lie before first_day ({span.first}) and are not"
            f" loaded, the first: {early[0].path}"
        )
        do = f"set first_day = {early[0].day} in gapsight.toml and run, or take them out of the inbox"
        _find(case, state, "warning", verdict="not loaded", what=what, do=do)
    if late:
        what = (
            f"{len(late):,} of {state.files:,} files lie after today ({span.last}) and are not loaded,"
            f" the last: {late[-1].path}"
        )
        do = "check the clock of what wrote them, and the folder's name"
        _find(case, state, "warning", verdict="not loaded", what=what, do=do)


def _judge_retention(case: Case, state: SourceState, units: "list[Unit]") -> None:
    """Say that files stay which are older than they may become: each run removes the others."""
    kept = state.keep_inbox_days
    if kept is not None and (old := sum(1 for unit in units if (case.age(unit.day) or 0) > kept)):
        what = f"{old:,} of {state.files:,} files are older than keep_inbox_days ({kept})"
        do = "gapsight prune --dry-run says which may go, and why others stay"
        _find(case, state, "warning", verdict=state.state, what=what, do=do)


def _judge_damage(case: Case, state: SourceState, files: "list[Damaged]") -> None:
    """Name what could not be read: among many good files its share of the records says nothing."""
    from orchestration.damage import named

    see = f"see what is read of it: gapsight parse {state.source} FILE > /dev/null"
    if unreadable := [file for file in files if file.is_unreadable]:
        state.unreadable = len(unreadable)
        what = f"{len(unreadable):,} of {state.files:,} files are unreadable: {named(unreadable)}"
        do = f"fetch such a file again, then gapsight run; {see}"
        _find(case, state, "error", verdict="unreadable", what=what, do=do)
    if partial := [file for file in files if not file.is_unreadable]:
        what = f"{len(partial):,} of {state.files:,} files were read in part: {named(partial)}"
        do = f"if there is a whole one, put it in its place, then gapsight run; {see}"
        _find(case, state, "warning", verdict="damaged", what=what, do=do)


def _judge(case: Case, state: SourceState) -> None:
    limit = case.settings.max_reject_share
    if state.age_days is not None and state.age_days < 0:
        what = f"the newest data are of {state.last_day}, a day to come"
        do = "check the clock of what wrote them, and the folder's name"
        _find(case, state, "warning", verdict=state.state, what=what, do=do)
    if case.is_old(state.last_day, _lag(case, state)):
        _judge_age(case, state)
    if state.reject_share is not None and state.reject_share > limit:
        what = f"{state.reject_share:.1%} of the records rejected, allowed are {limit:.1%}"
        do = f"look at them: gapsight parse {state.source} FILE > /dev/null"
        _find(case, state, "error", verdict="rejects", what=what, do=do)


def _lag(case: Case, state: SourceState) -> int:
    """Days by which entries of its interface may say that they lag (as rpt_freshness)."""
    from ingest.apis import all_apis

    lags = (
        api.windows_of(entry).lag_days
        for api in all_apis()
        if api.source == state.source
        if api.options and "lag_days" in api.options.__struct_fields__
        for entry in case.settings.entries(api.settings)
    )
    return max(lags, default=0)


def _judge_age(case: Case, state: SourceState) -> None:
    """Old data are stale; where a quiet day brings no file, only a person can tell (as rpt_freshness)."""
    from ingest.sources import get

    what = f"the newest data are of {state.last_day}, {state.age_days} days ago"
    advice = f"check what brings files to inbox/{state.source}"
    if state.fed_by != "files":
        advice = f"bring [[{state.fed_by}]] up to date, then gapsight run"
    if {get(state.source).family, state.source} & set(MAY_BE_QUIET):
        do = f"if there were none, a file that holds [] says so; else {advice}"
        _find(case, state, "warning", verdict="quiet", what=what, do=do)
    else:
        _find(case, state, "stale", verdict="stale", what=what, do=advice)


def _find(  # noqa: PLR0913 - a finding and whom it is about
    case: Case, state: SourceState, level: Level, *, verdict: str, what: str, do: str
) -> None:
    """Add a finding of one source; the worst of them is its state."""
    known = [word for word in _WORST_FIRST if word in (verdict, state.state)]
    state.state = known[0] if known else verdict
    state.do.append(do)
    case.find(level, f"{state.source}: {what}", do, about=state.source)
