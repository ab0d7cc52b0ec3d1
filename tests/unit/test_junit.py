"""JUnit: the rules that a golden file cannot show one by one, and hostile input."""

import datetime as dt
import io
import re
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.ci.test_names import JOINT
from ingest.files import xml_stream
from ingest.records import TestAttempt
from ingest.source import Context, FormatError, Item, Reject, Warn
from ingest.sources.junit import parse
from tests.unit.memory_support import read_alone

CONTEXT = Context(folder_day=dt.date(2026, 6, 30))
GOLDEN = Path(__file__).parents[1] / "golden" / "junit"
RESULTS = {
    "pass": "",
    "fail": "<failure message='no'/>",
    "error": "<error message='no'/>",
    "skip": "<skipped/>",
}


def items(text: str | bytes) -> list[Item]:
    data = text.encode() if isinstance(text, str) else text
    return list(parse(io.BytesIO(data), CONTEXT))


def attempts(text: str | bytes) -> list[TestAttempt]:
    return [item for item in items(text) if isinstance(item, TestAttempt)]


def warnings(text: str | bytes) -> list[str]:
    return [item.reason for item in items(text) if isinstance(item, Warn)]


def suite(*cases: str, **attributes: str) -> str:
    words = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return f"<testsuite {words}>{''.join(cases)}</testsuite>"


def case(body: str = "", **attributes: str) -> str:
    words = " ".join(f'{name}="{value}"' for name, value in {"name": "t", **attributes}.items())
    return f"<testcase {words}>{body}</testcase>"


@pytest.mark.parametrize(
    ("results", "numbers"),
    [
        ("fail pass", [(1, 1), (2, 1)]),
        ("fail error fail pass", [(1, 1), (2, 1), (3, 1), (4, 1)]),
        ("fail fail", [(1, 1), (2, 1)]),
        ("pass pass", [(1, 1), (1, 2)]),
        ("pass fail", [(1, 1), (1, 2)]),
        ("pass fail pass", [(1, 1), (1, 2), (1, 3)]),
        ("fail pass pass", [(1, 1), (1, 2), (1, 3)]),
        ("fail skip", [(1, 1), (1, 2)]),
        ("skip pass", [(1, 1), (1, 2)]),
    ],
)
def test_only_what_failed_is_tried_again(results: str, numbers: list[tuple[int, int]]) -> None:
    rows = attempts(suite(*(case(RESULTS[word]) for word in results.split())))
    assert sorted((row.attempt, row.occurrence) for row in rows) == sorted(numbers)


def test_the_same_suite_named_twice_is_one_suite_for_repetitions() -> None:
    two = suite(case(RESULTS["fail"]), name="a") + suite(case(), name="a")
    rows = attempts(f"<testsuites>{two}</testsuites>")
    assert [(row.status, row.attempt) for row in rows] == [("failed", 1), ("passed", 2)]


def test_equal_names_in_other_suites_classes_and_files_are_other_tests() -> None:
    body = suite(case(RESULTS["fail"]), case(classname="c"), case(file="f"), name="a")
    rows = attempts(f"<testsuites>{body}{suite(case(), name='b')}</testsuites>")
    assert {(row.attempt, row.occurrence) for row in rows} == {(1, 1)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.288", 288.0),
        ("0,288", 288.0),
        ("2,503.1", 2_503_100.0),
        ("1,234,567", 1_234_567_000.0),
        ("2.503,1", 2_503_100.0),
        ("4.5e-05", 0.045),
        ("0.", 0.0),
        (" 1 ", 1000.0),
        ("1.5s", 1500.0),
        ("-3", None),
        ("NaN", None),
        ("inf", None),
        ("1967986371", None),
        ("&lt;&lt;computed&gt;&gt;", None),
        ("", None),
    ],
)
def test_durations_as_tools_write_them(text: str, expected: float | None) -> None:
    found = attempts(suite(case(time=text)))[0].duration_ms
    assert found == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("attributes", "raw", "status"),
    [
        ({"status": "disabled"}, "disabled", "skipped"),
        ({"status": "notrun", "result": "suppressed"}, "notrun", "skipped"),
        ({"status": "run", "result": "skipped"}, "skipped", "skipped"),
        ({"status": "run"}, "run", "passed"),
        ({"result": "completed"}, "completed", "passed"),
        ({"status": "Failed"}, "Failed", "failed"),
        ({"status": "errored"}, "errored", "error"),
        ({"status": "timedOut"}, "timedOut", "error"),
        ({}, "passed", "passed"),
    ],
)
def test_status_attributes_without_an_element(
    attributes: dict[str, str], raw: str, status: str
) -> None:
    row = attempts(suite(case(**attributes)))[0]
    assert (row.raw_status, row.status) == (raw, status)


def test_a_failure_counts_whatever_else_the_case_says() -> None:
    both = suite(case("<skipped/><failure message='x'/>"), case(RESULTS["fail"], status="disabled"))
    assert {row.status for row in attempts(both)} == {"failed"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<test-run/>", "NUnit 3"),
        ("<test-results/>", "NUnit 2"),
        ("<assemblies/>", "xUnit.net"),
        ("<TestRun xmlns='http://example.com/TeamTest/2010'/>", "TRX"),
        ("<testng-results/>", "TestNG"),
        ("<robot/>", "Robot Framework"),
        ("<report name='x'/>", "JaCoCo"),
        ("<html><body/></html>", "HTML"),
        ("<catalog><book/></catalog>", "<catalog>"),
        ("", "empty"),
        (" \r\n\t", "empty"),
        ("All tests passed.\n", "All tests passed."),
        ('{"testResults": []}', "JSON"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"PK\x03\x04rest", "zip"),
        (b"\x00\x01\x02\x03", "no XML"),
        ("<", "no XML"),
        ("<testsuite", "no XML"),
        ("<!-- only a comment -->", "no XML"),
    ],
)
def test_another_format_is_refused_by_name(text: str | bytes, found: str) -> None:
    with pytest.raises(FormatError, match=re.escape(found)):
        items(text)


def test_a_default_namespace_is_no_other_format() -> None:
    row = attempts(
        '<testsuite xmlns="urn:x" name="s"><testcase name="t"><failure/></testcase></testsuite>'
    )
    assert [(r.suite, r.status) for r in row] == [("s", "failed")]


def test_utf_16_and_other_encodings() -> None:
    text = '<?xml version="1.0" encoding="{}"?><testsuite><testcase name="größer"/></testsuite>'
    for encoding in ("utf-16", "iso-8859-1", "windows-1252"):
        assert attempts(text.format(encoding).encode(encoding))[0].name == "größer"


def test_a_suite_without_cases_gives_no_rows_but_its_counts_are_compared() -> None:
    assert items("<testsuites/>") == []
    assert items(suite(tests="0", failures="0")) == []
    assert warnings(suite(name="s", tests="3")) == ["counts differ: s states 3 tests, 0 are there"]


@pytest.mark.parametrize(
    ("tests", "failures", "is_right"),
    [("2", "1", True), ("4", "3", True), ("2", "2", False), ("3", "1", False), ("x", "-1", True)],
)
def test_tools_may_count_cases_or_attempts(tests: str, failures: str, is_right: bool) -> None:
    rerun = case("<failure/><rerunFailure/><rerunError/>", name="a")
    said = warnings(suite(rerun, case(name="b"), tests=tests, failures=failures))
    assert (said == []) is is_right


def test_properties_of_a_case_hide_those_of_its_suite() -> None:
    outer = "<property name='flow' value='search'/><property name='tier' value='e2e'/>"
    inner = "<property name='Flow' value='checkout'/>"
    tagged = case(f"<properties>{inner}</properties>")
    row = attempts(suite(f"<properties>{outer}</properties>", tagged))[0]
    assert row.tags_json == '{"flow":"checkout","tier":"e2e"}'


def playwright(*suites: str) -> bytes:
    return (
        f'<testsuites id="" name="" tests="{len(suites)}">{"".join(suites)}</testsuites>'.encode()
    )


def of_project(project: str, name: str, inside: str = "") -> str:
    file = "e2e/cart.spec.ts"
    one = f'<testcase name="{name}" classname="{file}" time="1">{inside}</testcase>'
    return f'<testsuite name="{file}" hostname="{project}" tests="1">{one}</testsuite>'


def test_a_project_of_playwright_is_an_environment_and_its_titles_hold_tags() -> None:
    title = f"Cart{JOINT}pays @smoke [region:eu] [owner:qa]"
    rows = attempts(
        playwright(
            of_project("chromium", title, "<failure/>"),
            of_project("webkit", f"[webkit] {title}"),
            of_project("", title),
        )
    )
    found = {(row.environment, row.name, row.status, row.attempt, row.occurrence) for row in rows}
    assert found == {
        ("chromium", f"Cart{JOINT}pays", "failed", 1, 1),
        ("webkit", f"Cart{JOINT}pays", "passed", 1, 1),
        (None, f"Cart{JOINT}pays", "passed", 1, 1),
    }
    assert {row.tags_json for row in rows} == {'{"region":"eu","owner":"qa","smoke":"true"}'}


def test_a_host_is_no_environment_in_the_report_of_any_other_tool() -> None:
    own = case(name=f"adds{JOINT}two", classname="a.test.ts")
    vitest = suite(suite(own, name="a.test.ts", hostname="runner-17"), name="vitest tests")
    assert attempts(vitest)[0].environment is None


@pytest.mark.parametrize(
    ("title", "name", "params", "tags"),
    [
        ("pays [flow:checkout] @risk:high", "pays", None, '{"flow":"checkout","risk":"high"}'),
        ("adds [currency: EUR]", "adds", "currency: EUR", None),
        ("mails @kim", "mails @kim", None, None),
        ("test_total[risk:high]", "test_total", "risk:high", None),
    ],
)
def test_of_titles_only_sure_tags_are_taken_as_two_tests_may_differ_in_the_rest(
    title: str, name: str, params: str | None, tags: str | None
) -> None:
    row = attempts(suite(case(name=title)))[0]
    assert (row.name, row.params, row.tags_json) == (name, params, tags)


def test_system_properties_of_the_machine_are_no_tags() -> None:
    dump = "".join(
        f"<property name='{name}' value='v'/>" for name in ("java.home", "DB_PASSWORD", "owner")
    )
    row = attempts(suite(f"<properties>{dump}</properties>", case()))[0]
    assert row.tags_json == '{"owner":"v"}'


def test_a_secret_in_a_property_is_scrubbed() -> None:
    own = "<properties><property name='api_token' value='abcdef123456'/></properties>"
    assert "abcdef" not in str(attempts(suite(case(own)))[0].tags_json)


# --- hostile input


def test_entities_are_neither_expanded_nor_loaded(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the crown jewels")
    laughs = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    for declared in (
        f'<!ENTITY x SYSTEM "{secret.as_uri()}">',
        f'<!ENTITY e0 "ha">{laughs}<!ENTITY x "&e11;">',
        f'<!ENTITY % p SYSTEM "{secret.as_uri()}"> %p; <!ENTITY x "y">',
    ):
        for use in (
            '<testcase name="&x;"/>',
            "<testcase name='t'><failure>&x;</failure></testcase>",
        ):
            with pytest.raises(FormatError, match=r"entities|can be read"):
                items(f"<!DOCTYPE t [{declared}]><testsuite>{use}</testsuite>")


def test_an_entity_bomb_in_the_root_is_refused_quickly() -> None:
    laughs = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    start = time.perf_counter()
    with pytest.raises(FormatError, match="no XML that can be read"):
        items(f'<!DOCTYPE t [<!ENTITY e0 "ha">{laughs}]><testsuite name="&e11;"/>')
    assert time.perf_counter() - start < 1


def test_a_document_type_is_named_but_not_fetched() -> None:
    text = '<!DOCTYPE testsuite SYSTEM "http://127.0.0.1:9/never.dtd">' + suite(case())
    assert [row.name for row in attempts(text)] == ["t"]


def test_a_document_type_in_a_file_is_not_read_either(tmp_path: Path) -> None:
    # lxml 6.1 reads it with `collect_ids=False`, whatever `load_dtd` says: a pipe would never end.
    other = tmp_path / "other.dtd"
    other.write_text('<!ATTLIST testcase name CDATA "from outside"><!ENTITY x "from outside">')
    for use in ("<testcase/>", "<testcase name='t'><failure>&x;</failure></testcase>"):
        text = f'<!DOCTYPE testsuite SYSTEM "{other}"><testsuite name="s">{use}</testsuite>'
        assert "from outside" not in repr(items(text))


def test_a_line_of_five_megabytes() -> None:
    big = "x" * 5_000_000
    rows = attempts(suite(case(f"<failure message='{big}'>{big}</failure>"), case(name=big)))
    assert [len(row.message or "") for row in rows if row.status == "failed"] == [2000]
    assert max(len(row.name) for row in rows) == 1000


@pytest.mark.parametrize(
    "body",
    [
        "<system-out>{}</system-out>",
        "<system-out><![CDATA[{}]]></system-out>",
        "<system-err>{}</system-err><failure message='no'/>",
        "<failure message='no'>{}</failure>",
        "<failure message='{}'/>",
    ],
)
def test_a_test_may_print_more_than_libxml2_takes_by_itself(body: str) -> None:
    """Ten megabytes of text, or of an attribute, ended the file."""
    whole = suite(case(name="before"), case(body.format("x" * 11_000_000), name="chatty"), case())
    found = items(whole)
    assert {item.name for item in found if isinstance(item, TestAttempt)} == {
        "before",
        "chatty",
        "t",
    }
    assert len(found) == 3


def test_a_text_above_the_limit_stops_the_file_with_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_stream, "SMALL", 0)
    monkeypatch.setattr(xml_stream, "WITHOUT_EVENT", 1_000_000)
    big = "x" * 2_000_000
    text = suite(case(name="before"), case(f"<system-out>{big}</system-out>"), case(name="after"))
    found = items(text)
    assert [item.name for item in found if isinstance(item, TestAttempt)] == ["before"]
    [reason] = [i.reason for i in found if isinstance(i, Reject) and i.position is None]
    assert reason == "reading ended at a limit: results after that are missing"
    assert "without a known element" in warnings(text)[0]


def test_suites_nested_too_deep_stop_the_file() -> None:
    found = items("<testsuite>" * 5000 + case())
    assert any(isinstance(item, Reject) for item in found)


@pytest.mark.parametrize("bad", ["\x01", "&", "<"])
def test_a_flood_of_errors_stays_one_warning(bad: str) -> None:
    text = suite(*(f'<testcase name="a{bad}b{n}"/>' for n in range(20_000)))
    found = items(text)
    assert sum(isinstance(item, TestAttempt) for item in found) == 20_000
    assert [item.reason[:18] for item in found if isinstance(item, Warn)] == ["no well-formed XML"]


def test_two_documents_in_one_file_are_not_taken_for_one() -> None:
    found = items(suite(case(), name="a") + suite(case(RESULTS["fail"]), name="b"))
    assert any(isinstance(item, Reject) and item.position is None for item in found)
    assert not any(isinstance(item, Reject) for item in items(suite(case()) + "\nDone in 3 s.\n"))


Place = tuple[str | None, str | None, str, str | None]


def place_of(row: TestAttempt) -> Place:
    return row.suite, row.class_name, row.name, row.params


@pytest.mark.parametrize("name", ["pytest", "surefire_reruns", "nested"])
def test_a_file_cut_anywhere_passes_no_test_that_did_not_pass(name: str) -> None:
    whole = (GOLDEN / name / "input.xml").read_bytes()
    passed = {place_of(row) for row in attempts(whole) if row.status == "passed"}
    for end in range(len(whole)):
        try:
            rows = attempts(whole[:end])
        except FormatError:
            continue
        assert {place_of(row) for row in rows if row.status == "passed"} <= passed, end
        keys = [(place_of(row), row.occurrence, row.attempt) for row in rows]
        assert len(keys) == len(set(keys)), f"cut at {end}: a row came twice"


@pytest.mark.parametrize("size", [200, 333, 1000, 4096])
def test_read_at_once_or_in_chunks_makes_no_difference(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pytest", "nested", "repeated", "stamps"):
        whole = (GOLDEN / name / "input.xml").read_bytes()
        before = items(whole)
        monkeypatch.setattr(xml_stream, "SMALL", 0)
        monkeypatch.setattr(xml_stream, "CHUNK", size)
        assert sorted(map(repr, items(whole))) == sorted(map(repr, before))
        monkeypatch.undo()


class Drops(io.RawIOBase):
    """A stream that hands out a few bytes at a time."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self._data.read(min(size, 7))


def test_a_stream_that_drips_is_read_to_its_end() -> None:
    whole = (GOLDEN / "pytest" / "input.xml").read_bytes()
    assert list(parse(Drops(whole), CONTEXT)) == items(whole)


@given(st.binary(max_size=400))
def test_any_bytes_give_items_or_a_refusal(data: bytes) -> None:
    with suppress(FormatError):
        items(data)


def test_a_suite_with_a_broken_start_tag_shifts_no_other() -> None:
    """libxml2 tells that such an element begins, and never that it ends."""
    good = suite(case(name="t"), name="good")
    broken = (
        f"<testsuites><testsuite name='outer'><testsuite na(e='x'></testsuite>{good}</testsuites>"
    )
    assert [(row.suite, row.name) for row in attempts(broken)] == [("good", "t")]


PIECES = (
    b"<testsuite>", b"</testsuite>", b"<testcase", b"</testcase>", b"<properties>", b"<failure>",
    b"<![CDATA[", b"]]>", b"<!--", b"-->", b"&#0;", b"&x;", b'"', b"<", b">", b"/>", b"\x00", b"\xff",
)  # fmt: skip


@settings(max_examples=300)
@given(st.data())
def test_a_damaged_report_never_crashes(data: st.DataObject) -> None:
    """Nor does libxml2: cases are taken out of its tree while it still writes to the rest."""
    name = data.draw(st.sampled_from(["nested", "pytest", "surefire_reruns"]))
    text = bytearray((GOLDEN / name / "input.xml").read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        at, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
        piece = data.draw(st.sampled_from(PIECES) | st.binary(max_size=3))
        text[at : data.draw(st.sampled_from([at, at + 1, end]))] = piece
    with pytest.MonkeyPatch.context() as patch, suppress(FormatError):
        patch.setattr(xml_stream, "CHUNK", data.draw(st.sampled_from([300, 1000, 100_000])))
        patch.setattr(xml_stream, "SMALL", data.draw(st.sampled_from([0, xml_stream.SMALL])))
        assert all(isinstance(i, TestAttempt | Reject | Warn) for i in items(bytes(text)))


def test_memory_stays_flat(tmp_path: Path) -> None:
    """One suite of 400,000 cases (40 MB) in one file, of which 2 % fail."""
    report = tmp_path / "report.xml"
    with report.open("w") as file:
        file.write("<testsuite>")
        for n in range(400_000):
            body = "<failure message='no'>at line</failure>" if n % 50 == 0 else ""
            file.write(case(body, name=f"test_number_{n}", classname=f"com.example.C{n % 99}"))
        file.write("</testsuite>")
    read = read_alone("junit", report)
    assert read.items == 400_001, "each case, and the warning that not all names could be kept"
    assert read.peak < 150, f"{read.peak} MB"


def test_one_suite_is_read_to_its_end_however_long_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_stream, "WITHOUT_EVENT", 200_000)
    monkeypatch.setattr(xml_stream, "SMALL", 0)
    many = [case(name=f"t{n}", classname="com.example.Checkout") for n in range(20_000)]
    report = suite(*many)
    assert len(report) > 4 * xml_stream.WITHOUT_EVENT
    assert len(items(report)) == len(attempts(report)) == len(many)


def test_what_holds_nothing_for_long_is_read_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_stream, "WITHOUT_EVENT", 200_000)
    monkeypatch.setattr(xml_stream, "SMALL", 0)
    found = items(suite(case(), f"<properties {'x' * 900_000}/>", case(name="lost")))
    assert [item.name for item in found if isinstance(item, TestAttempt)] == ["t"]
    assert any(i.reason.startswith("reading ended at") for i in found if isinstance(i, Reject))
    assert any(i.partial for i in found if isinstance(i, Warn))
