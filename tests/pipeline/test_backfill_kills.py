"""Thirty days from a vendor that counts requests, killed while they are fetched and while they load.

Real processes, a real server on loopback: what counts is the lake at the end, and what was asked.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from gapsight.cli.main import main
from ingest import apis
from orchestration.lake import Lake
from orchestration.landing import last_day
from orchestration.loading import load_family
from orchestration.settings import load
from tests.pipeline.processes import alive, children, wait_until
from tests.unit.cli_support import make_workspace
from tests.unit.doctor_support import CATALOG
from tests.unit.lake_support import content
from tests.unit.test_cli_fetch import MIXPANEL
from tests.unit.vendor_server import Asked, Reply, Vendor, reply, zipped

pytestmark = [pytest.mark.long, pytest.mark.timeout(500)]
ROOT = Path(__file__).parents[2]
EVENTS = 1500
DAYS = 30
QUOTA, HOUR = 60, 3600
ENVIRONMENT = {
    "PYTHONPATH": str(ROOT),
    "SHOP_USER": "robot",
    "SHOP_SECRET": "s3cret-value-of-the-vendor",
    "SHOP_HASH_KEY": "a key of the backfill's test",
}


@cache
def day_of(day: date) -> bytes:
    """All events of one day."""
    noon = int(datetime(day.year, day.month, day.day, 9, tzinfo=UTC).timestamp())
    chance = random.Random(day.toordinal())
    lines = []
    for number in range(EVENTS):
        fields = {"time": noon + number, "distinct_id": f"u{chance.randrange(400)}"}
        fields |= {"$insert_id": f"{chance.getrandbits(64):x}", "plan": chance.choice("abc")}
        name = chance.choice(("Cart", "Checkout", "Search"))
        lines.append(json.dumps({"event": name, "properties": fields}) + "\n")
    return "".join(lines).encode()


class Fake:
    """An export that comes slowly, and answers 429 to the 61st request of an hour."""

    def __init__(self) -> None:
        self.at: list[float] = []
        self.finished: Counter[date] = Counter()

    def __call__(self, asked: Asked) -> Reply:
        now = time.monotonic()
        self.at.append(now)
        if sum(1 for at in self.at if now - at < HOUR) > QUOTA:
            return reply("slow down", "429 Too Many Requests", Retry_After="3600")
        first, last = (date.fromisoformat(asked.query[n]) for n in ("from_date", "to_date"))
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        answer = zipped(b"".join(map(day_of, days)), Content_Type="text/plain")
        return [answer[:2000], 0.5, answer[2000:]]


def killed(command: list[str], when: Callable[[], bool]) -> None:
    """Start a process and end it with SIGKILL at a moment; what it started ends as well."""
    with subprocess.Popen(command, env={**os.environ, **ENVIRONMENT}, stderr=-3, stdout=-3) as one:
        assert wait_until(lambda: when() or one.poll() is not None, 120)
        assert one.poll() is None, "it was to be killed before it ended"
        below = children(one.pid)
        one.send_signal(signal.SIGKILL)
        assert one.wait(10) == -signal.SIGKILL
    assert wait_until(lambda: not alive(below))


def test_a_backfill_killed_three_times_gives_the_lake_of_one_that_was_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    today = datetime.now(UTC).date()
    last = last_day(apis.get("mixpanel"), today=today, inbox=today)
    span = ["--from", str(last - timedelta(days=DAYS - 1)), "--to", str(last)]
    key = '[privacy]\nhash_key_env = "SHOP_HASH_KEY"\n'

    def workspace(folder: Path, url: str) -> Path:
        made = make_workspace(folder, MIXPANEL.format(url=url) + key)
        text = (made / "gapsight.toml").read_text().replace("2026-06-01", span[1])
        (made / "gapsight.toml").write_text(text.replace("Europe/Berlin", "UTC"))
        (made / "seeds" / "flow_catalog.csv").write_text(CATALOG)
        return made

    answers = Fake()
    with Vendor(answers) as vendor:
        place = workspace(tmp_path / "killed", vendor.url)
        lake = place / "var" / "lake"
        cli = [sys.executable, "-m", "gapsight.cli.main"]
        fetch = [*cli, "fetch", "mixpanel", *span, "--workspace", str(place)]
        for asked in (2, 4):
            killed(fetch, lambda asked=asked: len(vendor.asked) >= asked)  # type: ignore[misc]
        subprocess.run(fetch, env={**os.environ, **ENVIRONMENT}, check=True, capture_output=True)
        asked_for = [query.query["from_date"] for query in vendor.asked]
        run = [*cli, "run", "--workspace", str(place)]
        killed(run, lambda: len(list(lake.glob("loads/day=2*/*.parquet"))) > 2)
        loaded = len(list(lake.glob("loads/day=2*/*.parquet")))
        assert loaded < DAYS, "the kill came in the middle of loading"
        again = subprocess.run(
            run, env={**os.environ, **ENVIRONMENT}, capture_output=True, check=False
        )
        assert [q.query["from_date"] for q in vendor.asked] == asked_for, "a run asked once more"
        calm = workspace(tmp_path / "calm", vendor.url)
        assert main(["fetch", *span, "--workspace", str(calm)]) == 0

    assert again.returncode == 0, again.stderr[-2000:]
    assert len(set(asked_for)) == 5
    assert asked_for == sorted(asked_for), "a window that had come was asked for again"
    # Each of the two kills of a fetch costs at most the window that was on its way.
    assert len(asked_for) <= 7
    assert len(answers.at) <= QUOTA
    settings, other = load(place), load(calm)
    report = load_family(other, "usage")
    assert report.rows["usage_counts"] > DAYS
    assert load_family(settings, "usage").loaded == 0, again.stderr[-2000:]
    assert content(settings) == content(other)
    assert Lake(settings.paths.lake).digest() == Lake(other.paths.lake).digest()
    secrets = (ENVIRONMENT["SHOP_SECRET"], ENVIRONMENT["SHOP_HASH_KEY"])
    written = [p for p in (place / "var").rglob("*") if p.is_file()]
    found = {p.name for p in written for s in secrets if s.encode() in p.read_bytes()}
    assert found == set(), "a credential was written down"
    assert not any(s.encode() in again.stdout + again.stderr for s in secrets)
