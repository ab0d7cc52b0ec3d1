"""`gapsight demo`: what it writes, keeps, replaces and refuses to touch."""

from pathlib import Path

import click
import pytest

from gapsight import demo as generator
from gapsight.cli.demo import _steps, demo
from gapsight.cli.main import main
from tests.unit.cli_support import make_workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace without data."""
    return make_workspace(tmp_path / "shop")


def made(workspace: Path, *words: str) -> int:
    """Make a demo of one day."""
    return main(["demo", "--workspace", str(workspace), "--days", "1", *words])


def test_the_defaults_that_help_shows_are_those_of_the_generator() -> None:
    shown = {
        option.name: str(option.default)
        for option in demo.params
        if isinstance(option, click.Option) and option.name in {"days", "seed", "until"}
    }
    wanted = {"days": generator.DAYS, "seed": generator.SEED, "until": generator.UNTIL}
    assert shown == {name: str(value) for name, value in wanted.items()}


def test_demo_data_are_made_kept_and_replaced_as_asked(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth = workspace / "var" / "demo" / "truth.json"
    assert made(workspace) == 0
    assert f"what is planted: {truth}" in capsys.readouterr().out
    first = truth.read_bytes()

    assert made(workspace) == 3
    assert "--if-absent" in capsys.readouterr().err
    assert made(workspace, "--if-absent", "--seed", "8") == 0
    assert truth.read_bytes() == first
    assert made(workspace, "--force", "--seed", "8") == 0
    assert truth.read_bytes() != first


def test_a_demo_that_was_stopped_half_way_may_be_begun_again(workspace: Path) -> None:
    (workspace / "var" / "demo" / "repos").mkdir(parents=True)
    (workspace / "var" / "inbox" / "jira").mkdir(parents=True)
    assert made(workspace, "--if-absent") == 0


@pytest.mark.parametrize("words", [(), ("--if-absent",), ("--force",)])
def test_a_team_s_own_inbox_is_never_mixed_with_a_demo(
    workspace: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    own = workspace / "var" / "inbox" / "incidents" / "2026-06-30" / "ours.json"
    own.parent.mkdir(parents=True)
    own.write_text("[]")
    assert made(workspace, *words) == 3
    assert "not from a demo" in capsys.readouterr().err
    assert [p for p in (workspace / "var").rglob("*") if p.is_file()] == [own]


def test_steps_of_the_generator_become_stages() -> None:
    seen: list[str] = []

    class Heard:
        def stage(self, name: str, total: int | None) -> None:
            seen.append(f"{name} {total}")

        def advance(self, label: str) -> None:
            seen.append(label or ".")

    tell = _steps(Heard())
    for step in (("repositories", 0, 2), ("repositories", 1, 2), ("days", 1, 3), ("days", 3, 3)):
        tell(*step)
    assert seen == ["repositories 2", ".", "days 3", ".", ".", "."]
