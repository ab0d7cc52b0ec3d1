"""Making the demo: the same seed gives the same bytes, however many days and processes; a half demo is none."""

import subprocess
from pathlib import Path

import pytest

from gapsight import demo
from tests.unit.demo_support import inbox, reports


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two", "other")]
    for folder, seed in zip(folders, (1, 1, 2), strict=True):
        demo.generate(folder, days=2, seed=seed)
    one, two, other = map(inbox, folders)
    assert one == two
    assert one.keys() & other.keys()
    logs = [name for name in one if name.startswith(("access_log", "mixpanel", "ci_bundle"))]
    assert logs
    assert not [name for name in logs if one[name] == other.get(name)]


def test_a_short_demo_is_the_end_of_a_longer_one(tmp_path: Path, short_demo: Path) -> None:
    demo.generate(tmp_path, days=3)
    short, long = inbox(tmp_path), inbox(short_demo)
    assert {name.split("/")[1] for name in short} == {f"2026-06-{day}" for day in (28, 29, 30)}
    assert {name: long.get(name) == content for name, content in short.items()} == dict.fromkeys(
        short, True
    )


def test_files_of_two_processes_are_those_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo.generate(tmp_path / "one", days=3)
    monkeypatch.setattr(demo, "_ALONE", 1)
    demo.generate(tmp_path / "two", days=3)
    assert inbox(tmp_path / "one") == inbox(tmp_path / "two")
    assert demo.read_truth(tmp_path / "one") == demo.read_truth(tmp_path / "two")


def test_a_demo_that_broke_off_is_no_demo_and_leaves_nothing_behind(tmp_path: Path) -> None:
    demo.generate(tmp_path, days=2)
    demo.truth_path(tmp_path).unlink()
    assert demo.begun(tmp_path)
    assert demo.read_truth(tmp_path) is None
    own = tmp_path / "inbox" / "jira" / "2026-06-29" / "ours.json"
    own.write_text("[]")
    said: list[tuple[str, int, int]] = []
    demo.generate(tmp_path, days=1, progress=lambda *told: said.append(told))
    assert {Path(name).parts[1] for name in inbox(tmp_path)} == {"2026-06-29", "2026-06-30"}
    assert [name for name in inbox(tmp_path) if "06-29" in name] == ["jira/2026-06-29/ours.json"]
    assert said[-1] == ("days", 1, 1)


@pytest.mark.parametrize("text", ["", "{", '{"version": 0}'])
def test_a_truth_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    demo.truth_path(tmp_path).parent.mkdir()
    demo.truth_path(tmp_path).write_text(text)
    assert demo.read_truth(tmp_path) is None


def test_a_demo_has_at_least_one_day(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one day"):
        demo.generate(tmp_path, days=0)


def test_the_repositories_hold_the_commits_that_ci_ran(short_demo: Path) -> None:
    heads = {}
    for repo in ("shop-web", "backoffice"):
        listed = subprocess.run(
            ["git", "log", "--format=%H %cd", "--date=format:%F"],
            cwd=short_demo / "demo" / "repos" / repo,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.splitlines()
        heads[repo] = dict(line.split(" ") for line in listed)
    for manifest, *_ in reports(short_demo):
        assert manifest["sha"] in heads[str(manifest["repo"])]
        assert manifest["base_sha"] is None or manifest["base_sha"] in heads[str(manifest["repo"])]
    assert max(heads["shop-web"].values()) == "2026-06-30"
    assert min(heads["shop-web"].values()) < "2025-12-13", "a clone has more history than the inbox"
