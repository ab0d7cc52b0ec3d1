"""`gapsight doctor` and live interfaces: real servers on loopback that answer, refuse, keep silent."""

import json
import os
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gapsight.cli.main import main
from gapsight.health import interfaces
from ingest import apis, http_probe
from ingest.apis import ApiError
from orchestration.fetch_failures import noting
from orchestration.landing import FetchError, Landing, _access
from orchestration.settings import load
from tests.unit.doctor_support import Examined, drop_incident, load_and_publish, quiet_workspace
from tests.unit.vendor_server import Asked, Reply, Vendor, reply

JIRA = """
[[fetch.jira]]
name = "shop"
base_url = "{url}"
jql = "project = SHOP"
email_env = "JIRA_EMAIL"
token_env = "JIRA_TOKEN"
"""
MIXPANEL = """
[[fetch.mixpanel]]
name = "shop"
project_id = 42
username_env = "JIRA_EMAIL"
secret_env = "JIRA_TOKEN"
base_url = "{url}"
"""
PROMETHEUS = """
[[fetch.prometheus]]
name = "production"
base_url = "{url}"
queries = {{ error_rate = "up" }}
"""
TODAY = "2026-07-01"
TOKEN = "t0ken-value"


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIRA_EMAIL", "robot@example.com")
    monkeypatch.setenv("JIRA_TOKEN", TOKEN)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """A workspace that is all right, with these live interfaces."""

    def made(extra: str) -> Path:
        folder = quiet_workspace(tmp_path / "shop", monkeypatch, extra)
        drop_incident(folder)
        load_and_publish(folder)
        return folder

    return made


def only(found: Examined) -> dict[str, object]:
    (state,) = found.said["interfaces"]
    assert TOKEN not in found.printed
    return dict(state)


def of_interfaces(found: Examined) -> list[tuple[str, str]]:
    return [finding for finding in found.findings if finding[1].startswith("fetch.")]


def at(vendor: Vendor) -> str:
    return vendor.url


def test_one_that_answers_is_reached_with_its_credentials_and_costs_no_search(shop, capsys) -> None:
    with Vendor(lambda _: reply({"accountId": "x", "emailAddress": "robot@example.com"})) as vendor:
        found = Examined(shop(JIRA.format(url=at(vendor))), capsys, TODAY)
    state = only(found)
    assert (state["reachable"], state["state"], state["problem"]) == (True, "ok", "")
    assert (state["variables"], state["missing"]) == (["JIRA_EMAIL", "JIRA_TOKEN"], [])
    assert of_interfaces(found) == []
    [asked] = vendor.asked
    assert (asked.method, asked.path) == ("GET", "/rest/api/3/myself")
    assert asked.headers["authorization"].startswith("Basic ")
    jira = found.one("sources", "jira")
    assert (jira["reachable"], jira["fed_by"], jira["state"]) == (True, "fetch.jira", "no files")


def test_refused_credentials_are_an_error_with_advice_and_without_the_credentials(
    shop, capsys
) -> None:
    said = reply(f"token {TOKEN} has expired", "401 Unauthorized", Content_Type="text/plain")
    with Vendor(lambda _: said) as vendor:
        found = Examined(shop(JIRA.format(url=at(vendor))), capsys, TODAY)
    state = only(found)
    assert (state["reachable"], state["state"]) == (True, "refused")
    [(level, what)] = of_interfaces(found)
    assert level == "error"
    assert what.startswith("fetch.jira shop: it is there, but http://127.0.0.1:")
    assert "answered 401: token <secret> has expired" in what
    assert "check the token in JIRA_TOKEN" in what
    assert found.code == 1
    assert found.one("sources", "jira")["state"] == "not reached"


def test_an_address_where_nobody_listens_is_refused(shop, capsys) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    found = Examined(shop(JIRA.format(url=f"http://127.0.0.1:{port}")), capsys, TODAY)
    [(level, what)] = of_interfaces(found)
    assert level == "error"
    assert what.endswith("no connection (connection refused)")


def test_a_silent_server_is_given_up_after_seconds(shop, capsys, monkeypatch) -> None:
    monkeypatch.setattr(http_probe, "SILENCE_SECONDS", 0.3)
    with Vendor(lambda _: [2.0, reply({})]) as vendor:
        begun = time.monotonic()
        found = Examined(shop(JIRA.format(url=at(vendor))), capsys, TODAY)
    assert time.monotonic() - begun < 10
    [(level, what)] = of_interfaces(found)
    assert (level, what.endswith("silent for more than 0.3 s")) == ("error", True)
    assert len(vendor.asked) == 1, "once, without retries"


def test_one_that_trickles_holds_nobody_up(shop, capsys, monkeypatch) -> None:
    monkeypatch.setattr(interfaces, "PATIENCE_SECONDS", 0.5)
    trickle = [b"HTTP/1.1 401 No\r\nX: "] + [0.2, b"y"] * 100
    with Vendor(lambda _: trickle) as vendor:
        begun = time.monotonic()
        found = Examined(shop(JIRA.format(url=at(vendor))), capsys, TODAY)
        assert time.monotonic() - begun < 15
    [(level, what)] = of_interfaces(found)
    assert (level, what[-35:]) == ("error", "reached: no whole answer within 0.5 s"[-35:])


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (reply(b"", "302 Found", Location="/login"), "answered 302, a redirect; check base_url"),
        (reply("down", "503 Service Unavailable"), "answered 503: down"),
        (reply("no such page", "404 Not Found"), "answered 404: no such page"),
        (b"\x00\x01\x02", "no connection"),
        (b"", "no connection"),
    ],
)
def test_another_answer_is_said_as_it_is(shop, capsys, answer: Reply, words: str) -> None:
    with Vendor(lambda _: answer) as vendor:
        found = Examined(shop(JIRA.format(url=at(vendor))), capsys, TODAY)
    [(level, what)] = of_interfaces(found)
    assert level == "error"
    assert words in what


def test_a_vendor_that_asks_to_wait_is_there(shop, capsys) -> None:
    with Vendor(lambda _: reply("slow down", "429 Too Many Requests")) as vendor:
        found = Examined(shop(JIRA.format(url=at(vendor))), capsys, TODAY)
    assert only(found)["reachable"] is True


def test_where_every_export_counts_only_the_door_is_knocked_at(shop, capsys) -> None:
    def answer(asked: Asked) -> Reply:
        return reply(b"", "404 Not Found")

    with Vendor(answer) as vendor:
        found = Examined(shop(MIXPANEL.format(url=at(vendor))), capsys, TODAY)
    state = only(found)
    assert (state["reachable"], state["requests_left"], state["requests_allowed"]) == (True, 55, 55)
    [asked] = vendor.asked
    assert (asked.method, asked.path) == ("HEAD", "/")
    assert "authorization" not in asked.headers


def test_a_question_without_credentials_must_be_answered_well(shop, capsys) -> None:
    def answer(asked: Asked) -> Reply:
        good = asked.path == "/api/v1/query" and asked.query == {"query": "1"}
        return reply({"status": "success"}) if good else reply(b"", "404 Not Found")

    with Vendor(answer) as vendor:
        workspace = shop(PROMETHEUS.format(url=at(vendor)))
        assert only(Examined(workspace, capsys, TODAY))["reachable"] is True
        text = (workspace / "gapsight.toml").read_text().replace(at(vendor), at(vendor) + "/wrong")
        (workspace / "gapsight.toml").write_text(text)
        assert only(Examined(workspace, capsys, TODAY))["state"] == "wrong answer"


def test_a_variable_that_is_not_set_is_named_and_nobody_is_asked(shop, capsys, monkeypatch) -> None:
    monkeypatch.delenv("JIRA_TOKEN")
    with Vendor(lambda _: reply({})) as vendor:
        found = Examined(shop(JIRA.format(url=at(vendor))), capsys, TODAY)
    state = only(found)
    assert (state["missing"], state["reachable"], state["state"]) == (
        ["JIRA_TOKEN"],
        None,
        "no credentials",
    )
    assert of_interfaces(found) == [("config", "fetch.jira shop: JIRA_TOKEN is not set")]
    assert found.code == 3
    assert vendor.asked == []


def test_offline_asks_nobody_and_finds_no_fault_in_that(shop, capsys) -> None:
    with Vendor(lambda _: reply({})) as vendor:
        workspace = shop(JIRA.format(url=at(vendor)))
        main(["doctor", "--offline", "--workspace", str(workspace), "--as-of", TODAY])
        text = capsys.readouterr().out
    assert vendor.asked == []
    assert "jira shop  JIRA_EMAIL, JIRA_TOKEN  not asked  never" in text
    assert "cannot be reached" not in text


def test_how_far_it_is_fetched_what_is_left_and_why_the_last_fetch_failed(shop, capsys) -> None:
    healthy = [True]

    def answer(asked: Asked) -> Reply:
        if asked.path == "/":
            return reply(b"")
        if not healthy[0]:
            return reply("no access", "403 Forbidden")
        noon = int(datetime.fromisoformat(asked.query["from_date"]).timestamp()) + 43200
        event = {"event": "Checkout", "properties": {"time": noon}}
        return reply(json.dumps(event) + "\n", Content_Type="text/plain")

    span = ("--from", "2026-06-01", "--to", "2026-06-14")
    with Vendor(answer) as vendor:
        workspace = shop(MIXPANEL.format(url=at(vendor)))
        fetch = ["fetch", "mixpanel", "--workspace", str(workspace)]
        assert main([*fetch, *span]) == 0
        healthy[0] = False
        assert main([*fetch, "--from", "2026-06-15", "--to", "2026-06-20"]) == 1
        capsys.readouterr()
        found = Examined(workspace, capsys, "2026-06-16")
        state = only(found)
        assert state["last_fetched_day"] == "2026-06-14"
        assert state["requests_left"] == 52
        assert (state["reachable"], state["state"]) == (True, "not fetched")
        [(level, what)] = of_interfaces(found)
        assert level == "warning"
        assert "its last fetch failed, " in what
        assert "answered 403: no access" in what
        assert of_interfaces(Examined(workspace, capsys, "2026-07-10"))[0] == (
            "stale",
            "fetch.mixpanel shop: last fetched up to 2026-06-14, 26 days ago",
        )
        offline = ["doctor", "--offline", "--workspace", str(workspace), "--as-of", "2026-06-16"]
        assert main(offline) != 1
        assert "its last fetch failed" in capsys.readouterr().out
        healthy[0] = True
        assert main([*fetch, "--from", "2026-06-15", "--to", "2026-06-20"]) == 0
        capsys.readouterr()
        assert of_interfaces(Examined(workspace, capsys, "2026-06-21")) == []


def test_one_cause_is_said_once(shop, capsys) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    workspace = shop(JIRA.format(url=f"http://127.0.0.1:{port}"))
    settings = load(workspace)
    api = apis.get("jira")
    with pytest.raises(FetchError), noting(settings, api):
        raise FetchError({"shop": ApiError("no connection")})
    found = Examined(workspace, capsys, TODAY)
    assert only(found)["last_error"] == "no connection"
    [(level, _)] = of_interfaces(found)
    assert level == "error"


def test_a_budget_that_is_spent_is_said(shop, capsys) -> None:
    with Vendor(lambda _: reply(b"")) as vendor:
        workspace = shop(MIXPANEL.format(url=at(vendor)))
        settings = load(workspace)
        [entry] = settings.entries("fetch.mixpanel")
        budget = _access(settings, apis.get("mixpanel"), entry, found=Landing()).budget
        for _ in range(55):
            budget.spend()
        found = Examined(workspace, capsys, TODAY)
    assert only(found)["requests_left"] == 0
    what = "fetch.mixpanel shop: all 55 requests of its budget are spent"
    assert of_interfaces(found) == [("warning", what)]


def test_several_are_asked_at_the_same_time(shop, capsys) -> None:
    def slow(_asked: Asked) -> Reply:
        return [0.5, reply({"status": "success"})]

    with Vendor(slow) as vendor:
        entries = "".join(
            PROMETHEUS.format(url=at(vendor)).replace("production", f"p{number}")
            for number in range(6)
        )
        found = Examined(shop(entries), capsys, TODAY)
    states = found.said["interfaces"]
    assert [state["name"] for state in states] == [f"p{number}" for number in range(6)]
    assert all(state["reachable"] and state["seconds"] < 2.5 for state in states)


def test_what_may_be_quiet_is_the_same_here_and_in_rpt_freshness() -> None:
    from gapsight.health.sources import MAY_BE_QUIET
    from tests.unit.cli_support import ROOT

    sql = (ROOT / "dbt_project/models/marts/trust/rpt_freshness.sql").read_text()
    (line,) = [line for line in sql.splitlines() if line.rstrip().endswith("as may_be_quiet,")]
    assert tuple(line.split("'")[1::2]) == MAY_BE_QUIET


def test_files_that_no_source_reads_and_the_room_that_each_takes(shop, capsys) -> None:
    workspace = shop("")
    inbox = workspace / "var" / "inbox"
    (inbox / "incident" / "2026-06-30").mkdir(parents=True)
    (inbox / "incident" / "2026-06-30" / "a.json").write_bytes(b"x" * 1500)
    left = inbox / "incidents" / "2026-06-30" / "late.json.part"
    left.write_text("half")
    found = Examined(workspace, capsys, TODAY)
    what = "inbox/incident belongs to no source: nothing in it is read (1 files, 1.5 kB)"
    assert found.findings == [("error", what)], "a file that may still be written is no finding"
    assert found.said["inbox_bytes"]["incident"] == 1500
    old = (datetime.now(UTC) - timedelta(days=2)).timestamp()
    os.utime(left, (old, old))
    [_, (level, what)] = Examined(workspace, capsys, TODAY).findings
    assert level == "warning"
    assert what == (
        "1 files in the inbox were never finished and are not read, the first:"
        " incidents/2026-06-30/late.json.part"
    )
