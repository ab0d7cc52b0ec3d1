"""Compressed files: every kind, in one part and in several, whole, cut off and broken."""

import bz2
import errno
import gzip
import io
import lzma
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.files.blocks import read_blocks
from ingest.files.packed import bare_name, opened, unpacked
from ingest.source import DamagedError
from tests.unit.zstd_support import zstd

TEXT = b"".join(b"line %d, and some more of it\n" % n for n in range(20_000))
Pack = Callable[[bytes], bytes]
PACKS: dict[str, Pack] = {
    "a gzip file": gzip.compress,
    "a zstd file": zstd.compress,
    "a bzip2 file": bz2.compress,
    "an xz file": lzma.compress,
}
EACH = pytest.mark.parametrize(("name", "pack"), PACKS.items(), ids=[n.split()[1] for n in PACKS])
SKIPPED_FRAME = b"\x50\x2a\x4d\x18\x04\x00\x00\x00\x00\x00\x00\x00"


def read(place: Path, content: bytes) -> bytes:
    place.write_bytes(content)
    with opened(place) as stream:
        return stream.read()


def test_a_plain_file_is_given_as_it_is(tmp_path: Path) -> None:
    assert read(tmp_path / "a.gz", TEXT) == TEXT
    assert read(tmp_path / "a.zst", b"") == b""


@EACH
def test_whole_files_in_one_part_and_in_several(name: str, pack: Pack, tmp_path: Path) -> None:
    assert read(tmp_path / "a", pack(TEXT)) == TEXT
    assert read(tmp_path / "a", pack(TEXT[:70_001]) + pack(TEXT[70_001:])) == TEXT, name


@EACH
@pytest.mark.parametrize("keep", [0.3, 0.99])
def test_a_file_that_was_cut_off_is_damaged(
    name: str, pack: Pack, keep: float, tmp_path: Path
) -> None:
    packed = pack(TEXT)
    with pytest.raises(DamagedError, match=f"{name} that ends early"):
        read(tmp_path / "a", packed[: int(len(packed) * keep)])
    with pytest.raises(DamagedError, match=f"{name} that ends early"):
        read(tmp_path / "a", packed + packed[:-8])


@EACH
def test_a_file_with_wrong_bytes_is_damaged(name: str, pack: Pack, tmp_path: Path) -> None:
    packed = bytearray(pack(TEXT))
    packed[len(packed) // 2] ^= 0xFF
    with pytest.raises(DamagedError, match=f"{name} that is broken"):
        read(tmp_path / "a", bytes(packed))


def test_zstd_files_of_parallel_packers(tmp_path: Path) -> None:
    """Both pzstd and the seekable format add frames without content."""
    assert read(tmp_path / "a", SKIPPED_FRAME + zstd.compress(TEXT)) == TEXT
    assert read(tmp_path / "a", zstd.compress(TEXT) + SKIPPED_FRAME) == TEXT


def test_zstd_that_asks_for_too_much_memory_is_refused(tmp_path: Path) -> None:
    """The writer names the window a reader must hold: up to 2 GB."""
    options = {
        zstd.CompressionParameter.window_log: 30,
        zstd.CompressionParameter.enable_long_distance_matching: 1,
    }
    writer = zstd.ZstdCompressor(options=options)
    packed = writer.compress(TEXT) + writer.flush()
    with pytest.raises(DamagedError, match="too much memory"):
        read(tmp_path / "a", packed)


@EACH
def test_logs_are_read_in_blocks_whatever_they_are_packed_with(
    name: str, pack: Pack, tmp_path: Path
) -> None:
    place = tmp_path / "access.log"
    place.write_bytes(pack(TEXT))
    assert b"".join(block.data for block in read_blocks(place)) == TEXT, name
    place.write_bytes(pack(TEXT)[:-9])
    with pytest.raises(DamagedError, match="ends early"):
        list(read_blocks(place))


def test_a_full_disk_is_not_taken_for_a_broken_file() -> None:
    stream = io.BufferedReader(io.BytesIO(bz2.compress(TEXT)))
    with pytest.raises(OSError, match="No space"), unpacked(stream):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_decompressor_is_imported_only_for_its_files(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(TEXT)
    code = (
        "import sys, pathlib; from ingest.files.blocks import read_blocks;"
        f"list(read_blocks(pathlib.Path({str(tmp_path / 'a.log')!r})));"
        "sys.exit('backports.zstd' in sys.modules or 'compression.zstd' in sys.modules)"
    )
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("a.json.gz", "a.json"),
        ("a.JSON.ZST", "a.JSON"),
        ("a.json.bz2", "a.json"),
        ("a.xz", "a"),
        ("a.json", "a.json"),
        ("gz", "gz"),
    ],
)
def test_names_without_the_ending_of_a_compression(name: str, bare: str) -> None:
    assert bare_name(name) == bare
