"""`gapsight doctor`: what it finds in workspaces that lack something, and its exit codes."""

import io
import json
import os
import pty
import re
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from gapsight.cli.main import main
from tests.unit.cli_support import ROOT, command, make_workspace
from tests.unit.doctor_support import (
    INCIDENT,
    Examined,
    drop_incident,
    drop_issue,
    load_and_publish,
    quiet_workspace,
)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a key and one flow, and nothing loaded."""
    return quiet_workspace(tmp_path / "shop", monkeypatch)


def test_a_workspace_that_is_all_right(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drop_incident(workspace)
    load_and_publish(workspace)
    found = Examined(workspace, capsys, "2026-07-01")
    assert found.findings == []
    assert found.code == 0
    source = found.one("sources", "incidents")
    assert (source["files"], source["loaded"], source["last_day"]) == (1, 1, "2026-06-30")
    assert source["state"] == "ok"
    assert found.said["disk_bytes"]["lake"] > 0
    assert found.said["workspace"]["hash_key_set"] is True
    assert "a-secret-key" not in found.printed


def test_an_empty_workspace_is_unknown(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = Examined(workspace, capsys, "2026-07-01")
    assert found.code == 2
    assert [level for level, _ in found.findings] == ["unknown", "unknown"]
    assert "the inbox is empty" in found.findings[0][1]
    assert found.findings[1][1] == "nothing is published yet"


def test_old_data_are_stale(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drop_issue(workspace)
    load_and_publish(workspace)
    found = Examined(workspace, capsys, "2026-07-10")
    assert found.code == 2
    assert found.findings == [("stale", "jira: the newest data are of 2026-06-30, 10 days ago")]


def test_no_news_of_incidents_may_be_good_news(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drop_incident(workspace)
    load_and_publish(workspace)
    found = Examined(workspace, capsys, "2026-07-10")
    assert found.code == 0
    assert found.findings == [
        ("warning", "incidents: the newest data are of 2026-06-30, 10 days ago")
    ]
    assert found.one("sources", "incidents")["state"] == "quiet"


def test_an_empty_file_says_that_there_was_nothing(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drop_incident(workspace)
    none = workspace / "var" / "inbox" / "incidents" / "2026-07-10" / "none.json"
    none.parent.mkdir()
    none.write_text("[]")
    load_and_publish(workspace)
    assert Examined(workspace, capsys, "2026-07-10").findings == []


def test_how_old_is_too_old_is_a_seed(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drop_issue(workspace)
    load_and_publish(workspace)
    (workspace / "seeds" / "thresholds.csv").write_text(
        "name,value,valid_from\nstale_days,2,2000-01-01\nstale_days,30,2026-07-01\nstale_days,1,2027-01-01\n"
    )
    assert Examined(workspace, capsys, "2026-07-10").findings == []


def test_files_that_no_run_has_seen_are_named(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drop_incident(workspace)
    found = Examined(workspace, capsys, "2026-07-01")
    assert ("stale", "incidents: 1 of 1 files are not loaded") in found.findings


def test_too_many_rejects_are_an_error(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drop_incident(workspace, f'{INCIDENT[:-1]}, {{"title": "no id"}}]')
    load_and_publish(workspace)
    found = Examined(workspace, capsys, "2026-07-01")
    assert found.code == 1
    assert found.findings == [
        ("error", "incidents: 50.0% of the records rejected, allowed are 2.0%")
    ]


def test_a_misspelled_inbox_folder_is_an_error(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drop_incident(workspace)
    (workspace / "var" / "inbox" / "incident").mkdir()
    load_and_publish(workspace)
    found = Examined(workspace, capsys, "2026-07-01")
    assert found.code == 1
    assert found.findings == [
        ("error", "inbox/incident belongs to no source: nothing in it is read")
    ]


def test_mistakes_in_seeds_are_configuration(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace / "seeds" / "tiers.csv").write_text("tier,weight\ngold,-1\n")
    found = Examined(workspace, capsys, "2026-07-01")
    assert found.code == 3
    assert found.findings[0][0] == "config"
    assert "seeds/tiers.csv:2" in found.findings[0][1]


def test_a_missing_key_and_a_missing_clone_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repos = '[[repos]]\nname = "shop-web"\npath = "repos/shop-web"\n'
    found = Examined(make_workspace(tmp_path / "shop", repos), capsys, "2026-07-01")
    levels = {what.partition(":")[0]: level for level, what in found.findings}
    assert levels["repository shop-web"] == "error"
    assert levels["no hash key"] == "warning"
    assert found.said["workspace"]["hash_key_set"] is False


def test_the_engine_is_said_and_what_it_lacks(
    workspace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAPSIGHT_MEMORY_LIMIT", "3GB")
    found = Examined(workspace, capsys, "2026-07-01").said["workspace"]
    assert (found["engine"], found["spark_master"], found["memory_limit"]) == (
        "duckdb",
        None,
        "3GB",
    )
    monkeypatch.setenv("GAPSIGHT_ENGINE", "spark")
    monkeypatch.setenv("GAPSIGHT_SPARK_MASTER", "sparkk://far")
    monkeypatch.setattr("orchestration.engines.find_spec", lambda _: object())
    lacking = Examined(workspace, capsys, "2026-07-01")
    assert lacking.code == 3
    assert ("config", "GAPSIGHT_SPARK_MASTER is 'sparkk://far'.") in lacking.findings
    main(["doctor", "--workspace", str(workspace)])
    assert "spark (sparkk://far), DuckDB within 3GB of memory" in capsys.readouterr().out


def test_a_key_that_could_be_guessed_is_said(
    workspace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_HASH_KEY", "fifteen bytes !")
    found = Examined(workspace, capsys, "2026-07-01")
    [(level, what, do)] = (
        (f["level"], f["what"], f["do"]) for f in found.said["findings"] if "hash key" in f["what"]
    )
    assert level == "warning"
    assert "fewer than 16 bytes" in what
    assert "SHOP_HASH_KEY" in do
    assert "fifteen" not in found.printed
    main(["doctor", "--workspace", str(workspace), "--as-of", "2026-07-01"])
    assert "hash key too short" in capsys.readouterr().out


def test_a_load_after_the_last_publication_is_stale(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drop_incident(workspace)
    load_and_publish(workspace)
    marts = workspace / "var" / "published" / "marts.duckdb"
    with duckdb.connect(marts) as connection:
        connection.execute("update _meta set built_at = timestamp '2026-01-01 12:00:00'")
    found = Examined(workspace, capsys, "2026-07-01")
    what = "files were loaded or withdrawn after the last publication"
    assert found.findings == [("stale", what)]
    assert found.said["published_at"].startswith("2026-01-01T"), "by its own word, not the file's"


@pytest.mark.parametrize("kept", [0, 100, 5000])
def test_a_damaged_publication_is_an_error(
    workspace: Path, capsys: pytest.CaptureFixture[str], kept: int
) -> None:
    drop_incident(workspace)
    load_and_publish(workspace)
    marts = workspace / "var" / "published" / "marts.duckdb"
    marts.write_bytes(b"no database" if kept == 0 else marts.read_bytes()[:kept])
    found = Examined(workspace, capsys, "2026-07-01")
    assert found.code == 1
    [finding] = found.said["findings"]
    assert finding["level"] == "error"
    assert finding["what"].startswith(f"{marts} cannot be opened: ")
    assert finding["do"].startswith("gapsight run")


def test_a_damaged_ledger_does_not_end_the_examination(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drop_incident(workspace)
    load_and_publish(workspace)
    for part in (workspace / "var" / "lake" / "loads").glob("day=*/*.parquet"):
        part.write_bytes(b"PAR1 cut off")
    found = Examined(workspace, capsys, "2026-07-01")
    assert found.code == 2
    assert any(what.startswith("the ledger cannot be read") for _, what in found.findings)


def test_the_text_says_what_to_do(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drop_issue(workspace)
    load_and_publish(workspace)
    words = ["doctor", "--workspace", str(workspace), "--as-of"]
    assert main([*words, "2026-07-01"]) == 0
    assert "all is well" in capsys.readouterr().out
    assert main([*words, "2026-07-10"]) == 2
    text = capsys.readouterr().out
    assert "days and times in Europe/Berlin, from 2026-06-01, hash key set" in text
    assert "  -> check what brings files to inbox/jira" in text


def test_the_same_of_several_sources_is_said_once(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("mixpanel", "access_log"):
        (workspace / "var" / "inbox" / name).mkdir(parents=True)
    drop_issue(workspace)
    load_and_publish(workspace)
    main(["doctor", "--workspace", str(workspace), "--as-of", "2026-07-01"])
    text = capsys.readouterr().out
    assert "unknown: access_log, mixpanel: it is set up, but no file ever came\n" in text
    assert "  -> check what brings files to inbox/NAME/YYYY-MM-DD/\n" in text
    assert re.search(
        r"not set up: .*\bci_bundle, .*incidents, .*deployments, .*git\b", text, re.DOTALL
    )


@pytest.mark.parametrize("width", [80, 120])
def test_a_terminal_is_not_too_narrow(workspace: Path, width: int) -> None:
    repos = '[[repos]]\nname = "shop-web"\npath = "repos/shop-web"\n'
    with (workspace / "gapsight.toml").open("a") as settings:
        settings.write(repos)
    for drop in (drop_incident, drop_issue):
        drop(workspace)
    load_and_publish(workspace)
    reader, writer = pty.openpty()
    words = command("doctor", "--workspace", workspace, "--as-of", "2026-07-10")
    environ = {**os.environ, "COLUMNS": str(width), "TERM": "xterm-256color", "NO_COLOR": "1"}
    with subprocess.Popen(words, cwd=ROOT, env=environ, stdout=writer, stderr=writer) as running:
        os.close(writer)
        seen = b""
        with open(reader, "rb", buffering=0) as terminal:  # noqa: PTH123 - a descriptor, no path
            while chunk := shown_next(terminal):
                seen += chunk
        assert running.wait(timeout=20) == 1
    text = re.sub(r"\x1b\[[0-9;]*m", "", seen.decode())
    lines = [line for line in text.splitlines() if str(workspace) not in line]
    assert max(len(line.rstrip()) for line in lines) <= width
    assert re.search(r"^incidents +files +yes +1 +2026-06-30 +10 d +0 +quiet", text, re.MULTILINE)
    assert "too narrow" not in text


def shown_next(terminal: io.RawIOBase) -> bytes:
    try:
        return terminal.read(65536) or b""
    except OSError:  # Linux ends a terminal without a writer with an error
        return b""


def test_without_a_day_ages_are_counted_to_today(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drop_incident(workspace)
    load_and_publish(workspace)
    main(["doctor", "--workspace", str(workspace), "--format", "json"])
    found = json.loads(capsys.readouterr().out)["sources"]
    (source,) = (source for source in found if source["source"] == "incidents")
    age = (datetime.now(UTC).date() - date(2026, 6, 30)).days
    assert abs(source["age_days"] - age) <= 1
