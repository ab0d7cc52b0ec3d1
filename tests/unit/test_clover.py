"""Clover: the ways OpenClover, PHPUnit and Istanbul write it, other coverage XML, hostile input."""

import datetime as dt
import io
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.ci import clover_file
from ingest.records import FileCoverage
from ingest.source import Context, FormatError, Item, Reject, Warn
from ingest.sources import cobertura
from ingest.sources.clover import parse
from tests.unit.memory_support import read_alone

CONTEXT = Context(folder_day=dt.date(2026, 6, 30))
GOLDEN = Path(__file__).parents[1] / "golden" / "clover"


def items(text: str | bytes) -> list[Item]:
    data = text if isinstance(text, bytes) else text.encode()
    return list(parse(io.BytesIO(data), CONTEXT))


def files(text: str | bytes) -> dict[str, FileCoverage]:
    return {item.file: item for item in items(text) if isinstance(item, FileCoverage)}


def report(*parts: str, root: str = 'clover="4.5.2"', project: str = "") -> str:
    return f"<coverage {root}><project {project}>{''.join(parts)}</project></coverage>"


def file(*parts: str, path: str = "a.php") -> str:
    return f'<file path="{path}">{"".join(parts)}</file>'


def stmt(number: object, count: object) -> str:
    return f'<line num="{number}" count="{count}" type="stmt"/>'


def metrics(**pairs: tuple[int, int]) -> str:
    said = "".join(
        f' {kind}="{total}" covered{kind}="{covered}"' for kind, (covered, total) in pairs.items()
    )
    return f"<metrics{said}/>"


def lines(row: FileCoverage) -> tuple[int | None, int | None]:
    return row.lines_covered, row.lines_total


def branches(row: FileCoverage) -> tuple[int | None, int | None]:
    return row.branches_covered, row.branches_total


def functions(row: FileCoverage) -> tuple[int | None, int | None]:
    return row.functions_covered, row.functions_total


def reasons(found: list[Item]) -> list[str]:
    return [item.reason for item in found if isinstance(item, Reject | Warn)]


def test_a_line_with_two_statements_is_one_line_and_ran_if_one_of_them_did() -> None:
    total = metrics(statements=(2, 4))
    text = report(total, file(stmt(1, 0), stmt(1, 1), stmt(2, 2874063630), stmt(3, 0)))
    assert lines(files(text)["a.php"]) == (2, 3)
    assert reasons(items(text)) == [], "the project counts statements"


def test_a_method_is_no_line() -> None:
    """Its declaration does not run; what is in it does, and stands there as statements."""
    method = '<line num="1" type="method" count="3" name="pay"/>'
    row = files(report(file(method, stmt(2, 3), stmt(3, 0))))["a.php"]
    assert (lines(row), functions(row)) == ((1, 2), (1, 1))


def test_open_clover_says_of_a_condition_how_often_each_way_was_taken() -> None:
    condition = '<line num="1" type="cond" truecount="7" falsecount="0"/>'
    row = files(report(file(stmt(1, 7), condition, condition)))["a.php"]
    assert (lines(row), branches(row)) == ((1, 1), (2, 4))


def test_istanbul_says_of_a_line_how_many_branches_were_taken_and_how_many_not() -> None:
    condition = '<line num="1" type="cond" count="9" truecount="3" falsecount="1"/>'
    row = files(report(file(condition, stmt(2, 0))))["a.php"]
    assert (lines(row), branches(row)) == ((1, 2), (3, 4))


def test_what_has_no_line_comes_from_the_metrics_of_the_file() -> None:
    """Istanbul writes no methods, PHPUnit no branches, OpenClover no lines without `srclevel`."""
    stated = metrics(statements=(5, 9), conditionals=(1, 4), methods=(2, 3))
    row = files(report(file(stated, stmt(1, 1))))["a.php"]
    assert (lines(row), branches(row), functions(row)) == ((1, 1), (1, 4), (2, 3))
    row = files(report(file(stated)))["a.php"]
    assert (lines(row), branches(row), functions(row)) == ((5, 9), (1, 4), (2, 3))


def test_what_a_report_does_not_have_is_unknown() -> None:
    """PHPUnit and gcovr write 0 conditionals, which they did not measure."""
    none = metrics(statements=(1, 1), conditionals=(0, 0), methods=(0, 0))
    row = files(report(file(none, stmt(1, 1))))["a.php"]
    assert (branches(row), functions(row)) == ((None, None), (None, None))
    assert lines(files(report(file()))["a.php"]) == (None, None)


def test_metrics_that_cannot_be_are_not_used() -> None:
    for wrong in (metrics(statements=(3, 2)), '<metrics statements="1e3" coveredstatements="-1"/>'):
        assert lines(files(report(file(wrong), file(stmt(1, 1), path="b.php")))["a.php"]) == (0, 0)


def test_the_project_s_statements_and_conditionals_are_a_cross_check() -> None:
    wrong = report(metrics(statements=(2, 2), conditionals=(1, 2)), file(stmt(1, 1)))
    assert reasons(items(wrong)) == [
        "counts differ: the project states 2 of 2 statements, the files give 1 of 1",
        "counts differ: the project states 1 of 2 conditionals, the files give 0 of 0",
    ]


def test_code_of_the_tests_is_not_counted_and_that_is_said() -> None:
    text = (
        f'<coverage clover="4"><project>{file(stmt(1, 1))}</project><testproject><package name="p">'
        f"{file(stmt(1, 1), path='T.java')}{file(path='dummy')}</package></testproject></coverage>"
    )
    found = items(text)
    assert [item.file for item in found if isinstance(item, FileCoverage)] == ["a.php"]
    assert reasons(found) == ["1 files of the tests themselves (<testproject>) are not counted"]


def test_a_file_that_comes_twice_ran_where_it_ran_once() -> None:
    method = '<line num="1" type="method" count="{}"/>'
    one, other = file(stmt(1, 1), stmt(2, 0), method.format(0)), file(stmt(2, 3), method.format(1))
    row = files(report(f"<package name='p'>{one}</package><package name='q'>{other}</package>"))[
        "a.php"
    ]
    assert (lines(row), functions(row), row.component) == ((2, 2), (1, 1), "p")


def test_a_file_whose_second_account_is_cut_off_is_unknown() -> None:
    text = report(file(stmt(1, 1)), file(stmt(2, 1), path="b.php"), file(stmt(2, 1), stmt(3, 1)))
    cut = text[: text.rindex("<line") + 9]
    assert list(files(cut)) == ["b.php"]


def test_packages_without_files_and_files_without_package() -> None:
    text = report('<package name="p"><metrics/></package>', file(stmt(1, 1)), root='generated="1"')
    (row,) = items(text)
    assert isinstance(row, FileCoverage)
    assert row.component is None
    assert items(report('<package name="p"/>')) == [Warn(reason="the report holds no files")]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('path="C:\\shop\\a.java" name="a.java"', "C:/shop/a.java"),
        ('name="/builds/shop/a.php"', "/builds/shop/a.php"),
        ('path="" name="shop/a.go"', "shop/a.go"),
        ('path="./src/a.ts" name="a.ts"', "src/a.ts"),
    ],
)
def test_the_path_stands_in_path_or_in_name(attributes: str, expected: str) -> None:
    assert list(files(report(f"<file {attributes}>{stmt(1, 1)}</file>"))) == [expected]


@pytest.mark.parametrize(
    ("root", "project", "day"),
    [
        ('clover="4" generated="1782900000000"', 'timestamp="1782813600000"', "2026-06-30"),
        ('generated="1782900000"', "", "2026-07-01"),
        ('clover="4"', 'timestamp="never"', None),
    ],
)
def test_coverage_is_of_the_day_it_was_recorded(root: str, project: str, day: str | None) -> None:
    (row,) = items(report(file(stmt(1, 1)), root=root, project=project))
    assert isinstance(row, FileCoverage)
    assert (row.measured_at is None) == (day is None)
    assert row.day == dt.date.fromisoformat(day or "2026-06-30")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (stmt("x", 1), "num and count"),
        (stmt(-1, 1), "num and count"),
        (stmt(10**9, 1), "num and count"),
        (stmt("9" * 5000, 1), "num and count"),
        (stmt(1, "NaN"), "num and count"),
        (stmt("", ""), "num and count"),
        ('<line type="stmt"/>', "num and count"),
        ('<line num="1" type="cond" truecount="1"/>', "truecount and falsecount"),
        ('<line num="x" type="cond" truecount="1" falsecount="1"/>', "truecount and falsecount"),
        ("<line/>", "no known type"),
        ('<line num="1" count="1"/>', "no known type"),
        ('<line num="1" count="1" type="loop"/>', "no known type"),
    ],
)
def test_a_line_that_cannot_be_read_is_rejected_and_the_others_count(
    line: str, reason: str
) -> None:
    found = items(report(file(stmt(2, 1), line, stmt(3, 0))))
    assert [lines(item) for item in found if isinstance(item, FileCoverage)] == [(1, 2)]
    (reject,) = [item for item in found if isinstance(item, Reject)]
    assert reason in reject.reason
    assert reject.position == 1


def test_counts_that_64_bits_do_not_hold_do_not_reach_a_row() -> None:
    big = "9" * 19
    condition = f'<line num="1" count="1" type="cond" truecount="{big}" falsecount="{big}"/>'
    text = report(
        file(stmt(1, big), condition, f'<metrics methods="{big}" coveredmethods="{big}"/>')
    )
    row = files(text)["a.php"]
    assert (lines(row), branches(row), functions(row)) == ((1, 1), (None, None), (None, None))


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "empty"),
        (b'<coverage line-rate="1"/>', "<coverage> of another tool"),
        (b'<coverage clover="1"/>', "no project"),
        (b"<report/>", "JaCoCo"),
        (b"SF:a\n", "no XML"),
        (b'{"a": 1}', "JSON"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><coverage clover="1"><project/></coverage>', "entities"),
    ],
)
def test_other_files_are_refused_with_what_was_found(data: bytes, found: str) -> None:
    with pytest.raises(FormatError, match=found):
        items(data)


@pytest.mark.parametrize("case", ["openclover", "istanbul", "phpunit"])
def test_the_cobertura_parser_refuses_them(case: str) -> None:
    with (
        (GOLDEN / case / "input.xml").open("rb") as stream,
        pytest.raises(FormatError, match="Clover"),
    ):
        list(cobertura.parse(stream, CONTEXT))


def test_made_up_line_numbers_are_refused() -> None:
    with pytest.raises(FormatError, match="fill more than"):
        items(report(*(file(stmt(1_000_000, 1), path=f"{n}.php") for n in range(300))))


def test_a_report_cut_anywhere_never_covers_more_and_says_so() -> None:
    whole = (GOLDEN / "openclover" / "input.xml").read_bytes().rstrip()
    rows = files(whole)
    for end in range(len(whole)):
        with suppress(FormatError):
            found = items(whole[:end])
            for row in (item for item in found if isinstance(item, FileCoverage)):
                assert (row.lines_covered or 0) <= (rows[row.file].lines_covered or 0)
            assert any(isinstance(item, Reject) and item.position is None for item in found), end


LINES = (
    stmt(1, 1),
    stmt(1, 0),
    stmt(2, 0),
    '<line num="1" count="2" type="method"/>',
    '<line num="3" count="0" type="method"/>',
    '<line num="4" count="1" truecount="1" falsecount="2" type="cond"/>',
    '<line num="4" count="0" truecount="0" falsecount="2" type="cond"/>',
)


@given(st.lists(st.sampled_from(LINES), max_size=8))
def test_all_at_once_gives_what_one_by_one_gives(some: list[str]) -> None:
    text = report(file(*some))
    at_once = items(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clover_file.File, "_all_lines", lambda *_: False)
        assert items(text) == at_once


@settings(max_examples=150)
@given(st.data())
def test_a_damaged_report_is_read_or_refused(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["openclover", "istanbul", "phpunit"]))
    whole = bytearray((GOLDEN / name / "input.xml").read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(FormatError):
        assert all(isinstance(i, FileCoverage | Reject | Warn) for i in items(bytes(whole)))


def test_memory_stays_flat(tmp_path: Path) -> None:
    place = tmp_path / "clover.xml"
    text = "".join(stmt(n, n % 3) for n in range(1, 600))
    with place.open("w") as out:
        out.write('<coverage clover="4"><project>')
        for n in range(1500):
            out.write(f"<package name='p{n % 40}'>{file(text, path=f'{n}.php')}</package>\n")
        out.write("</project></coverage>")
    read = read_alone("clover", place)
    assert read.items == 1500
    assert place.stat().st_size >> 20 > 30
    assert read.peak < 80
