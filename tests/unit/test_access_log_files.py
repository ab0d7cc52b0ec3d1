"""Access logs as files: ends of lines, nothing at all, lines without end, and gzip whole and cut off."""

import gzip
from pathlib import Path

import pytest

from ingest.files.blocks import LONGEST_LINE, read_blocks
from ingest.source import FormatError
from ingest.sources.access_log import SOURCE
from tests.unit.combined_log_support import line, log, options, parsed
from tests.unit.usage_support import packed, read


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("last", [b"", b"x"])
def test_line_ends(tmp_path: Path, end: bytes, last: bytes) -> None:
    path = log(tmp_path / "a.log", line(), "", line(), end=end)
    path.write_bytes(path.read_bytes() + (line().encode() if last else b""))
    result = read(SOURCE, path, **options())
    result.check_accounting()
    assert result.tally["read"] == 3 + len(last)
    assert result.tally["user"] == 2 + len(last)
    assert result.tally["other"] == 1


def test_an_empty_file_is_a_quiet_service(tmp_path: Path) -> None:
    assert parsed(tmp_path).tally.total() == 0
    blank = parsed(tmp_path, "", "", " ")
    assert blank.tally == blank.tally | {"read": 3, "other": 3}
    assert not blank.rows


def test_a_byte_order_mark(tmp_path: Path) -> None:
    assert parsed(tmp_path, b"\xef\xbb\xbf" + line().encode(), line()).tally["user"] == 2


def test_a_line_without_end_costs_little_memory(tmp_path: Path) -> None:
    long = line("GET /" + "x" * (3 * LONGEST_LINE) + " HTTP/1.1")
    result = parsed(tmp_path, line(), long, line())
    assert [reject.position for reject in result.rejects] == [2]
    assert max(len(block.data) for block in read_blocks(tmp_path / "a.log")) < 3 * LONGEST_LINE


def test_gzip_plain_and_in_several_members(tmp_path: Path) -> None:
    text = "".join(line() + "\n" for _ in range(100)).encode()
    plain = read(SOURCE, log(tmp_path / "a.log", text, end=b""), **options())
    whole = read(SOURCE, packed(tmp_path / "b.log", text), **options())  # whatever its name
    (tmp_path / "c.gz").write_bytes(gzip.compress(text[:2000]) + gzip.compress(text[2000:]))
    parts = read(SOURCE, tmp_path / "c.gz", **options())
    assert plain == whole == parts
    assert plain.tally["user"] == 100


@pytest.mark.parametrize("keep", [0.5, 0.99])
def test_a_gzip_file_that_is_cut_off_is_refused(tmp_path: Path, keep: float) -> None:
    path = packed(tmp_path / "a.gz", "".join(line(f"GET /{n}") + "\n" for n in range(999)).encode())
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    with pytest.raises(FormatError, match="ends early"):
        read(SOURCE, path, **options())
    path.write_bytes(b"\x1f\x8b" + b"not gzip at all")
    with pytest.raises(FormatError, match="a gzip file that is broken"):
        read(SOURCE, path, **options())
