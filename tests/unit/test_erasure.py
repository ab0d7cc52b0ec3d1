"""Erasing by a new key: what becomes of the hashes of files that are there, and of those that are not."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ingest.privacy import keyed_hash
from orchestration.expiry import expire
from orchestration.forgetting import forget
from orchestration.loading import load_family
from orchestration.settings import Settings
from tests.unit.lake_support import DAY, rows, workspace
from tests.unit.planted import GOLDEN

OLD_KEY, NEW_KEY = b"the key of last year", b"the key of this year"
MAILS = ("kim@example.com", "jo@example.com")


@pytest.fixture
def shop(tmp_path: Path) -> Settings:
    """Commits of two repositories, each with an author of its own."""
    settings = replace(workspace(tmp_path), hash_key=OLD_KEY)
    log = (GOLDEN / "git" / "busy_day" / "input.log").read_bytes()
    folder = settings.paths.inbox / "git" / str(DAY)
    folder.mkdir(parents=True)
    (folder / "kept.log").write_bytes(log)
    other = log.replace(b"repo=shop-web", b"repo=gone").replace(b"im@", b"o@").replace(b"K", b"J")
    (folder / "gone.log").write_bytes(other.replace(b"ko@", b"jo@"))
    load_family(settings, "git")
    return settings


def hashes(settings: Settings, repo: str) -> set[str | None]:
    found = rows(settings, "commits", "repo, author_hash")
    return {author for name, author in found if name == repo and author}


def of(key: bytes) -> list[str | None]:
    return [keyed_hash(mail, key) for mail in MAILS]


def test_the_same_person_has_one_hash_under_a_key(shop: Settings) -> None:
    assert of(OLD_KEY)[0] in hashes(shop, "shop-web")
    assert of(OLD_KEY)[1] in hashes(shop, "gone")


def test_a_new_key_replaces_the_hashes_of_all_files_that_are_in_the_inbox(shop: Settings) -> None:
    new = replace(shop, hash_key=NEW_KEY)
    assert load_family(new, "git").loaded == 2
    every = hashes(new, "shop-web") | hashes(new, "gone")
    assert set(of(NEW_KEY)) <= every
    assert not set(of(OLD_KEY)) & every
    assert load_family(new, "git").loaded == 0


@pytest.mark.parametrize("how", ["by hand", "by retention"])
def test_old_hashes_of_a_file_that_is_gone_stay_until_it_is_forgotten(
    shop: Settings, how: str
) -> None:
    if how == "by hand":
        (shop.paths.inbox / "git" / str(DAY) / "gone.log").unlink()
    else:
        kept = shop.paths.inbox / "git" / str(DAY) / "kept.log"
        content = kept.read_bytes()
        expire(replace(shop, keep_inbox_days=1), "git", DAY + timedelta(days=9))
        kept.parent.mkdir(parents=True)
        kept.write_bytes(content)
    new = replace(shop, hash_key=NEW_KEY)
    load_family(new, "git")
    assert not set(of(OLD_KEY)) & hashes(new, "shop-web")
    assert of(OLD_KEY)[1] in hashes(new, "gone"), "nothing can be read again of what is gone"
    forget(new, [f"git/{DAY}/gone.log"])
    assert not set(of(OLD_KEY)) & (hashes(new, "shop-web") | hashes(new, "gone"))


def test_without_a_key_ids_are_dropped_at_the_next_load(shop: Settings) -> None:
    bare = replace(shop, hash_key=b"")
    assert load_family(bare, "git").loaded == 2
    assert hashes(bare, "shop-web") | hashes(bare, "gone") == set()
