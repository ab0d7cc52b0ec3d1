"""CI bundles: archives that are not honest."""

import os
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.source import FormatError
from tests.unit.ci_bundle_support import (
    COBERTURA,
    JUNIT,
    MANIFEST,
    PLAYWRIGHT,
    attempts,
    folder,
    items,
    reasons,
    zipped,
)


def test_names_that_lead_out_of_the_bundle_are_refused(tmp_path: Path) -> None:
    names = ["../evil.xml", "/etc/evil.xml", "C:\\evil.xml", "a/../../evil.xml", "bell\x07.xml"]
    found = items(zipped(tmp_path, dict.fromkeys(names, JUNIT)))
    assert len(reasons(found)) == len(names)
    assert not attempts(found)
    assert [place.name for place in tmp_path.iterdir()] == ["bundle.zip"], "nothing is unpacked"


def test_a_zip_bomb_is_one_reject(tmp_path: Path) -> None:
    bomb = JUNIT.replace("</testsuite>", " " * 20_000_000)
    found = items(zipped(tmp_path, {"a.xml": bomb, "b.xml": JUNIT}), max_member_bytes=1_000_000)
    assert [reason.partition(":")[0] for reason in reasons(found)] == ["a.xml"]
    assert len(attempts(found)) == 1


def test_a_size_that_lies_is_found_out_while_reading(tmp_path: Path) -> None:
    place = zipped(tmp_path, {"a.xml": JUNIT + " " * 500_000})
    data = place.read_bytes()
    size = (len(JUNIT) + 500_000).to_bytes(4, "little")
    place.write_bytes(data.replace(size, (10).to_bytes(4, "little")))
    found = items(place, max_member_bytes=100_000)
    assert [reason.partition(":")[0] for reason in reasons(found)] == ["a.xml"]


def test_all_members_together_have_a_limit(tmp_path: Path) -> None:
    members = {f"{n}.xml": JUNIT + " " * 40_000 for n in range(10)}
    found = items(zipped(tmp_path, members), max_total_bytes=200_000)
    assert any("all members together" in reason for reason in reasons(found))


def test_too_many_members_are_refused_as_a_whole(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="more than 5 files"):
        items(zipped(tmp_path, {f"{n}.txt": "" for n in range(9)}), max_members=5)


def test_a_damaged_member_is_one_reject(tmp_path: Path) -> None:
    place = zipped(tmp_path, {"a.xml": JUNIT * 1, "b.xml": JUNIT})
    with zipfile.ZipFile(place) as archive:
        start = archive.getinfo("a.xml").header_offset + 30 + len("a.xml")
    data = bytearray(place.read_bytes())
    data[start : start + 8] = b"\xff" * 8
    place.write_bytes(data)
    found = items(place)
    assert reasons(found)
    assert all(reason.startswith("a.xml: it is damaged") for reason in reasons(found))
    assert len(attempts(found)) == 1


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_encrypted_linked_and_doubled_members(tmp_path: Path) -> None:
    place = zipped(tmp_path, {})
    with zipfile.ZipFile(place, "a") as archive:
        link = zipfile.ZipInfo("link.xml")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("twice.xml", JUNIT)
        archive.writestr("twice.xml", JUNIT)
        archive.writestr("secret.xml", JUNIT)
    data = bytearray(place.read_bytes())
    entry = data.rindex(b"PK\x01\x02", 0, data.rindex(b"secret.xml"))
    data[entry + 8] |= 1
    place.write_bytes(data)
    assert reasons(items(place)) == [
        "link.xml: it is a link",
        "secret.xml: it is encrypted",
        "twice.xml: its name stands twice in the archive",
    ]


def test_links_out_of_a_folder_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.xml"
    outside.write_text(JUNIT)
    root = folder(tmp_path, {"a.xml": JUNIT})
    (root / "link.xml").symlink_to(outside)
    (root / "up").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(root / "pipe.xml")
    found = items(root)
    assert len(attempts(found)) == 1
    assert reasons(found) == ["link.xml: it is a link", "pipe.xml: it is no regular file"]


def test_an_archive_inside_the_bundle_is_let_lie(tmp_path: Path) -> None:
    inner = zipped(tmp_path, {"a.xml": JUNIT}).read_bytes()
    manifest = MANIFEST | {"reports": [{"path": "inner.zip", "format": "junit"}]}
    assert reasons(items(zipped(tmp_path, {"inner.zip": inner}))) == []
    assert "a zip archive" in reasons(items(zipped(tmp_path, {"inner.zip": inner}, manifest)))[0]


def test_an_empty_member_name_is_refused(tmp_path: Path) -> None:
    place = zipped(tmp_path, {"a": JUNIT})
    data = place.read_bytes()
    entry = data.rindex(b"PK\x01\x02")
    at = entry + 28  # the name's length
    place.write_bytes(data[:at] + b"\x00\x00\x01\x00" + data[at + 4 :])
    assert reasons(items(place)) == [": its name is empty or holds control characters"]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_zip_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    members = {"r/pytest.xml": JUNIT, "r/pw.json": PLAYWRIGHT, "c/coverage.xml": COBERTURA}
    place = zipped(tmp_path, members)
    whole = bytearray(place.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    place.write_bytes(
        whole[: data.draw(st.integers(0, len(whole)))] if data.draw(st.booleans()) else whole
    )
    with suppress(FormatError):
        items(place)
