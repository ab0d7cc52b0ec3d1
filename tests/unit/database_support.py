"""Fetching from a database, and reading what came."""

import datetime as dt
import gzip
import subprocess
import sys
from pathlib import Path
from typing import Any

from ingest import apis, sources
from ingest.apis import Access, Window
from tests.unit.usage_support import Result, read

API, SOURCE = apis.get("database"), sources.get("database")
FIRST, LAST = dt.date(2026, 6, 29), dt.date(2026, 6, 30)
WINDOW = Window(FIRST, LAST, "Europe/Berlin")

# The peak of getrusage is that of the parent process, if that was larger.
_ALONE = """
import datetime as dt, json, re, sys
from ingest import apis
from ingest.apis import Access, Window
def peak():
    with open("/proc/self/status") as status:
        return int(re.search(r"VmHWM:\\s+(\\d+) kB", status.read())[1]) // 1024
entry = json.loads(sys.argv[1])
window = Window(dt.date(2026, 6, 29), dt.date(2026, 6, 30), "Europe/Berlin")
before = peak()
landed = sum(1 for _ in apis.get("database").fetch(entry, window, Access()))
print(landed, peak() - before)
"""


def entry_of(url: str, query: str, **more: object) -> dict[str, Any]:
    return {"name": "shop", "url_env": "SHOP_URL", "url": url, "query": query, **more}


def fetched(
    url: str, query: str, *, window: Window = WINDOW, **more: object
) -> dict[dt.date, bytes]:
    """Each day's document."""
    found = {}
    for one in API.fetch(entry_of(url, query, **more), window, Access()):
        assert one.name == "shop.csv.gz"
        assert not isinstance(one.content, bytes)
        found[one.day] = one.content.read()
    return found


def counted(folder: Path, documents: dict[dt.date, bytes]) -> Result:
    """All documents through the parser, as one."""
    whole = Result()
    for day, content in documents.items():
        place = folder / f"{day}.csv.gz"
        place.write_bytes(content)
        found = read(SOURCE, place, folder_day=day, reporting_zone=WINDOW.reporting_zone)
        for table, rows in found.rows.items():
            whole.rows.setdefault(table, []).extend(rows)
        whole.rejects += found.rejects
        whole.tally.update(found.tally)
    return whole


def lines(documents: dict[dt.date, bytes]) -> dict[int, list[str]]:
    """Lines of each document below its first, by day of the month."""
    return {
        day.day: gzip.decompress(content).decode().splitlines()[1:]
        for day, content in documents.items()
    }


def fetched_alone(entry: dict[str, Any]) -> tuple[int, int]:
    """Documents, and MB by which a process of its own grew."""
    import json

    done = subprocess.run(
        [sys.executable, "-c", _ALONE, json.dumps(entry)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    documents, peak = map(int, done.stdout.split())
    return documents, peak
