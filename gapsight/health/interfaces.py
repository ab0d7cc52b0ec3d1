"""Live interfaces: what gapsight.toml names, whether it can be reached now, and how far it is fetched.

Each is asked once, at the same time as all others and for a few seconds at most. Credentials are sent
where an answer costs none of the requests that fetching needs; they are never shown.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple

from gapsight.health.case import Case, Level

if TYPE_CHECKING:
    from ingest.apis import Api, Question
    from orchestration.fetch_failures import Failure

PATIENCE_SECONDS = 10.0
"""The longest that all of them together are waited for."""


@dataclass
class InterfaceState:
    """One entry of `[[fetch.<name>]]`."""

    interface: str
    name: str
    source: str
    """Whose inbox folder it fills."""
    variables: list[str] = field(default_factory=list)
    """Environment variables that hold its credentials: their names."""
    missing: list[str] = field(default_factory=list)
    """Those of them that are not set."""
    reachable: bool | None = None
    """None: it was not asked, or nothing is known that could be asked."""
    seconds: float | None = None
    """How long the answer took."""
    problem: str = ""
    """Why it could not be reached, or what it answered instead of a good answer."""
    is_refused: bool = False
    """It is there, and does not take the credentials."""
    is_revealing: bool = False
    """Credentials go to it where others on the way can read them: over http."""
    last_fetched_day: date | None = None
    requests_left: int | None = None
    """Of the vendor's budget; None: it is not counted."""
    requests_allowed: int | None = None
    failed_at: datetime | None = None
    """When the last fetch of this entry failed; None if it went well."""
    last_error: str = ""
    state: str = "ok"
    do: list[str] = field(default_factory=list)


def examine_interfaces(case: Case, *, offline: bool = False) -> list[InterfaceState]:
    """Look at every entry, and ask each unless `offline`; what is wrong with one is a finding."""
    from ingest.apis import all_apis

    settings = case.settings
    found = [
        (api, entry, _known(case, api, entry))
        for api in all_apis()
        if api.settings != "repos"
        for entry in settings.entries(api.settings)
    ]
    if not offline:
        _ask_all([(state, _question(case, api, entry)) for api, entry, state in found])
    for api, _, state in found:
        _judge(case, api, state)
    return [state for _, _, state in found]


def _known(case: Case, api: "Api", entry: Mapping[str, Any]) -> InterfaceState:
    """What is known without asking anybody."""
    from ingest.http_answers import is_private
    from orchestration.fetch_failures import last_failure
    from orchestration.landing import standing

    variables = [str(value) for key, value in entry.items() if key.endswith("_env") and value]
    where = standing(case.settings, api, entry)
    address = entry.get("base_url")
    state = InterfaceState(
        api.name,
        str(entry["name"]),
        api.source,
        variables=variables,
        missing=[name for name in variables if not case.settings.credentials.get(name)],
        is_revealing=bool(variables and address) and not is_private(str(address)),
        last_fetched_day=where.last_day,
        requests_left=where.requests_left,
        requests_allowed=api.rate.requests if api.rate else None,
    )
    failure: Failure | None = last_failure(case.settings, api, entry)
    if failure:
        state.failed_at, state.last_error = case.local(failure.at), failure.error
    return state


def _question(case: Case, api: "Api", entry: Mapping[str, Any]) -> "Question | None":
    """What to ask; None if credentials are missing, or nothing is known that could be asked."""
    from ingest.apis import Question
    from orchestration.settings import ConfigError

    try:
        given = case.settings.with_secrets(api, entry)
    except ConfigError:
        return None
    if api.probe:
        return api.probe(given)
    return Question(entry["base_url"]) if entry.get("base_url") else None


def _ask_all(asked: "list[tuple[InterfaceState, Question | None]]") -> None:
    """Ask at once; threads that a vendor holds are left behind, and nobody waits for them."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    threads = []
    for state, question in asked:
        if question is None:
            continue
        heard: list[_Heard] = []
        thread = Thread(target=_ask, args=(question, heard), daemon=True)
        thread.start()
        threads.append((state, heard, thread))
    silent = _Heard(None, f"no whole answer within {PATIENCE_SECONDS:g} s", is_there=False)
    for state, heard, thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
        said = heard[0] if heard else silent
        state.seconds, state.problem = said.seconds, said.problem
        state.reachable, state.is_refused = said.is_there, said.is_refused


class _Heard(NamedTuple):
    seconds: float | None
    problem: str = ""
    is_there: bool = True
    is_refused: bool = False


def _ask(question: "Question", heard: list[_Heard]) -> None:
    from ingest.apis import ApiError
    from ingest.http_probe import AnsweredError, ask

    begun = time.monotonic()
    try:
        ask(question)
    except AnsweredError as error:
        seconds = time.monotonic() - begun
        heard.append(_Heard(seconds, str(error), is_refused=error.refused))
    except ApiError as error:
        heard.append(_Heard(time.monotonic() - begun, str(error), is_there=False))
    else:
        heard.append(_Heard(time.monotonic() - begun))


def _judge(case: Case, api: "Api", state: InterfaceState) -> None:
    """The worst comes last: it is the state."""
    if state.reachable is None:
        state.state = "not asked"
    newest = state.last_fetched_day
    if newest and case.is_old(newest + timedelta(days=api.windows.lag_days)):
        what = f"last fetched up to {newest}, {case.age(newest)} days ago"
        do = f"gapsight fetch {api.name}, or gapsight run, each night by cron"
        _find(case, state, "stale", verdict="stale", what=what, do=do)
    if state.requests_left == 0:
        what = f"all {state.requests_allowed} requests of its budget are spent"
        do = "come again later: what was fetched stays, and the next fetch goes on there"
        _find(case, state, "warning", verdict="no requests", what=what, do=do)
    if state.is_revealing:
        what = "its credentials go over http, where others on the way can read them"
        do = "write https:// in base_url if the server can"
        _find(case, state, "warning", verdict="unencrypted", what=what, do=do)
    # Of one that is not well now, why it was not well before says no more.
    if state.last_error and state.failed_at and not (state.problem or state.missing):
        what = f"its last fetch failed, {state.failed_at:%Y-%m-%d %H:%M}: {state.last_error}"
        do = f"correct that, then gapsight fetch {api.name}"
        _find(case, state, "warning", verdict="not fetched", what=what, do=do)
    if state.problem and state.reachable:
        what = f"it is there, but {state.problem}"
        verdict = "refused" if state.is_refused else "wrong answer"
        do = f"correct that, then gapsight fetch {api.name}"
        _find(case, state, "error", verdict=verdict, what=what, do=do)
    elif state.problem:
        what = f"it cannot be reached: {state.problem}"
        do = "check base_url and the network from here; gapsight doctor --offline asks nobody"
        _find(case, state, "error", verdict="not reached", what=what, do=do)
    if state.missing:
        several = len(state.missing) > 1
        what = f"{' and '.join(state.missing)} {'are' if several else 'is'} not set"
        do = f"set {'them' if several else 'it'} in the environment or in {case.settings.workspace / '.env'}"
        _find(case, state, "config", verdict="no credentials", what=what, do=do)


def _find(  # noqa: PLR0913 - a finding and whom it is about
    case: Case, state: InterfaceState, level: Level, *, verdict: str, what: str, do: str
) -> None:
    state.state = verdict
    state.do.append(do)
    about = f"fetch.{state.interface} {state.name}"
    case.find(level, f"{about}: {what}", do, about=about)
