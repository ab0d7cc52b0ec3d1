"""`gapsight init`: a workspace drafted from files, which the other commands then accept."""

import json
import subprocess
import time
import tomllib
import zipfile
from datetime import date
from pathlib import Path

import pytest

from gapsight.cli.main import main
from gapsight.seeds import check_seeds
from ingest.ci.manifest import read_manifest
from orchestration.inbox import list_units
from orchestration.settings import load
from tests.unit.cli_support import HOSTILE
from tests.unit.onboarding_support import SAMPLES, mapped_by_the_models, requests, rows, write_log

LOGS = SAMPLES / "access-logs"
SAMPLE_LOGS = (
    LOGS / "elastic+examples" / "apache_logs" / "apache_logs",
    LOGS / "tstack+lnav" / "logfile_shop_access_log.0",
)
WANTED = 0.9
SECONDS = 10

JUNIT = """<testsuites><testsuite name="s" timestamp="2026-03-02T10:00:00">
<testcase classname="tests.checkout.test_pay" file="tests/checkout/test_pay.py" name="test_pay" time="1"/>
<testcase classname="tests.misc.test_x" file="tests/misc/test_x.py" name="test_x" time="1"/>
</testsuite></testsuites>"""
COBERTURA = """<coverage line-rate="0.5" timestamp="1772445600"><packages><package name="shop">
<classes><class filename="src/shop/checkout/pay.py" name="pay"><lines><line number="1" hits="1"/>
<line number="2" hits="0"/></lines></class>
<class filename="src/shop/core/db.py" name="db"><lines><line number="1" hits="1"/></lines></class>
</classes></package></packages></coverage>"""
EVENTS = (
    ("Checkout Started", 5),
    ("Order Placed", 3),
    ("Newsletter Subscribed", 2),
    ("Page View", 9),
    ("$mp_click", 4),
)


def write_reports(folder: Path) -> tuple[Path, Path, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "junit.xml").write_text(JUNIT)
    (folder / "coverage.xml").write_text(COBERTURA)
    events = [
        {
            "event": name,
            "properties": {"time": 1772445600 + n, "distinct_id": "u", "$insert_id": f"{name}{n}"},
        }
        for name, count in EVENTS
        for n in range(count)
    ]
    (folder / "export.ndjson").write_text("".join(json.dumps(event) + "\n" for event in events))
    return folder / "junit.xml", folder / "coverage.xml", folder / "export.ndjson"


def make_clone(folder: Path) -> str:
    """A repository with one commit; its sha."""
    for name in (
        "src/shop/cart/basket.py",
        "src/shop/search/find.py",
        "tests/cart/test_it.py",
        "README",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x\n")
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    for command in (("init", "-q", "-b", "trunk"), ("add", "."), (*who, "commit", "-q", "-m", "x")):
        subprocess.run(["git", *command], cwd=folder, check=True, capture_output=True)
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True)
    return done.stdout.decode().strip()


@pytest.mark.parametrize("log", SAMPLE_LOGS, ids=lambda path: path.name)
def test_a_draft_of_a_sample_log_maps_nine_of_ten_user_requests_in_seconds(
    log: Path, tmp_path: Path
) -> None:
    if not log.is_file():
        pytest.skip(f"no sample logs beside this repository: {log}")
    begun = time.perf_counter()
    assert main(["init", str(tmp_path / "team"), "--from", str(log)]) == 0
    seconds = time.perf_counter() - begun
    seeds = tmp_path / "team" / "seeds"
    service = tomllib.loads((tmp_path / "team/gapsight.toml").read_text())["sources"]["access_log"][
        "files"
    ][0]
    mapped, whole, by_flow = mapped_by_the_models(
        seeds / "route_patterns.csv", log, service["service"]
    )
    assert whole == sum(count for *_, count in requests(log, "x"))
    assert mapped >= WANTED * whole, f"{mapped} of {whole}"
    assert len(by_flow) > 5, "a catch-all would be no draft"
    assert seconds < SECONDS
    assert not check_seeds(seeds).problems


def test_the_draft_of_one_day_maps_another_day(tmp_path: Path) -> None:
    """Patterns must hold for requests that the draft has not seen: other ids, other pages."""
    log = write_log(tmp_path / "web-access-2026-03-01.log", seed=1)
    tomorrow = write_log(tmp_path / "later" / "web-access-2026-03-02.log", seed=2)
    assert main(["init", str(tmp_path / "team"), "--from", str(log)]) == 0
    seeds = tmp_path / "team" / "seeds"
    mapped, whole, by_flow = mapped_by_the_models(seeds / "route_patterns.csv", tomorrow, "web")
    noise = sum(
        n for _, _, route, n in requests(tomorrow, "web") if "wp-" in route or "health" in route
    )
    assert mapped == whole - noise
    assert mapped >= WANTED * whole
    wanted = {"product", "cart", "search", "help", "checkout", "account", "home"}
    assert {flow.removesuffix("s") for flow in by_flow} == wanted
    assert not check_seeds(seeds).problems


def test_the_settings_name_first_day_zone_and_the_services_of_the_logs(tmp_path: Path) -> None:
    names = ("shop-web.access.log-20260301", "shop-api-2026-03-01.log", "access.log")
    logs = [write_log(tmp_path / "logs" / name, 50, seed=n) for n, name in enumerate(names)]
    args = ["init", str(tmp_path / "Team One"), "--from", *map(str, logs), "--zone", "Asia/Tokyo"]
    assert main(args) == 0
    settings = load(tmp_path / "Team One")
    assert settings.first_day == date(2026, 3, 1)
    assert (settings.name, settings.reporting_zone) == ("team-one", "Asia/Tokyo")
    files = settings.sources["access_log"]["files"]
    assert {entry["match"]: entry["service"] for entry in files} == {
        "shop-web.access*": "shop-web",
        "shop-api*": "shop-api",
        "access*": "team-one",
    }
    assert len(files[0]["match"]) >= len(files[-1]["match"]), "the longest pattern is tried first"


def test_logs_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    for folder in ("web", "pay"):
        write_log(tmp_path / folder / "access.log", 50)
    args = [
        "init",
        str(tmp_path / "team"),
        "--from",
        str(tmp_path / "web"),
        str(tmp_path / "pay"),
        "--load",
    ]
    assert main(args) == 0
    settings = load(tmp_path / "team")
    files = settings.sources["access_log"]["files"]
    assert {entry["service"] for entry in files} == {"web", "pay"}
    units = list_units(settings.paths.inbox, "access_log")
    assert {unit.name for unit in units} == {"web-access.log", "pay-access.log"}


def test_events_tests_and_files_meet_the_flows_of_the_log(tmp_path: Path) -> None:
    log = write_log(tmp_path / "web.log")
    reports = write_reports(tmp_path / "reports")
    assert main(["init", str(tmp_path / "team"), "--from", str(log), *map(str, reports)]) == 0
    seeds = tmp_path / "team" / "seeds"
    events = {
        row["event"]: (row["flow"], row["role"]) for row in rows(seeds / "event_catalogue.csv")
    }
    assert events == {
        "Checkout Started": ("checkout", "started"),
        "Order Placed": ("order", "completed"),
        "Newsletter Subscribed": ("newsletter_subscribed", "performed"),
    }
    assert [(r["repo"], r["path_glob"], r["flow"]) for r in rows(seeds / "test_paths.csv")] == [
        ("*", "tests/checkout/**", "checkout")
    ]
    components = {row["path_glob"]: row["flow"] for row in rows(seeds / "component_flows.csv")}
    assert components == {"src/shop/checkout/**": "checkout", "src/shop/core/**": ""}
    assert not check_seeds(seeds).problems
    draft = (tmp_path / "team" / "draft.md").read_text()
    assert "its name says nothing of a flow" in draft
    assert "Page View" in draft


def test_load_makes_an_inbox_that_a_run_can_read(tmp_path: Path) -> None:
    log = write_log(tmp_path / "web.log")
    sha = make_clone(tmp_path / "shop")
    reports = write_reports(tmp_path / "reports")
    args = ["init", str(tmp_path / "team"), "--from", str(log), *map(str, reports)]
    assert main([*args, "--repo", str(tmp_path / "shop"), "--load"]) == 0
    settings = load(tmp_path / "team")
    inbox = settings.paths.inbox
    assert [unit.path for unit in list_units(inbox, "access_log")] == [
        "access_log/2026-03-02/web.log"
    ]
    assert [unit.path for unit in list_units(inbox, "mixpanel")] == [
        "mixpanel/2026-03-02/export.ndjson"
    ]
    (bundle,) = list_units(inbox, "ci_bundle")
    assert bundle.path == "ci_bundle/2026-03-02/shop-init.zip"
    with zipfile.ZipFile(inbox / bundle.path) as archive:
        manifest, notes = read_manifest(archive.read("manifest.json"))
        assert set(archive.namelist()) == {"manifest.json", "junit.xml", "coverage.xml"}
    assert (manifest.repo, manifest.sha, manifest.branch, notes) == ("shop", sha, "trunk", [])
    assert settings.repos[0].branch == "trunk"
    assert settings.repos[0].path.resolve() == (tmp_path / "shop").resolve()


def test_reports_without_a_stamp_are_of_the_last_day_of_the_log(tmp_path: Path) -> None:
    """Their age is that of the copy; a day of which no use is known would make use unknown."""
    log = write_log(tmp_path / "web.log")
    (tmp_path / "junit.xml").write_text(JUNIT.replace('timestamp="2026-03-02T10:00:00"', ""))
    args = [
        "init",
        str(tmp_path / "team"),
        "--from",
        str(log),
        str(tmp_path / "junit.xml"),
        "--load",
    ]
    assert main(args) == 0
    (bundle,) = list_units(tmp_path / "team/var/inbox", "ci_bundle")
    assert bundle.day == date(2026, 3, 2)


def test_a_log_of_few_days_makes_use_known_all_the_same(tmp_path: Path) -> None:
    log = write_log(tmp_path / "web.log")
    assert main(["init", str(tmp_path / "team"), "--from", str(log)]) == 0
    (row,) = rows(tmp_path / "team" / "seeds" / "thresholds.csv")
    assert (row["name"], row["value"]) == ("usage_min_loaded_days", "1")
    assert not check_seeds(tmp_path / "team" / "seeds").problems


def test_nothing_is_copied_unless_asked_for(tmp_path: Path) -> None:
    log = write_log(tmp_path / "web.log", 50)
    assert main(["init", str(tmp_path / "team"), "--from", str(log)]) == 0
    assert not (tmp_path / "team" / "var").exists()


def test_a_clone_alone_adds_components_and_test_paths(tmp_path: Path) -> None:
    log = write_log(tmp_path / "web.log", 500)
    make_clone(tmp_path / "shop")
    assert (
        main(["init", str(tmp_path / "team"), "--from", str(log), "--repo", str(tmp_path / "shop")])
        == 0
    )
    seeds = tmp_path / "team" / "seeds"
    components = [
        (r["repo"], r["path_glob"], r["flow"]) for r in rows(seeds / "component_flows.csv")
    ]
    assert components == [
        ("shop", "src/shop/cart/**", "cart"),
        ("shop", "src/shop/search/**", "search"),
    ]
    assert [r["path_glob"] for r in rows(seeds / "test_paths.csv")] == ["tests/cart/**"]


def test_what_lies_in_the_inbox_is_read_when_no_file_is_named(tmp_path: Path) -> None:
    inbox = tmp_path / "team" / "var" / "inbox" / "access_log"
    write_log(inbox / "2026-03-01" / "web.log", 300)
    write_log(inbox / "dropped-2026-03-02.log", 300, seed=3)
    assert main(["init", str(tmp_path / "team")]) == 0
    flows = {row["flow"] for row in rows(tmp_path / "team" / "seeds" / "flow_catalog.csv")}
    assert {"checkout", "search"} <= flows
    draft = (tmp_path / "team" / "draft.md").read_text()
    assert "web.log" in draft
    assert "dropped-2026-03-02.log" in draft


def test_what_exists_is_kept_named_and_kept_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = write_log(tmp_path / "web.log")
    team = tmp_path / "team"
    (team / "seeds").mkdir(parents=True)
    own = "flow,title,product,status\nbasket,Cart,shop,active\nseek,Search,shop,active\n"
    (team / "seeds" / "flow_catalog.csv").write_text(own)
    toml = '[workspace]\nfirst_day = 2026-01-01\nname = "ours"\n'
    (team / "gapsight.toml").write_text(toml)
    assert main(["init", str(team), "--from", str(log)]) == 0
    assert (team / "seeds" / "flow_catalog.csv").read_text() == own
    assert (team / "gapsight.toml").read_text() == toml
    found = {row["flow"] for row in rows(team / "seeds" / "route_patterns.csv")}
    assert found == {"basket", "seek"}
    assert not check_seeds(team / "seeds").problems
    err = capsys.readouterr().err
    assert "kept as it is" in err
    assert "gapsight.toml" in err
    draft = (team / "draft.md").read_text()
    assert "which is kept" in draft
    assert 'service = "web"' in draft, "what the kept settings lack"


def test_a_second_draft_of_the_same_files_changes_nothing(tmp_path: Path) -> None:
    log = write_log(tmp_path / "web.log")
    args = ["init", str(tmp_path / "team"), "--from", str(log), "--load"]
    assert main(args) == 0
    before = {p: p.read_bytes() for p in (tmp_path / "team").rglob("*") if p.is_file()}
    assert main(args) == 0
    after = {p: p.read_bytes() for p in (tmp_path / "team").rglob("*") if p.is_file()}
    assert after == before


def test_another_file_in_the_inbox_is_never_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = write_log(tmp_path / "web.log")
    there = tmp_path / "team/var/inbox/access_log/2026-03-02/web.log"
    there.parent.mkdir(parents=True)
    there.write_text("mine")
    assert main(["init", str(tmp_path / "team"), "--from", str(log), "--load"]) == 3
    assert there.read_text() == "mine"
    assert "is there already and differs" in capsys.readouterr().err


@pytest.mark.parametrize(
    "content", [b"", b"<xml/>", b'{"a": 1}', b"\x00\x01" * 99, b"hello\n", b"PK\x03\x04x"]
)
def test_a_file_of_no_known_format_is_named_with_what_it_is(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thing.dat").write_bytes(content)
    assert main(["init", str(tmp_path / "team"), "--from", str(tmp_path / "thing.dat")]) == 3
    err = capsys.readouterr().err
    assert "nothing to make a draft from" in err
    assert "thing.dat" in err
    assert not (tmp_path / "team").exists()


def test_without_any_data_it_says_what_to_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", str(tmp_path / "team")]) == 3
    assert "gapsight init FOLDER --from FILE..." in capsys.readouterr().err


def test_coverage_of_no_known_commit_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = write_log(tmp_path / "web.log", 50)
    _, coverage, _ = write_reports(tmp_path / "reports")
    args = ["init", str(tmp_path / "team"), "--from", str(log), str(coverage), "--load"]
    assert main(args) == 0
    assert "--sha" in capsys.readouterr().err
    assert main([*args[:1], str(tmp_path / "two"), *args[2:], "--sha", "a" * 40]) == 0
    assert "--sha" not in capsys.readouterr().err


def test_reports_far_from_the_log_are_said_to_leave_use_or_coverage_unknown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = write_log(tmp_path / "web.log", 50)
    junit, coverage, _ = write_reports(tmp_path / "reports")
    args = ["init", str(tmp_path / "a"), "--from", str(log), str(junit), str(coverage)]
    assert main(args) == 0
    assert capsys.readouterr().err.count("computed for") == 0, "one day apart"
    junit.write_text(JUNIT.replace("2026-03-02", "2026-03-15"))
    assert main(args) == 0
    assert "use is known until 2026-03-01, the newest report is of 2026-03-15" in _flat(capsys)
    junit.write_text(JUNIT.replace("2026-03-02", "2026-03-01"))
    coverage.write_text(COBERTURA.replace("1772445600", "1769000000"))
    assert main(args) == 0
    assert "coverage was measured on 2026-01-21, more than 30 days before" in _flat(capsys)


def _flat(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().err.split())


def test_coverage_newer_than_the_tests_counts_on_the_day_of_its_bundle(tmp_path: Path) -> None:
    log = write_log(tmp_path / "web.log", 50)
    junit, coverage, _ = write_reports(tmp_path / "reports")
    junit.write_text(JUNIT.replace("2026-03-02", "2026-02-27"))
    args = ["init", str(tmp_path / "team"), "--from", str(log), str(junit), str(coverage), "--load"]
    assert main(args) == 0
    (bundle,) = list_units(tmp_path / "team/var/inbox", "ci_bundle")
    assert bundle.day == date(2026, 3, 2)


def test_components_without_a_flow_are_the_next_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = write_log(tmp_path / "web.log")
    _, coverage, _ = write_reports(tmp_path / "reports")
    args = ["init", str(tmp_path / "team"), "--from", str(log), str(coverage)]
    assert main(args) == 0
    components = tmp_path / "team" / "seeds" / "component_flows.csv"
    said = f"next       {components}: fill in the flows you know; 1 of 2 components (33.3% of the lines) have none"
    assert said in capsys.readouterr().out
    components.write_text(components.read_text().replace("core,", "core,checkout"))
    assert main(args) == 0
    assert "fill in the flows" not in capsys.readouterr().out


def test_a_draft_without_flows_says_so_and_the_next_one_may_name_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, coverage, _ = write_reports(tmp_path / "reports")
    args = ["init", str(tmp_path / "team"), "--from", str(coverage)]
    assert main(args) == 0
    out = capsys.readouterr().out
    assert "no name says a flow" in out
    assert "gapsight run" not in out
    assert main([*args, str(write_log(tmp_path / "web.log"))]) == 0
    found = {row["flow"] for row in rows(tmp_path / "team" / "seeds" / "flow_catalog.csv")}
    assert "checkout" in found


def test_an_unchanged_catalogue_is_not_reported_as_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = write_log(tmp_path / "web.log", 50)
    args = ["init", str(tmp_path / "team"), "--from", str(log), "--load"]
    assert main(args) == 0
    first = _lines(capsys, "loaded")
    assert main(args) == 0
    captured = capsys.readouterr()
    assert "flow_catalog" not in captured.err
    assert first == [line for line in captured.out.splitlines() if line.startswith("loaded")]


def _lines(capsys: pytest.CaptureFixture[str], word: str) -> list[str]:
    return [line for line in capsys.readouterr().out.splitlines() if line.startswith(word)]


def test_hostile_names_stay_harmless(tmp_path: Path) -> None:
    log = write_log(tmp_path / "web.log", 50)
    event = {"event": HOSTILE, "properties": {"time": 1772445600, "distinct_id": "u"}}
    (tmp_path / "e.ndjson").write_text(json.dumps(event) + "\n")
    assert (
        main(["init", str(tmp_path / "team"), "--from", str(log), str(tmp_path / "e.ndjson")]) == 0
    )
    draft = (tmp_path / "team" / "draft.md").read_text()
    assert "\x1b" not in draft
    assert "<b>" not in draft
    assert not check_seeds(tmp_path / "team" / "seeds").problems
    assert rows(tmp_path / "team" / "seeds" / "event_catalogue.csv")[0]["flow"].isascii()
