"""Processes that tests start, the UI among them, and what is left of them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import requests

from orchestration.settings import Settings

ROOT = Path(__file__).parents[2]
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
  assetNodes { assetKey { path } groupName isMaterializable }
}"""
BACKFILL = """mutation Launch($keys: [AssetKeyInput!], $days: [String!]) {
  launchPartitionBackfill(backfillParams: {assetSelection: $keys, partitionNames: $days}) {
    __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
BACKFILLS = "{ partitionBackfillsOrError { ... on PartitionBackfills { results { status } } } }"
JOB = """mutation Launch($job: JobOrPipelineSelector!, $tags: [ExecutionTag!]) {
  launchRun(executionParams: {selector: $job, executionMetadata: {tags: $tags}}) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
RUNS = """{ runsOrError { ... on Runs { results {
  runId status jobName creationTime startTime endTime tags { key value } } } } }"""
STOP = """mutation Stop($id: String!) { stopSensor(id: $id) { __typename } }"""
SENSORS = """{ sensorsOrError(repositorySelector: {repositoryName: "__repository__",
  repositoryLocationName: "gapsight"}) { ... on Sensors { results { name sensorState { id } } } } }"""
TICKS = """query Ticks($location: String!, $name: String!) {
  sensorOrError(sensorSelector: {repositoryName: "__repository__",
      repositoryLocationName: $location, sensorName: $name}) {
    ... on Sensor { sensorState { ticks(limit: 1) { timestamp status } } } } }"""


def children(pid: int) -> set[int]:
    """Every process below one, by /proc."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            parents[int(stat.parent.name)] = int(fields[1])
    found: set[int] = set()
    while more := {child for child, parent in parents.items() if parent in found | {pid}} - found:
        found |= more
    return found


def alive(pids: set[int]) -> set[int]:
    found = set()
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z":
            found.add(pid)
    return found


def wait_until(what, seconds: float = 60, every: float = 0.005) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(every)
    return False


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
        nodes = self.query(GRAPH)["assetNodes"]
        return [node["assetKey"]["path"] for node in nodes if node["isMaterializable"]]

    def runs(self) -> list[dict]:
        """Every run, the newest first."""
        return self.query(RUNS)["runsOrError"]["results"]

    def run(self, run_id: str) -> dict:
        [found] = [run for run in self.runs() if run["runId"] == run_id]
        return found

    def failed(self) -> set[str]:
        """Ids of the runs that failed."""
        return {run["runId"] for run in self.runs() if run["status"] == "FAILURE"}

    def launch(self, job: str, **tags: str) -> str:
        """Launch a job as the launchpad does; the id of its run."""
        selector = {
            "repositoryName": "__repository__",
            "repositoryLocationName": "gapsight",
            "pipelineName": job,
        }
        pairs = [{"key": f"dagster/{key}", "value": value} for key, value in tags.items()]
        launched = self.query(JOB, job=selector, tags=pairs)["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return launched["run"]["runId"]

    def ended(self, run_id: str, seconds: float = 120) -> dict:
        """A run once it has ended."""
        assert wait_until(lambda: self.run(run_id)["endTime"], seconds, every=0.2)
        return self.run(run_id)

    def sensor_has_looked(self, name: str, since: float) -> bool:
        [location] = self.query(GRAPH)["workspaceOrError"]["locationEntries"]
        state = self.query(TICKS, location=location["name"], name=name)["sensorOrError"]
        ticks = state["sensorState"]["ticks"]
        return any(t["timestamp"] > since and t["status"] != "STARTED" for t in ticks)

    def stop_sensors(self, *names: str) -> None:
        """Stop them, or all of them: what they launch by themselves would only be waited for."""
        for sensor in self.query(SENSORS)["sensorsOrError"]["results"]:
            if not names or sensor["name"] in names:
                self.query(STOP, id=sensor["sensorState"]["id"])

    def backfill(self, keys: list[list[str]], days: list[str]) -> None:
        """Launch a backfill over the days and wait until it has ended well."""
        before = len(self.backfills())
        paths = [{"path": key} for key in keys]
        launched = self.query(BACKFILL, keys=paths, days=days)["launchPartitionBackfill"]
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
        self.backfill_ends_well(before)

    def backfills(self) -> list[str]:
        """The states of all backfills, the newest first."""
        found = self.query(BACKFILLS)["partitionBackfillsOrError"]["results"]
        return [backfill["status"] for backfill in found]

    def backfill_ends_well(self, before: int) -> None:
        """Wait for the backfill that comes after so many others."""

        def ended() -> bool:
            states = self.backfills()
            return len(states) > before and states[0] not in ("REQUESTED", "IN_PROGRESS")

        assert wait_until(ended, 600, every=1)
        assert self.backfills()[0] == "COMPLETED_SUCCESS"


@contextmanager
def serving(settings: Settings, source: Path = ROOT) -> Iterator[Ui]:
    """The UI of a workspace, ended with one signal; no process of it may be left."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, settings.workspace, str(port)],
        env=dict(os.environ, PYTHONPATH=str(source)),
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
