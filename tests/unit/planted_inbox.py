"""Planted files of a source where they would lie: in the inbox, or as reports of one bundle in it."""

import json
import zipfile
from pathlib import Path
from typing import Any

from ingest import sources
from orchestration.settings import Settings
from tests.unit import planted
from tests.unit.lake_support import DAY

MANIFEST = planted.GOLDEN / "ci_bundle" / "whole" / "input" / "manifest.json"


def put_planted(settings: Settings, name: str, files: list[planted.Variant]) -> None:
    """Plant variants of a source: files of its own, or reports of one bundle."""
    landed = sources.get(name).landed
    folder = settings.paths.inbox / (name if landed else "ci_bundle") / str(DAY)
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    bundle = None if landed else zipfile.ZipFile(folder / f"{name}.zip", "w")
    for number, (case, ending, content) in enumerate(files):
        context = context_of(case)
        place = f"{number}/{context.get('name') or _name(name, ending).format(number)}"
        if bundle:
            bundle.writestr(place, content)
            entries.append({"path": place, "format": name})
        else:
            (folder / place).parent.mkdir()
            (folder / place).write_bytes(content)
    if bundle:
        facts = json.loads(MANIFEST.read_text()) | {"expected_suites": [], "reports": entries}
        bundle.writestr("manifest.json", json.dumps(facts))
        bundle.close()


def context_of(case: Path) -> dict[str, Any]:
    """What a golden case says of its context."""
    place = case / "context.json"
    return dict(json.loads(place.read_text())) if place.exists() else {}


def _name(source: str, ending: str) -> str:
    """A file name that a source takes."""
    names = {"codeowners": "CODEOWNERS", "allure": "{}-result.json", "jacoco": "jacoco{}.xml"}
    found = names.get(source, f"{{}}.{ending}")
    return found if sources.get(source).takes(found.format(1)) else f"{{}}{source}.{ending}"
