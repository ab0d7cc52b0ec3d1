"""Cobertura: counting rules of lines and branches, other tools' XML, hostile input."""

import datetime as dt
import io
import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.ci import line_states
from ingest.records import FileCoverage
from ingest.source import Context, FormatError, Item, Reject, Warn
from ingest.sources.cobertura import parse
from tests.unit.memory_support import read_alone

CONTEXT = Context(folder_day=dt.date(2026, 6, 30))
GOLDEN = Path(__file__).parents[1] / "golden" / "cobertura"


def items(text: str | bytes) -> list[Item]:
    data = text.encode() if isinstance(text, str) else text
    return list(parse(io.BytesIO(data), CONTEXT))


def files(text: str | bytes) -> dict[str, FileCoverage]:
    return {item.file: item for item in items(text) if isinstance(item, FileCoverage)}


def report(*classes: str, sources: tuple[str, ...] = (), attributes: str = "") -> str:
    roots = "".join(f"<source>{place}</source>" for place in sources)
    return (
        f'<coverage line-rate="0" {attributes}><sources>{roots}</sources><packages>'
        f'<package name="p"><classes>{"".join(classes)}</classes></package></packages></coverage>'
    )


def one(*lines: str, file: str = "a.py", methods: str = "") -> str:
    return (
        f'<class name="c" filename="{file}"><methods>{methods}</methods>'
        f"<lines>{''.join(f'<line {line}/>' for line in lines)}</lines></class>"
    )


@pytest.mark.parametrize(
    ("lines", "covered", "total"),
    [
        (['number="1" hits="1"', 'number="2" hits="0"'], 1, 2),
        (['number="1" hits="0"', 'number="1" hits="7"'], 1, 1),
        (['number="1" hits="7"', 'number="1" hits="0"'], 1, 1),
        (['number="1" hits="99999999999999999999"'], 1, 1),
        (['number="1" hits="-1"'], 0, 1),
        (['number="0" hits="1"'], 1, 1),
        (['number="1" hits="1.0"', 'number="2" hits="0"'], 1, 2),
        (['number="-1" hits="1"', 'number="2" hits="0"'], 0, 1),
        (['number="999999" hits="1"', 'number="1" hits="0"'], 1, 2),
        ([], 0, 0),
    ],
)
def test_a_line_counts_once_and_is_covered_if_it_ran_anywhere(
    lines: list[str], covered: int, total: int
) -> None:
    row = files(report(one(*lines)))["a.py"]
    assert (row.lines_covered, row.lines_total) == (covered, total)


def test_classes_of_one_file_are_one_row_wherever_they_stand() -> None:
    apart = report(
        one('number="1" hits="0"', file="a.py"),
        one('number="1" hits="1"', file="b.py"),
        one('number="1" hits="1"', 'number="9" hits="0"', file=r".\a.py"),
    )
    assert {name: (r.lines_covered, r.lines_total) for name, r in files(apart).items()} == {
        "a.py": (1, 2),
        "b.py": (1, 1),
    }


def test_of_two_accounts_of_a_branch_line_the_fuller_one_counts() -> None:
    line = 'number="1" hits="1" branch="true" condition-coverage="{}"'
    row = files(report(one(line.format("50% (1/2)"), line.format("75% (3/4)"))))["a.py"]
    assert (row.branches_covered, row.branches_total) == (3, 4)


def test_a_report_that_measures_no_branches_does_not_say_zero() -> None:
    row = files(report(one('number="1" hits="1"'), attributes='branches-valid="0"'))["a.py"]
    assert (row.branches_total, row.functions_total) == (None, None)


def test_branches_without_numbers_are_not_guessed() -> None:
    found = items(report(one('number="1" hits="1" branch="true"')))
    assert isinstance(found[0], FileCoverage)
    assert found[0].branches_total is None
    assert found[1] == Warn(reason="1 lines have branches, but not how many: none counted there")


def test_methods_are_functions() -> None:
    lines = '<lines><line number="{}" hits="0"/><line number="2" hits="{}"/></lines>'
    methods = (
        f'<method name="a">{lines.format(1, 3)}</method>'
        f'<method name="b" hits="0">{lines.format(3, 1)}</method>'
        '<method name="c"/>'
    )
    row = files(report(one('number="1" hits="0"', methods=methods)))["a.py"]
    assert (row.functions_covered, row.functions_total) == (1, 3)
    assert row.lines_total == 1, "lines of methods repeat those of the class"


@pytest.mark.parametrize(
    ("sources", "file", "expected"),
    [
        (("src/",), "a.c", "src/a.c"),
        (("./src",), "a.c", "src/a.c"),
        (("src\\shop\\",), "sub\\a.c", "src/shop/sub/a.c"),
        (("/builds/src",), "a.c", "a.c"),
        (("C:\\work",), "a.c", "a.c"),
        (("src",), "/abs/a.c", "/abs/a.c"),
        (("src",), "D:\\abs\\a.c", "D:/abs/a.c"),
        (("src", "lib"), "a.c", "a.c"),
        (("--source", "."), "a.c", "a.c"),
        ((), "./a.c", "a.c"),
    ],
)
def test_paths_have_slashes_and_a_single_relative_root(
    sources: tuple[str, ...], file: str, expected: str
) -> None:
    assert list(files(report(one('number="1" hits="1"', file=file), sources=sources))) == [expected]


@pytest.mark.parametrize(
    ("stated", "differs"),
    [
        ('lines-valid="2" lines-covered="1"', False),
        ('lines-valid="2.0" lines-covered="NaN"', False),
        ('lines-valid="3" lines-covered="1"', True),
        ('branches-covered="1"', True),
    ],
)
def test_the_totals_at_the_root_are_a_cross_check(stated: str, differs: bool) -> None:
    text = report(one('number="1" hits="1"', 'number="2" hits="0"'), attributes=stated)
    assert any(isinstance(item, Warn) for item in items(text)) is differs


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('<coverage generated="1" clover="3.2"><project/></coverage>', "Clover"),
        ('<coverage generated="1"><project/></coverage>', "Clover"),
        ("<coverage><nothing/></coverage>", "no class"),
        ('<report name="x"/>', "JaCoCo"),
        ('<project name="x"/>', "Ant"),
        ("<testsuite/>", "JUnit"),
        ("<CoverageSession/>", "<CoverageSession>"),
        ("TN:\nSF:a.c\n", "TN:"),
        ("", "empty"),
        ('<!DOCTYPE coverage [<!ENTITY x "y">]><coverage line-rate="0"/>', "entities"),
    ],
)
def test_the_reports_of_other_tools_are_refused_by_name(text: str, found: str) -> None:
    with pytest.raises(FormatError, match=re.escape(found)):
        items(text)


def test_a_document_type_on_the_network_is_not_fetched() -> None:
    text = '<!DOCTYPE coverage SYSTEM "http://127.0.0.1:9/04.dtd">' + report(
        one('number="1" hits="1"')
    )
    assert list(files(text)) == ["a.py"]


def test_made_up_line_numbers_do_not_fill_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_states.Budget.__init__, "__defaults__", (3_000_000,))
    many = (one('number="999000" hits="1"', file=f"{n}.py") for n in range(9))
    with pytest.raises(FormatError, match="line numbers"):
        items(report(*many))


def test_a_report_cut_anywhere_never_gives_a_file_other_counts() -> None:
    whole = (GOLDEN / "coverage_py" / "input.xml").read_bytes()
    expected = {name: (r.lines_covered, r.lines_total) for name, r in files(whole).items()}
    for end in range(len(whole)):
        with suppress(FormatError):
            for name, row in files(whole[:end]).items():
                assert (row.lines_covered, row.lines_total) == expected[name], end


@settings(max_examples=150)
@given(st.data())
def test_a_damaged_report_is_read_or_refused(data: st.DataObject) -> None:
    whole = bytearray((GOLDEN / "shared_files" / "input.xml").read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(FormatError):
        assert all(isinstance(i, FileCoverage | Reject | Warn) for i in items(bytes(whole)))


def test_memory_stays_flat(tmp_path: Path) -> None:
    """3,000 files of 200 lines: 21 MB."""
    place = tmp_path / "coverage.xml"
    lines = [f'number="{n}" hits="{n % 3}"' for n in range(1, 201)]
    with place.open("w") as file:
        head, _, tail = report("|").partition("|")
        file.write(head)
        for n in range(3000):
            file.write(one(*lines, file=f"src/package_{n % 40}/module_{n}.py"))
        file.write(tail)
    read = read_alone("cobertura", place)
    assert read.items == 3000
    assert read.peak < 100, f"{read.peak} MB"
