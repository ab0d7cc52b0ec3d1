"""Withdrawing files that were taken out of the inbox, on a real lake."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from gapsight.cli.main import main
from orchestration.forgetting import ForgetError, forget
from orchestration.loading import load_family
from orchestration.settings import Settings
from tests.unit.lake_support import (
    DAY,
    NEXT,
    content,
    incident,
    parts,
    put_incidents,
    rows,
    workspace,
)


@pytest.fixture
def shop(tmp_path: Path) -> Settings:
    """Three loaded files; two of them small and packed, each with a row on two days and a reject."""
    settings = workspace(tmp_path)
    for name in ("a", "b", "c"):
        put(settings, name)
    load_family(settings, "incidents")
    return settings


def put(settings: Settings, name: str) -> Path:
    day = NEXT if name == "c" else DAY
    listed = [incident(f"I-{name}", day), incident(f"J-{name}", day + timedelta(days=1)), {}]
    return put_incidents(settings, f"{name}.json", listed, day)


def test_a_withdrawn_file_leaves_nothing_behind(shop: Settings, tmp_path: Path) -> None:
    place = put(shop, "a")
    place.unlink()
    load_family(shop, "incidents")
    assert len(rows(shop)) == 6, "rows of a file that left the inbox stay"
    assert forget(shop, ["incidents/2026-06-30/a.json"]) == ["incidents/2026-06-30/a.json"]
    assert len(rows(shop)) == 4
    assert len(rows(shop, "rejects")) == len(rows(shop, "loads")) == 2

    never = workspace(tmp_path / "never")
    for name in ("b", "c"):
        put(never, name)
    load_family(never, "incidents")
    assert content(shop) == content(never), "as if it had never been there"


def test_a_folder_stands_for_all_files_below_it(shop: Settings) -> None:
    shutil.rmtree(shop.paths.inbox / "incidents")
    assert len(forget(shop, ["incidents/2026-06-30/"])) == 2
    assert {key for (key,) in rows(shop, columns="incident_id")} == {"I-c", "J-c"}
    assert forget(shop, [str(shop.paths.inbox / "incidents")]) == ["incidents/2026-07-01/c.json"]
    assert not any(content(shop).values())
    assert parts(shop) == []


def test_a_file_that_lies_in_the_inbox_is_refused_and_nothing_is_removed(shop: Settings) -> None:
    put(shop, "a").unlink()
    before = content(shop)
    for names in (
        ["incidents/2026-06-30"],
        ["incidents/2026-06-30/a.json", "incidents/2026-06-30/b.json"],
    ):
        with pytest.raises(ForgetError, match=r"b\.json lies in the inbox still"):
            forget(shop, names)
    assert content(shop) == before


def test_a_file_that_was_never_loaded_is_refused(shop: Settings) -> None:
    with pytest.raises(ForgetError, match=r"did you mean incidents/2026-06-30/a\.json\?"):
        forget(shop, ["incidents/2026-06-30/aa.json"])
    with pytest.raises(ForgetError, match="SOURCE/YYYY-MM-DD/NAME"):
        forget(shop, ["x"])


def test_an_inbox_that_is_not_there_is_no_reason_to_forget(shop: Settings) -> None:
    shop.paths.inbox.rename(shop.paths.inbox.with_name("unmounted"))
    before = content(shop)
    with pytest.raises(ForgetError, match="is not there"):
        forget(shop, ["incidents/2026-06-30/a.json"])
    assert content(shop) == before


def test_a_forgotten_file_that_comes_back_is_loaded_again(shop: Settings) -> None:
    before = content(shop)
    place = put(shop, "a")
    load_family(shop, "incidents")
    kept = place.rename(place.parents[3] / "kept.json")
    forget(shop, ["incidents/2026-06-30/a.json"])
    kept.rename(place)
    assert load_family(shop, "incidents").loaded == 1
    assert content(shop) == before


def test_the_command_says_what_it_forgot_and_what_is_next(
    shop: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["forget", "incidents/2026-06-30/a.json", "--workspace", str(shop.workspace)]
    assert main(words) == 3
    assert "lies in the inbox still" in capsys.readouterr().err
    put(shop, "a").unlink()
    assert main(words) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "forgotten  incidents/2026-06-30/a.json"
    assert said[1].startswith("next       gapsight run --workspace ")
