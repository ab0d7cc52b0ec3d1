"""`gapsight parse`: records to standard output, everything else to standard error."""

import gzip
import json
from pathlib import Path

import pytest

from gapsight.cli.main import main
from tests.unit.cli_support import gapsight, make_workspace
from tests.unit.zstd_support import zstd

INCIDENT = {
    "id": "INC-1",
    "service": "shop-web",
    "title": "Checkout down",
    "started_at": "2026-06-29T23:30:00",
    "resolved_at": "2026-06-29T23:50:00",
}


@pytest.fixture
def incidents(tmp_path: Path) -> Path:
    """One incident whose stamps name no zone."""
    place = tmp_path / "incidents.json"
    place.write_text(json.dumps([INCIDENT]))
    return place


def parsed(capsys: pytest.CaptureFixture[str], *args: str | Path) -> list[dict[str, object]]:
    """Rows that a parse without any reject prints."""
    code = main(["parse", *map(str, args)])
    out, err = capsys.readouterr()
    assert code == 0, err
    return [json.loads(line) for line in out.splitlines()]


def test_records_are_json_lines_and_the_summary_is_apart(
    incidents: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["parse", "incidents", str(incidents)]) == 0
    out, err = capsys.readouterr()
    row = json.loads(out)
    assert (row["table"], row["source"], row["incident_id"]) == ("incidents", "incidents", "INC-1")
    assert err.splitlines()[-1] == f"{incidents}: 1 incidents; 0 rejected, 1 warnings"
    assert "2 times without a zone were read as UTC" in err


def test_a_zone_is_applied_to_stamps_without_one(
    incidents: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (utc,) = parsed(capsys, "incidents", incidents)
    (berlin,) = parsed(capsys, "incidents", incidents, "--zone", "Europe/Berlin")
    assert str(utc["started_at"]).startswith("2026-06-29T23:30")
    assert str(berlin["started_at"]).startswith("2026-06-29T21:30")


def test_a_compressed_file_is_read_whatever_it_is_called(
    incidents: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for pack in (gzip.compress, zstd.compress):
        packed = tmp_path / "incidents"
        packed.write_bytes(pack(incidents.read_bytes()))
        assert parsed(capsys, "incidents", packed) == parsed(capsys, "incidents", incidents)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd.compress])
def test_standard_input_is_a_file_like_any_other(incidents: Path, pack: type[bytes]) -> None:
    done = gapsight("parse", "incidents", "-", stdin=pack(incidents.read_bytes()))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["incident_id"] == "INC-1"
    assert done.stderr.splitlines()[-1].startswith("standard input: 1 incidents")


def test_a_rejected_record_is_said_with_its_place_and_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "some.json"
    place.write_text(json.dumps([INCIDENT, {"title": "no id \x1b[31m"}]))
    assert main(["parse", "incidents", str(place)]) == 1
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 1
    assert f"{place}:2: rejected: no id" in err
    assert "1 incidents; 1 rejected" in err
    assert "\x1b" not in err


def test_a_file_of_another_format_ends_with_1_and_the_others_are_read(
    incidents: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text("<testsuite/>")
    assert main(["parse", "incidents", str(wrong), str(incidents)]) == 1
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 1
    assert f"{wrong}: no rows; 0 rejected, 0 warnings; stopped: this is no incidents file" in err
    assert "Traceback" not in err


def test_a_file_cut_off_in_gzip_ends_with_1(
    incidents: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "incidents.json.gz"
    place.write_bytes(gzip.compress(incidents.read_bytes())[:-12])
    assert main(["parse", "incidents", str(place)]) == 1
    assert "stopped" in capsys.readouterr().err


def test_a_log_cut_off_in_gzip_is_damaged_not_of_another_format(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "access.log.gz"
    log.write_bytes(gzip.compress(b"\n".join([b"no line of a log"] * 10_000))[:-40])
    assert main(["parse", "access_log", str(log)]) == 1
    err = capsys.readouterr().err
    assert "stopped: a gzip file that ends early" in err
    assert "this is no access_log file" not in err


def test_an_option_that_the_source_does_not_know_is_refused(
    incidents: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["parse", "jira", str(incidents), "--option", "severity_feild=x"]) == 3
    assert "did you mean 'severity_field'?" in capsys.readouterr().err


def test_a_missing_file_stops_before_anything_is_read(
    incidents: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["parse", "incidents", str(incidents), "nowhere.json"]) == 3
    assert capsys.readouterr().out == ""


def test_a_folder_is_refused_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["parse", "incidents", str(tmp_path)]) == 3
    assert f"gapsight parse incidents {tmp_path}/*" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("2026-05-01/found.json", "2026-05-01"),
        ("dump-20260502.json", "2026-05-02"),
        ("dump-2026-05-03.json", "2026-05-03"),
    ],
)
def test_a_row_without_a_stamp_belongs_to_the_day_of_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, expected: str
) -> None:
    place = tmp_path / name
    place.parent.mkdir(exist_ok=True)
    place.write_text('{"key": "PAY-2", "fields": {}}')
    assert [row["day"] for row in parsed(capsys, "jira", place)] == [expected]
    rows = parsed(capsys, "jira", place, "--day", "2026-04-30")
    assert [row["day"] for row in rows] == ["2026-04-30"]


def test_the_settings_of_a_workspace_apply_and_the_command_line_wins(
    incidents: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    extra = '[sources.incidents]\nzone = "America/New_York"\n'
    workspace = make_workspace(tmp_path / "shop", extra)
    words = ("incidents", incidents, "--workspace", workspace)
    (row,) = parsed(capsys, *words)
    assert str(row["started_at"]).startswith("2026-06-30T03:30")
    assert row["day"] == "2026-06-30"  # the reporting zone is Europe/Berlin
    (row,) = parsed(capsys, *words, "--zone", "UTC")
    assert str(row["started_at"]).startswith("2026-06-29T23:30")


def test_options_of_a_source_may_be_text_or_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "page.json"
    fields = {"summary": "x", "created": "2026-06-30T10:00:00Z", "customfield_1": {"value": "S1"}}
    place.write_text(json.dumps({"issues": [{"key": "SHOP-1", "fields": fields}]}))
    rows = parsed(capsys, "jira", place, "--option", "severity_field=customfield_1")
    assert [row["severity"] for row in rows if row["table"] == "issues"] == ["S1"]


def test_invisible_characters_are_escaped_without_changing_the_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    title = "a\u009b31m\u202eb\u2028c\x7f"
    place = tmp_path / "some.json"
    place.write_text(json.dumps([{**INCIDENT, "title": title}]))
    assert main(["parse", "incidents", str(place)]) == 0
    out = capsys.readouterr().out
    assert not set(out) & set("\u009b\u202e\u2028\x7f")
    assert len(out.splitlines()) == 1


def test_what_is_shown_is_what_the_lake_will_hold(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "junit.xml"
    report.write_text(
        '<testsuite name="s"><testcase classname="c" name="ghp_Planted1hub42F292c6912E7710"/>'
        '<testcase classname="c" name="ok"/></testsuite>'
    )
    assert main(["parse", "junit", str(report)]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["name"] for row in rows] == ["<token>", "ok"]
