"""Which account makes tickets, and where people read those there are: `[tickets]` and the fetched sites."""

from collections.abc import Mapping
from typing import Any

from ingest.apis.tickets.jira import read_at
from orchestration.settings import Settings
from orchestration.workspace_file import ConfigError, TicketsTable

_TRACKER = "jira"
_EXAMPLE = """[tickets]
tracker = "jira"
project = "SHOP"
issue_type = "Task"
base_url = "https://example.atlassian.net"   # or none: that of [[fetch.jira]]
email_env = "JIRA_EMAIL"                     # without it the token is a personal access token
token_env = "JIRA_TOKEN"                     # or none: that of [[fetch.jira]]; it needs the right to create issues"""


def ticket_account(settings: Settings) -> Mapping[str, Any]:
    """The account by which tickets are made, without credentials; ConfigError says what to add."""
    table = settings.tickets
    if table is None:
        raise ConfigError(
            f"Making tickets is off: {settings.workspace}/gapsight.toml has no [tickets].\n"
            f"Add one to switch it on:\n{_EXAMPLE}"
        )
    if not table.token_env and (table.base_url or table.email_env):
        raise ConfigError(
            "[tickets] names no token_env beside its own base_url or email_env.\n"
            "Name the variable that holds its token, or leave all of them out to use those of"
            f" [[fetch.{table.tracker}]]: no token goes to another site."
        )
    site: Mapping[str, Any] = (
        {"base_url": table.base_url, "flavour": "cloud"}
        if table.base_url
        else _fetched(settings, table)
    )
    own = {"token_env": table.token_env, "email_env": table.email_env} if table.token_env else {}
    kept = {key: site.get(key) for key in ("base_url", "flavour", "token_env", "email_env")} | own
    if table.flavour:
        kept["flavour"] = table.flavour
    named = {key: value for key, value in kept.items() if value}
    return {**named, "project": table.project, "issue_type": table.issue_type}


def ticket_site(settings: Settings) -> str:
    """The address before `/browse/KEY`; empty where none, or more than one, is known."""
    entries = settings.entries(f"fetch.{_TRACKER}")
    sites = {str(entry["base_url"]) for entry in entries}
    if settings.tickets and settings.tickets.base_url:
        sites.add(settings.tickets.base_url)
    found = {read_at(site) for site in sites}
    return (found.pop() or "").removesuffix("/browse/") if len(found) == 1 else ""


def _fetched(settings: Settings, table: TicketsTable) -> Mapping[str, Any]:
    section = f"fetch.{table.tracker}"
    entries = settings.entries(section)
    names = [str(entry["name"]) for entry in entries]
    if table.account is None and len(entries) == 1:
        return entries[0]
    if not entries:
        raise ConfigError(
            f"[tickets] says no site: there is no base_url, and no [[{section}]] to take it from.\n"
            "Add base_url and token_env to [tickets]."
        )
    if table.account not in names:
        what = (
            f"there is no account '{table.account}'" if table.account else "which account is meant"
        )
        raise ConfigError(
            f"[tickets]: {what} of [[{section}]].\nWrite account = one of: {', '.join(names)}."
        )
    return entries[names.index(table.account)]
