"""Istanbul: its own way of counting, both reports, other JSON, hostile input."""

import datetime as dt
import io
import json
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.files import json_members
from ingest.records import FileCoverage
from ingest.source import Context, DamagedError, FormatError, Item, Reject, Warn
from ingest.sources import istanbul
from ingest.sources.istanbul import parse
from tests.unit.memory_support import read_alone

CONTEXT = Context(folder_day=dt.date(2026, 6, 30))
GOLDEN = Path(__file__).parents[1] / "golden" / "istanbul"


def items(report: object) -> list[Item]:
    data = report if isinstance(report, bytes) else json.dumps(report).encode()
    return list(parse(io.BytesIO(data), CONTEXT))


def files(report: object) -> dict[str, FileCoverage]:
    return {item.file: item for item in items(report) if isinstance(item, FileCoverage)}


def final(
    *statements: tuple[int | None, object], path: str = "a.ts", **more: Any
) -> dict[str, Any]:
    """A file by the lines and hits of its statements."""
    places = {
        str(n): {"start": {"line": line, "column": n}, "end": {"line": 99, "column": 0}}
        for n, (line, _) in enumerate(statements)
    }
    hits = {str(n): count for n, (_, count) in enumerate(statements)}
    empty = {"fnMap": {}, "branchMap": {}, "f": {}, "b": {}}
    return {path: {"path": path, "statementMap": places, "s": hits, **empty, **more}}


def metric(covered: object, total: object, **more: object) -> dict[str, object]:
    return {"total": total, "covered": covered, "skipped": 0, "pct": 1, **more}


def by_the_book(file: dict[str, Any]) -> tuple[int, int]:
    """Lines as istanbul-lib-coverage has them: of the statements on a line the most hit one counts."""
    hits: dict[object, float] = {}
    for key, count in file["s"].items():
        if place := file["statementMap"].get(key):
            line = place["start"]["line"]
            hits[line] = max(hits.get(line, 0), count or 0)
    return sum(1 for count in hits.values() if count), len(hits)


@pytest.mark.parametrize(
    ("statements", "covered", "total"),
    [
        ([(1, 1), (2, 0)], 1, 2),
        ([(1, 0), (1, 7)], 1, 1),
        ([(1, 7), (1, 0)], 1, 1),
        ([(1, 0), (1, None)], 0, 1),
        ([(1, 2874063630), (2, 2**64), (3, 1e21)], 3, 3),
        ([(None, 1), (None, 1)], 1, 1),
        ([], 0, 0),
    ],
)
def test_a_line_ran_if_a_statement_that_starts_on_it_did(
    statements: list[tuple[int | None, object]], covered: int, total: int
) -> None:
    row = files(final(*statements))["a.ts"]
    assert (row.lines_covered, row.lines_total) == (covered, total)


@given(
    st.lists(st.tuples(st.integers(1, 9), st.sampled_from([0, 1, 2**40, None]))),
    st.randoms(use_true_random=False),
)
def test_lines_are_counted_as_istanbul_counts_them(
    statements: list[tuple[int | None, object]], rng: random.Random
) -> None:
    report = final(*statements)
    file = report["a.ts"]
    for part in ("s", "statementMap"):  # in any order, and some of them missing
        kept = [pair for pair in file[part].items() if rng.random() < 0.9]
        rng.shuffle(kept)
        file[part] = dict(kept)
    row = files(report)["a.ts"]
    assert (row.lines_covered, row.lines_total) == by_the_book(file)


def test_functions_and_the_paths_of_branches() -> None:
    row = files(final((1, 1), f={"0": 0, "1": 3}, b={"0": [1, 0], "1": [2], "2": []}))["a.ts"]
    assert (row.functions_covered, row.functions_total) == (1, 2)
    assert (row.branches_covered, row.branches_total) == (2, 3)


def test_what_a_report_does_not_have_is_unknown() -> None:
    report = final((1, 1))
    del report["a.ts"]["b"], report["a.ts"]["f"]
    row = files(report)["a.ts"]
    assert (row.branches_total, row.functions_total) == (None, None)
    row = files({"a.ts": {"lines": metric(0, 0)}})["a.ts"]
    assert (row.lines_covered, row.lines_total) == (0, 0)
    assert (row.branches_total, row.functions_total) == (None, None)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/builds/shop/src/a.ts", "/builds/shop/src/a.ts"),
        ("C:\\agent\\shop\\a.ts", "C:/agent/shop/a.ts"),
        ("src/ä b.ts", "src/ä b.ts"),
    ],
)
def test_paths_have_slashes(path: str, expected: str) -> None:
    assert list(files(final((1, 1), path=path))) == [expected]
    assert list(files({path: {"lines": metric(1, 1)}})) == [expected]


def test_the_total_is_no_file_but_a_cross_check() -> None:
    file = {"lines": metric(1, 2), "branches": metric(0, 0, pct="Unknown")}
    right = {"total": {**file, "branchesTrue": metric(0, 0, pct="Unknown")}, "a.ts": file}
    assert [type(item) for item in items(right)] == [FileCoverage]
    wrong = {"total": {"lines": metric(2, 2)}, "a.ts": file}
    assert items(wrong)[1] == Warn(
        reason="counts differ: the total states 2 of 2 lines, the files give 1 of 2"
    )
    assert list(files(final((1, 1), path="total"))) == ["total"], "a file may be called so"


def test_reports_without_files() -> None:
    nothing = [Warn(reason="the report holds no files")]
    assert items({}) == nothing
    assert items({"total": {"lines": metric(0, 0, pct="Unknown")}}) == nothing


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ({"lines": metric(3, 2)}, "more is covered than there is"),
        ({"lines": metric(-1, 2)}, "not the known shape"),
        ({"lines": metric(1, 2**60)}, "not the known shape"),
        ({"lines": metric(1, "2")}, "not the known shape"),
        ({"statementMap": {"0": None}, "s": {"0": 1}}, "not the known shape"),
        ({"statementMap": {}, "s": []}, "not the known shape"),
        ({"s": {"0": 1}}, "neither"),
        ([], "not the known shape"),
        (None, "not the known shape"),
        (1, "not the known shape"),
    ],
)
def test_a_file_that_cannot_be_read_is_rejected_and_the_others_are_read(
    file: object, reason: str
) -> None:
    good = {"lines": metric(1, 2)}
    for report in ({"x.ts": file, "a.ts": good}, {"a.ts": good, "x.ts": file}):
        found = items(report)
        assert sum(isinstance(item, FileCoverage) for item in found) == 1
        (reject,) = [item for item in found if isinstance(item, Reject)]
        assert reason in reject.reason
        assert reject.excerpt == "x.ts"
        assert reject.position == list(report).index("x.ts") + 1


def test_a_path_counts_once() -> None:
    found = items({"a/b.ts": {"lines": metric(1, 2)}, "a\\b.ts": {"lines": metric(2, 2)}})
    assert [type(item) for item in found] == [FileCoverage, Reject]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"[]", "no object"),
        (b"12", "no object"),
        (b"<html></html>", "XML"),
        (b"TN:\nSF:src/a.js\n", "LCOV"),
        (b'{"a": 1', "ends early"),
        (b'{"a": tru}', "cannot be read"),
        (b'{"config": {}, "suites": []}', "keys config, suites"),
        (b'{"meta": {"version": "7"}, "files": {}, "totals": {}}', "keys meta, files, totals"),
        (b'{"a": ' + b"[" * 100_000, "too deep|ends early"),
        (b"\xff\xfe{\x00}\x00", "UTF-16"),
    ],
)
def test_other_files_are_refused_with_what_was_found(data: bytes, found: str) -> None:
    with pytest.raises(FormatError, match=found):
        items(data)


def test_a_byte_order_mark_is_skipped() -> None:
    assert list(files(b"\xef\xbb\xbf" + json.dumps(final((1, 1))).encode())) == ["a.ts"]


def test_what_is_not_counted_is_not_read() -> None:
    """Source maps and names of functions: most of a report's text."""
    file = final(
        (1, 1), fnMap={"0": {"name": "näme \U0001f600"}}, inputSourceMap={"names": [1, {}]}
    )
    assert list(files(file)) == ["a.ts"]


def test_a_report_above_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_members, "LIMIT", 1 << 20)
    with pytest.raises(FormatError, match="more than 1 MB"):
        items(b" " * (1 << 20) + b"{}")


def test_many_strange_members_are_another_format(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(istanbul, "MOST_STRANGE", 10)
    with pytest.raises(FormatError, match="keys 0, 1, 2"):
        items({str(n): n for n in range(20)})


def test_a_report_cut_anywhere_is_damaged() -> None:
    whole = (GOLDEN / "final" / "input.json").read_bytes().rstrip()
    for end in range(2, len(whole)):
        with pytest.raises(DamagedError, match="ends early"):
            items(whole[:end])


@settings(max_examples=150)
@given(st.data())
def test_a_damaged_report_is_read_or_refused(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["final", "summary"]))
    whole = bytearray((GOLDEN / name / "input.json").read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(FormatError):
        assert all(isinstance(i, FileCoverage | Reject | Warn) for i in items(bytes(whole)))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["path", "statementMap", "s", "f", "b", "lines", "total", "covered", "0"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=5) | st.just("total"), json_values, max_size=4))
def test_any_json_is_read_or_refused(report: dict[str, object]) -> None:
    with suppress(FormatError):
        assert all(isinstance(item, FileCoverage | Reject | Warn) for item in items(report))


def test_memory_is_the_text_and_little_more(tmp_path: Path) -> None:
    place = tmp_path / "coverage-final.json"
    file = json.dumps(final(*((n, n % 3) for n in range(300)))["a.ts"])
    with place.open("w") as stream:
        stream.write("{")
        for n in range(2000):
            path = f"src/module_{n % 40}/part_{n}.ts"
            own = file.replace('"a.ts"', json.dumps(path), 1)
            stream.write(("," if n else "") + json.dumps(path) + ": " + own + "\n")
        stream.write("}")
    read = read_alone("istanbul", place)
    size = place.stat().st_size >> 20
    assert read.items == 2000
    assert size > 40
    assert read.peak < size + 60, f"{read.peak} MB for {size} MB"


def test_what_is_refused_is_scrubbed() -> None:
    with pytest.raises(FormatError, match="keys") as raised:
        items({"jo@example.com": 1})
    assert "jo@example.com" not in str(raised.value)
