"""docs/first-day.md: its commands, run as they stand there, take three strangers' files to ranked gaps."""

import os
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from tests.e2e.conftest import ROOT
from tests.unit.onboarding_support import SAMPLES, rows

LOG = SAMPLES / "access-logs" / "elastic+examples" / "apache_logs" / "apache_logs"
REPORT = SAMPLES / "junit" / "dorny+test-reporter" / "external" / "java" / "pulsar-test-report.xml"
COVERAGE = SAMPLES / "coverage/danielpalme+ReportGenerator/Other/Cobertura_Istanbul.xml"

TEXT = (ROOT / "docs" / "first-day.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
COMMANDS = [line for kind, block in BLOCKS if kind == "sh" for line in block.splitlines()]
QUOTED = [line for kind, block in BLOCKS if not kind for line in block.splitlines()]
CPU_SECONDS = 180
"""Twice what the document says: of the processor, because others may use the machine, too."""

pytestmark = [
    pytest.mark.pipeline,
    pytest.mark.long,
    pytest.mark.timeout(400),
    pytest.mark.skipif(
        not all(path.is_file() for path in (LOG, REPORT, COVERAGE)),
        reason="the folder of shared samples is not beside this repository",
    ),
]


@dataclass(frozen=True)
class Ran:
    """One command of the document and what became of it."""

    command: str
    code: int
    output: str
    seconds: float


@dataclass(frozen=True)
class Day:
    """The finished path."""

    workspace: Path
    ran: list[Ran]
    cpu_seconds: float

    def rows(self, sql: str) -> list[Mapping[str, object]]:
        file = str(self.workspace / "var" / "published" / "marts.duckdb")
        with duckdb.connect(file, read_only=True) as marts:
            found = marts.execute(sql)
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def outputs(self, command: str) -> list[str]:
        return [ran.output for ran in self.ran if ran.command.startswith(command)]


def place_files(folder: Path) -> None:
    """The samples under the names of the document, the log's days moved to those of the coverage."""
    days = {f"[{17 + n}/May/2015:": f"[{23 + n}/Apr/2017:" for n in range(4)}
    text = LOG.read_text(encoding="utf-8")
    for old, new in days.items():
        text = text.replace(old, new)
    (folder / "access.log").write_text(text, encoding="utf-8")
    archive = folder / "ci" / "2017-04-25" / "5678def"
    archive.mkdir(parents=True)
    for place in (folder, archive):
        shutil.copyfile(REPORT, place / "report.xml")
        shutil.copyfile(COVERAGE, place / "coverage.xml")


def run(command: str, folder: Path) -> Ran:
    begun = time.perf_counter()
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=dict(os.environ, PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=900,
    )
    return Ran(command, done.returncode, done.stdout, time.perf_counter() - begun)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """Every line of every sh block in order, from a folder with nothing but the files in it."""
    folder = tmp_path_factory.mktemp("first-day")
    place_files(folder)
    ran, begun = [], cpu_seconds()
    for line in COMMANDS:
        command, _, comment = line.partition("    # ")
        if command.startswith("cd "):
            folder /= command.removeprefix("cd ")
            continue
        ran.append(run(command, folder))
        wanted = re.search(r"exit code (\d)", comment)
        assert ran[-1].code == int(wanted[1] if wanted else 0), (command, ran[-1].output[-3000:])
    done = Day(folder, ran, cpu_seconds() - begun)
    for one in ran:
        print(f"{one.seconds:6.1f} s  {one.command}")  # noqa: T201 - the measured path (pytest -s)
    whole = sum(one.seconds for one in ran)
    print(f"{whole:6.1f} s  in all, {done.cpu_seconds:.1f} s of them on a processor")  # noqa: T201
    return done


def cpu_seconds() -> float:
    """What all finished processes of this one have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_the_document_uses_the_commands_of_a_first_day() -> None:
    used = {re.sub(r"gapsight (seeds \w+|[a-z-]+).*", r"\1", line) for line in COMMANDS}
    assert used == {
        *("init", "cd blog", "seeds check", "run", "gaps", "scores"),
        *("seeds accept", "import-ci", "doctor"),
    }


def test_the_whole_path_takes_about_as_long_as_the_document_says(day: Day) -> None:
    assert "about a minute and a half of machine time" in " ".join(TEXT.split())
    assert day.cpu_seconds < CPU_SECONDS


def test_flows_are_ranked_by_real_use(day: Day) -> None:
    used = day.rows(
        "select flow, sum(events) as uses from fct_usage_daily where is_score_basis"
        " group by flow order by uses desc"
    )
    assert [row["flow"] for row in used[:4]] == ["blog", "projects", "articles", "presentations"]
    text = (day.workspace / ".." / "access.log").read_text(encoding="utf-8")
    assert 0 < int(str(used[0]["uses"])) < text.count('"GET /blog/'), "without bots and pictures"
    drafted = [row["flow"] for row in rows(day.workspace / "seeds" / "flow_catalog.csv")]
    assert drafted[:4] == [row["flow"] for row in used[:4]]


def test_there_are_ten_gaps_and_the_most_used_flow_is_the_first(day: Day) -> None:
    gaps = day.rows("select * from fct_top_gaps where is_primary order by gap_rank")
    assert len(gaps) == 10
    assert gaps[0]["flow"] == "blog"
    uses = [float(str(row["usage_p95"])) for row in gaps]
    assert uses[0] == max(uses)
    assert gaps[0]["coverage"] is None, "unmeasured, never 0"


def test_an_accepted_component_makes_an_unmeasured_flow_a_measured_one(day: Day) -> None:
    before, after = day.outputs("gapsight gaps")
    assert re.search(r"^2  projects .* unmeasured ", before, re.MULTILINE)
    assert re.search(r"^3  projects .* 16 % ", after, re.MULTILINE)


def test_what_the_document_quotes_is_what_the_commands_say(day: Day) -> None:
    output = "\n".join(ran.output for ran in day.ran).replace(f"{day.workspace.parent}/", "")
    said = {" ".join(line.split()) for line in output.splitlines()}
    assert len(QUOTED) > 20
    for line in QUOTED:
        shape = re.escape(" ".join(line.split())).replace(r"\.\.\.", ".*")
        assert any(re.fullmatch(shape, one) for one in said), line


def test_the_coverage_file_was_used(day: Day) -> None:
    files = day.rows(
        "select sha, count(*) as files, sum(lines_total) as n from fct_coverage group by 1"
    )
    assert {row["sha"]: row["files"] for row in files} == {"1234abc": 156, "5678def": 156}
    assert all(row["n"] for row in files)
    flows = day.rows(
        "select entity as flow, coverage from fct_risk_scores"
        " where grain = 'flow' and runtime = 'all' and coverage > 0"
    )
    assert {row["flow"] for row in flows} == {"projects", "articles"}


def test_the_junit_was_used(day: Day) -> None:
    cases = REPORT.read_text(encoding="utf-8").count("<testcase ")
    (tests,) = day.rows("select count(*) as tests from dim_tests")
    assert 0 < int(str(tests["tests"])) <= cases
    results = day.rows("select sha, count(*) as results from fct_test_results group by sha")
    assert {row["sha"] for row in results} == {"1234abc", "5678def"}
    (mapped,) = day.rows("select count(*) as tests from dim_tests where flow is not null")
    assert mapped["tests"], "the draft's test_paths, by the words of a class"


def test_every_line_of_the_log_is_accounted_for(day: Day) -> None:
    (row,) = day.rows(
        "select sum(records_read) as lines, sum(rejected) as rejected, sum(difference) as difference"
        " from rpt_reconciliation where source = 'access_log'"
    )
    assert {name: int(str(value)) for name, value in row.items()} == {
        "lines": 10_000,
        "rejected": 1,
        "difference": 0,
    }
