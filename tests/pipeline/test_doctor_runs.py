"""`gapsight doctor` and the last runs: histories that Dagster itself wrote, read without it."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent

import dagster as dg
import pytest

from gapsight.cli.main import main
from gapsight.health import run_history
from gapsight.health import runs as examined
from orchestration import dagster_home
from orchestration.launcher import HEADLESS, NOT_FETCHED
from orchestration.pipeline import run_pipeline
from orchestration.settings import Settings, load
from tests.pipeline.conftest import put
from tests.unit.doctor_support import Examined, quiet_workspace

ROOT = Path(__file__).parents[2]
TODAY = datetime.now(UTC).date().isoformat()
# A command that is at work until it is killed: it holds its log locked, as orchestration.pipeline does.
AT_WORK = """
    import fcntl, sys, time
    import dagster as dg
    from pathlib import Path
    from orchestration import dagster_home
    from orchestration.launcher import HEADLESS
    from orchestration.settings import load

    settings, log = load(Path(sys.argv[1])), Path(sys.argv[2])
    log.parent.mkdir(parents=True, exist_ok=True)
    held = log.open("w")
    fcntl.flock(held, fcntl.LOCK_EX)

    @dg.op
    def work():
        print("at work", flush=True)
        time.sleep(300)

    @dg.job
    def ingest():
        work()

    with dagster_home.prepared(settings) as home, dg.DagsterInstance.from_config(str(home)) as kept:
        ingest.execute_in_process(instance=kept, tags={HEADLESS: str(log)})
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    return load(quiet_workspace(tmp_path / "shop", monkeypatch))


def job(name: str, *steps: str) -> dg.JobDefinition:
    def step(called: str) -> dg.OpDefinition:
        @dg.op(name=called, config_schema={"fails": bool})
        def work(context):
            if context.op_config["fails"]:
                raise ValueError("no")

        return work

    return dg.GraphDefinition(name=name, node_defs=[step(called) for called in steps]).to_job()


@contextmanager
def history(settings: Settings):
    """What runs are recorded with, open as long as `gapsight dev` would hold it."""
    with (
        dagster_home.prepared(settings) as home,
        dg.DagsterInstance.from_config(str(home)) as kept,
    ):

        def ran(
            name: str, *, fails: bool = False, steps: dict[str, bool] | None = None, **tags: str
        ) -> str:
            each = steps or {"work": fails}
            config = {"ops": {step: {"config": {"fails": bad}} for step, bad in each.items()}}
            done = job(name, *each).execute_in_process(
                instance=kept, tags=tags, run_config=config, raise_on_error=False
            )
            return done.run_id

        yield ran


@pytest.fixture(scope="module")
def recorded(tmp_path_factory) -> Path:
    """Dagster's home after one ingest of the UI."""
    with pytest.MonkeyPatch.context() as patched:
        settings = load(quiet_workspace(tmp_path_factory.mktemp("recorded") / "shop", patched))
    with history(settings) as ran:
        ran("ingest")
    return settings.paths.dagster_home


@pytest.fixture
def place(shop, recorded) -> Path:
    """The history of a workspace with that one run."""
    shutil.copytree(recorded, shop.paths.dagster_home)
    return shop.paths.dagster_home / "history" / "runs.db"


def of_runs(found: Examined) -> list[tuple[str, str]]:
    words = ("the last ", "the history ")
    return [finding for finding in found.findings if finding[1].startswith(words)]


def advice(found: Examined) -> str:
    (do,) = (f["do"] for f in found.said["findings"] if f["what"].startswith("the last "))
    return str(do)


def test_what_a_command_ran_is_one_run(shop, project, capsys):
    (shop.paths.seeds / "flow_catalog.csv").unlink()  # the small project has no such seed
    put(shop, "a.json", "I-1")
    result = run_pipeline(shop)
    found = Examined(shop.workspace, capsys, TODAY)
    (run,) = found.said["runs"]
    assert (run["jobs"], run["started_by"], run["outcome"]) == (
        ["ingest", "build"],
        "gapsight run",
        "ok",
    )
    assert run["log"] == str(result.log)
    assert len(run["run_ids"]) == 2
    seconds = sum(result.seconds.values())
    assert 0 < 60 * run["minutes"] < seconds + 1
    age = datetime.now(UTC) - datetime.fromisoformat(run["started_at"])
    assert timedelta(0) < age < timedelta(minutes=4)
    assert of_runs(found) == []


def test_who_started_what(shop, capsys):
    with history(shop) as ran:
        ran("ingest", **{"dagster/schedule_name": "nightly"})
        ran("build", **{"dagster/sensor_name": "build_after_ingest"})
        ran("__ASSET_JOB")
        ran("ingest", **{"dagster/backfill": "abcdef"})
        ran("ingest", **{HEADLESS: "true"})
        ran("ingest", **{HEADLESS: "/gone/run-1.log"})
        found = Examined(shop.workspace, capsys, TODAY)
    assert [(run["jobs"], run["started_by"]) for run in found.said["runs"]] == [
        (["ingest"], "gapsight run"),
        (["ingest"], "gapsight run"),
        (["ingest"], "backfill abcdef"),
        (["materialize"], "UI"),
        (["build"], "sensor build_after_ingest"),
    ]
    assert {run["outcome"] for run in found.said["runs"]} == {"ok"}


def test_of_the_looks_for_news_the_last_is_shown_and_judged(shop, capsys):
    with history(shop) as ran:
        ran("ingest")
        for fails in (False, True, False, False, True):
            ran("watch", fails=fails)
        found = Examined(shop.workspace, capsys, TODAY)
        assert [(run["jobs"], run["outcome"]) for run in found.said["runs"]] == [
            (["watch"], "fail"),
            (["ingest"], "ok"),
        ]
        [(level, what)] = of_runs(found)
        assert level == "error"
        assert what.startswith("the last watch failed, begun 20")
        ran("watch")
        assert of_runs(Examined(shop.workspace, capsys, TODAY)) == []


def test_a_run_that_failed_is_an_error_until_one_goes_well(shop, capsys):
    with history(shop) as ran:
        run_id = ran("build", fails=True)
        ran("ingest")
        found = Examined(shop.workspace, capsys, TODAY)
        [(level, what)] = of_runs(found)
        assert level == "error"
        assert what.startswith("the last build failed, begun 20")
        assert advice(found).startswith(f"gapsight dev, Runs, {run_id[:8]}; ")
        assert [run["outcome"] for run in found.said["runs"]] == ["ok", "fail"]
        ran("build")
        assert of_runs(Examined(shop.workspace, capsys, TODAY)) == []


def test_what_failed_by_hand_is_forgotten_once_anything_goes_well(shop, capsys):
    with history(shop) as ran:
        ran("__ASSET_JOB", fails=True)
        [(level, what)] = of_runs(Examined(shop.workspace, capsys, TODAY))
        assert (level, what[:27]) == ("error", "the last materialize failed")
        ran("ingest")
        assert of_runs(Examined(shop.workspace, capsys, TODAY)) == []


def test_the_log_of_a_command_that_failed_is_named(shop, capsys):
    log = shop.paths.logs / "run-20260701-020000-7.log"
    log.parent.mkdir(parents=True)
    log.write_text("why")
    with history(shop) as ran:
        ran("ingest", fails=True, **{HEADLESS: str(log)})
    found = Examined(shop.workspace, capsys, TODAY)
    assert advice(found) == f"read {log}; correct that, then gapsight run"


def test_a_fetch_that_failed_in_a_run_that_loaded_all_else_is_a_warning(shop, capsys):
    with history(shop) as ran:
        ran("ingest", fails=True, **{HEADLESS: "/gone/run-1.log", NOT_FETCHED: "git"})
        ran("build", **{HEADLESS: "/gone/run-1.log"})
    found = Examined(shop.workspace, capsys, TODAY)
    [(level, what)] = of_runs(found)
    assert level == "warning"
    assert what.startswith("the last ingest could not fetch git; it loaded ")
    assert [run["outcome"] for run in found.said["runs"]] == ["not fetched"]


def test_a_fetch_that_failed_in_a_run_of_the_ui_is_no_ingest_that_failed(shop, capsys):
    with history(shop) as ran:
        ran("ingest", steps={"landed__jira": True, "landed__mixpanel": True, "load_ci": False})
        found = Examined(shop.workspace, capsys, TODAY)
        [(level, what)] = of_runs(found)
        assert level == "warning"
        assert what.startswith("the last ingest could not fetch jira, mixpanel; it loaded ")
        assert [run["outcome"] for run in found.said["runs"]] == ["not fetched"]
        ran("ingest", steps={"landed__jira": True, "load_ci": True})
        [(level, what)] = of_runs(Examined(shop.workspace, capsys, TODAY))
        assert (level, what[:22]) == ("error", "the last ingest failed")


@pytest.fixture
def at_work(shop):
    log = shop.paths.logs / "run-20260701-020000-7.log"
    process = subprocess.Popen(
        [sys.executable, "-c", dedent(AT_WORK), str(shop.workspace), str(log)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )
    assert process.stdout
    assert process.stdout.readline() == b"at work\n"
    yield process
    process.kill()
    process.communicate()


def test_a_run_at_work_and_the_same_killed(shop, capsys, at_work):
    found = Examined(shop.workspace, capsys, TODAY)
    (run,) = found.said["runs"]
    assert (run["outcome"], run["minutes"]) == ("running", None)
    assert of_runs(found) == []
    at_work.kill()
    at_work.wait()
    found = Examined(shop.workspace, capsys, TODAY)
    assert found.said["runs"][0]["outcome"] == "killed"
    [(level, what)] = of_runs(found)
    assert level == "warning"
    assert what.startswith("the last ingest was killed, begun 20")
    assert advice(found) == "gapsight run: it goes on where that one ended"


def test_a_run_of_the_ui_without_an_end(shop, capsys, place):
    began = time.time() - 2 * 3600
    with sqlite3.connect(place) as runs:
        runs.execute("update runs set status = 'STARTED', start_time = ?, end_time = null", [began])
    found = Examined(shop.workspace, capsys, TODAY)
    assert found.said["runs"][0]["outcome"] == "unfinished"
    [(level, what)] = of_runs(found)
    assert level == "warning"
    assert what.startswith("the last ingest has no end, begun 20")
    assert advice(found).endswith(f"gapsight dev, Runs, {found.said['runs'][0]['run_ids'][0][:8]}")


def test_a_pipeline_that_nobody_runs_is_stale(shop, capsys, place):
    later = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    found = Examined(shop.workspace, capsys, later)
    [(level, what)] = of_runs(found)
    assert level == "stale"
    assert what in ("the last run began 9 days ago", "the last run began 8 days ago")
    assert advice(found).startswith("gapsight run, each night by cron")


def test_without_a_history_the_runs_are_unknown(shop, capsys):
    found = Examined(shop.workspace, capsys, TODAY)
    assert found.said["runs"] is None
    assert of_runs(found) == []
    main(["doctor", "--workspace", str(shop.workspace), "--as-of", TODAY])
    assert "runs       unknown" in capsys.readouterr().out


@pytest.mark.parametrize(
    "spoil",
    [
        lambda place: place.write_bytes(b"no database at all, but long enough to look at" * 40),
        lambda place: place.write_bytes(place.read_bytes()[:9000]),
        lambda place: place.write_bytes(b""),
        lambda place: (place.unlink(), place.mkdir()),
        lambda place: (place.unlink(), place.symlink_to(place)),
        lambda place: changed(
            place, "update runs set create_timestamp = 'noon', start_time = null"
        ),
        lambda place: changed(place, "update runs set start_time = 1e300"),
        lambda place: changed(place, "alter table runs rename column status to state"),
    ],
)
def test_a_damaged_history_is_unknown(shop, capsys, spoil, place):
    spoil(place)
    found = Examined(shop.workspace, capsys, TODAY)
    assert found.said["runs"] is None
    if place.exists():
        [(level, what)] = of_runs(found)
        assert level == "unknown"
        assert what.startswith("the history of runs cannot be read: ")
        (do,) = (f["do"] for f in found.said["findings"] if f["what"] == what)
        assert f"move {place} away" in do


def changed(place: Path, statement: str) -> None:
    with sqlite3.connect(place) as runs:
        runs.execute(statement)


def test_a_history_is_neither_changed_nor_locked(shop, capsys, place):
    before = files(shop.paths.dagster_home)
    assert Examined(shop.workspace, capsys, TODAY).said["runs"]
    assert files(shop.paths.dagster_home) == before
    with sqlite3.connect(place, timeout=0, isolation_level=None) as writer:
        writer.execute("begin exclusive")
        assert Examined(shop.workspace, capsys, TODAY).said["runs"]
        writer.execute("update runs set status = 'FAILURE'")
        writer.execute("commit")
        assert Examined(shop.workspace, capsys, TODAY).said["runs"][0]["outcome"] == "fail"


def test_what_a_crash_left_is_read_and_not_repaired(shop, capsys, place):
    program = (
        "import sqlite3, sys, time\n"
        "runs = sqlite3.connect(sys.argv[1])\n"
        "runs.execute(\"update runs set status = 'FAILURE'\")\n"
        "runs.commit()\n"
        "print(flush=True)\n"
        "time.sleep(300)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(place)], stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout
        writer.stdout.readline()
        writer.kill()
    before = files(shop.paths.dagster_home)
    assert before["history/runs.db-wal"][0] > 0
    found = Examined(shop.workspace, capsys, TODAY)
    assert found.said["runs"][0]["outcome"] == "fail", "it stands in the write-ahead log only"
    assert files(shop.paths.dagster_home) == before


def test_a_history_that_is_written_all_the_time(shop, place):
    """Dagster opens and closes it for each event: its log comes and goes under the reader."""
    program = (
        "import sqlite3, sys, time\n"
        "print(flush=True)\n"
        "while True:\n"
        "    with sqlite3.connect(sys.argv[1]) as runs:\n"
        "        runs.execute('update runs set update_timestamp = ?', [time.time()])\n"
        "    runs.close()\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", program, str(place)], stdout=subprocess.PIPE)
    try:
        assert writer.stdout
        writer.stdout.readline()
        assert all(len(run_history.of(shop).rows()) == 1 for _ in range(500))
        assert writer.poll() is None
    finally:
        writer.kill()
        writer.communicate()


def files(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        os.path.relpath(place, folder): (place.stat().st_size, place.stat().st_mtime_ns)
        for place in sorted(folder.rglob("*"))
    }


def test_doctor_needs_no_dagster(shop, place):
    program = (
        "import sys; from gapsight.cli.main import main; main(sys.argv[1:]); "
        "slow = {'dagster', 'dbt', 'polars', 'sqlalchemy', 'pandas'}; "
        "print('slow:', sorted(slow & set(sys.modules)))"
    )
    words = ["doctor", "--workspace", str(shop.workspace), "--format", "json"]
    done = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, cwd=ROOT, check=True
    )
    said, _, slow = done.stdout.decode().partition("slow:")
    assert slow.strip() == "[]"
    assert json.loads(said)["runs"][0]["jobs"] == ["ingest"]


def test_the_tags_are_those_that_the_pipeline_sets() -> None:
    assert (examined.HEADLESS, examined.NOT_FETCHED) == (HEADLESS, NOT_FETCHED)
