"""coverage.py JSON: lines, branches, functions, the tests that ran a line, other JSON, hostile input."""

import datetime as dt
import io
import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import sources
from ingest.ci import coverage_py_file
from ingest.records import FileCoverage, TestCoverage
from ingest.source import Context, DamagedError, FormatError, Item, Reject, Warn
from ingest.sources.coverage_py import parse
from tests.unit.memory_support import read_alone

CONTEXT = Context(folder_day=dt.date(2026, 6, 30))
GOLDEN = Path(__file__).parents[1] / "golden" / "coverage_py"


def items(report: object) -> list[Item]:
    data = report if isinstance(report, bytes) else json.dumps(report).encode()
    return list(parse(io.BytesIO(data), CONTEXT))


def rows(report: object) -> dict[str, FileCoverage]:
    return {item.file: item for item in items(report) if isinstance(item, FileCoverage)}


def by_test(report: object) -> dict[tuple[str, str], int]:
    found = (item for item in items(report) if isinstance(item, TestCoverage))
    return {(item.test, item.file): item.lines_covered for item in found if item.test}


def runs(report: object) -> dict[str, str | None]:
    return {item.test: item.line_runs for item in items(report) if isinstance(item, TestCoverage)}


def report(files: object, **more: object) -> dict[str, object]:
    return {"meta": {"version": "7.6.1"}, "files": files, **more}


def one(executed: object = (1, 2), missing: object = (3,), **more: object) -> dict[str, Any]:
    return report({"a.py": {"executed_lines": executed, "missing_lines": missing, **more}})


def lines(row: FileCoverage) -> tuple[int | None, int | None]:
    return row.lines_covered, row.lines_total


def reasons(found: list[Item]) -> list[str]:
    return [item.reason for item in found if isinstance(item, Reject | Warn)]


def test_lines_are_executed_and_missing_ones_each_counted_once() -> None:
    assert lines(rows(one())["a.py"]) == (2, 3)
    assert lines(rows(one([1, 1, 2], [2, 3]))["a.py"]) == (2, 3)
    assert lines(rows(one([], []))["a.py"]) == (0, 0)


def test_branches_are_the_arcs_of_the_report() -> None:
    row = rows(one(executed_branches=[[1, 2], [2, -1]], missing_branches=[[1, 3]]))["a.py"]
    assert (row.branches_covered, row.branches_total) == (2, 3)
    row = rows(one(executed_branches=[], missing_branches=[]))["a.py"]
    assert (row.branches_covered, row.branches_total) == (0, 0)


def test_before_the_arcs_were_written_the_summary_says_how_many_branches_there_are() -> None:
    row = rows(one(summary={"covered_branches": 1, "num_branches": 4}))["a.py"]
    assert (row.branches_covered, row.branches_total) == (1, 4)


def test_what_a_report_does_not_have_is_unknown() -> None:
    row = rows(one(executed_branches=None))["a.py"]
    assert (row.branches_total, row.functions_total) == (None, None)


def test_a_function_ran_if_a_line_of_it_did_and_counts_if_it_has_one() -> None:
    def region(executed: object, missing: object) -> dict[str, object]:
        return {"executed_lines": executed, "missing_lines": missing, "contexts": {"1": [""]}}

    functions = {
        "ran": region([1], [2]),
        "did_not": region([], [3]),
        "without_statements": region([], []),
        "": region([9], []),
    }
    row = rows(one(functions=functions))["a.py"]
    assert (row.functions_covered, row.functions_total) == (1, 2)
    pretty = json.dumps(one(functions=functions), indent=4).encode()
    assert rows(pretty) == rows(one(functions=functions))


def test_set_up_call_and_tear_down_are_one_test() -> None:
    contexts = {
        "1": ["", "t.py::a|setup", "t.py::a|run"],
        "2": ["t.py::a|teardown", "t.py::b[x|run]|run"],
    }
    assert by_test(one(contexts=contexts)) == {
        ("t.py::a", "a.py"): 2,
        ("t.py::b[x|run]", "a.py"): 1,
    }


def test_a_test_covers_no_more_lines_than_count_in_the_file() -> None:
    """Contexts also name the other lines of a statement, excluded ones and such that are none."""
    contexts = {
        "1": ["t.a"],
        "3": ["t.a"],
        "9": ["t.a"],
        "01": ["t.a"],
        "-2": ["t.a"],
        "x": ["t.b"],
    }
    assert by_test(one([1, 2], [3], contexts=contexts)) == {("t.a", "a.py"): 1}


def test_what_ran_outside_of_all_tests_is_no_test() -> None:
    assert by_test(one(contexts={"1": [""], "2": ["|run"]})) == {}


def test_a_test_s_lines_are_told_by_their_place_among_those_that_count() -> None:
    contexts = {str(line): ["t.a"] for line in (10, 20, 40, 60)} | {"40": ["t.b", "t.a"]}
    whole = one([10, 20, 40, 60], [30, 50], contexts=contexts)
    assert runs(whole) == {"t.a": "1-2,4,6", "t.b": "4"}


def test_what_ran_outside_of_all_tests_is_told_beside_those_that_ran_the_file() -> None:
    contexts = {"1": [""], "2": ["t.a", ""], "3": ["t.a"], "4": ["|run"]}
    assert runs(one([1, 2, 3, 4], [5], contexts=contexts)) == {"": "1-2,4", "t.a": "2-3"}
    assert runs(one([1, 2], [], contexts={"1": [""], "2": [""]})) == {}


def test_more_runs_than_sql_takes_apart_are_not_told_and_the_count_stands() -> None:
    executed = list(range(1, 4002, 2))
    contexts = {str(line): ["t.a"] for line in executed} | {"1": ["t.a", "t.b"]}
    missing = list(range(2, 4002, 2))
    assert runs(one(executed[:1000], missing, contexts=contexts))["t.a"] is not None
    found = items(one(executed, missing, contexts=contexts))
    told = [(t.test, t.lines_covered, t.line_runs) for t in found if isinstance(t, TestCoverage)]
    assert told == [("t.a", 2001, None), ("t.b", 1, "1")]


def test_names_that_change_from_run_to_run_are_one_test() -> None:
    contexts = {"1": ["t::a[/tmp/x1/f]|run"], "2": ["t::a[/tmp/y2/g]|run"]}
    assert by_test(one(contexts=contexts)) == {("t::a[{temp}]", "a.py"): 2}


def test_remembering_names_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = json.loads((GOLDEN / "contexts" / "input.json").read_bytes())
    remembered = items(whole)
    monkeypatch.setattr("ingest.sources.coverage_py.MOST_NAMES", 0)
    assert items(whole) == remembered


def test_the_stamp_is_local_time_in_the_source_s_zone() -> None:
    whole = report({"a.py": {"executed_lines": [1], "missing_lines": []}})
    whole["meta"] = {"timestamp": "2026-06-29T23:30:00.5"}
    context = Context(folder_day=dt.date(2026, 7, 9), source_zone="America/New_York")
    (row,) = parse(io.BytesIO(json.dumps(whole).encode()), context)
    assert isinstance(row, FileCoverage)
    assert (row.day, str(row.measured_at)) == (
        dt.date(2026, 6, 30),
        "2026-06-30 03:30:00.500000+00:00",
    )


@pytest.mark.parametrize("meta", [{}, {"timestamp": "never"}, {"timestamp": 5}, [], None])
def test_without_a_stamp_it_is_the_folder_s_day(meta: object) -> None:
    row = rows({**one(), "meta": meta})["a.py"]
    assert (row.day, row.measured_at) == (CONTEXT.folder_day, None)


def test_totals_are_a_cross_check() -> None:
    right = {"covered_lines": 2, "num_statements": 3}
    assert reasons(items({**one(summary=right), "totals": right})) == []
    wrong = {"covered_lines": 2, "num_statements": 4}
    assert reasons(items({**one(summary=right), "totals": wrong})) == [
        "counts differ: the totals state num_statements=4, the lines give 3"
    ]
    assert reasons(items({**one(summary=wrong), "totals": wrong})) == [
        "counts differ in 1 files, the first: a.py states num_statements=4, the lines give 3"
    ]


@pytest.mark.parametrize(
    "file",
    [
        None,
        [],
        1,
        {},
        {"executed_lines": [1]},
        {"executed_lines": ["1"], "missing_lines": []},
        {"executed_lines": [1.5], "missing_lines": []},
        {"executed_lines": [-1], "missing_lines": []},
        {"executed_lines": [2**70], "missing_lines": []},
        {"executed_lines": {}, "missing_lines": []},
        {
            "executed_lines": [1],
            "missing_lines": [],
            "executed_branches": [1],
            "missing_branches": [],
        },
        {"executed_lines": [1], "missing_lines": [], "contexts": []},
        {"executed_lines": [1], "missing_lines": [], "contexts": {"1": "t"}},
        {"executed_lines": [1], "missing_lines": [], "contexts": {"1": [1]}},
        {"executed_lines": [1], "missing_lines": [], "functions": {"f": []}},
        {"executed_lines": [1], "missing_lines": [], "summary": {"num_statements": -1}},
    ],
)
def test_a_file_that_cannot_be_read_is_rejected_and_the_others_are_read(file: object) -> None:
    good = {"executed_lines": [1], "missing_lines": []}
    found = items(report({"x.py": file, "a.py": good}))
    assert [item.file for item in found if isinstance(item, FileCoverage)] == ["a.py"]
    (reject,) = [item for item in found if isinstance(item, Reject)]
    assert (reject.position, reject.excerpt) == (1, "x.py")


def test_a_path_counts_once() -> None:
    good = {"executed_lines": [1], "missing_lines": []}
    found = items(report({"a/b.py": good, "a\\b.py": good, "./a/b.py": good, "": good}))
    assert [type(item) for item in found] == [FileCoverage, Reject, Reject, Reject]


def test_a_list_that_would_fill_the_memory_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coverage_py_file, "MOST_LIST", 1 << 20)
    assert reasons(items(one([1] * 600_000)))[0] == "a list of more than 1 MB"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "empty"),
        (b"[]", "no object"),
        (b"<coverage/>", "XML"),
        (b'{"meta": {}', "ends early"),
        (b'{"total": {"lines": {}}}', "keys total"),
        (b'{"meta": {}, "files": []}', "`files` is no object"),
        (b'{"meta": {}, "files": null}', "`files` is no object"),
        (b'{"files": ' + b"[" * 100_000, "too deep|ends early"),
        (b'{"meta": NaN, "files": {}}', "cannot be read"),
        (b'{"a": "\xff"}', "cannot be read|keys a"),
    ],
)
def test_other_files_are_refused_with_what_was_found(data: bytes, found: str) -> None:
    with pytest.raises(FormatError, match=found):
        items(data)


def test_a_report_without_files() -> None:
    assert items(report({})) == [Warn(reason="the report holds no files")]


def test_a_report_cut_anywhere_is_damaged() -> None:
    whole = (GOLDEN / "contexts" / "input.json").read_bytes().rstrip()
    for end in range(2, len(whole)):
        with pytest.raises(DamagedError, match="ends early"):
            items(whole[:end])


@settings(max_examples=150)
@given(st.data())
def test_a_damaged_report_is_read_or_refused(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["contexts", "strange_members"]))
    whole = bytearray((GOLDEN / name / "input.json").read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(FormatError):
        known = FileCoverage | TestCoverage | Reject | Warn
        assert all(isinstance(item, known) for item in items(bytes(whole)))


NAMES = (
    "executed_lines missing_lines summary executed_branches missing_branches contexts functions 1 a"
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES.split()), inner, max_size=5)
    ),
    max_leaves=12,
)
file_like = st.fixed_dictionaries(
    {"executed_lines": st.lists(st.integers(0, 9)), "missing_lines": st.lists(st.integers(0, 9))},
    optional=dict.fromkeys(NAMES.split()[2:], json_values),
)


@given(
    files=st.dictionaries(st.text(max_size=5), json_values | file_like, max_size=4),
    meta=json_values,
)
def test_any_json_is_read_or_refused(files: dict[str, object], meta: object) -> None:
    with suppress(FormatError):
        found = items({"meta": meta, "files": files, "totals": meta})
        assert all(isinstance(item, FileCoverage | TestCoverage | Reject | Warn) for item in found)


def test_memory_is_the_text_and_little_more(tmp_path: Path) -> None:
    """All on one line, and most of it the names of the tests of every line."""
    place = tmp_path / "coverage.json"
    names = [f"tests/unit/test_module_{n}.py::TestShop::test_something_{n}|run" for n in range(60)]
    contexts = {str(n): names for n in range(1, 100)}
    regions = {f"f{n}": {"executed_lines": [n], "missing_lines": []} for n in range(20)}
    file = {"executed_lines": list(range(1, 100)), "missing_lines": [], "functions": regions}
    text = json.dumps({**file, "contexts": contexts})
    with place.open("w") as out:
        out.write('{"meta": {"version": "7"}, "files": {')
        out.write(", ".join(f'"src/part_{n}.py": {text}' for n in range(120)))
        out.write('}, "totals": {}}')
    read = read_alone("coverage_py", place)
    size = place.stat().st_size >> 20
    assert read.items == 120 * 61
    assert size > 40
    assert read.peak < size + 60, f"{read.peak} MB for {size} MB"


SHOP = """
def pay(amount, card):
    if amount > 0 and card:
        return (
            amount,
            card,
        )
    return None


def refund(amount):  # nobody tests it
    for part in range(amount):
        print(part)


class Card:
    def number(self):
        return 4
"""
SHOP_TESTS = """
import shop

def test_pays():
    assert shop.pay(1, shop.Card().number())

def test_refuses():
    assert shop.pay(0, None) is None

test_pays(), test_refuses()
"""


def test_all_three_reports_of_a_real_run_agree(tmp_path: Path) -> None:
    """Of coverage.py itself, as it is installed here: its JSON, its lcov and its Cobertura."""
    (tmp_path / "shop.py").write_text(SHOP)
    (tmp_path / "run.py").write_text(SHOP_TESTS)
    (tmp_path / ".coveragerc").write_text("[run]\nbranch = true\ndynamic_context = test_function\n")
    for arguments in (("run", "run.py"), ("json", "--show-contexts"), ("lcov",), ("xml",)):
        subprocess.run([sys.executable, "-m", "coverage", *arguments], cwd=tmp_path, check=True)
    found: dict[str, list[Item]] = {}
    for source, name in (
        ("coverage_py", "coverage.json"),
        ("lcov", "coverage.lcov"),
        ("cobertura", "coverage.xml"),
    ):
        with (tmp_path / name).open("rb") as stream:
            parser: Any = sources.get(source).parse
            found[source] = list(parser(stream, CONTEXT))
    counted = {
        source: {
            row.file: (*lines(row), row.branches_covered, row.branches_total)
            for row in every
            if isinstance(row, FileCoverage)
        }
        for source, every in found.items()
    }
    assert counted["coverage_py"] == counted["lcov"] == counted["cobertura"]
    assert counted["coverage_py"]["shop.py"] == (8, 10, 2, 4)
    for source in ("coverage_py", "lcov"):
        (shop,) = (r for r in found[source] if isinstance(r, FileCoverage) and r.file == "shop.py")
        assert (shop.functions_covered, shop.functions_total) == (2, 3)
    ran_by = {
        (row.test, row.file): row.lines_covered
        for row in found["coverage_py"]
        if isinstance(row, TestCoverage)
    }
    assert ran_by[("__main__.test_pays", "shop.py")] == 3
    assert ran_by[("__main__.test_refuses", "shop.py")] == 2
    assert not [
        item for every in found.values() for item in every if isinstance(item, Reject | Warn)
    ]
