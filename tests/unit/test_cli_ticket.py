"""`gapsight ticket`: what is printed, and tickets made in a Jira on loopback, never unless configured."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from gapsight.cli.main import main
from tests.unit.cli_support import HOSTILE, make_marts, make_workspace
from tests.unit.fake_jira import FakeJira
from tests.unit.vendor_server import Vendor, reply

TITLE = "Automate checkout happy path on web"
BODY = (
    "Top-N by usage (p95 52000/day) with coverage 25 %.\n"
    "Acceptance: e2e covers start to complete; deterministic locators and hermetic data; "
    "cross-browser parity per platform mix."
)
LABELS = "flow:checkout risk:critical owner:team-pay"
FETCHED = """[[fetch.jira]]
name = "{name}"
base_url = "{url}"
jql = "project = SHOP"
email_env = "JIRA_EMAIL"
token_env = "JIRA_TOKEN"
"""
TICKETS = '[tickets]\ntracker = "jira"\nproject = "SHOP"\n'
OWN = 'base_url = "{url}"\ntoken_env = "WRITER"\n'


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.apis.tickets.jira._PAUSES", (0.0,))
    for name, value in (("JIRA_EMAIL", "a@b.example"), ("JIRA_TOKEN", "t0ken-value")):
        monkeypatch.setenv(name, value)


class Shop:
    """A workspace whose published marts list gaps."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        make_workspace(folder)
        self.marts = make_marts(folder / "var" / "published" / "marts.duckdb")
        self.update(
            "ticket_title = ?, ticket_body = ?, ticket_labels = ? where flow = 'checkout'",
            TITLE,
            BODY,
            LABELS,
        )

    def update(self, what: str, *values: object) -> None:
        with duckdb.connect() as connection:
            connection.execute("attach ? as published", [str(self.marts)])
            connection.execute(f"update published.marts.fct_top_gaps set {what}", list(values))

    def settings(self, text: str) -> None:
        make_workspace(self.folder, text)

    def said(self, *args: str) -> tuple[int, str, str]:
        code = main(["ticket", *args, "--workspace", str(self.folder)])
        out, err = self.capsys.readouterr()
        assert "t0ken" not in out + err
        return code, out, err

    def printed(self, *args: str) -> str:
        code, out, err = self.said(*args)
        assert code == 0, err
        return out


@pytest.fixture
def shop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shop:
    return Shop(tmp_path / "shop", capsys)


def test_title_text_and_labels_are_printed_of_a_gap_or_of_the_first_gap_of_a_flow(
    shop: Shop,
) -> None:
    assert shop.printed("g1") == f"{TITLE}\n\n{BODY}\n\nlabels: {LABELS} gapsight-g1\n"
    assert shop.printed("checkout") == shop.printed("g1")
    assert shop.printed("g3").endswith(" gapsight-g3\n")


def test_json_has_every_part_for_itself(shop: Shop) -> None:
    found = json.loads(shop.printed("checkout", "--format", "json"))
    assert (found["title"], found["body"]) == (TITLE, BODY)
    assert found["labels"] == [*LABELS.split(), "gapsight-g1"]
    assert (found["gap_id"], found["flow"], found["state"], found["key"]) == (
        "g1",
        "checkout",
        "not_there",
        None,
    )


def test_markdown_has_a_heading_and_no_markup_of_others(shop: Shop) -> None:
    text = shop.printed("g1", "--format", "markdown")
    assert text.startswith(f"## {TITLE}\n\n")
    shop.update(
        "ticket_title = ?, ticket_labels = ? where gap_id = 'g4'", HOSTILE, f"flow:{HOSTILE}"
    )
    text = shop.printed("g4", "--format", "markdown")
    assert "<b>" not in text
    assert "@team" not in text
    assert "\x1b" not in text + shop.printed("g4")


def test_labels_of_a_flow_with_blanks_stay_whole(shop: Shop) -> None:
    shop.update("ticket_labels = 'flow:pay by card risk:low owner:team a' where gap_id = 'g1'")
    found = json.loads(shop.printed("g1", "--format", "json"))
    assert found["labels"] == ["flow:pay by card", "risk:low", "owner:team a", "gapsight-g1"]


def test_a_ticket_that_is_there_is_said_first_and_so_is_one_that_closed_nothing(shop: Shop) -> None:
    shop.update("ticket_key = 'SHOP-7', ticket_status = 'open' where gap_id = 'g1'")
    assert shop.printed("g1").startswith(f"already open: SHOP-7\n\n{TITLE}\n")
    shop.update("ticket_url = 'https://x.example.com/browse/SHOP-7' where gap_id = 'g1'")
    assert shop.printed("g1").startswith(
        "already open: SHOP-7 https://x.example.com/browse/SHOP-7\n"
    )
    shop.update("ticket_status = 'closed_but_gap_stands', ticket_url = null where gap_id = 'g1'")
    assert shop.printed("g1").startswith("closed, but the gap stands: SHOP-7; open it again\n")
    assert json.loads(shop.printed("g1", "--format", "json"))["state"] == "closed_but_gap_stands"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("chekout", "there is no gap or flow 'chekout'; did you mean 'checkout'?"),
        ("zzz", "list them: gapsight gaps --all"),
    ],
)
def test_an_unknown_gap_is_wrong_usage_and_near_names_are_said(
    shop: Shop, name: str, says: str
) -> None:
    code, out, err = shop.said(name)
    assert (code, out) == (3, "")
    assert says in err


def test_a_flow_without_a_gap_says_so(shop: Shop) -> None:
    with duckdb.connect() as connection:
        connection.execute("attach ? as published", [str(shop.marts)])
        connection.execute("delete from published.marts.fct_top_gaps where flow = 'checkout'")
    code, _, err = shop.said("checkout")
    assert code == 3
    assert "the flow 'checkout' has no gap" in err


def test_nothing_is_ever_sent_without_a_table_that_says_where(shop: Shop) -> None:
    with Vendor(FakeJira()) as vendor:
        shop.settings(FETCHED.format(name="shop", url=vendor.url))
        code, out, err = shop.said("checkout", "--create")
        assert (code, out) == (3, "")
        assert "Making tickets is off" in err
        assert "[tickets]" in err
        assert 'project = "SHOP"' in err
        assert shop.said("checkout", "--create", "--dry-run")[0] == 3
        shop.printed("checkout")
        assert vendor.asked == []


def test_a_ticket_is_made_once_and_then_found(shop: Shop) -> None:
    fake = FakeJira()
    with Vendor(fake) as vendor:
        shop.settings(FETCHED.format(name="shop", url=vendor.url) + TICKETS)
        browse = f"{vendor.url}/browse/SHOP-1"
        assert shop.printed("checkout", "--create") == f"created: SHOP-1 {browse}\n"
        assert shop.printed("checkout", "--create") == f"already there: SHOP-1 {browse}\n"
        assert shop.printed("g3", "--create").startswith("already there: SHOP-1")  # says the same
        assert shop.printed("g2", "--create").startswith("created: SHOP-2")
        found = json.loads(shop.printed("g1", "--create", "--format", "json"))
    assert (found["state"], found["key"], found["url"]) == ("already_there", "SHOP-1", browse)
    assert [fields["labels"][-1] for fields in fake.created] == ["gapsight-g1", "gapsight-g2"]
    assert fake.created[0]["summary"] == TITLE


def test_one_that_was_closed_is_not_made_again(shop: Shop) -> None:
    fake = FakeJira()
    fake.add("SHOP-9", "gapsight-g1", done=True)
    with Vendor(fake) as vendor:
        shop.settings(FETCHED.format(name="shop", url=vendor.url) + TICKETS)
        assert "already there: SHOP-9" in shop.printed("g1", "--create")
        assert "the gap stands: open it again" in shop.printed("g1", "--create")
    assert fake.created == []


@pytest.mark.parametrize("status", ["open", "closed_but_gap_stands"])
def test_where_a_loaded_issue_is_its_ticket_jira_is_not_even_asked(shop: Shop, status: str) -> None:
    shop.update("ticket_key = 'SHOP-7', ticket_status = ? where gap_id = 'g1'", status)
    with Vendor(FakeJira()) as vendor:
        shop.settings(FETCHED.format(name="shop", url=vendor.url) + TICKETS)
        assert "SHOP-7" in shop.printed("g1", "--create")
        assert "POST" not in shop.printed("g1", "--create", "--dry-run")
        assert vendor.asked == []


def test_a_dry_run_shows_the_request_and_asks_nobody(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JIRA_TOKEN")
    with Vendor(FakeJira()) as vendor:
        shop.settings(FETCHED.format(name="shop", url=vendor.url) + TICKETS)
        first, _, content = shop.printed("g1", "--create", "--dry-run").partition("\n")
        found = json.loads(shop.printed("g1", "--create", "--dry-run", "--format", "json"))
        fenced = shop.printed("g1", "--create", "--dry-run", "--format", "markdown")
        assert vendor.asked == []
    assert first == f"POST {vendor.url}/rest/api/3/issue"
    assert json.loads(content)["fields"]["summary"] == TITLE
    assert found["request"]["json"] == json.loads(content)
    assert "\n```json\n{" in fenced
    assert fenced.endswith("}\n```\n")


def test_what_cannot_go_together_is_said(shop: Shop) -> None:
    assert "give both" in shop.said("g1", "--dry-run")[2]
    assert "leave out --as-of" in shop.said("g1", "--create", "--as-of", "2026-06-01")[2]


@pytest.mark.parametrize(
    ("fake", "code", "says"),
    [
        (FakeJira(has_project=False), 1, "no ticket was made"),
        (FakeJira(lost=1, late=9), 2, "whether the ticket was made is not known"),
        (FakeJira(on_create=[reply({}, "403 Forbidden")]), 1, "check the token in JIRA_TOKEN"),
    ],
)
def test_what_failed_is_one_and_what_is_not_known_is_two(
    shop: Shop, fake: FakeJira, code: int, says: str
) -> None:
    with Vendor(fake) as vendor:
        shop.settings(FETCHED.format(name="shop", url=vendor.url) + TICKETS)
        ended, out, err = shop.said("g1", "--create")
    assert (ended, out) == (code, "")
    assert says in err
    assert ("no ticket was made" in err) == (code == 1)


def test_the_token_that_writes_may_be_another_than_the_one_that_reads(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WRITER", "t0ken-of-writer")
    fake = FakeJira(version=2)
    with Vendor(fake) as vendor:
        reading = FETCHED.format(name="shop", url=vendor.url)
        shop.settings(reading + TICKETS + 'token_env = "WRITER"\nflavour = "server"\n')
        shop.printed("g1", "--create")
    assert {one.headers["authorization"] for one in fake.asked} == {"Bearer t0ken-of-writer"}


def test_a_site_of_its_own_gets_its_own_token_and_never_that_of_another(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WRITER", "t0ken-of-writer")
    fake = FakeJira()
    with Vendor(fake) as vendor:
        other = FETCHED.format(name="shop", url="https://other.example.com")
        shop.settings(other + TICKETS + f'base_url = "{vendor.url}"\n')
        code, _, err = shop.said("g1", "--create")
        assert code == 3
        assert "names no token_env" in err
        assert vendor.asked == []
        shop.settings(other + TICKETS + OWN.format(url=vendor.url))
        assert shop.printed("g1", "--create").startswith("created: SHOP-1")
    assert {one.headers["authorization"] for one in fake.asked} == {"Bearer t0ken-of-writer"}


def test_of_several_sites_the_account_names_one(shop: Shop) -> None:
    with Vendor(FakeJira()) as vendor:
        sites = FETCHED.format(name="a", url="https://a.example.com")
        sites += FETCHED.format(name="b", url=vendor.url)
        shop.settings(sites + TICKETS)
        assert "account = one of: a, b" in shop.said("g1", "--create")[2]
        shop.settings(sites + TICKETS + 'account = "c"\n')
        assert "there is no account 'c'" in shop.said("g1", "--create")[2]
        shop.settings(sites + TICKETS + 'account = "b"\n')
        assert shop.printed("g1", "--create").startswith("created: SHOP-1")
        shop.settings(TICKETS)
        assert "[tickets] says no site" in shop.said("g1", "--create")[2]


def test_a_credential_that_is_not_set_is_named(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JIRA_TOKEN")
    shop.settings(FETCHED.format(name="shop", url="https://a.example.com") + TICKETS)
    code, _, err = shop.said("g1", "--create")
    assert code == 3
    assert "JIRA_TOKEN is not set ([tickets])" in err


def test_gaps_show_the_key_and_only_where_any_gap_has_one(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    def gaps(*args: str) -> str:
        assert main(["gaps", "--workspace", str(shop.folder), *args]) == 0
        return capsys.readouterr().out

    assert "ticket" not in gaps()
    shop.update("ticket_key = 'SHOP-7', ticket_status = 'open' where gap_id = 'g1'")
    shop.update(
        "ticket_key = 'SHOP-8', ticket_status = 'closed_but_gap_stands' where gap_id = 'g2'"
    )
    head, first, second, third, *_ = gaps().splitlines()
    assert head.endswith("ticket")
    assert first.endswith("SHOP-7")
    assert second.endswith("SHOP-8 (closed)")
    assert not third.endswith("None")
    rows: list[dict[str, Any]] = json.loads(gaps("--format", "json"))
    assert [row["ticket_key"] for row in rows[:3]] == ["SHOP-7", "SHOP-8", None]
