"""Reading JSON reports: what is mended, what is refused and how it is named."""

import io
import time

import msgspec
import pytest

from ingest.ci import json_report
from ingest.ci.json_report import Records, read_json, worded
from ingest.ci.json_tags import pairs_of
from ingest.ci.tags import tags_json
from ingest.ci.test_names import params_of
from ingest.ci.title_tags import split_shown
from ingest.source import DamagedError, FormatError


class Member(msgspec.Struct):
    name: str
    time: float | None = None


class Whole(msgspec.Struct):
    tests: list[msgspec.Raw]


def read(data: bytes) -> tuple[list[Member | str], list[str]]:
    whole, notes = read_json(io.BytesIO(data), Whole, wanted="a test")
    records = Records(Member)
    return [records.read(text) for text in whole.tests], notes


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b'{"tests":[{"name":"a"}]}', "a"),
        (b'\xef\xbb\xbf{"tests":[{"name":"a"}]}', "a"),
        (b'\xef\xbb\xbf  \n{"tests":[{"name":"a"}]}', "a"),
        (b'{"tests":[{"name":"a \xff"}]}', "a \ufffd"),
        (b'{"tests":[{"name":"a \\ud83d"}]}', "a \ufffd"),
        (b'{"tests":[{"name":"NaN \\" NaN"}], "rate": NaN, "x": -Infinity}', 'NaN " NaN'),
        (b'{"tests":[{"name":"x"},{"name":"y"}], "tests":[{"name":"a"}]}', "a"),
    ],
)
def test_what_can_be_mended_is_read(data: bytes, name: str) -> None:
    assert read(data)[0] == [Member(name)]


def test_what_was_mended_is_said() -> None:
    before = "6 bytes of other text stand before the JSON and were skipped"
    assert read(b'hello\n{"tests":[]}')[1] == [before]
    assert read(b'{"tests":[], "x": NaN}')[1] == ["NaN and infinite numbers were taken for missing"]
    assert read(b'\xef\xbb\xbf{"tests":[]}')[1] == []


@pytest.mark.parametrize(
    ("data", "kind", "said"),
    [
        (b"", FormatError, "the file is empty; expected a test"),
        (b"\xef\xbb\xbf ", FormatError, "the file is empty"),
        (b"<a/>", FormatError, "is no JSON, it starts with '<a/>'"),
        (b"[]", FormatError, "JSON, but no object"),
        (b'{"test":[]}', FormatError, "JSON with the keys test;"),
        (b'{"tests":{}}', FormatError, "not have the known shape"),
        (b'{"tests":[{}', DamagedError, "cannot be read"),
        (b'{"tests":\x00[]}', DamagedError, "cannot be read"),
        (b'{"x":' + b"[" * 100_000, FormatError, "nested too deep"),
    ],
)
def test_what_cannot_is_named(data: bytes, kind: type[FormatError], said: str) -> None:
    with pytest.raises(FormatError) as raised:
        read(data)
    assert type(raised.value) is kind
    assert said in str(raised.value)


def test_a_record_of_another_shape_costs_only_itself() -> None:
    found, _ = read(b'{"tests":[{"name":1},{"time":2},{"name":"a","time":"1.5"},3]}')
    assert [isinstance(member, str) for member in found] == [True, True, False, True]
    assert found[2] == Member("a", 1.5), "a number in quotes is a number"


def test_a_report_above_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert json_report.LIMIT >> 20 == 400
    with pytest.raises(FormatError, match="limit of a JSON report"):
        read_json(io.BytesIO(b"{}" * 9), Whole, wanted="a test", limit=8)


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, None), ("a", "a"), (True, "true"), (1.5, "1.5"), ({"a": [1]}, '{"a":[1]}')],
)
def test_a_value_as_text(value: object, text: str | None) -> None:
    assert worded(value) == text


def test_a_number_of_more_than_64_bits_is_text_too() -> None:
    assert worded([10**30]) == f"[{10**30}]"


@pytest.mark.parametrize(
    ("value", "pairs"),
    [
        ({"flow": "cart", "n": 2, "on": True}, (("flow", "cart"), ("n", "2"), ("on", "true"))),
        ({"jira": ["A-1", "A-2"], "flow": None, "risk": ""}, (("jira", "A-1"), ("jira", "A-2"))),
        (["smoke", "@flow:cart", ""], (("smoke", ""), ("flow", "cart"))),
        ([{"flow": "cart"}, {"risk": "high"}], (("flow", "cart"), ("risk", "high"))),
        ("smoke", (("smoke", ""),)),
        (None, ()),
        (7, ()),
    ],
)
def test_tags_of_an_object_or_a_list(value: object, pairs: tuple[tuple[str, str], ...]) -> None:
    assert pairs_of(value) == pairs


def test_an_address_as_a_tag_is_scrubbed_and_keeps_its_name() -> None:
    assert tags_json((("owner", "kim@example.com"),)) == '{"owner":"<email>"}'


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("pays [flow:cart]", "pays"),
        ("[risk:high] pays", "pays"),
        ("pays @smoke", "pays"),
        ("@smoke", "@smoke"),
        ("test_total[risk:high]", "test_total[risk:high]"),
        ("test_total[a b:c]", "test_total[a b:c]"),
    ],
)
def test_brackets_of_a_function_are_parameters_those_of_a_title_tags(name: str, title: str) -> None:
    assert split_shown(name)[0] == title


def test_parameters_are_scrubbed_and_stable() -> None:
    given = {"role": "admin", "password": "hunter2hunter2", "at": "0x7f21c4a0b3d0", "none": None}
    assert params_of(given) == "role=admin, password=<secret>, at={address}"
    assert params_of({}) is None
    assert params_of(["a"]) is None


def test_hostile_numbers_and_names_cost_little() -> None:
    start = time.perf_counter()
    read(b'{"tests":[],"a":"' + b'\\"NaN' * 200_000 + b'", "b": NaN}')
    split_shown("[" * 100_000)
    assert time.perf_counter() - start < 2
