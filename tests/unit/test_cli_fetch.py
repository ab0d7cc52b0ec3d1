"""`gapsight fetch` against a vendor on loopback, through the real command."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from gapsight.cli.main import main
from tests.unit.cli_support import make_workspace
from tests.unit.github_support import FakeGitHub
from tests.unit.vendor_server import Asked, Reply, Vendor, reply, zipped

MIXPANEL = """
[[fetch.mixpanel]]
name = "shop"
project_id = 42
username_env = "SHOP_USER"
secret_env = "SHOP_SECRET"
base_url = "{url}"
"""
JIRA = """
[[fetch.jira]]
name = "shop"
base_url = "{url}"
jql = "project = SHOP"
token_env = "JIRA_TOKEN"
"""
SPAN = ("--from", "2026-06-01", "--to", "2026-06-30")


def events(asked: Asked) -> bytes:
    """Three events of each day that was asked for."""
    day, last = (date.fromisoformat(asked.query[name]) for name in ("from_date", "to_date"))
    lines = []
    while day <= last:
        noon = int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp())
        for number in range(3):
            properties = {"time": noon + number, "distinct_id": f"u{number}"}
            lines.append(json.dumps({"event": "Checkout", "properties": properties}) + "\n")
        day += timedelta(days=1)
    return "".join(lines).encode()


def export(asked: Asked) -> Reply:
    return zipped(events(asked), Content_Type="text/plain")


def workspace(folder: Path, vendor: Vendor, more: str = "") -> Path:
    return make_workspace(folder, MIXPANEL.format(url=vendor.url) + more)


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_USER", "robot")
    monkeypatch.setenv("SHOP_SECRET", "s3cret-value")


def test_a_month_comes_in_few_requests_and_is_not_asked_for_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Vendor(export) as vendor:
        place = workspace(tmp_path, vendor)
        asking = ["fetch", "mixpanel", *SPAN, "--workspace", str(place), "--format", "json"]
        assert main([*asking, "--dry-run"]) == 0
        assert json.loads(capsys.readouterr().out)[0]["days_asked"] == 30
        assert vendor.asked == []
        assert main(asking) == 0
        [row] = json.loads(capsys.readouterr().out)
        assert (row["source"], row["days_asked"], row["files"], row["files_new"]) == (
            "mixpanel", 30, 30, 30,
        )  # fmt: skip
        assert len(vendor.asked) == 5
        assert main(asking) == 0
        assert len(vendor.asked) == 5
        assert main([*asking, "--again"]) == 0
        assert len(vendor.asked) == 10
    place = tmp_path / "var" / "inbox" / "mixpanel" / "2026-06-17" / "shop.ndjson.gz"
    assert gzip.decompress(place.read_bytes()).count(b"\n") == 3


def test_a_vendor_that_fails_is_an_exit_code_and_what_came_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(asked: Asked) -> Reply:
        if asked.query["from_date"] > "2026-06-14":
            return reply({"error": "no such project s3cret-value"}, "403 Forbidden")
        return export(asked)

    with Vendor(failing) as vendor:
        place = workspace(tmp_path, vendor)
        assert main(["fetch", *SPAN, "--workspace", str(place)]) == 1
    said = capsys.readouterr()
    assert "mixpanel: " in said.err
    assert "SHOP_SECRET" in said.err
    assert "no such project <secret>" in said.err
    assert "s3cret-value" not in said.err + said.out
    days = sorted(entry.name for entry in (tmp_path / "var" / "inbox" / "mixpanel").iterdir())
    assert (days[0], days[-1]) == ("2026-06-01", "2026-06-14")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["amplitud"], "no interface is called 'amplitud'"),
        (["git"], "gapsight.toml has no [[repos]]"),
        (["--from", "2026-05-01"], "lies before first_day (2026-06-01)"),
        (["--from", "2026-06-20", "--to", "2026-06-10"], "lies after --to"),
        (["--to", "2999-01-01"], "is whole up to"),
    ],
)
def test_what_cannot_be_asked_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    with Vendor(export) as vendor:
        place = workspace(tmp_path, vendor)
        assert main(["fetch", *arguments, "--workspace", str(place)]) == 3
        assert vendor.asked == []
    assert words in capsys.readouterr().err


OTHERS = """
[[fetch.mixpanel]]
name = "second"
project_id = 43
username_env = "SECOND_USER"
secret_env = "SECOND_SECRET"
base_url = "{url}"

[[fetch.linear]]
name = "shop"
token_env = "LINEAR_KEY"
"""


def test_missing_credentials_are_all_named_and_hold_back_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SECOND_USER", "SECOND_SECRET", "LINEAR_KEY"):
        monkeypatch.delenv(name, raising=False)
    with Vendor(export) as vendor:
        place = workspace(tmp_path, vendor, OTHERS.format(url=vendor.url))
        command = ["fetch", *SPAN, "--workspace", str(place), "--format", "json"]
        assert main(command) == 3
        assert len(vendor.asked) == 5
    said = capsys.readouterr()
    assert (
        "mixpanel: second: The environment variables SECOND_USER and SECOND_SECRET are" in said.err
    )
    [line] = [line for line in said.err.splitlines() if line.startswith("linear: ")]
    assert line.startswith("linear: shop: The environment variable LINEAR_KEY is not set")
    assert line.endswith("or in the .env file beside gapsight.toml.")
    mixpanel, linear = json.loads(said.out)
    assert (mixpanel["files"], mixpanel["is_unset"], len(mixpanel["errors"])) == (30, True, 1)
    assert (linear["files"], linear["is_unset"], len(linear["errors"])) == (0, True, 1)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('[[fetch.mixpanel]]\nname = "b"\n', "project_id"),
        ('[[fetch.mixpanel]]\nname = "b"\nprojectid = 1\n', "Did you mean 'project_id'?"),
        ('[[fetch.mixpannel]]\nname = "b"\n', "Did you mean 'mixpanel'?"),
        (MIXPANEL.format(url="https://x"), "names 'shop' twice"),
        (
            JIRA.format(url="jira.example.org"),
            "[[fetch.jira]] 'shop' base_url is no address of a server",
        ),
        (JIRA.format(url="ftp://jira.example.org"), "base_url is no address of a server"),
        (JIRA.format(url="https://"), "base_url is no address of a server"),
        (
            JIRA.format(url="https://bot:hunter2@jira.example.org"),
            "base_url holds a user, a password",
        ),
        (
            JIRA.format(url="https://jira.example.org/?token=hunter2"),
            "base_url holds a user, a password",
        ),
    ],
)
def test_a_wrong_section_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: str, words: str
) -> None:
    with Vendor(export) as vendor:
        assert main(["fetch", "--workspace", str(workspace(tmp_path, vendor, more))]) == 3
    said = capsys.readouterr().err
    assert words in said
    assert "hunter2" not in said


def test_a_backfill_killed_twice_ends_as_one_that_was_not(tmp_path: Path) -> None:
    def slowly(asked: Asked) -> Reply:
        answer = zipped(events(asked), Content_Type="text/plain")
        return [answer[:200], 0.4, answer[200:]]

    def inbox(folder: Path) -> dict[str, bytes]:
        top = folder / "var" / "inbox"
        return {str(f.relative_to(top)): f.read_bytes() for f in top.rglob("*") if f.is_file()}

    with Vendor(slowly) as vendor:
        place = workspace(tmp_path / "killed", vendor)
        command = [sys.executable, "-m", "gapsight.cli.main", "fetch", *SPAN]
        command += ["--workspace", str(place)]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        for asked_so_far in (2, 4):
            running = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
            until = time.monotonic() + 30
            while len(vendor.asked) < asked_so_far and time.monotonic() < until:
                time.sleep(0.02)
            running.send_signal(signal.SIGKILL)
            assert running.wait(10) == -signal.SIGKILL
        subprocess.run(command, env=environment, check=True, capture_output=True)
        windows = [asked.query["from_date"] for asked in vendor.asked]
        assert (
            main(["fetch", *SPAN, "--workspace", str(workspace(tmp_path / "whole", vendor))]) == 0
        )
    assert inbox(tmp_path / "killed") == inbox(tmp_path / "whole")
    # Five windows; each kill costs at most the one that was on its way.
    assert len(set(windows)) == 5
    assert len(windows) <= 7
    assert windows == sorted(windows), "a window that had come was asked for again"


def test_what_deserves_a_look_is_said_with_its_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "t0ken-value")
    github = FakeGitHub()
    for number in (1, 2):
        github.run(number)
        github.artifact(number, "e2e-report", b"", expired=True)
    section = (
        '[[fetch.github_actions]]\nname = "web"\nrepo = "acme/web"\ntoken_env = "GITHUB_TOKEN"\n'
    )
    with github.listening() as vendor:
        more = f'{section}base_url = "{vendor.url}/api/v3"\n'
        place = make_workspace(tmp_path, more)
        command = ["fetch", "github_actions", *SPAN, "--workspace", str(place), "--format", "json"]
        assert main(command) == 0
    said = capsys.readouterr()
    note = "web: artifacts had expired before they were fetched (2 times)"
    assert f"github_actions: {note}" in said.err
    assert json.loads(said.out)[0]["notes"] == [note]
