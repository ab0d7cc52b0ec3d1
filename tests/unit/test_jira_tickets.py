"""Tickets made in Jira from a server on loopback: once, whatever is lost on the way, or a clear error."""

from typing import Any

import pytest

from ingest.apis import Access, ApiError
from ingest.apis.tickets import Outcome, Ticket, jira
from ingest.http_send import UnsureError
from tests.unit.fake_jira import FakeJira
from tests.unit.vendor_server import Reply, Vendor, reply

TICKET = Ticket(
    "Automate checkout happy path on web",
    "Top-N by usage (p95 155/day) with coverage 61 %.\nAcceptance: e2e covers start to complete.",
    ("flow:checkout", "risk:high", "owner:team pay", "gapsight-g1"),
    ("gapsight-g1", "gapsight-g3"),
)
CLOUD = {
    "project": "SHOP",
    "issue_type": "Task",
    "email_env": "JIRA_EMAIL",
    "token_env": "JIRA_TOKEN",
    "email": "robot@example.com",
    "token": "t0ken-value",
}
SERVER: dict[str, Any] = {**CLOUD, "flavour": "server"}
del SERVER["email"], SERVER["email_env"]


class Waits(list[float]):
    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def made(fake: FakeJira, account: dict[str, Any] = CLOUD, waits: Waits | None = None) -> Outcome:
    with Vendor(fake) as vendor:
        entry = {**account, "base_url": f"{vendor.url}/jira/"}
        return jira.create(entry, TICKET, Access(sleep=Waits() if waits is None else waits))


def refused(fake: FakeJira, kind: type[ApiError] = ApiError) -> str:
    with pytest.raises(ApiError) as error:
        made(fake)
    assert type(error.value) is kind or kind is ApiError
    assert isinstance(error.value, UnsureError) == (kind is UnsureError)
    assert "t0ken" not in str(error.value)
    return str(error.value)


def test_a_ticket_is_made_once_however_often_it_is_asked_for() -> None:
    fake = FakeJira()
    first, second = made(fake), made(fake)
    assert (first.key, first.state, first.note) == ("SHOP-1", "created", "")
    assert first.url
    assert first.url.endswith("/jira/browse/SHOP-1")
    assert (second.key, second.state) == ("SHOP-1", "already_there")
    assert len(fake.created) == 1


def test_cloud_gets_a_document_a_paragraph_a_line_and_labels_without_blanks() -> None:
    fake = FakeJira()
    made(fake)
    [fields] = fake.created
    first, second = TICKET.body.splitlines()
    assert fields == {
        "project": {"key": "SHOP"},
        "issuetype": {"name": "Task"},
        "summary": TICKET.title,
        "description": {
            "type": "doc",
            "version": 1,
            "content": [
                {"type": "paragraph", "content": [{"type": "text", "text": first}]},
                {"type": "paragraph", "content": [{"type": "text", "text": second}]},
            ],
        },
        "labels": ["flow:checkout", "risk:high", "owner:team_pay", "gapsight-g1"],
    }
    assert {one.path for one in fake.asked} == {
        f"/jira/rest/api/3/{what}" for what in ("project/SHOP", "search/jql", "issue")
    }
    assert all(one.headers["authorization"].startswith("Basic ") for one in fake.asked)


def test_server_and_data_center_get_plain_text_and_a_personal_token() -> None:
    fake = FakeJira(version=2)
    assert made(fake, SERVER).state == "created"
    assert made(fake, SERVER).state == "already_there"
    [fields] = fake.created
    assert fields["description"] == TICKET.body
    assert {one.path for one in fake.asked} == {
        f"/jira/rest/api/2/{what}" for what in ("project/SHOP", "search", "issue")
    }
    assert {one.headers["authorization"] for one in fake.asked} == {"Bearer t0ken-value"}


def test_what_is_sent_is_shown_without_asking_anybody() -> None:
    shown = jira.request({**CLOUD, "base_url": "https://x.example.com/"}, TICKET)
    assert shown.url == "https://x.example.com/rest/api/3/issue"
    assert shown.content["fields"]["summary"] == TICKET.title
    assert "t0ken" not in str(shown)


def test_a_title_is_one_line_of_255_characters_and_an_empty_line_is_no_paragraph() -> None:
    long = TICKET._replace(title="a\n\tb\x1b " + "x" * 300, body="one\n\n\ntwo")
    fields: Any = jira.request({**CLOUD, "base_url": "https://x.example.com"}, long).content[
        "fields"
    ]
    assert fields["summary"] == "a b " + "x" * 251
    assert len(fields["description"]["content"]) == 2


def test_the_ticket_of_another_gap_of_the_flow_says_the_same_and_none_is_made() -> None:
    fake = FakeJira()
    fake.add("SHOP-8", "gapsight-g3")
    assert made(fake)[:1] == ("SHOP-8",)
    assert fake.created == []


def test_an_open_ticket_comes_before_a_newer_closed_one_and_a_closed_one_is_not_made_again() -> (
    None
):
    fake = FakeJira()
    fake.add("SHOP-4", "gapsight-g1", done=True)
    assert made(fake)[0:3:2] == ("SHOP-4", "already_closed")
    fake.issues.clear()
    fake.add("SHOP-3", "gapsight-g1")
    fake.add("SHOP-4", "gapsight-g1", done=True)
    assert made(fake)[0:3:2] == ("SHOP-3", "already_there")
    assert fake.created == []


def test_a_ticket_whose_answer_was_cut_is_found_and_not_sent_again() -> None:
    fake, waits = FakeJira(lost=1, late=2), Waits()
    found = made(fake, waits=waits)
    assert (found.key, found.state) == ("SHOP-1", "created")
    assert "its answer was lost" in found.note
    assert waits == [1, 2, 4]
    assert len(fake.created) == 1
    assert made(fake).state == "already_there"


def test_a_cut_answer_whose_ticket_no_search_shows_is_unknown_and_the_next_call_finds_it() -> None:
    fake = FakeJira(lost=1, late=4)
    said = refused(fake, UnsureError)
    assert "whether the ticket was made is not known" in said
    assert len(fake.created) == 1
    assert made(fake)[0:3:2] == ("SHOP-1", "already_there")
    assert len(fake.created) == 1


def test_a_search_that_fails_behind_a_lost_answer_leaves_it_unknown() -> None:
    said = refused(FakeJira(lost=1, search_fails=True), UnsureError)
    assert "then the search failed" in said
    assert "not known" in said


def test_a_call_ends_when_the_search_shows_what_it_made_or_says_that_it_does_not_yet() -> None:
    waits = Waits()
    assert made(FakeJira(late=1), waits=waits).note == ""
    assert waits == [0, 1]
    assert "wait a minute" in made(FakeJira(late=99)).note
    assert made(FakeJira(search_fails=True)).state == "created"


FIELDS = {
    "errorMessages": ["Nothing goes."],
    "errors": {"issuetype": "Specify a valid issue type", "customfield_7": "Team is required"},
}


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            reply(FIELDS, "400 Bad Request"),
            (
                "Nothing goes.; issuetype: Specify a valid issue type; customfield_7: Team is required;"
                " check project and issue_type of [tickets]"
            ),
        ),
        (reply("<p>t0ken-value is bad</p>", "400 Bad Request"), "<secret> is bad"),
        (reply({"errorMessages": 7}, "400 Bad Request"), "Jira refused the ticket"),
        (reply({}, "401 Unauthorized"), "answered 401"),
        (reply({}, "401 Unauthorized"), "check the token in JIRA_TOKEN"),
        (reply("no t0ken-value", "403 Forbidden"), "needs the right to create issues in SHOP"),
        (reply({}, "404 Not Found"), "check project ('SHOP') and base_url"),
        (reply({}, "429 Too Many Requests", Retry_After="70"), "try again in 70 s"),
        (reply({}, "429 Too Many Requests"), "try again in a minute"),
        (reply({}, "413 Payload Too Large"), "answered 413"),
        (
            reply("", "307 Temporary Redirect", Location="https://other.example.com/x?secret=1"),
            "a redirect to https://other.example.com/x; check base_url",
        ),
    ],
)
def test_a_ticket_that_was_refused_is_not_sent_again_and_the_error_says_what_to_do(
    answer: Reply, says: str
) -> None:
    fake = FakeJira(on_create=[answer])
    assert says in refused(fake)
    assert len(fake.created) == 1


@pytest.mark.parametrize(
    "answer",
    [
        reply("down", "500 Internal Server Error"),
        reply("down", "503 Service Unavailable", Retry_After="1"),
        reply("<html>log in</html>", Content_Type="text/html"),
        reply({"nothing": "useful"}, "201 Created"),
        reply("[", "201 Created", Content_Type="application/json"),
        reply({"key": "SHOP-1"}, "201 Created")[:-4],
        b"",
    ],
)
def test_after_an_answer_that_tells_nothing_it_is_looked_for_and_not_sent_again(
    answer: Reply,
) -> None:
    fake = FakeJira(on_create=[answer])
    assert "not known" in refused(fake, UnsureError)
    assert len(fake.created) == 1


def test_a_project_that_cannot_be_seen_ends_it_before_anything_is_searched_or_made() -> None:
    fake = FakeJira(has_project=False)
    said = refused(fake)
    assert "No project could be found" in said
    assert 'whether flavour should be "server"' in said
    assert len(fake.asked) == 1


@pytest.mark.parametrize(
    "page",
    [{"errorMessages": ["x"]}, {"issues": [{"id": "1"}]}, {"issues": [], "nextPageToken": "a"}],
)
def test_a_search_that_cannot_be_read_ends_it_before_anything_is_made(page: object) -> None:
    asked = []

    def answer(one: Any) -> Reply:
        asked.append(one.path)
        return reply({"key": "SHOP"}) if "/project/" in one.path else reply(page)

    with Vendor(answer) as vendor, pytest.raises(ApiError):
        jira.create({**CLOUD, "base_url": vendor.url}, TICKET, Access(sleep=Waits()))
    assert not [path for path in asked if path.endswith("/issue")]


def test_a_search_goes_on_behind_an_empty_page() -> None:
    there = {"key": "SHOP-7", "fields": {"status": {"statusCategory": {"key": "new"}}}}

    def answer(one: Any) -> Reply:
        if "/project/" in one.path:
            return reply({"key": "SHOP"})
        if "nextPageToken" in one.json:
            return reply({"issues": [there], "isLast": True})
        return reply({"issues": [], "nextPageToken": "a", "isLast": False})

    with Vendor(answer) as vendor:
        found = jira.create({**CLOUD, "base_url": vendor.url}, TICKET, Access(sleep=Waits()))
    assert (found.key, found.state) == ("SHOP-7", "already_there")


def test_no_search_is_made_for_what_is_no_label() -> None:
    fake = FakeJira()
    for marks in ((), ('x") OR project = OTHER --',)):
        with Vendor(fake) as vendor, pytest.raises(ApiError, match="no label"):
            jira.create({**CLOUD, "base_url": vendor.url}, TICKET._replace(marks=marks), Access())
    assert not fake.created


def test_the_gateway_for_tokens_is_no_address_to_read_at() -> None:
    assert jira.read_at("https://api.atlassian.com/ex/jira/1-2-3", "SHOP-1") is None
    assert (
        jira.read_at("https://x.example.com/jira/", "S/1")
        == "https://x.example.com/jira/browse/S%2F1"
    )
