"""docs/sources.md lists every source and interface, and nothing that has no test."""

import re
import tomllib
from pathlib import Path

import msgspec

from ingest import apis, sources

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "sources.md").read_text()
FILES, LIVE = TEXT.split("## Live interfaces")


def rows(text: str) -> dict[str, str]:
    """First cell without its marks -> the last one."""
    cells = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    return {row[0].strip("`"): row[-1] for row in cells}


def test_every_source_stands_in_the_table_and_nothing_else() -> None:
    assert sorted(rows(FILES)) == sorted(sources.NAMES)
    assert sorted(rows(LIVE)) == sorted(apis.NAMES)


def test_each_names_tests_that_are_there() -> None:
    for name, tested in (*rows(FILES).items(), *rows(LIVE).items()):
        named = re.findall(r"tests/[\w/]+\.py", tested)
        assert named, name
        for place in named:
            assert (ROOT / place).is_file(), f"{name}: {place}"
            if "samples" not in place and name not in place:
                assert name in (ROOT / place).read_text(), f"{place} says nothing of {name}"


def test_a_source_said_to_be_tried_on_real_files_has_some() -> None:
    kinds = (ROOT / "tests" / "samples").glob("*.py")
    samples = "".join(place.read_text() for place in kinds)
    for name, tested in rows(FILES).items():
        if "real" in tested:
            assert f'"{name}"' in samples, name


def test_the_example_is_what_the_settings_take() -> None:
    found = tomllib.loads(LIVE.split("```toml")[1].split("```")[0])["fetch"]
    assert sorted(found) == sorted(api.name for api in apis.all_apis() if api.options)
    for name, entries in found.items():
        for entry in entries:
            msgspec.convert(entry, apis.get(name).options)


def test_the_examples_of_files_are_what_their_sources_take() -> None:
    for block in FILES.split("```toml")[1:]:
        for name, table in tomllib.loads(block.split("```")[0])["sources"].items():
            options = sources.get(name).options
            assert options, name
            msgspec.convert(table, options)
