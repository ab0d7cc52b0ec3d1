"""What `gapsight init` says of lines it could not read, of names and of files it cannot take."""

import json
from pathlib import Path

import pytest

from gapsight.cli.main import main
from ingest.files.sniff import looks_like
from orchestration.inbox import list_units
from tests.unit.ci_bundle_support import stamped
from tests.unit.onboarding_support import write_log


def init(tmp_path: Path, *files: Path, load: bool = False) -> int:
    args = ["init", str(tmp_path / "team"), "--from", *map(str, files)]
    return main([*args, "--load"] if load else args)


def test_rejected_lines_are_counted_and_warned_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = write_log(tmp_path / "web.log", 6)
    text = log.read_text()
    log.write_text(text + "no line of a log\n" * 16)
    fine = write_log(tmp_path / "fine.log", 100)
    fine.write_text(fine.read_text() + "no line of a log\n")
    assert init(tmp_path, log, fine) == 0
    err = capsys.readouterr().err
    assert (
        f"{log}: 16 of 22 lines are rejected (72.7%); see why: gapsight parse access_log {log}"
        in err
    )
    assert f"{fine}:" not in err, "one line of a hundred is no finding"
    draft = (tmp_path / "team" / "draft.md").read_text()
    (said,) = [line for line in draft.splitlines() if "not asked for a flow" in line]
    assert "of 123 lines" in said
    assert "17 rejected" in said
    user = int(
        next(line for line in draft.splitlines() if "user requests (" in line)
        .split(" of ")[1]
        .split()[0]
    )
    others = sum(int(part.split()[0]) for part in said.partition("lines: ")[2].split(", "))
    assert user + others == 123


def test_a_report_with_rejected_records_names_its_own_format(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = write_log(tmp_path / "it's a web.log", 6)
    log.write_text(log.read_text() + "x\n" * 3)
    assert init(tmp_path, log) == 0
    assert f"gapsight parse access_log '{tmp_path}/it'\"'\"'s a web.log'" in capsys.readouterr().err


@pytest.mark.parametrize("length", [240, 255])
def test_a_name_as_long_as_a_file_system_allows_is_loaded(tmp_path: Path, length: int) -> None:
    log = write_log(tmp_path / f"{'w' * (length - 4)}.log", 50)
    xml = tmp_path / f"{'j' * (length - 4)}.xml"
    xml.write_text(stamped())
    for _ in range(2):
        assert init(tmp_path, log, xml, load=True) == 0
    (unit,) = list_units(tmp_path / "team/var/inbox", "access_log")
    assert unit.name == log.name
    assert len(list_units(tmp_path / "team/var/inbox", "ci_bundle")) == 1


def test_long_names_of_two_folders_are_cut_and_told_apart(tmp_path: Path) -> None:
    logs = [write_log(tmp_path / f / f"{'w' * 251}.log", 50) for f in ("web", "pay")]
    for _ in range(2):
        assert init(tmp_path, *logs, load=True) == 0
    units = list_units(tmp_path / "team/var/inbox", "access_log")
    assert len({unit.name for unit in units}) == len(units) == 2
    assert {len(unit.name) for unit in units} == {255}
    settings = (tmp_path / "team" / "gapsight.toml").read_text()
    assert settings.count("match = ") == 2


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"TN:\nSF:src/a.ts\nDA:1,1\nend_of_record\n", "LCOV"),
        (b"SF:src/a.ts\nDA:1,1\nend_of_record\n", "LCOV"),
        (
            json.dumps({"id": "1", "labels": ["x] {"], "a": ["]"], "b": {"c": 1}}).encode() * 2,
            "JSON",
        ),
        (b'{"id": 1, "x": [1] , "y": ["a"]}\n{"id": 2}\n', "JSON lines"),
        (b'\n{"expand": "x", "labels": ["a", {"b": [1], "c": 2}]}\n{"id": 2}', "JSON lines"),
        (b'{"a": [{"b": [1]}, {"c": 2}]}', "JSON"),
        (b'{\n  "issues": [] {"x": 1}\n}', "JSON"),
        (
            b'2026-06-30T12:00:00Z stdout F {"a": 1}\n',
            "JSON lines behind a container's or syslog's prefix",
        ),
        (
            b'Jun 30 12:00:00 host app[12]: {"a": 1}\n',
            "JSON lines behind a container's or syslog's prefix",
        ),
        (b'[30/Jun/2026] {"a": 1}\n', "JSON lines behind a container's or syslog's prefix"),
    ],
)
def test_what_files_look_like(content: bytes, what: str) -> None:
    assert looks_like(content) == what


def test_a_file_of_no_format_is_refused_by_what_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    issue = {"id": "1", "fields": {"labels": [], "comment": {"comments": [{"body": "a] {"}]}}}
    lines = "".join(json.dumps(issue | {"key": f"A-{n}"}) + "\n" for n in range(3))
    (tmp_path / "jira.jsonl").write_text(lines)
    assert init(tmp_path, tmp_path / "jira.jsonl") == 3
    assert "JSON lines of no format that a draft is made from" in capsys.readouterr().err


def test_the_same_draft_is_not_written_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = write_log(tmp_path / "web.log")
    for _ in range(3):
        assert init(tmp_path, log) == 0
    assert "draft.md" in capsys.readouterr().out
    assert sorted(path.name for path in (tmp_path / "team").glob("draft*")) == ["draft.md"]
    other = write_log(tmp_path / "more.log", seed=7)
    for _ in range(2):
        assert init(tmp_path, log, other) == 0
    names = sorted(path.name for path in (tmp_path / "team").glob("draft*"))
    assert names == ["draft-2.md", "draft.md"]
