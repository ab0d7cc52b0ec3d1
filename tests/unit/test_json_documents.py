"""Containers that JSON comes in, and files that are none."""

import io
import json
from typing import Any

import pytest

from ingest.files import json_documents
from ingest.files.json_documents import DOCUMENT_LIMIT, objects
from ingest.source import FormatError, Reject


def read(text: str | bytes, limit: int = DOCUMENT_LIMIT) -> list[Any]:
    raw = text.encode() if isinstance(text, str) else text
    return list(objects(io.BytesIO(raw), ("incidents",), limit=limit))


@pytest.mark.parametrize(
    "text",
    [
        '[{"id": 1}, {"id": 2}]',
        '{"incidents": [{"id": 1}, {"id": 2}], "total": 2}',
        '{"data": [{"id": 1}, {"id": 2}], "took": 0.2}',
        '[{"incidents": [{"id": 1}]}, {"incidents": [{"id": 2}]}]',
        '\n[{"id": 1}\n,\n{"id": 2}]\n',
        '\ufeff[{"id": 1}, {"id": 2}]',
        '{\n  "incidents": [\n    {"id": 1},\r\n    {"id": 2}\n  ]\n}\n',
    ],
)
def test_every_container_gives_the_same_objects(text: str) -> None:
    assert read(text) == [(1, {"id": 1}), (2, {"id": 2})]


def test_json_lines_are_counted_by_line_and_may_end_without_a_line_end() -> None:
    assert read('{"id": 1}\n\n{"id": 2}') == [(1, {"id": 1}), (3, {"id": 2})]
    assert read('\ufeff\n{"id": 1}\r\n{"id": 2}\r\n') == [(2, {"id": 1}), (3, {"id": 2})]


def test_a_page_a_line_is_unpacked() -> None:
    found = read('{"incidents": [{"id": 1}, {"id": 2}]}\n{"incidents": [{"id": 3}]}\n')
    assert found == [(1, {"id": 1}), (1, {"id": 2}), (2, {"id": 3})]


def test_one_object_is_one_record_even_with_members_named_like_a_list() -> None:
    assert read('{"id": 1, "items": [1, 2]}') == [(1, {"id": 1, "items": [1, 2]})]
    assert read('{"incidents": {"id": 7}}') == [(1, {"id": 7})]


@pytest.mark.parametrize("text", ["[]", '{"incidents": []}', '{"incidents": null}'])
def test_an_empty_export_is_no_fault(text: str) -> None:
    assert read(text) == []


def test_a_bad_line_is_rejected_without_showing_it_and_the_others_are_read() -> None:
    found = read('{"id": 1}\n{"assignee": "Jo Public", "id": }\n[]\n"x"\n{"id": 2}\n')
    assert found[0] == (1, {"id": 1})
    assert found[-1] == (5, {"id": 2})
    bad, odd = found[1:-1]
    assert isinstance(bad, Reject)
    assert (bad.position, bad.excerpt) == (2, "")
    assert odd == Reject(position=4, reason="a text, expected an object")


def test_a_bad_first_line_does_not_hide_the_others() -> None:
    bad, good = read('{"id": oops}\n{"id": 2}\n')
    assert isinstance(bad, Reject)
    assert good == (2, {"id": 2})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty file"),
        (" \r\n\t\n", "empty file"),
        ("<!DOCTYPE html><title>Log in</title>", "login page"),
        ('<?xml version="1.0"?>', "HTML or XML"),
        ("id,title,started\n1,out,2026-06-30\n", "CSV, expected JSON"),
        ('[{"id": 1}, {"id": 2}', "cut off"),
        ('{"incidents": [{"id": 1}', "cut off"),
        ('{"id": 1}\n{"id": 2', "cut off in line 2"),
        ('{"id": 1}\n{"id": {"a": 2}', "cut off in line 2"),
        ('{\n "id": 1,\n "title": "x', "cut off"),
        ('{"id": NaN}', "cut off"),
        ('{"a": b}\n{"c": d}\n', "no line is JSON"),
        ("id,title\n1,x\n", "not JSON"),
        ("{'id': 1}", "not JSON|cut off"),
        (b"\xff\xfe[\x00]\x00", "UTF-16"),
        (b'[{"id": "\xff"}]', "not JSON"),
        (b'[{"id": "\\ud800"}]', "not JSON"),
        (b"\x1f\x8b\x08\x00\x00", "not JSON"),
        ("[" * 100_000, "nested too deep"),
        ('{"a":' * 100_000 + "}", "nested too deep|cut off"),
    ],
)
def test_what_is_not_whole_json_says_so(text: str | bytes, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        read(text)


@pytest.mark.parametrize(
    "text", ["[" + "1," * 100 + "1]", "[\n" + "1,\n" * 100 + "1]", "{}\n" + "{" * 99]
)
def test_more_than_the_limit_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match=r"(more|longer) than 64"):
        read(text, limit=64)


def test_the_limit_is_of_one_line_not_of_a_file_of_lines() -> None:
    assert len(read('{"id": 1}\n' * 100, limit=64)) == 100


def test_a_record_too_large_for_memory_is_rejected_and_the_others_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(json_documents, "OPENED_LIMIT", 40)
    found = read(json.dumps({"incidents": [{"id": 1}, {"id": 2, "text": "x" * 40}, {"id": 3}]}))
    assert found[::2] == [(1, {"id": 1}), (3, {"id": 3})]
    assert found[1] == Reject(position=2, reason="a record of more than 40 bytes")
