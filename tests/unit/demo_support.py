"""What tests of the demo share: its inbox, and what the pipeline would read of it."""

import gzip
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from ingest import sources
from ingest.source import Item
from orchestration import settings

SHOP = Path(__file__).parents[2] / "examples" / "shop"
FULL = 200
"""Days of the long demo."""


def inbox(target: Path) -> dict[str, bytes]:
    """Every file of the inbox by its path there."""
    root = target / "inbox"
    return {
        str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()
    }


def parsed(target: Path, name: str) -> Iterator[tuple[Path, Item]]:
    """Every item of a source's files, as the pipeline would read them."""
    workspace = settings.load(SHOP, environ={"GAPSIGHT_HASH_KEY": "a key for the demo"})
    source = sources.get(name)
    for path in sorted((target / "inbox" / name).glob("*/*")):
        day = date.fromisoformat(path.parent.name)
        context = workspace.context(name, folder_day=day, name=path.name)
        if source.form == "tables":
            given: Path | io.BytesIO = path
        else:
            content = path.read_bytes()
            given = io.BytesIO(gzip.decompress(content) if path.suffix == ".gz" else content)
        for item in source.parse(given, context):
            yield path, item


def reports(target: Path) -> Iterator[tuple[dict[str, object], str, str, bytes]]:
    """Each report of each bundle: manifest, format, path, content."""
    for path in sorted((target / "inbox" / "ci_bundle").glob("*/*.zip")):
        with zipfile.ZipFile(path) as bundle:
            manifest = json.loads(bundle.read("manifest.json"))
            for name in bundle.namelist()[1:]:
                kind = "playwright" if name.endswith(".json") else "junit"
                yield (
                    manifest,
                    "cobertura" if name.startswith("coverage/") else kind,
                    name,
                    bundle.read(name),
                )
