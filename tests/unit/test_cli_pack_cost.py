"""`gapsight pack` in a CI job: it starts fast and takes little memory."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.unit.cli_support import ROOT
from tests.unit.pack_support import KNOWN, Job


def test_it_takes_no_package_of_the_pipeline_and_starts_fast(job: Job) -> None:
    program = (
        "import sys; from gapsight.cli.main import main; main(['pack', '--results', '**/*.xml',"
        f" '--to', 'out', *{KNOWN!r}]); "
        "slow = {'duckdb', 'dagster', 'dbt', 'polars', 'rich', 'requests', 'ua_parser', 'psycopg'}; "
        "print(sorted(slow & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        timeout=60,
    )
    assert done.stdout.decode().splitlines()[-1] == "[]"


PEAK = """
import re, sys
from gapsight.cli.main import main
code = main(sys.argv[1:])
with open("/proc/self/status") as status:
    print(code, int(re.search(r"VmHWM:\\s+(\\d+) kB", status.read())[1]) // 1024)
"""


def test_a_huge_report_is_packed_in_bounded_memory(job: Job, tmp_path: Path) -> None:
    with (job.folder / "huge.xml").open("w") as file:
        file.write('<testsuite name="s" timestamp="2026-06-30T09:12:00Z">')
        for number in range(20):
            file.write(
                f'<testcase name="t{number}"><system-out>{"log " * 2_000_000}</system-out></testcase>'
            )
        file.write("</testsuite>")
    words = [
        "pack",
        "--results",
        "huge.xml",
        "--to",
        "out",
        "--started-at",
        "2026-06-30T09:12:00Z",
        *KNOWN,
    ]
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *words],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        timeout=120,
    )
    code, peak = map(int, done.stdout.splitlines()[-1].split())
    size = (job.folder / "huge.xml").stat().st_size
    assert (code, size > 150_000_000) == (0, True)
    assert peak < 120, f"{peak} MB for {size >> 20} MB"
    with zipfile.ZipFile(job.bundles[0]) as archive:
        assert archive.getinfo("huge.xml").file_size == size
