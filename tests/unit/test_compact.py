"""`gapsight compact`: the small parts of finished days become one, no row changes, and a kill loses nothing."""

import json
from pathlib import Path

import pytest

from gapsight.cli.main import main
from orchestration import packing
from orchestration.compacting import compact
from orchestration.lake import Lake
from orchestration.settings import Settings
from tests.unit.lake_support import content, fill, load, parts, put_incidents, workspace
from tests.unit.test_lake_kills import Killed, kill_at

FILES = 9


class Told:
    """The progress that was shown."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, int | None]] = []
        self.days: list[str] = []

    def stage(self, name: str, total: int | None) -> None:
        self.stages.append((name, total))

    def advance(self, label: str) -> None:
        self.days.append(label)


@pytest.fixture
def scattered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A lake whose loads were killed before they packed."""
    settings = workspace(tmp_path / "shop")
    with monkeypatch.context() as patched:
        patched.setattr(packing, "pack", lambda *_: None)
        for number in range(FILES):
            fill(settings, [number])
            load(settings)
    return settings


def test_parts_of_days_that_are_over_become_one_and_those_of_the_last_stay(
    scattered: Settings,
) -> None:
    before, digest = content(scattered), Lake(scattered.paths.lake).digest()
    assert len(parts(scattered)) == 2 * FILES
    told = Told()
    found = {one.table: one for one in compact(scattered, progress=told)}
    assert (found["incidents"].days, found["incidents"].parts_after) == (2, 2)
    assert found["incidents"].parts_before == 9
    assert told.stages == [("wait for loads", None), ("compact", 2)]
    assert told.days == ["2026-06-30", "2026-07-01"]
    days = [name.split("/")[0] for name in parts(scattered)]
    assert [days.count(f"day={day}") for day in told.days] == [1, 1]
    assert days.count("day=2026-07-02") == 6, "of the last loaded day more may come"
    assert len(parts(scattered, "loads")) < FILES
    assert content(scattered) == before
    assert Lake(scattered.paths.lake).digest() == digest, "nothing is built again"
    assert compact(scattered) == []
    assert load(scattered).loaded == 0


def test_a_file_that_changes_afterwards_is_replaced_in_the_pack(scattered: Settings) -> None:
    compact(scattered)
    put_incidents(scattered, "0.json", [])
    assert load(scattered).loaded == 1
    assert not [row for row in content(scattered)["incidents"] if "I-0" in row]


@pytest.mark.parametrize("number", range(1, 14))
def test_a_kill_between_any_two_steps_loses_nothing_and_the_next_one_goes_on(
    scattered: Settings, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    before = content(scattered)
    with monkeypatch.context() as patched:
        kill_at(patched, number)
        with pytest.raises(Killed):
            compact(scattered)
    with Lake(scattered.paths.lake).frozen():
        assert content(scattered) == before
    compact(scattered)
    assert content(scattered) == before
    assert compact(scattered) == []
    assert load(scattered).loaded == 0


def test_the_command_says_what_it_did_and_a_dry_run_does_nothing(
    scattered: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--workspace", str(scattered.paths.workspace)]
    before = parts(scattered)
    assert main(["compact", "--dry-run", "--format", "json", *place]) == 0
    told = {row["table"]: row for row in json.loads(capsys.readouterr().out)}
    assert told["incidents"]["parts_before"] == 9
    assert main(["compact", "--dry-run", *place]) == 0
    assert "parts would become" in capsys.readouterr().out
    assert parts(scattered) == before
    assert main(["compact", *place]) == 0
    assert "no row changed" in capsys.readouterr().out
    assert parts(scattered) != before
    assert main(["compact", *place]) == 0
    assert capsys.readouterr().out.startswith("nothing to put together")


@pytest.mark.parametrize("option", [[], ["--dry-run"]])
def test_an_empty_lake_has_nothing_to_put_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: list[str]
) -> None:
    settings = workspace(tmp_path / "shop")
    settings.paths.lake.mkdir(parents=True)
    assert main(["compact", "--workspace", str(settings.workspace), *option]) == 0
    assert capsys.readouterr().out.startswith("nothing to put together")


def test_where_nothing_was_loaded_nothing_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = workspace(tmp_path / "shop").workspace
    for words in ([], ["--dry-run"]):
        gone = tmp_path / "mistyped"
        assert main(["compact", *words, "--workspace", str(shop), "--data-dir", str(gone)]) == 3
        assert f"There is no lake yet at {gone}" in capsys.readouterr().err
        assert not gone.exists()
