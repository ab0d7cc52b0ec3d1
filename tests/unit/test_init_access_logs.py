"""`gapsight init` from logs of load balancers, gateways and IIS: known by their lines, named by no settings."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from gapsight.cli.main import main
from ingest import sources
from ingest.source import Tally
from orchestration.inbox import list_units
from orchestration.settings import load
from tests.unit.access_log_support import HEADERS, WRITERS, Asked
from tests.unit.onboarding_support import SAMPLES, rows

LOGS = SAMPLES / "access-logs"
OTHER_LOGS = {
    "aws-alb-http-bad-user-agent.log": (date(2023, 4, 26), "not asked for a flow, of 4 lines"),
    "aws-cloudfront-logs.log": (date(2024, 3, 12), "of 2 user requests"),
    "caddy-logs.log": (date(2024, 3, 29), "of 6 user requests"),
    "envoy-http-crawl-non_statics.log": (date(2025, 12, 31), "of 41 user requests"),
    "logfile_w3c_big.0": (date(2015, 1, 13), "of 174 user requests"),
}


@pytest.mark.skipif(not LOGS.is_dir(), reason="the folder of shared samples is not here")
@pytest.mark.parametrize("name", OTHER_LOGS)
def test_logs_of_other_servers_are_known_by_their_lines(tmp_path: Path, name: str) -> None:
    day, said = OTHER_LOGS[name]
    (log,) = LOGS.rglob(name)
    assert main(["init", str(tmp_path / "shop"), "--from", str(log)]) == 0
    assert load(tmp_path / "shop").first_day == day
    assert said in (tmp_path / "shop" / "draft.md").read_text()


@pytest.mark.parametrize("dialect", WRITERS)
def test_what_init_drafts_of_a_dialect_reads_it(tmp_path: Path, dialect: str) -> None:
    log, folder = tmp_path / "shop.log", tmp_path / "shop"
    asked = [Asked(uri=f"/{name}") for name in ("cart", "checkout", "search") for _ in range(9)]
    log.write_text("\n".join([*HEADERS.get(dialect, ()), *map(WRITERS[dialect], asked)]))
    assert main(["init", str(folder), "--from", str(log), "--load"]) == 0
    flows = {row["flow"] for row in rows(folder / "seeds" / "flow_catalog.csv")}
    assert flows == {"cart", "checkout", "search"}
    settings = load(folder)
    (files,) = settings.sources["access_log"]["files"]
    assert files == {"match": "shop*", "service": "shop"}
    (unit,) = list_units(settings.paths.inbox, "access_log")
    context = settings.context("access_log", folder_day=unit.day, name=Path(unit.path).name)
    items = sources.get("access_log").parse(settings.paths.inbox / unit.path, context)  # type: ignore[arg-type]
    assert sum(item.user for item in items if isinstance(item, Tally)) == 27


def test_the_settings_say_which_formats_there_are(tmp_path: Path) -> None:
    log = tmp_path / "shop.log"
    log.write_text(WRITERS["kong"](Asked()))
    assert main(["init", str(tmp_path / "shop"), "--from", str(log)]) == 0
    text = (tmp_path / "shop" / "gapsight.toml").read_text()
    for name in (
        "combined",
        "alb",
        "cloudfront",
        "w3c",
        "nginx",
        "kong",
        "envoy",
        "caddy",
        "traefik",
    ):
        assert name in text
    (example,) = (line for line in text.splitlines() if "json = {" in line)
    keys = tomllib.loads(example[example.index("json = {") :].rstrip("."))["json"]
    assert keys == {"stamp": "ts", "method": "verb", "uri": "path"}
