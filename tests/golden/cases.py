"""Where the golden cases of sources lie, and how one is read (tests/unit/test_golden_sources.py)."""

import datetime as dt
import gzip
from pathlib import Path
from typing import Any

import msgspec

from ingest import sources
from ingest.source import Context

GOLDEN = Path(__file__).parent


def cases_of(name: str) -> list[Path]:
    """Return the folders of one source's cases."""
    return sorted(case for case in (GOLDEN / name).glob("*") if case.is_dir())


def all_cases() -> list[Path]:
    """Return the folders of every source's cases."""
    return [case for name in sources.NAMES for case in cases_of(name)]


def context_of(case: Path) -> Context:
    """Return what the case says beside its bytes."""
    place = case / "context.json"
    fields: dict[str, Any] = msgspec.json.decode(place.read_bytes()) if place.exists() else {}
    fields["folder_day"] = dt.date.fromisoformat(fields.get("folder_day", "2026-06-30"))
    fields["hash_key"] = fields.get("hash_key", "").encode()
    return Context(**fields)


def input_of(case: Path) -> Path:
    """Return the case's file or folder."""
    found = [place for place in case.iterdir() if place.stem.split(".")[0] == "input"]
    assert len(found) == 1, f"{case} needs one input, has {[place.name for place in found]}"
    return found[0]


def bytes_of(place: Path) -> bytes:
    """Return a file's bytes, unpacked where they are packed."""
    return gzip.decompress(place.read_bytes()) if place.suffix == ".gz" else place.read_bytes()
