"""Go cover profiles: blocks of statements, several profiles in one, cut-off and hostile files."""

import datetime as dt
import io
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.records import FileCoverage
from ingest.source import Context, FormatError, Item, Reject, Warn
from ingest.sources.go_cover import parse
from tests.unit.memory_support import read_alone

CONTEXT = Context(folder_day=dt.date(2026, 6, 30))
GOLDEN = Path(__file__).parents[1] / "golden" / "go_cover"


def items(*lines: str | bytes, end: bytes = b"\n") -> list[Item]:
    data = b"\n".join(line.encode() if isinstance(line, str) else line for line in lines) + end
    return list(parse(io.BytesIO(data), CONTEXT))


def counts(found: list[Item]) -> dict[str, tuple[int | None, int | None]]:
    rows = (item for item in found if isinstance(item, FileCoverage))
    return {row.file: (row.lines_covered, row.lines_total) for row in rows}


def test_statements_are_counted_as_go_tool_cover_does() -> None:
    """The lines that the blocks span (14 here) hold braces and comments besides."""
    found = items("mode: set", "m/a.go:1.1,9.2 3 1", "m/a.go:9.2,14.3 2 0")
    assert counts(found) == {"m/a.go": (3, 5)}
    (row,) = found
    assert isinstance(row, FileCoverage)
    assert (row.component, row.branches_total, row.functions_total) == ("m", None, None)


@pytest.mark.parametrize("mode", ["set", "count", "atomic"])
def test_a_block_that_comes_again_counts_once_and_ran_if_it_ran_anywhere(mode: str) -> None:
    one, other = "m/a.go:1.1,9.2 3 ", "m/b.go:1.1,2.2 1 "
    for order in (("0", "7"), ("7", "0"), ("7", "1")):
        first, second = order
        found = items(f"mode: {mode}", one + first, other + "0", f"mode: {mode}", one + second)
        assert counts(found) == {"m/a.go": (3, 3), "m/b.go": (0, 1)}
        assert counts(items(f"mode: {mode}", one + first, one + second)) == {"m/a.go": (3, 3)}


def test_a_count_beyond_64_bits() -> None:
    assert counts(items("mode: count", f"a.go:1.1,2.2 1 {2**70}")) == {"a.go": (1, 1)}


def test_one_block_with_two_numbers_of_statements_is_told() -> None:
    one, other = "a.go:1.1,2.2 1 1", "a.go:1.1,2.2 4 0"
    for found in (items("mode: set", one, other), items("mode: set", other, one)):
        assert counts(found) == {"a.go": (4, 4)}
        assert "1 blocks have two numbers" in str(found[-1])


@pytest.mark.parametrize(
    "line",
    [
        "a.go",
        "a.go:1.1,2.2 1",
        "a.go:1,2 1 1",
        "a.go:1.1,2.2 1 -1",
        "a.go:1.1,2.2 x 1",
        ":1.1,2.2 1 1",
        "a.go:1.1,2.2 99999999 1",
        "ok  \tshop/pay\t0.1s\tcoverage: 80.0% of statements",
        "\x00",
    ],
)
def test_a_line_that_is_no_block_is_rejected_and_the_others_count(line: str) -> None:
    found = items("mode: set", "b.go:1.1,2.2 1 1", line, "b.go:3.1,4.2 1 0")
    assert [item.position for item in found if isinstance(item, Reject)] == [3]
    assert counts(found) == {"b.go": (1, 2)}


def test_windows_line_ends_byte_order_mark_and_a_last_line_without_end() -> None:
    block = "a.go:1.1,2.2 3 1"
    for found in (
        items("mode: set\r", f"{block}\r", f"{block}\r"),
        items(b"\xef\xbb\xbfmode: set", block),
        items("mode: set", "", block, end=b""),
    ):
        assert found == items("mode: set", block)


def test_a_profile_without_blocks() -> None:
    """Of a package that has no statements."""
    assert items("mode: set") == [Warn(reason="the profile holds no blocks")]


def test_a_profile_cut_off_inside_a_line_knows_nothing_of_its_last_file() -> None:
    start = ("mode: set", "m/a.go:1.1,2.2 1 1", "m/b.go:1.1,2.2 1 1")
    for rest in ("m/b.go:3.1,4", "m/b", "m/b.go:3.1,4.4 1"):
        found = items(*start, rest, end=b"")
        assert counts(found) == {"m/a.go": (1, 1)}
        assert [i.position for i in found if isinstance(i, Reject)] == [4, None]


def test_a_profile_cut_anywhere_never_covers_more() -> None:
    whole = (GOLDEN / "merged" / "input.out").read_bytes()
    full = counts(items(whole))
    for end in range(len(whole)):
        with suppress(FormatError):
            found = counts(items(whole[:end], end=b""))
            assert all((row[0] or 0) <= (full[file][0] or 0) for file, row in found.items())


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"{}", "JSON"),
        (b"SF:a\n", "LCOV"),
        (b"mode: unheard\n", "some other text"),
        ("mode: set\n".encode("utf-16"), "UTF-16"),
    ],
)
def test_other_files_are_refused_with_what_was_found(data: bytes, found: str) -> None:
    with pytest.raises(FormatError, match=found):
        items(data, end=b"")


lines_ = st.sampled_from(
    ["mode: set", "a.go:1.1,2.2 1 1", "a.go:1.1,2.2 2 0", "b.go:1.1,2.2 1 0", "a.go:1", " ", "a 1"]
) | st.text(max_size=12)


@settings(max_examples=200)
@given(text=st.lists(lines_), ended=st.booleans())
def test_any_text_is_read_or_refused(text: list[str], *, ended: bool) -> None:
    with suppress(FormatError):
        data = "\n".join(["mode: set", *text]).encode("utf-8", "replace")
        found = items(data, end=b"\n" if ended else b"")
        assert all(isinstance(item, FileCoverage | Reject | Warn) for item in found)


def test_a_profile_of_many_packages_takes_no_more_memory_than_its_blocks(tmp_path: Path) -> None:
    """With -coverpkg=./... every package under test repeats the blocks of all others."""
    place = tmp_path / "cover.out"
    one = "".join(
        f"github.com/acme/shop/module_{n}/part.go:{line}.20,{line + 5}.3 4 {line % 2}\n"
        for n in range(300)
        for line in range(1, 600, 6)
    )
    with place.open("w") as out:
        out.write("mode: atomic\n")
        for _ in range(30):
            out.write(one)
    read = read_alone("go_cover", place)
    assert read.items == 300
    assert place.stat().st_size >> 20 > 40
    assert read.peak < 60
