"""The assembled dbt project: the package's files under the workspace's seeds."""

import pytest

from orchestration import dbt_home
from orchestration.settings import ConfigError


def seed(shop, text: str, name: str = "limits.csv") -> None:
    shop.paths.seeds.mkdir(exist_ok=True)
    (shop.paths.seeds / name).write_bytes(text.encode())


def assembled(shop, name: str = "seeds/limits.csv") -> str:
    return (dbt_home.assemble(shop) / name).read_text()


def test_without_seeds_of_its_own_a_workspace_has_the_defaults(shop):
    assert assembled(shop) == "name,value,note\nshop,1,default\n"


def test_a_seed_of_the_workspace_replaces_the_default_whole(shop):
    seed(shop, "name,value,note\nmine,2,\n")
    assert assembled(shop) == "name,value,note\nmine,2,\n"


def test_columns_may_be_left_out_and_stand_in_any_order(shop):
    seed(shop, '\ufeffvalue, name\r\n2,mine\r\n\r\n1,"a, b"\r\n')
    assert assembled(shop) == 'name,value,note\nmine,2,\n"a, b",1,\n'


def test_a_threshold_s_default_holds_until_the_workspace_s_own_is_in_force(shop, project):
    default = "name,value,mode,valid_from\ntop_n,10,,2000-01-01\nbudget,0.02,observe,2000-01-01\n"
    (project / "seeds" / "thresholds.csv").write_text(default)
    own = "valid_from,name,value\n2000-01-01,budget,0.05\n2026-07-01,top_n,5\n"
    seed(shop, own, "thresholds.csv")
    assert assembled(shop, "seeds/thresholds.csv") == (
        "name,value,mode,valid_from\nbudget,0.05,,2000-01-01\ntop_n,5,,2026-07-01\ntop_n,10,,2000-01-01\n"
    )


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("limit.csv", "name\nx\n", "Did you mean limits.csv"),
        ("limits.csv", "nme,value\nx,1\n", "line 1: unknown column 'nme'.\nDid you mean 'name'"),
        ("limits.csv", "name,value\nx,1,2\n", "record 2: 3 fields where the first line names 2"),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(shop, name, text, words):
    seed(shop, text, name)
    with pytest.raises(ConfigError, match=words):
        dbt_home.assemble(shop)


def test_a_file_in_another_encoding_is_refused(shop):
    shop.paths.seeds.mkdir()
    (shop.paths.seeds / "limits.csv").write_bytes("name\nMünchen\n".encode("latin-1"))
    with pytest.raises(ConfigError, match="UTF-8"):
        dbt_home.assemble(shop)


def test_only_what_changed_is_written_and_what_is_gone_is_removed(shop, project):
    home = dbt_home.assemble(shop)
    (home / "target").mkdir()
    (home / "target" / "kept").touch()
    times = {place: place.stat().st_mtime_ns for place in home.rglob("*.sql")}
    (project / "models" / "marts" / "fct_commits.sql").unlink()
    seed(shop, "name\nmine\n")
    dbt_home.assemble(shop)
    assert not (home / "models" / "marts" / "fct_commits.sql").exists()
    assert (home / "target" / "kept").exists()
    assert {p: p.stat().st_mtime_ns for p in home.rglob("*.sql")}.items() <= times.items()


def test_the_project_is_parsed_once_for_each_state(shop, monkeypatch):
    parsed = []
    monkeypatch.setattr(dbt_home, "_parse", lambda settings: parsed.append(real(settings)))
    real = lambda s: (s.dbt_target.mkdir(exist_ok=True), (s.dbt_target / "manifest.json").touch())  # noqa: E731
    for _ in range(2):
        manifest = dbt_home.prepare(shop)
    assert len(parsed) == 1
    seed(shop, "name\nmine\n")
    dbt_home.prepare(shop)
    assert len(parsed) == 2
    manifest.unlink()
    dbt_home.prepare(shop)
    assert len(parsed) == 3


def test_a_torn_parse_cache_does_not_stop_anything(shop):
    dbt_home.prepare(shop)
    (shop.dbt_target / "partial_parse.msgpack").write_bytes(b"torn")
    seed(shop, "name\nmine\n")
    assert dbt_home.prepare(shop).stat().st_size > 1000
