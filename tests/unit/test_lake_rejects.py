"""Files and records that cannot be read: rejects in the lake, and nothing else is lost."""

import pytest

from ingest import sources
from ingest.source import FormatError
from tests.unit.lake_support import DAY, incident, load, put_incidents, rows, with_source, workspace


def test_an_unreadable_file_is_one_reject_and_stops_no_other(tmp_path):
    settings = workspace(tmp_path)
    put_incidents(settings, "b.json", [incident("I-1")])
    folder = settings.paths.inbox / "incidents" / DAY.isoformat()
    (folder / "a.json").write_text("<html>Sign in</html>")
    (folder / "c.pdf").write_text("%PDF")
    (folder / "d.json.gz").write_bytes(b"\x1f\x8b\x08\x00cut off")
    report = load(settings)
    assert (report.listed, report.loaded, report.unreadable, report.rejected) == (4, 4, 3, 3)
    assert rows(settings, columns="incident_id") == [("I-1",)]
    reasons = dict(rows(settings, "rejects", "path, reason"))
    assert len(reasons) == 3
    assert "expected *.json" in reasons["incidents/2026-06-30/c.pdf"]
    assert "a gzip file that is broken" in reasons["incidents/2026-06-30/d.json.gz"]
    assert load(settings).loaded == 0, "a bad file is not read again until it changes"
    assert report.reject_share == pytest.approx(3 / 4)
    assert report.rejecting[0] == ("incidents/2026-06-30/a.json", 1, 1)
    for wrong in ("a.json", "c.pdf", "d.json.gz"):
        (folder / wrong).unlink()
    assert load(settings).rejecting == [], "what is gone from the inbox can be mended by nobody"


def test_a_parser_that_breaks_is_a_reject_without_personal_data(tmp_path, monkeypatch):
    def broken(stream, context):
        yield from ()
        raise KeyError("no column for jo@example.com")

    settings = workspace(tmp_path)
    put_incidents(settings, "a.json", [])
    with_source(monkeypatch, "incidents", parse=broken)
    assert load(settings).unreadable == 1
    [(reason,)] = rows(settings, "rejects", "reason")
    assert reason == "the parser failed: KeyError: 'no column for <email>'"


def test_rows_before_a_fatal_error_are_not_kept(tmp_path, monkeypatch):
    parse = sources.get("incidents").parse

    def late(stream, context):
        yield from parse(stream, context)
        raise FormatError("the end is missing")

    settings = workspace(tmp_path)
    put_incidents(settings, "a.json", [incident("I-1")])
    with_source(monkeypatch, "incidents", parse=late)
    load(settings)
    assert rows(settings) == []
    assert rows(settings, "rejects", "reason") == [("the end is missing",)]
    assert rows(settings, "loads", 'records_read, "user", rejected, rows') == [(1, 0, 1, 0)]


def test_a_thousand_rejects_are_kept_and_all_are_counted(tmp_path):
    settings = workspace(tmp_path)
    put_incidents(settings, "a.json", [{"title": "no id"}] * 1500 + [incident("I-1")])
    report = load(settings)
    assert (report.rejected, report.rejected_now, report.records_read) == (1500, 1500, 1501)
    assert len(rows(settings, "rejects")) == 1000
    assert rows(settings, "loads", 'records_read, "user", rejected') == [(1501, 1, 1500)]
