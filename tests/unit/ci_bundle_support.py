"""What tests of CI bundles share: a manifest, reports, a bundle of them as zip or folder, and what is read of it."""

import datetime as dt
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ingest.records import CiRun, TestAttempt
from ingest.source import Context, Item, Reject
from ingest.sources.ci_bundle import parse

MANIFEST: dict[str, Any] = {
    "gapsight_bundle": 1,
    "repo": "shop-web",
    "sha": "0123456789abcdef0123456789abcdef01234567",
    "branch": "main",
    "build": "1234",
    "environment": "ci",
    "started_at": "2026-06-30T09:12:00Z",
}
JUNIT = '<testsuite name="s"><testcase name="t"/></testsuite>'
COBERTURA = (
    '<coverage line-rate="1"><packages><package name="p"><classes><class filename="a.py"><lines>'
    '<line number="1" hits="1"/></lines></class></classes></package></packages></coverage>'
)
PLAYWRIGHT = json.dumps(
    {
        "config": {"forbidOnly": False},
        "suites": [
            {
                "title": "a.spec.ts",
                "file": "a.spec.ts",
                "specs": [{"title": "t", "tests": [{"results": [{"status": "passed"}]}]}],
            }
        ],
    }
)
Members = Mapping[str, str | bytes]


def stamped() -> str:
    """The JUnit report with the time of its run."""
    return JUNIT.replace('name="s"', 'name="s" timestamp="2026-06-30T09:30:00"')


def zipped(place: Path, members: Members, manifest: Mapping[str, Any] | None = None) -> Path:
    """A bundle as `pack` writes one."""
    whole = {"manifest.json": json.dumps(MANIFEST if manifest is None else manifest), **members}
    with zipfile.ZipFile(place / "bundle.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in whole.items():
            archive.writestr(name, content)
    return place / "bundle.zip"


def folder(place: Path, members: Members, manifest: Mapping[str, Any] | None = None) -> Path:
    """The same bundle, unpacked."""
    root = place / "bundle"
    whole = {"manifest.json": json.dumps(MANIFEST if manifest is None else manifest), **members}
    for name, content in whole.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def items(path: Path, **options: int) -> list[Item]:
    """What the source makes of a bundle in the folder of 9 July."""
    context = Context(folder_day=dt.date(2026, 7, 9), name=path.name, options=options)
    return list(parse(path, context))


def reasons(found: list[Item]) -> list[str]:
    return [item.reason for item in found if isinstance(item, Reject)]


def run_of(found: list[Item]) -> CiRun:
    return next(item for item in found if isinstance(item, CiRun))


def attempts(found: list[Item]) -> list[TestAttempt]:
    return [item for item in found if isinstance(item, TestAttempt)]
