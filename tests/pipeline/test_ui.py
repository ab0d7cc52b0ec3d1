"""The real UI: one command, the whole graph, backfills as people launch them, and nothing left behind."""

import os
import shutil
import signal
import subprocess
from contextlib import contextmanager
from datetime import date, timedelta

import duckdb
import pytest

from tests.pipeline.conftest import new_workspace, put, put_many
from tests.pipeline.processes import GRAPH, serving, wait_until

pytestmark = [pytest.mark.pipeline, pytest.mark.timeout(900)]
DAYS = [(date(2026, 6, 1) + timedelta(days=n)).isoformat() for n in range(90)]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A workspace with one flow; its 90 days of incidents come once the UI runs."""
    settings = new_workspace(tmp_path_factory.mktemp("ui") / "shop")
    settings.paths.seeds.mkdir()
    catalog = settings.paths.seeds / "flow_catalog.csv"
    catalog.write_text("flow,product,status\ncheckout,shop,active\n")
    return settings


@pytest.fixture(scope="module")
def ui(shop):
    with serving(shop) as running:
        running.stop_sensors("incidents")  # its runs would be among those that are counted
        # Only now: its first look comes before it can be stopped.
        put_many(shop, days=90, incidents=2)
        yield running


def incidents(settings) -> int:
    with duckdb.connect(str(settings.paths.marts), read_only=True) as marts:
        return marts.execute("select count(*) from fct_incidents").fetchone()[0]


def test_the_ui_shows_the_whole_graph(ui):
    shown = ui.query(GRAPH)
    [location] = shown["workspaceOrError"]["locationEntries"]
    assert location["locationOrLoadError"]["__typename"] == "RepositoryLocation", location
    keys = {tuple(node["assetKey"]["path"]) for node in shown["assetNodes"]}
    assert {("raw", "loads"), ("landed", "git"), ("published", "marts")} <= keys


@pytest.mark.long
def test_a_backfill_of_90_days_of_everything_is_two_runs(ui, shop):
    ui.backfill(ui.asset_keys(), DAYS)
    runs = ui.runs()
    assert [run["status"] for run in runs] == ["SUCCESS", "SUCCESS"]
    tags = {tag["key"]: tag["value"] for tag in runs[-1]["tags"]}
    assert tags["dagster/asset_partition_range_start"] == DAYS[0]
    assert tags["dagster/asset_partition_range_end"] == DAYS[-1]
    assert incidents(shop) == 90 * 10 * 2
    ended = max(run["endTime"] for run in runs)
    assert wait_until(lambda: ui.sensor_has_looked("build_after_ingest", ended), 60, every=1)
    assert len(ui.runs()) == 2, "no second build follows"


def chromium() -> str:
    """Debian's browser, installed where that is allowed."""
    if not shutil.which("chromium") and os.geteuid() == 0 and shutil.which("apt-get"):
        for words in (("update",), ("install", "-y", "--no-install-recommends", "chromium")):
            subprocess.run(["apt-get", "-qq", *words], check=False, capture_output=True)
    found = shutil.which("chromium")
    if not found:
        pytest.skip("Debian's chromium is not installed: apt-get install chromium")
    return found


@contextmanager
def browsing(ui):
    """A page of a real browser; nothing it complains of is passed over."""
    from playwright.sync_api import sync_playwright

    errors = []
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page(
            viewport={"width": 1600, "height": 1000}, base_url=f"http://127.0.0.1:{ui.port}"
        )
        page.set_default_timeout(60_000)
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
        browser.close()
    assert not errors


@pytest.mark.long
@pytest.mark.browser
def test_a_clicked_backfill_of_a_source_is_followed_by_one_build(ui, shop, tmp_path):
    put(shop, "late.json", "I-late", day=date(2026, 6, 2))
    before = len(ui.runs())
    with browsing(ui) as page:
        page.goto("/locations/gapsight/asset-groups/incidents")
        page.get_by_role("button", name="Materialize").click()
        # The dialog begins with the last 90 days of the clock.
        page.get_by_text("Show all partitions").click()
        page.get_by_role("dialog").get_by_role("textbox").fill(f"[{DAYS[0]}...{DAYS[-1]}]")
        page.keyboard.press("Enter")
        page.get_by_text("90 partitions", exact=True).wait_for()
        page.screenshot(path=tmp_path / "dialog.png")
        page.get_by_role("button", name="Launch backfill").click()
        page.get_by_text("Created backfill").wait_for()
        ui.backfill_ends_well(before=1)
        assert wait_until(lambda: incidents(shop) == 90 * 10 * 2 + 1, 300, every=1)
        page.goto("/runs")
        page.get_by_text("90 partitions", exact=True).first.wait_for()
        page.screenshot(path=tmp_path / "runs.png")
    new = ui.runs()[: len(ui.runs()) - before]
    assert [run["jobName"] for run in new] == ["build", "__ASSET_JOB"]


@pytest.mark.browser
def test_the_pages_show_without_an_error(ui, tmp_path):
    with browsing(ui) as page:
        page.goto("/asset-groups")
        for group in ("usage", "ci", "risk", "gates", "published"):
            page.get_by_text(group, exact=True).first.wait_for()
        page.screenshot(path=tmp_path / "graph.png")
        page.goto("/runs")
        page.get_by_role("heading", name="Runs").or_(
            page.get_by_text("Runs", exact=True)
        ).first.wait_for()
    assert (tmp_path / "graph.png").stat().st_size > 10_000


@pytest.mark.long
def test_the_history_survives_a_restart(ui, shop):
    # What is published is so before its run has ended.
    assert wait_until(lambda: all(run["endTime"] for run in ui.runs()), 60, every=1)
    before = [run["status"] for run in ui.runs()]
    ui.process.send_signal(signal.SIGINT)
    ui.process.wait(60)
    with serving(shop) as again:
        assert [run["status"] for run in again.runs()] == before
