"""What a user gets wrong: one clear message, what to do, exit 3 and no traceback."""

from pathlib import Path

import pytest

from tests.e2e.conftest import gapsight, new_workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return new_workspace(tmp_path / "shop")


def refused(*arguments: str | Path, code: int = 3) -> str:
    done = gapsight(*arguments, check=False)
    said = done.stderr + done.stdout
    assert done.returncode == code, (done.returncode, done.stdout[-500:], said[-2000:])
    assert "Traceback" not in said
    assert said.strip()
    return said


def edit(workspace: Path, name: str, old: str, new: str) -> None:
    path = workspace / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_a_file_that_is_not_there(workspace: Path) -> None:
    said = refused("parse", "junit", workspace / "missing.xml")
    assert "missing.xml" in said


def test_a_file_of_another_format_is_a_finding(workspace: Path) -> None:
    other = workspace / "notes.xml"
    other.write_text("<project><target name='x'/></project>")
    said = refused("parse", "junit", other, code=1)
    assert "notes.xml" in said
    assert "project" in said


def test_a_zone_nobody_knows(workspace: Path) -> None:
    edit(workspace, "gapsight.toml", '"Europe/Berlin"', '"Europe/Atlantis"')
    said = refused("run", "--workspace", workspace)
    assert "Europe/Atlantis" in said
    assert "gapsight.toml" in said


def test_an_empty_catalogue(workspace: Path) -> None:
    path = workspace / "seeds" / "flow_catalog.csv"
    path.write_text(path.read_text().splitlines()[0] + "\n")
    said = refused("run", "--workspace", workspace)
    assert "flow_catalog" in said


def test_an_alias_of_an_unknown_flow(workspace: Path) -> None:
    path = workspace / "seeds" / "flow_aliases.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines, "jira,Basket,chekout"]) + "\n")
    said = refused("seeds", "check", "--workspace", workspace)
    assert (
        f"flow_aliases.csv:{len(lines) + 1}" in said or f"flow_aliases.csv:{len(lines) + 1}" in said
    )
    assert "chekout" in said
    assert "checkout" in said, "the likely name is offered"


def test_a_negative_weight(workspace: Path) -> None:
    path = workspace / "seeds" / "score_weights.csv"
    lines = path.read_text().splitlines()
    fields = lines[1].split(",")
    fields[1] = "-5"
    path.write_text("\n".join([lines[0], ",".join(fields), *lines[2:]]) + "\n")
    said = refused("run", "--workspace", workspace)
    assert "score_weights.csv:2" in said
    assert "-5" in said


def test_an_as_of_without_data(workspace: Path) -> None:
    said = refused("run", "--workspace", workspace, "--as-of", "2020-01-01")
    assert "2020-01-01" in said


def test_no_workspace_at_all(tmp_path: Path) -> None:
    said = refused("run", "--workspace", tmp_path)
    assert "gapsight.toml" in said
    assert "gapsight init" in said


def test_gaps_before_anything_was_published(workspace: Path) -> None:
    said = refused("gaps", "--workspace", workspace)
    assert "gapsight run" in said


def test_an_unknown_option_is_wrong_usage(workspace: Path) -> None:
    refused("gaps", "--workspace", workspace, "--no-such-option")
