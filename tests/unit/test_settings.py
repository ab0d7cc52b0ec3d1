from datetime import date
from pathlib import Path

import pytest

from orchestration.settings import ConfigError, find_workspace, load

MINIMAL = '[workspace]\nfirst_day = "2026-01-01"\n'
FULL = """
[workspace]
name = "shop"
reporting_zone = "Europe/Berlin"
first_day = 2026-01-01
data_dir = "data"
max_reject_share = 0.1

[privacy]
hash_key_env = "KEY_OF_SHOP"

[[repos]]
name = "web"
path = "repos/web"

[sources.junit]
zone = "America/New_York"

[sources.jira]
severity_field = "customfield_1"
"""


def workspace(folder: Path, text: str = MINIMAL) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "gapsight.toml").write_text(text)
    return folder


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as error:
        load(workspace(folder, text), environ={})
    assert str(folder / "gapsight.toml") in error.value.message
    assert "\n" in error.value.message, "says what to do as well"
    return error.value.message


def test_everything_is_read_and_absolute(tmp_path):
    settings = load(workspace(tmp_path, FULL), environ={"KEY_OF_SHOP": "a secret of enough bytes"})
    assert settings.name == "shop"
    assert settings.first_day == date(2026, 1, 1)
    assert settings.max_reject_share == 0.1
    assert settings.paths.inbox == tmp_path / "data" / "inbox"
    assert settings.paths.marts == tmp_path / "data" / "published" / "marts.duckdb"
    assert settings.repos[0].path == tmp_path / "repos" / "web"
    assert settings.repos[0].branch == "main"
    assert settings.entries("repos") == (
        {"name": "web", "path": str(tmp_path / "repos" / "web"), "branch": "main"},
    )
    assert settings.hash_key == b"a secret of enough bytes"


def test_a_repository_may_lie_in_the_data_folder_wherever_that_is(tmp_path):
    text = MINIMAL + "[[repos]]\nname = 'web'\npath = '{data_dir}/repos/web'\n"
    settings = load(workspace(tmp_path / "shop", text), tmp_path / "elsewhere", environ={})
    assert settings.repos[0].path == tmp_path / "elsewhere" / "repos" / "web"


def test_what_may_be_left_out_has_a_default(tmp_path):
    settings = load(workspace(tmp_path / "mine"), environ={})
    assert settings.name == "mine"
    assert settings.reporting_zone == "UTC"
    assert settings.paths.data_dir == tmp_path / "mine" / "var"
    assert settings.hash_key == b""


def test_a_key_that_is_not_set_is_no_key(tmp_path):
    assert load(workspace(tmp_path, FULL), environ={}).hash_key == b""


def test_a_key_that_could_be_guessed_is_no_key(tmp_path):
    folder = workspace(tmp_path, FULL)
    for given, used, is_short in (("x" * 15, b"", True), ("x" * 16, b"x" * 16, False)):
        settings = load(folder, environ={"KEY_OF_SHOP": given})
        assert (settings.hash_key, settings.is_key_short) == (used, is_short)
    assert load(folder, environ={"KEY_OF_SHOP": " "}).is_key_short is False


def test_the_key_never_shows(tmp_path):
    settings = load(workspace(tmp_path, FULL), environ={"KEY_OF_SHOP": "hush-hush-hush-hush"})
    assert "hush-hush" not in repr(settings)
    context = settings.context("mixpanel", folder_day=date(2026, 6, 30), name="x")
    assert context.hash_key == b"hush-hush-hush-hush"
    assert "hush-hush" not in repr(context)


def test_the_workspace_is_found_from_below(tmp_path, monkeypatch):
    workspace(tmp_path / "team")
    below = tmp_path / "team" / "seeds" / "deep"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert find_workspace(below) == tmp_path / "team"
    assert load(environ={}).workspace == tmp_path / "team"


def test_an_argument_wins_over_the_environment_and_that_over_the_folder(tmp_path, monkeypatch):
    for name in ("here", "named", "given"):
        workspace(tmp_path / name)
    monkeypatch.chdir(tmp_path / "here")
    environ = {"GAPSIGHT_WORKSPACE": str(tmp_path / "named")}
    assert load(environ={}).name == "here"
    assert load(environ=environ).name == "named"
    assert load(tmp_path / "given", environ=environ).name == "given"
    environ["GAPSIGHT_DATA_DIR"] = str(tmp_path / "elsewhere")
    assert load(environ=environ).paths.lake == tmp_path / "elsewhere" / "lake"
    assert load(data_dir=tmp_path / "x", environ=environ).paths.lake == tmp_path / "x" / "lake"


def test_without_a_workspace_it_says_where_it_looked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"no gapsight\.toml in .*\n.*--workspace"):
        load(environ={})
    with pytest.raises(ConfigError, match="is not a folder"):
        load(tmp_path / "absent", environ={})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (MINIMAL + 'reporting_zonne = "UTC"\n', "Did you mean 'reporting_zone'?"),
        (MINIMAL + '[sorces.jira]\na = "b"\n', "Did you mean 'sources'?"),
        (MINIMAL + "[sources.playright]\n", "Did you mean 'playwright'?"),
        (MINIMAL + "[privacy]\nkey = 'x'\n", "unknown key 'key'"),
        (MINIMAL + "[sources.jira]\nseverity_feild = 'x'\n", "Did you mean 'severity_field'"),
        (MINIMAL + "[sources.mixpanel]\nconsent_property = 3\n", "consent_property: expected `str"),
        (
            MINIMAL + "[[sources.access_log.files]]\nmatch = '*'\nservce = 'web'\n",
            "unknown field `servce`",
        ),
        (MINIMAL + "[sources.incidents]\nx = 1\n", "unknown key 'x'"),
        (MINIMAL + "[[repos]]\nname = 'a'\nbranch = 'b'\n", "missing required field `path`"),
        (MINIMAL + 'reporting_zone = "Europe/Berln"\n', "no time zone 'Europe/Berln'"),
        (MINIMAL + 'reporting_zone = "../etc/passwd"\n', "no time zone"),
        (MINIMAL + 'reporting_zone = "Europe"\n', "no time zone 'Europe'"),
        (MINIMAL + "[sources.junit]\nzone = 3\n", "sources.junit.zone: there is no time zone '3'"),
        (MINIMAL + "[sources.mixpanel]\nproject_zone = 'X/Y'\n", "sources.mixpanel.project_zone"),
        ('[workspace]\nname = "x"\n', "first_day"),
        ('[workspace]\nfirst_day = "yesterday"\n', "first_day"),
        (MINIMAL + "max_reject_share = 2\n", "max_reject_share"),
        (MINIMAL + "[[repos]]\nname='a'\npath='x'\n[[repos]]\nname='a'\npath='y'\n", "twice"),
        ("[workspace\n", "not valid TOML"),
        ("workspace = 3\n", "workspace"),
    ],
)
def test_a_mistake_is_named_with_what_to_do(tmp_path, text, words):
    assert words in complaint(tmp_path, text)


def test_secrets_may_stand_in_a_file_beside_it_and_the_environment_wins(tmp_path):
    folder = workspace(tmp_path, FULL)
    (folder / ".env").write_text('# secrets\nexport KEY_OF_SHOP="from file, as long"\nOTHER=1\n')
    assert load(folder, environ={}).hash_key == b"from file, as long"
    assert (
        load(folder, environ={"KEY_OF_SHOP": "from outside, as long"}).hash_key
        == b"from outside, as long"
    )


def test_a_parser_is_told_what_the_file_says_of_its_source(tmp_path):
    settings = load(workspace(tmp_path, FULL), environ={})
    context = settings.context("jira", folder_day=date(2026, 2, 3), name="page.json")
    assert context.options["severity_field"] == "customfield_1"
    assert context.reporting_zone == "Europe/Berlin"
    assert context.source_zone is None
    assert settings.context("junit", folder_day=context.folder_day, name="").source_zone == (
        "America/New_York"
    )


def test_a_bundle_is_told_of_the_formats_inside_it(tmp_path):
    settings = load(workspace(tmp_path, FULL), environ={})
    context = settings.context("ci_bundle", folder_day=date(2026, 2, 3), name="b.zip")
    assert context.options["formats"] == {"junit": {"zone": "America/New_York"}}


@pytest.mark.parametrize(
    ("old", "new", "source", "changes"),
    [
        ("customfield_1", "customfield_2", "jira", True),
        ("customfield_1", "customfield_2", "incidents", False),
        ("Europe/Berlin", "UTC", "incidents", True),
        ("America/New_York", "UTC", "ci_bundle", True),
        ("America/New_York", "UTC", "jira", False),
        ("max_reject_share = 0.1", "max_reject_share = 0.2", "jira", False),
    ],
)
def test_only_settings_that_rows_depend_on_make_files_load_again(
    tmp_path, old, new, source, changes
):
    before = load(workspace(tmp_path, FULL), environ={}).read_hash(source)
    after = load(workspace(tmp_path, FULL.replace(old, new)), environ={}).read_hash(source)
    assert (before != after) is changes


def test_another_key_makes_files_load_again_without_showing_it(tmp_path):
    folder = workspace(tmp_path, FULL)
    keys = ("", "a" * 16, "b" * 16)
    hashes = {load(folder, environ={"KEY_OF_SHOP": key}).read_hash("git") for key in keys}
    assert len(hashes) == 3


def test_a_past_day_has_a_warehouse_of_its_own(tmp_path):
    settings = load(workspace(tmp_path), environ={})
    past = settings.at(date(2026, 1, 5))
    assert past.paths.marts == tmp_path / "var/asof/2026-01-05/published/marts.duckdb"
    assert past.paths.lake == settings.paths.lake
    assert past.as_of == date(2026, 1, 5)


def test_what_dbt_reads_is_in_the_environment_only_meanwhile(tmp_path, monkeypatch):
    monkeypatch.setenv("GAPSIGHT_LAKE", "before")
    monkeypatch.delenv("GAPSIGHT_WAREHOUSE", raising=False)
    import os

    settings = load(workspace(tmp_path), environ={})
    with settings.exported():
        assert os.environ["GAPSIGHT_LAKE"] == str(settings.paths.lake)
        assert os.environ["GAPSIGHT_WAREHOUSE"] == str(settings.paths.warehouse)
    assert os.environ["GAPSIGHT_LAKE"] == "before"
    assert "GAPSIGHT_WAREHOUSE" not in os.environ
