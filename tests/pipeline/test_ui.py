"""The real UI: one command, the whole graph, backfills as people launch them, and nothing left behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
import requests

from tests.pipeline.conftest import new_workspace, put, put_many
from tests.pipeline.processes import alive, children, wait_until

pytestmark = [pytest.mark.pipeline, pytest.mark.timeout(400)]
ROOT = Path(__file__).parents[2]
DAYS = [(date(2026, 6, 1) + timedelta(days=n)).isoformat() for n in range(90)]
# A signal that is ignored, as under nohup, is ignored by all children.
SERVE = """
import signal, sys
from pathlib import Path
from orchestration.dev import serve
from orchestration.settings import load

signal.signal(signal.SIGINT, signal.SIG_IGN)
serve(load(Path(sys.argv[1]), environ={}), int(sys.argv[2]))
"""
GRAPH = """{
  workspaceOrError { ... on Workspace { locationEntries {
    name locationOrLoadError { __typename ... on PythonError { message } } } } }
  assetNodes { assetKey { path } groupName }
}"""
LAUNCH = """mutation Launch($keys: [AssetKeyInput!], $days: [String!]) {
  launchPartitionBackfill(backfillParams: {assetSelection: $keys, partitionNames: $days}) {
    __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
STATE = """query State($id: String!) {
  partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status error { message } } }
  runsOrError { ... on Runs { results { status jobName endTime tags { key value } } } } }"""
TICKS = """query Ticks($location: String!, $name: String!) {
  sensorOrError(sensorSelector: {repositoryName: "__repository__",
      repositoryLocationName: $location, sensorName: $name}) {
    ... on Sensor { sensorState { ticks(limit: 1) { timestamp status } } } } }"""


@dataclass
class Ui:
    """A running `dagster dev`."""

    port: int
    process: subprocess.Popen

    def asked(self, path: str, query: str = "", **variables: object) -> dict:
        address = f"http://127.0.0.1:{self.port}{path}"
        body = {"query": query, "variables": variables}
        try:
            answer = (
                requests.post(address, json=body, timeout=20)
                if query
                else requests.get(address, timeout=20)
            )
            return answer.json()
        except requests.RequestException:
            return {}

    def query(self, query: str, **variables: object) -> dict:
        return self.asked("/graphql", query, **variables)["data"]

    def asset_keys(self) -> list[list[str]]:
        return [node["assetKey"]["path"] for node in self.query(GRAPH)["assetNodes"]]

    def runs(self) -> list[dict]:
        return self.query(STATE, id="none")["runsOrError"]["results"]

    def sensor_has_looked(self, name: str, since: float) -> bool:
        [location] = self.query(GRAPH)["workspaceOrError"]["locationEntries"]
        state = self.query(TICKS, location=location["name"], name=name)["sensorOrError"]
        ticks = state["sensorState"]["ticks"]
        return any(t["timestamp"] > since and t["status"] != "STARTED" for t in ticks)

    def backfill(self, keys: list[list[str]]) -> str:
        """Launch a backfill over the days and wait for its end."""
        paths = [{"path": key} for key in keys]
        launched = self.query(LAUNCH, keys=paths, days=DAYS)["launchPartitionBackfill"]
        assert launched["__typename"] == "LaunchBackfillSuccess", launched

        def ended() -> bool:
            state = self.query(STATE, id=launched["backfillId"])["partitionBackfillOrError"]
            return state["status"] not in ("REQUESTED", "IN_PROGRESS")

        assert wait_until(ended, 240, every=1)
        state = self.query(STATE, id=launched["backfillId"])["partitionBackfillOrError"]
        assert state["status"] == "COMPLETED_SUCCESS", state
        return launched["backfillId"]


@contextmanager
def serving(settings):
    """The UI of a workspace, ended with one signal; no process of it may be left."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, settings.workspace, str(port)],
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        cwd=settings.workspace,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        ui = Ui(port, process)
        try:
            assert wait_until(lambda: ui.asked("/server_info"), 150, every=0.5)
            yield ui
            below = children(process.pid)
        finally:
            process.send_signal(signal.SIGINT)
        process.wait(60)
    assert wait_until(lambda: not alive(below), 30), "nothing is left running"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A workspace with one flow and 90 days of incidents."""
    settings = new_workspace(tmp_path_factory.mktemp("ui") / "shop")
    settings.paths.seeds.mkdir()
    catalog = settings.paths.seeds / "flow_catalog.csv"
    catalog.write_text("flow,product,status\ncheckout,shop,active\n")
    put_many(settings, days=90, incidents=2)
    return settings


@pytest.fixture(scope="module")
def ui(shop):
    with serving(shop) as running:
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


def test_a_backfill_of_90_days_of_everything_is_two_runs(ui, shop):
    ui.backfill(ui.asset_keys())
    runs = ui.runs()
    assert [run["status"] for run in runs] == ["SUCCESS", "SUCCESS"]
    tags = {tag["key"]: tag["value"] for tag in runs[-1]["tags"]}
    assert tags["dagster/asset_partition_range_start"] == DAYS[0]
    assert tags["dagster/asset_partition_range_end"] == DAYS[-1]
    assert incidents(shop) == 90 * 10 * 2
    ended = max(run["endTime"] for run in runs)
    assert wait_until(lambda: ui.sensor_has_looked("build_after_ingest", ended), 60, every=1)
    assert len(ui.runs()) == 2, "no second build follows"


def test_a_backfill_of_the_sources_alone_is_followed_by_one_build(ui, shop):
    put(shop, "late.json", "I-late", day=date(2026, 6, 2))
    before = len(ui.runs())
    ledger = (["raw", "loads"], ["raw", "rejects"])
    ui.backfill(
        [key for key in ui.asset_keys() if key[0] in ("landed", "raw") and key not in ledger]
    )
    assert wait_until(lambda: incidents(shop) == 90 * 10 * 2 + 1, 120, every=1)
    new = ui.runs()[: len(ui.runs()) - before]
    assert [run["jobName"] for run in new] == ["build", "__ASSET_JOB"]


def chromium() -> str:
    """Debian's browser, installed where that is allowed."""
    if not shutil.which("chromium") and os.geteuid() == 0 and shutil.which("apt-get"):
        for words in (("update",), ("install", "-y", "--no-install-recommends", "chromium")):
            subprocess.run(["apt-get", "-qq", *words], check=False, capture_output=True)
    found = shutil.which("chromium")
    if not found:
        pytest.skip("Debian's chromium is not installed: apt-get install chromium")
    return found


@pytest.mark.browser
def test_the_pages_show_without_an_error(ui, tmp_path):
    from playwright.sync_api import sync_playwright

    errors = []
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"http://127.0.0.1:{ui.port}/asset-groups")
        for group in ("usage", "ci", "risk", "gates", "published"):
            page.get_by_text(group, exact=True).first.wait_for(timeout=60_000)
        page.screenshot(path=tmp_path / "graph.png")
        page.goto(f"http://127.0.0.1:{ui.port}/runs")
        page.get_by_text("build", exact=True).first.wait_for(timeout=60_000)
        browser.close()
    assert not errors
    assert (tmp_path / "graph.png").stat().st_size > 10_000


def test_the_history_survives_a_restart(ui, shop):
    before = [run["status"] for run in ui.runs()]
    ui.process.send_signal(signal.SIGINT)
    ui.process.wait(60)
    with serving(shop) as again:
        assert [run["status"] for run in again.runs()] == before
