"""Lcov: both generations of the format, several records of a file, cut-off and hostile files."""

import datetime as dt
import io
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.ci import lcov_record
from ingest.records import FileCoverage
from ingest.source import Context, FormatError, Item, Reject, Warn
from ingest.sources import lcov
from ingest.sources.lcov import parse
from tests.unit.memory_support import read_alone

CONTEXT = Context(folder_day=dt.date(2026, 6, 30))
GOLDEN = Path(__file__).parents[1] / "golden" / "lcov"


def items(text: str | bytes) -> list[Item]:
    data = text if isinstance(text, bytes) else text.encode()
    return list(parse(io.BytesIO(data), CONTEXT))


def files(text: str | bytes) -> dict[str, FileCoverage]:
    return {item.file: item for item in items(text) if isinstance(item, FileCoverage)}


def record(*lines: str, file: str = "a.js", end: str = "end_of_record\n") -> str:
    return "\n".join((f"SF:{file}", *lines, end))


def lines_of(row: FileCoverage) -> tuple[int | None, int | None]:
    return row.lines_covered, row.lines_total


def reasons(found: list[Item]) -> list[str]:
    return [item.reason for item in found if isinstance(item, Reject | Warn)]


@pytest.mark.parametrize(
    "count", ["1", "2874063630", "18446744073709551616", "1e+21", "1.0", "0001"]
)
def test_a_line_with_hits_ran_however_the_count_is_written(count: str) -> None:
    assert lines_of(files(record(f"DA:3,{count}"))["a.js"]) == (1, 1)


@pytest.mark.parametrize("count", ["0", "00", "-3", "0.0", "-1e9"])
def test_a_line_with_none_or_fewer_hits_did_not_run(count: str) -> None:
    assert lines_of(files(record(f"DA:3,{count}"))["a.js"]) == (0, 1)


@pytest.mark.parametrize(
    "line", ["DA:x,1", "DA:0,1", "DA:-1,1", "DA:1", "DA:1,nan", "DA:1,", "DA:1000001,1"]
)
def test_a_line_that_cannot_be_one_is_rejected_and_the_others_count(line: str) -> None:
    found = items(record("DA:1,1", line, "DA:2,0"))
    assert [i.position for i in found if isinstance(i, Reject)] == [3]
    assert [lines_of(i) for i in found if isinstance(i, FileCoverage)] == [(1, 2)]


def test_what_ran_in_one_of_several_records_ran() -> None:
    unit = record("FNDA:1,f", "FNDA:0,g", "DA:1,1", "DA:2,0", "BRDA:1,0,0,1", "BRDA:1,0,1,0")
    e2e = record("FNDA:0,f", "FNDA:1,g", "DA:2,1", "DA:3,0", "BRDA:1,0,0,0", "BRDA:1,0,1,2")
    row = files("TN:unit\n" + unit + "TN:e2e\n" + e2e)["a.js"]
    assert lines_of(row) == (2, 3)
    assert (row.branches_covered, row.branches_total) == (2, 2)
    assert (row.functions_covered, row.functions_total) == (2, 2)


def test_records_that_know_different_branches_add_up() -> None:
    both = record("DA:1,1", "BRDA:1,0,0,1") + record("DA:1,1", "BRDA:1,0,1,-")
    row = files(both)["a.js"]
    assert (row.branches_covered, row.branches_total) == (1, 2)


def test_a_line_named_twice_counts_once() -> None:
    assert lines_of(files(record("DA:46,0", "DA:46,1", "DA:47,0"))["a.js"]) == (1, 2)


def test_a_function_with_aliases_is_one_function_since_lcov_2_2() -> None:
    row = files(record("FNL:0,3,4", "FNA:0,0,a", "FNA:0,2,b", "FNL:1,3", "FNA:1,0,c", "DA:3,1"))[
        "a.js"
    ]
    assert (row.functions_covered, row.functions_total) == (1, 2)


@pytest.mark.parametrize("function", ["FN:3,f", "FN:3,9,f"])
def test_functions_with_and_without_their_last_line(function: str) -> None:
    row = files(record(function, "FNDA:2,f", "FN:5,no,comma", "DA:3,1"))["a.js"]
    assert (row.functions_covered, row.functions_total) == (1, 2)


def test_a_branch_that_was_never_reached_was_not_taken() -> None:
    row = files(record("DA:1,0", "BRDA:1,0,0,-", "BRDA:1,e0,1,0", "BRDA:1,f0,a, b,3"))["a.js"]
    assert (row.branches_covered, row.branches_total) == (1, 3)


def test_a_branch_marked_as_unreachable_does_not_count() -> None:
    row = files(record("DA:1,1", "BRDA:1,0,0,1", "BRDA:1,U0,1,0", "BRDA:1,eU0,2,0"))["a.js"]
    assert (row.branches_covered, row.branches_total) == (1, 1)


def test_what_a_report_does_not_have_is_unknown() -> None:
    """llvm-cov and coverlet write BRF:0 whether branches were measured or not."""
    row = files(record("DA:1,1", "BRF:0", "BRH:0", "FNF:0", "FNH:0"))["a.js"]
    assert (row.branches_covered, row.branches_total) == (None, None)
    assert (row.functions_covered, row.functions_total) == (None, None)
    only_functions = files(record("FN:1,f", "FNDA:0,f"))["a.js"]
    assert lines_of(only_functions) == (None, None)
    both = files(record("DA:1,1", "BRDA:1,0,0,1") + record("DA:1,1", file="b.js"))
    assert both["b.js"].branches_total == 0, "another file of the report has some"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("C:\\agent\\shop\\a.cpp", "C:/agent/shop/a.cpp"),
        ("/builds/shop/a.c", "/builds/shop/a.c"),
        ("./src/ä b.ts ", "src/ä b.ts"),
    ],
)
def test_paths_have_slashes(path: str, expected: str) -> None:
    assert list(files(record("DA:1,1", file=path))) == [expected]


@pytest.mark.parametrize(
    "end", ["end_of_record", "end_of_record \n", "end_of_record\r\n", "end_of_record\n\n\n"]
)
def test_a_record_ends_with_or_without_blanks_and_line_ends(end: str) -> None:
    found = items("\ufeff" + record("DA:1,1", end=end))
    assert [type(item) for item in found] == [FileCoverage]


def test_windows_line_ends() -> None:
    text = record("DA:1,1", "DA:2,0,c2hh", "BRDA:1,0,0,-", "FN:1,f", "FNDA:1,f", "LF:2", "LH:1")
    assert items(text.replace("\n", "\r\n")) == items(text)


def test_totals_are_a_cross_check() -> None:
    right = record("DA:1,1", "DA:2,0", "LF:2", "LH:1", "BRF:0", "FNF:0")
    assert reasons(items(right)) == []
    wrong = record("DA:1,1", "LF:2", "LH:1") + record("DA:1,1", "LF:3", file="b.js")
    assert reasons(items(wrong)) == [
        "counts differ in 2 records for LF, the first: a.js states LF=2, its lines give 1"
    ]


def test_lines_of_no_known_kind_are_told_once() -> None:
    found = items(record("DA:1,1", "# a comment", "VER:1", "MADE:up", "what?"))
    assert reasons(found) == ["2 lines are not lcov's, the first is line 5: MADE:up"]


def test_a_file_with_a_record_that_is_not_whole_is_unknown() -> None:
    """Also where another record of it is whole: what is lost may be what ran."""
    found = items(record("DA:1,1") + record("DA:2,1", end="") + record("DA:1,1", file="b.js"))
    assert [item.file for item in found if isinstance(item, FileCoverage)] == ["b.js"]
    assert [i.excerpt for i in found if isinstance(i, Reject)] == ["a.js"]


def test_a_report_cut_anywhere_never_covers_more_and_says_so() -> None:
    whole = (GOLDEN / "merged" / "input.info").read_bytes()
    rows = files(whole)
    ends = [n for n in range(len(whole)) if whole[:n].rstrip().endswith(b"end_of_record")]
    for end in range(len(whole)):
        try:
            found = items(whole[:end])
        except FormatError:
            assert b"SF:" not in whole[:end]
            continue
        for row in (item for item in found if isinstance(item, FileCoverage)):
            assert row.lines_covered is None or row.lines_covered <= (
                rows[row.file].lines_covered or 0
            )
        if end not in ends:
            assert any(isinstance(item, Reject) and item.position is None for item in found), end


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "an empty file"),
        (b" \n\n", "an empty file"),
        (b'{"a": 1}', "JSON"),
        (b"<coverage/>", "XML"),
        (b"TN:\n", "LCOV"),
        (b"mode: set\na.go:1.1,2.2 1 1\n", "some other text"),
        ("TN:\nSF:a\n".encode("utf-16"), "UTF-16"),
        (b"\x00\xff\x00\xfe" * 50, "binary"),
    ],
)
def test_other_files_are_refused_with_what_was_found(data: bytes, found: str) -> None:
    with pytest.raises(FormatError, match=found):
        items(data)


def test_a_record_without_an_end_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lcov, "MOST_RECORD", 1 << 20)
    with pytest.raises(FormatError, match="no end_of_record in 1 MB"):
        items(b"SF:a\n" + b"DA:1,1\n" * 400_000)


def test_made_up_line_numbers_are_refused() -> None:
    text = "".join(record("DA:1000000,1", file=f"{n}.c") for n in range(300))
    with pytest.raises(FormatError, match="fill more than"):
        items(text)


WELL_AND_BADLY_WRITTEN = """DA:1,1 DA:1,0 DA:2,0 DA:2,3,sum DA:9,007 DA:x,1 DA:3,- BRDA:1,0,0,- BRDA:1,0,0,2
BRDA:1,e0,a,0 BRDA:1,U0,1,0 BRDA:1,0,a,b,1 BRDA:2,0,1,00 BRDA:2,0 FN:1,f FN:2,9,g FN:x FNDA:0,f FNDA:5,f FNDA:00,h
FNDA:-1,i MADE:up LF:1"""


@settings(max_examples=200)
@given(st.lists(st.sampled_from(WELL_AND_BADLY_WRITTEN.split()), max_size=12))
def test_all_at_once_gives_what_one_by_one_gives(lines: list[str]) -> None:
    text = record(*lines)
    at_once = items(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lcov_record, "_all", lambda *_: None)
        assert items(text) == at_once


def test_what_is_rejected_is_scrubbed() -> None:
    found = items(record("DA:jo@example.com", "told by jo@example.com"))
    assert "jo@example.com" not in str(found)


KNOWN = """TN: SF: SF:a SF:b DA: DA:1,1 DA:2,0,x BRDA:1,0,0,- BRDA:1,0, FN:1,f FN: FNDA:1,f FNL:0,1
FNA:0,1,f FNA:9,1,f LF:1 LH:-1 BRF:x end_of_record MCDC: # : \0 DA:1,99999999999999999999999999999"""
texts = st.lists(st.sampled_from(KNOWN.split()) | st.text(max_size=8)).map("\n".join)


@settings(max_examples=200)
@given(texts)
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(FormatError):
        assert all(
            isinstance(i, FileCoverage | Reject | Warn)
            for i in items(text.encode("utf-8", "replace"))
        )


@given(st.data())
def test_a_damaged_report_is_read_or_refused(data: st.DataObject) -> None:
    whole = bytearray((GOLDEN / "merged" / "input.info").read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(FormatError):
        assert all(isinstance(i, FileCoverage | Reject | Warn) for i in items(bytes(whole)))


def test_a_report_of_two_runs_takes_no_more_memory_than_its_places(tmp_path: Path) -> None:
    place = tmp_path / "lcov.info"
    lines = "".join(
        f"DA:{n},{n % 3}\nBRDA:{n},0,0,{n % 2}\nBRDA:{n},0,1,-\n" for n in range(1, 500)
    )
    with place.open("w") as out:
        for _ in range(2):
            for n in range(1500):
                out.write(f"TN:\nSF:src/module_{n % 40}/part_{n}.c\n{lines}end_of_record\n")
    read = read_alone("lcov", place)
    size = place.stat().st_size >> 20
    assert read.items == 1500
    assert size > 50
    assert read.peak < 110, f"{read.peak} MB for {size} MB"
