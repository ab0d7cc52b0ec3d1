"""Whatever of a file holds a secret or a person: nothing of it is in the lake, whichever source read it."""

import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest import sources
from ingest.records import TABLES
from orchestration.loading import LoadReport, load_family
from orchestration.settings import Settings
from tests.unit import planted
from tests.unit.lake_support import DAY, workspace

KEY = b"a key for the planted files"
PROSE = {"message", "title", "excerpt", "reason", "warnings_json", "extra_json"}
MANIFEST = planted.GOLDEN / "ci_bundle" / "whole" / "input" / "manifest.json"


def names_of(source: str, ending: str) -> str:
    """A file name that a source takes."""
    names = {"codeowners": "CODEOWNERS", "allure": "{}-result.json", "jacoco": "jacoco{}.xml"}
    found = names.get(source, f"{{}}.{ending}")
    return found if sources.get(source).takes(found.format(1)) else f"{{}}{source}.{ending}"


def put(settings: Settings, name: str, files: list[planted.Variant]) -> None:
    """Plant variants of a source in the inbox: files of its own, or reports of one bundle."""
    landed = sources.get(name).landed
    folder = settings.paths.inbox / (name if landed else "ci_bundle") / str(DAY)
    folder.mkdir(parents=True)
    entries = []
    bundle = None if landed else zipfile.ZipFile(folder / "run.zip", "w")
    for number, (case, ending, content) in enumerate(files):
        context = context_of(case)
        place = f"{number}/{context.get('name') or names_of(name, ending).format(number)}"
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
    place = case / "context.json"
    return dict(json.loads(place.read_text())) if place.exists() else {}


def load_planted(settings: Settings, name: str) -> LoadReport:
    report = load_family(settings, sources.get(name).family)
    assert report.warnings == []
    return report


def texts(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Table, column and each different value of the whole lake."""
    for table in TABLES:
        parts = (
            f"read_parquet('{settings.paths.lake}/{table}/*/*--*.parquet', union_by_name = true)"
        )
        if not list((settings.paths.lake / table).glob("*/*--*.parquet")):
            continue
        with duckdb.connect() as memory:
            for column, *_ in memory.execute(f"describe from {parts}").fetchall():
                query = f'select distinct cast("{column}" as varchar) from {parts}'
                for (value,) in memory.execute(query).fetchall():
                    if value:
                        yield table, column, value


def leaks(settings: Settings) -> Counter[tuple[str, str, str]]:
    """Where something planted is, and what."""
    found: Counter[tuple[str, str, str]] = Counter()
    for table, column, value in texts(settings):
        needles = {name: mark for name, (_, mark) in planted.EVERYWHERE.items()}
        needles |= {"person": "Plantedname", "user id": "planteduser"}
        if column in PROSE:
            needles |= {name: mark for name, (_, mark) in planted.IN_PROSE.items()}
        for name, mark in needles.items():
            if mark in value and not (column == "path" and table in {"loads", "rejects"}):
                found[
                    table,
                    column,
                    f"{name}: {value[max(0, value.find(mark) - 200) : value.find(mark) + 60]}",
                ] += 1
    return found


@pytest.mark.parametrize("name", [name for name in sources.NAMES if name != "ci_bundle"])
def test_nothing_planted_in_a_file_reaches_the_lake(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    by_options: dict[str, list[planted.Variant]] = {}
    for variant in planted.variants(name):
        options = json.dumps(context_of(variant.case).get("options", {}))
        by_options.setdefault(options, []).append(variant)
    everything = b"".join(v.content for files in by_options.values() for v in files)
    assert by_options, "no golden file of a kind that tests/unit/planted.py can plant"
    for what, mark in (*planted.EVERYWHERE.values(), *planted.IN_PROSE.values()):
        assert mark.encode() in everything, what
    tables: Counter[str] = Counter()
    for number, (options, files) in enumerate(by_options.items()):
        settings = workspace(tmp_path / str(number))
        settings = replace(settings, hash_key=KEY, sources={name: json.loads(options)})
        put(settings, name, files)
        tables += load_planted(settings, name).rows
        found = leaks(settings)
        assert not found, f"{len(found)} leaks: " + "\n".join(
            f"{table}.{column} {what}" for table, column, what in list(found)[:15]
        )
    wanted = {table.TABLE for table in sources.get(name).tables}
    assert wanted & tables.keys(), "nothing was read at all: the test would show nothing"
    said = caplog.text + "".join(capfd.readouterr())
    assert [mark for _, mark in planted.EVERYWHERE.values() if mark in said] == []
