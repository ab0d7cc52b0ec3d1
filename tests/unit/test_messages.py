"""Messages to a webhook: once each, never the address in what is said, nothing of strangers that acts."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gapsight.incident.news import news_of
from gapsight.incident.report import Report
from ingest import http_webhook as webhook
from orchestration.messages import Message, tell
from orchestration.settings import Settings, load
from orchestration.workspace_file import ConfigError
from tests.unit.test_incident_report import USUAL
from tests.unit.vendor_server import Vendor, in_turn, reply

WEBHOOK = '[messages]\nwebhook_env = "WEBHOOK"\n'


def workspace(folder: Path, address: str | None, text: str = WEBHOOK) -> Settings:
    (folder / "gapsight.toml").write_text(f"[workspace]\nfirst_day = 2026-06-01\n{text}")
    return load(folder, environ={"WEBHOOK": address} if address else {})


def report(**other: Any) -> Report:
    usual = {**USUAL, "incident_id": "I-1", "as_of": date(2026, 6, 21), "deleted_on": None}
    return Report({**usual, **other}, [])


def test_each_message_is_sent_once_and_what_was_not_taken_is_sent_next_time(tmp_path: Path) -> None:
    news = [Message("a", "first"), Message("b", "second")]
    down = reply(status="500 Internal Server Error")
    with Vendor(in_turn(reply("ok"), down, reply("ok"))) as slack:
        settings = workspace(tmp_path, f"{slack.url}/services/T0/SECRET")
        said = tell(settings, news)
        assert "answered 500" in said
        assert "SECRET" not in said
        assert tell(settings, news) == ""
        assert tell(settings, news) == ""
    assert [asked.json["text"] for asked in slack.asked] == ["first", "second", "second"]
    assert slack.asked[0].path == "/services/T0/SECRET"


def test_a_flood_is_ten_messages_and_one_that_counts_the_rest(tmp_path: Path) -> None:
    with Vendor(lambda _: reply("ok")) as slack:
        settings = workspace(tmp_path, slack.url)
        news = [Message(str(n), f"news {n}") for n in range(10_000)]
        assert tell(settings, news) == ""
        assert tell(settings, news) == ""
    assert len(slack.asked) == 11
    assert slack.asked[-1].json["text"] == "... and 9,990 more"


def test_without_a_webhook_nothing_is_sent_and_one_that_is_not_set_is_said(tmp_path: Path) -> None:
    assert tell(workspace(tmp_path, None, ""), [Message("a", "x")]) == ""
    assert "WEBHOOK, which [messages] names, is not set" in tell(
        workspace(tmp_path, None), [Message("a", "x")]
    )


@pytest.mark.parametrize("address", ["file:///etc/passwd", "http://127.0.0.1:9/SECRET"])
def test_a_wrong_or_silent_address_is_said_without_it(address: str) -> None:
    said = webhook.post(address, "x")
    assert said
    assert "SECRET" not in said
    assert "passwd" not in said


def test_a_setting_that_is_not_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="webhook"):
        workspace(tmp_path, None, '[messages]\nwebhook = "https://hooks.example.com/x"\n')


def test_an_incident_is_told_when_it_is_known_and_when_its_report_is_final() -> None:
    keys = [
        message.key
        for state in ("provisional", "final")
        for message in news_of([report(report_state=state)])
    ]
    assert keys == ["pager I-1 provisional", "pager I-1 final"]
    assert not list(news_of([report(detected=date(2026, 1, 1))])), "years of them are no news"
    assert not list(news_of([report(deleted_on=date(2026, 6, 21))]))


def test_words_of_strangers_neither_link_nor_call_anybody() -> None:
    [message] = news_of([report(title="<!channel> @here <https://evil.example|click>")])
    assert "<" not in message.text
    assert "@here" not in message.text
    assert "Do this." in message.text
    assert "50% of requests failed" in message.text
