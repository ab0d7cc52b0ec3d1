"""JaCoCo: whose counters count, what is unknown, other tools' XML, hostile input."""

import datetime as dt
import io
import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.records import FileCoverage
from ingest.source import Context, FormatError, Item, Reject, Warn
from ingest.sources import jacoco
from ingest.sources.jacoco import parse
from tests.unit.memory_support import read_alone

CONTEXT = Context(folder_day=dt.date(2026, 6, 30))
GOLDEN = Path(__file__).parents[1] / "golden" / "jacoco"


def items(text: str | bytes) -> list[Item]:
    data = text.encode() if isinstance(text, str) else text
    return list(parse(io.BytesIO(data), CONTEXT))


def files(text: str | bytes) -> dict[str, FileCoverage]:
    return {item.file: item for item in items(text) if isinstance(item, FileCoverage)}


def reasons(text: str, kind: type[Reject | Warn]) -> list[str]:
    return [item.reason for item in items(text) if isinstance(item, kind)]


def counters(**counts: tuple[object, object]) -> str:
    return "".join(
        f'<counter type="{kind}" missed="{missed}" covered="{covered}"/>'
        for kind, (covered, missed) in counts.items()
    )


def source(name: str = "A.java", **counts: tuple[object, object]) -> str:
    line = '<line nr="1" mi="0" ci="3" mb="0" cb="0"/>'
    return f'<sourcefile name="{name}">{line}{counters(**counts)}</sourcefile>'


def package(*parts: str, name: str = "com/shop") -> str:
    return f'<package name="{name}">{"".join(parts)}</package>'


def report(*parts: str, **counts: tuple[object, object]) -> str:
    return f'<report name="r">{"".join(parts)}{counters(**counts)}</report>'


def test_counts_are_the_source_files_own() -> None:
    text = report(package(source(LINE=(7, 3), BRANCH=(1, 3), METHOD=(2, 0), CLASS=(1, 0))))
    row = files(text)["com/shop/A.java"]
    assert (row.lines_covered, row.lines_total) == (7, 10)
    assert (row.branches_covered, row.branches_total) == (1, 4)
    assert (row.functions_covered, row.functions_total) == (2, 2)
    assert (row.component, row.measured_at, row.day) == ("com/shop", None, CONTEXT.folder_day)


def test_a_counter_that_is_not_there_is_unknown_but_for_branches_that_others_have() -> None:
    other = source("B.java", LINE=(1, 0), BRANCH=(1, 1))
    row = files(report(package(source(METHOD=(1, 0)), other)))["com/shop/A.java"]
    assert (row.lines_covered, row.lines_total) == (None, None)
    assert (row.branches_covered, row.branches_total) == (0, 0)
    row = files(report(package(source(LINE=(1, 0)))))["com/shop/A.java"]
    assert (row.branches_covered, row.branches_total) == (None, None)
    assert (row.functions_covered, row.functions_total) == (None, None)


def test_totals_of_zero_stay_counts() -> None:
    row = files(report(package(source(LINE=(0, 0)))))["com/shop/A.java"]
    assert (row.lines_covered, row.lines_total) == (0, 0)


@pytest.mark.parametrize("count", ["", "-1", "many", "1.5", "9" * 10, "\N{SUPERSCRIPT TWO}"])
def test_a_counter_without_usable_numbers_is_unknown(count: str) -> None:
    row = files(report(package(source(LINE=(count, 1), METHOD=(1, count)))))["com/shop/A.java"]
    assert (row.lines_total, row.functions_total) == (None, None)


@pytest.mark.parametrize(
    ("folder", "file", "path"),
    [
        ("com/shop", "A.java", "com/shop/A.java"),
        ("", "A.java", "A.java"),
        ("tools\\sub", "a.ps1", "tools/sub/a.ps1"),
        ("com/shop", "Ä und &amp;.kt", "com/shop/Ä und &.kt"),
    ],
)
def test_a_path_is_the_package_and_the_file(folder: str, file: str, path: str) -> None:
    assert list(files(report(package(source(file, LINE=(1, 0)), name=folder)))) == [path]


def test_packages_stand_in_groups_of_any_depth() -> None:
    inner = package(source(LINE=(1, 0)))
    deep = '<group name="a">' + '<group name="b">' * 60 + inner + "</group>" * 61
    assert list(files(report(deep))) == ["com/shop/A.java"]


def test_modules_with_the_same_path_are_added_up_and_said() -> None:
    parts = [f'<group name="{n}">{package(source(LINE=(n, 1)))}</group>' for n in range(3)]
    row = files(report(*parts))["com/shop/A.java"]
    assert (row.lines_covered, row.lines_total) == (3, 6)
    assert "2 source files have the path of another one" in reasons(report(*parts), Warn)[0]


def test_classes_count_only_where_their_source_file_is_missing() -> None:
    one = f'<class name="a" sourcefilename="A.java">{counters(LINE=(1, 1))}</class>'
    two = f'<class name="b" sourcefilename="A.java">{counters(LINE=(2, 0), METHOD=(1, 0))}</class>'
    row = files(report(package(one, two)))["com/shop/A.java"]
    assert (row.lines_covered, row.lines_total, row.functions_total) == (3, 4, 1)
    row = files(report(package(one, two, source(LINE=(2, 1)))))["com/shop/A.java"]
    assert (row.lines_covered, row.lines_total, row.functions_total) == (2, 3, None)


def test_classes_of_unknown_files_are_rejected_and_not_guessed() -> None:
    unnamed = f'<class name="com/shop/A">{counters(METHOD=(1, 1))}</class>'
    assert files(report(package(unnamed))) == {}
    assert "1 classes without a source file" in reasons(report(package(unnamed)), Reject)[0]
    # JaCoCo before 0.8.2 names no source file in any class: they are in the source files.
    old = report(package(unnamed, source(LINE=(1, 0))))
    assert reasons(old, Reject) == []
    assert reasons(report(package("<sourcefile/>")), Reject) == ["a source file without a name"]


@pytest.mark.parametrize(
    ("stated", "differs"),
    [({"LINE": (1, 1)}, False), ({}, False), ({"LINE": (1, 2)}, True), ({"BRANCH": (0, 4)}, True)],
)
def test_the_counters_of_the_report_are_a_cross_check(
    stated: dict[str, tuple[object, object]], differs: bool
) -> None:
    text = report(package(source(LINE=(1, 1))), **stated)
    assert any("counts differ" in reason for reason in reasons(text, Warn)) is differs


def test_the_last_dump_is_when_it_was_measured() -> None:
    session = '<sessioninfo id="a" start="1782810720000" dump="{}"/>'
    sessions = session.format(1782810731500) + session.format(1782800000000)
    (row,) = files(report(sessions, package(source(LINE=(1, 0))))).values()
    assert row.measured_at == dt.datetime(2026, 6, 30, 9, 12, 11, 500000, tzinfo=dt.UTC)
    (row,) = files(report(session.format("never"), package(source(LINE=(1, 0))))).values()
    assert (row.measured_at, row.day) == (None, CONTEXT.folder_day)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('<coverage line-rate="0"/>', "<coverage>"),
        ('<project name="JaCoCo"/>', "Ant"),
        ("<testsuite/>", "JUnit"),
        ("<report><row/></report>", "<report> holds <row>, but no packages"),
        ("GROUP,PACKAGE,CLASS\n", "GROUP,PACKAGE"),
        ("", "empty"),
        ("   \n", "empty"),
        ("{}", "JSON"),
        ('<!DOCTYPE report [<!ENTITY x "y">]><report name="x"/>', "entities"),
    ],
)
def test_other_files_are_refused_by_name(text: str, found: str) -> None:
    with pytest.raises(FormatError, match=re.escape(found)):
        items(text)


def test_a_report_of_nothing_is_no_error() -> None:
    assert items('<report name="x"/>') == [Warn(reason="the report holds no source files")]
    assert items(report('<sessioninfo id="a"/>')) == items('<report name="x"/>')
    assert items("<report>&nothing;</report>")[-1].reason == items('<report name="x"/>')[0].reason


def test_a_document_type_on_the_network_is_not_fetched() -> None:
    text = '<!DOCTYPE report SYSTEM "http://127.0.0.1:9/report.dtd">'
    assert list(files(text + report(package(source(LINE=(1, 0)))))) == ["com/shop/A.java"]


def test_made_up_files_do_not_fill_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jacoco, "MOST_FILES", 10)
    classes = (f'<class name="c" sourcefilename="{n}"/>' for n in range(20))
    for many in (map(str, range(20)), None):
        parts = [source(name) for name in many] if many else classes
        with pytest.raises(FormatError, match="more than 10 source files"):
            items(report(package(*parts)))


def test_a_report_cut_anywhere_never_gives_a_file_other_counts() -> None:
    # No path stands twice in it: of those, the second could be behind the cut.
    whole = (GOLDEN / "no_debug_information" / "input.xml").read_bytes()
    whole = whole.replace(
        b"</sourcefile>", b"</sourcefile>" + source("Z.java", LINE=(4, 2)).encode()
    )
    expected = {name: (r.lines_covered, r.lines_total) for name, r in files(whole).items()}
    assert len(expected) == 2
    seen = 0
    for end in range(len(whole)):
        with suppress(FormatError):
            for name, row in files(whole[:end]).items():
                assert (row.lines_covered, row.lines_total) == expected[name], end
                seen += 1
    assert seen


def test_a_file_whose_second_half_is_cut_off_is_not_half_counted() -> None:
    module = '<group name="m">' + package(source(LINE=(1, 1))) + "</group>"
    whole = report(module, module)
    assert list(files(whole)) == ["com/shop/A.java"]
    cut = whole[: whole.rindex("<counter")]
    assert files(cut) == {}
    assert "ends inside this source file" in reasons(cut, Reject)[0]


@settings(max_examples=150)
@given(st.data())
def test_a_damaged_report_is_read_or_refused(data: st.DataObject) -> None:
    whole = bytearray((GOLDEN / "modules" / "input.xml").read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(FormatError):
        assert all(isinstance(i, FileCoverage | Reject | Warn) for i in items(bytes(whole)))


def test_memory_stays_flat(tmp_path: Path) -> None:
    """4,000 files of one class with 200 lines: 44 MB, in packages of 1,000 files."""
    place = tmp_path / "jacoco.xml"
    every = counters(INSTRUCTION=(200, 9), LINE=(190, 10), COMPLEXITY=(9, 1), METHOD=(10, 0))
    lines = "".join(f'<line nr="{n}" mi="0" ci="3" mb="0" cb="0"/>' for n in range(200))
    methods = f'<method name="run" desc="()V" line="1">{every}</method>' * 10
    with place.open("w") as file:
        file.write('<report name="r">')
        for folder in range(4):
            file.write(f'<package name="p{folder}">')
            for n in range(1000):
                file.write(f'<class name="c" sourcefilename="{n}.java">{methods}{every}</class>')
            for n in range(1000):
                file.write(f'<sourcefile name="{n}.java">{lines}{every}</sourcefile>')
            file.write("</package>")
        file.write("</report>")
    read = read_alone("jacoco", place)
    assert read.items == 4000
    assert read.peak < 100, f"{read.peak} MB"
