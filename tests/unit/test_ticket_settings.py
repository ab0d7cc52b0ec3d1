"""`[tickets]` of gapsight.toml: what it may say, and where tickets are read."""

from pathlib import Path

import pytest

from orchestration.settings import ConfigError, load
from orchestration.tickets import ticket_account, ticket_site
from tests.unit.cli_support import make_workspace

TABLE = '[tickets]\ntracker = "jira"\nproject = "SHOP"\n'
SITE = '[[fetch.jira]]\nname = "{0}"\nbase_url = "https://{0}.example.com"\njql = "a"\ntoken_env = "T"\n'


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as error:
        load(make_workspace(folder, text), environ={})
    return error.value.message


def test_an_unknown_key_is_said_with_the_near_one(tmp_path: Path) -> None:
    assert "Did you mean 'project'?" in complaint(tmp_path, TABLE + 'projekt = "A"\n')


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[tickets]\ntracker = "trello"\nproject = "A"\n', "tickets.tracker"),
        ('[tickets]\ntracker = "jira"\n', "project"),
        (TABLE + 'issue_type = ""\n', "tickets.issue_type"),
        (TABLE + 'flavour = "dc"\n', "tickets.flavour"),
        (TABLE + 'base_url = "jira"\ntoken_env = "T"\n', "is no address"),
        (TABLE + 'base_url = "https://u:s3cret@x.example.com"\ntoken_env = "T"\n', "holds a user"),
        ("tickets = 7\n[sources.jira]\n", "tickets"),
    ],
)
def test_what_cannot_be_is_said(tmp_path: Path, text: str, says: str) -> None:
    # A bare key of the file's top must stand before its first table.
    if text.startswith("tickets ="):
        make_workspace(tmp_path)
        place = tmp_path / "gapsight.toml"
        place.write_text("tickets = 7\n" + place.read_text())
        with pytest.raises(ConfigError) as error:
            load(tmp_path, environ={})
        said = error.value.message
    else:
        said = complaint(tmp_path, text)
    assert says in said
    assert "s3cret" not in said


def test_the_account_of_a_fetched_site_and_what_the_table_says_otherwise(tmp_path: Path) -> None:
    settings = load(make_workspace(tmp_path, SITE.format("a") + TABLE), environ={"T": "x"})
    assert ticket_account(settings) == {
        "base_url": "https://a.example.com",
        "token_env": "T",
        "project": "SHOP",
        "issue_type": "Task",
    }
    assert settings.with_values(ticket_account(settings), "[tickets]")["token"] == "x"
    own = TABLE + 'issue_type = "Story"\ntoken_env = "W"\nemail_env = "M"\nflavour = "server"\n'
    settings = load(make_workspace(tmp_path, SITE.format("a") + own), environ={"W": "w", "M": "m"})
    assert ticket_account(settings) == {
        "base_url": "https://a.example.com",
        "flavour": "server",
        "token_env": "W",
        "email_env": "M",
        "project": "SHOP",
        "issue_type": "Story",
    }
    assert settings.credentials == {"W": "w", "M": "m"}


def test_an_address_of_mail_without_its_token_is_refused(tmp_path: Path) -> None:
    text = SITE.format("a") + TABLE + 'email_env = "M"\n'
    with pytest.raises(ConfigError, match="names no token_env"):
        ticket_account(load(make_workspace(tmp_path, text), environ={}))


@pytest.mark.parametrize(
    ("text", "site"),
    [
        ("", ""),
        (SITE.format("a"), "https://a.example.com"),
        (SITE.format("a") + SITE.format("b"), ""),
        (SITE.format("a") + TABLE, "https://a.example.com"),
        (TABLE + 'base_url = "https://c.example.com/jira/"\n', "https://c.example.com/jira"),
        (SITE.format("a") + TABLE + 'base_url = "https://c.example.com"\n', ""),
        (TABLE + 'base_url = "https://api.atlassian.com/ex/jira/1"\n', ""),
    ],
)
def test_an_issue_has_an_address_only_where_one_site_is_named(
    tmp_path: Path, text: str, site: str
) -> None:
    assert ticket_site(load(make_workspace(tmp_path, text), environ={})) == site
