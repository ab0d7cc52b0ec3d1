"""A lake of years, written as a loader would have left it: tests of each day, use as counts, what broke and changed.

Reading fifty million attempts from reports takes an afternoon and is measured elsewhere; here the lake is given, and
what is measured is everything behind it.
"""

# ruff: noqa: S608, ISC004 - SQL of this file's own numbers, in lines that a reader can follow

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from ingest.records import TABLES
from orchestration.lake import Lake
from orchestration.parts import columns_of

LAST_DAY = date(2026, 6, 30)
REPO = "big"
_TYPES: Mapping[type, str] = {
    str: "varchar",
    int: "bigint",
    float: "double",
    bool: "boolean",
    date: "date",
    datetime: "timestamp",
}
_FAMILIES = {
    "ci_bundle": "ci",
    "counts": "usage",
    "jira": "issues",
    "git": "git",
    "incidents": "incidents",
}


@dataclass(frozen=True)
class Size:
    """How much of everything."""

    days: int = 3 * 365
    tests: int = 20_000
    attempts: int = 50_000_000
    flows: int = 1_000
    uses: int = 1_000_000_000
    """Requests of users, as the counts that a log leaves."""

    def runs_on(self, day: date) -> int:
        """Runs of the whole suite, at least one: so spread that all days together have all attempts."""
        back = (LAST_DAY - day).days
        before, after = (n * self.attempts // (self.days * self.tests) for n in (back, back + 1))
        return max(1, after - before)

    def of_days(self, days: int, share: float = 1) -> "Size":
        """As much of each day for other days, or a share of it."""
        part = days / self.days * share
        return replace(
            self, days=days, attempts=round(self.attempts * part), uses=round(self.uses * part)
        )


def write_workspace(folder: Path, size: Size) -> Path:
    """Settings, seeds and a lake up to LAST_DAY."""
    folder.mkdir(parents=True)
    first = LAST_DAY - timedelta(days=size.days - 1)
    (folder / "gapsight.toml").write_text(f'[workspace]\nname = "big"\nfirst_day = "{first}"\n')
    _seeds(folder / "seeds", size)
    lake = folder / "var" / "lake"
    with Lake(lake).loading("ci"):
        pass  # makes an empty part of every table
    for back in reversed(range(size.days)):
        write_day(lake, LAST_DAY - timedelta(days=back), size)
    return folder


def write_day(lake: Path, day: date, size: Size) -> None:
    """One more day of everything."""
    with duckdb.connect() as memory:
        for table, source, query in _queries(day, size):
            rows = f"with rows as ({query}) select {_columns(table, source, day)} from rows"
            place = lake / table / f"day={day}" / f"{source}--{source}{day}.parquet"
            place.parent.mkdir(parents=True, exist_ok=True)
            memory.execute(f"copy ({rows}) to '{place}' (format parquet, compression zstd)")


def remember(folder: Path, days: int) -> None:
    """Give the days before LAST_DAY what nightly runs would have kept of them: what the run of LAST_DAY kept."""
    with duckdb.connect() as memory:
        for kept in (folder / "var" / "lake" / "history").glob(f"*/{LAST_DAY}.parquet"):
            memory.execute(f"create or replace table kept as from '{kept}'")
            for back in range(1, days):
                day = LAST_DAY - timedelta(days=back)
                rows = f"select * replace (date '{day}' as as_of) from kept"
                memory.execute(
                    f"copy ({rows}) to '{kept.with_name(f'{day}.parquet')}' (format parquet, compression zstd)"
                )


def _columns(table: str, source: str, day: date) -> str:
    """Every column of the table; those that the rows have not are nothing."""
    given = _given(table)
    own = {"source": f"'{source}'", "_file": f"'{source}{day}'"}
    if table == "loads":
        own["_file"] = f"source_of || '{day}'"
        own["source"] = "source_of"
    return ", ".join(
        f"cast({own.get(name) or (name if name in given else 'null')} as {_TYPES[kind]}) as {name}"
        for name, kind in columns_of(TABLES[table]).items()
    )


_GIVEN = {
    "ci_runs": "repo sha branch build run_attempt pipeline stage blocking started_at finished_at",
    "test_attempts": "repo sha branch build run_attempt file name occurrence raw_status status duration_ms attempt"
    " started_at zone_assumed message fingerprint",
    "file_coverage": "repo sha branch build run_attempt format report file lines_covered lines_total measured_at",
    "usage_counts": "kind service event method platform actor count",
    "issues": "key project type title severity status status_category component created_at resolved_at updated_at",
    "commits": "repo sha committed_at author_hash bot merge file lines_added lines_removed",
    "incidents": "incident_id component failure_mode severity title status started_at detected_at resolved_at",
    "loads": "family path fingerprint parser_version records_read user static synthetic bot dropped other duplicate"
    " rejected rows partial first_day last_day parts_json settings_hash assumed_zones",
}


def _given(table: str) -> Sequence[str]:
    return _GIVEN[table].split()


def _queries(day: date, size: Size) -> Iterable[tuple[str, str, str]]:
    """Table, source and rows of one day. Chance is a hash, so that every day is the same in every run."""
    n = (day - date(2020, 1, 1)).days
    sha = f"md5('c{n}.' || r.range * 9)"  # of one of the day's commits
    run = f"'{REPO}' as repo, {sha} as sha, 'main' as branch, '{n}.' || r.range as build, 1 as run_attempt"
    at = f"timestamp '{day} 02:00:00' + r.range * interval 3 hour"
    runs = f"range({size.runs_on(day)}) as r"
    yield (
        "ci_runs",
        "ci_bundle",
        f"select {run}, 'merge' as pipeline, 'merge' as stage, true as blocking,"
        f" {at} as started_at, {at} + interval 40 minute as finished_at from {runs}",
    )
    # One test in 200 flakes on one run in 20, one in 400 is red for a fortnight now and then.
    chance = f"hash(t.range, r.range, {n}) % 10000"
    red = f"(t.range % 200 = 7 and {chance} < 500) or (t.range % 400 = 11 and ({n} // 14 + t.range) % 9 = 0)"
    yield (
        "test_attempts",
        "ci_bundle",
        f"select *, if(status = 'failed', 'assert total == 12', null) as message,"
        f" if(status = 'failed', 'f' || (name_of % 50), null) as fingerprint from ("
        f" select {run}, 'tests/c' || (t.range % {size.flows}) || '/test_it.py' as file, t.range as name_of,"
        f" 'test_' || t.range as name, 1 as occurrence, if({red}, 'failed', 'passed') as status,"
        f" if({red}, 'failed', 'passed') as raw_status, 50 + {chance} as duration_ms, 1 as attempt,"
        f" {at} as started_at, false as zone_assumed from {runs}, range({size.tests}) as t)",
    )
    if n % 7 == 0:
        yield (
            "file_coverage",
            "ci_bundle",
            f"select {run}, 'cobertura' as format, 'coverage.xml' as report, 'src/c' || f.range || '/a.py' as file,"
            f" hash(f.range) % 101 as lines_covered, 100 as lines_total, {at} as measured_at"
            f" from range(1) as r, range({size.flows}) as f",
        )
    # Every second flow is known by its routes, and each day has one that nobody asked for before.
    mean = size.uses / size.days / size.flows / 3
    many = (
        f"greatest(1, round({mean} * (0.1 + (hash(f.range) % 1000) / 500.0)"
        f" * (0.8 + (hash(f.range, {n}) % 400) / 1000.0)))"
    )
    yield (
        "usage_counts",
        "counts",
        f"select 'count' as kind, null as service, 'flow' || f.range as event, null as method, p.platform,"
        f" 'user' as actor, {many} as count"
        f" from range(1, {size.flows}, 2) as f, (values ('web'), ('ios'), ('android')) as p(platform)"
        f" union all select 'request', 'big', '/flow' || f.range || '/' || v.view, 'GET', null, 'user', {many}"
        f" from range(0, {size.flows}, 2) as f, (values ('list'), ('{{id}}'), ('{{id}}/parts')) as v(view)"
        f" union all"
        f" select 'request', 'big', '/flow' || {n % size.flows // 2 * 2} || '/new{n}', 'GET', null, 'user', 9",
    )
    stamp = f"timestamp '{day} 10:00:00'"
    yield (
        "issues",
        "jira",
        f"select 'BIG-{n}-' || r.range as key, 'BIG' as project, 'Bug' as type, 'Loses the last change' as title,"
        f" 'High' as severity, 'Done' as status, 'done' as status_category,"
        f" 'c' || (hash(r.range, {n}) % {size.flows}) as component, {stamp} as created_at,"
        f" {stamp} + interval 2 day as resolved_at, {stamp} as updated_at from range(5) as r",
    )
    yield (
        "commits",
        "git",
        f"select '{REPO}' as repo, md5('c{n}.' || r.range) as sha,"
        f" {stamp} + r.range * interval 1 minute as committed_at,"
        f" 'a' || (r.range % 30) as author_hash, false as bot, false as merge,"
        f" 'src/c' || (hash(r.range, {n}, f.range) % {size.flows}) || '/a.py' as file, 5 as lines_added,"
        f" 2 as lines_removed from range(30) as r, range(3) as f",
    )
    if n % 3 == 0:
        yield (
            "incidents",
            "incidents",
            f"select 'INC-{n}' as incident_id, 'c' || (hash({n}) % {size.flows}) as component,"
            f" 'timeout' as failure_mode,"
            f" 'SEV2' as severity, 'It is slow' as title, 'resolved' as status, {stamp} as started_at,"
            f" {stamp} + interval 9 minute as detected_at, {stamp} + interval 1 hour as resolved_at",
        )
    values = ", ".join(f"('{source}', '{family}')" for source, family in _FAMILIES.items())
    yield (
        "loads",
        "ledger",
        f"select l.source_of, l.family, l.source_of || '/{day}/{REPO}.log' as path,"
        f" l.source_of || '{day}' as fingerprint,"
        f" 1 as parser_version, 10 as records_read, 10 as user, 0 as static, 0 as synthetic, 0 as bot, 0 as dropped,"
        f" 0 as other, 0 as duplicate, 0 as rejected, 10 as rows, false as partial, date '{day}' as first_day,"
        f" date '{day}' as last_day, '{{}}' as parts_json, 's' as settings_hash, 0 as assumed_zones"
        f" from (values {values}) as l(source_of, family)",
    )


def _seeds(folder: Path, size: Size) -> None:
    folder.mkdir()
    flows = range(size.flows)
    head = "flow product owner business_criticality impact_revenue impact_support impact_sla status effort_hours"
    _csv(
        folder / "flow_catalog.csv",
        head.split(),
        (
            (f"flow{n}", "big", f"team_{n % 40}", (n % 100) / 100, 0.5, 0.25, 0.5, "active", 8)
            for n in flows
        ),
    )
    _csv(
        folder / "owners.csv",
        ["owner", "kind", "members", "lead"],
        ((f"team_{n}", "team", f"@m{n}", f"@m{n}") for n in range(40)),
    )
    _csv(
        folder / "route_patterns.csv",
        ["service", "method", "pattern", "flow", "priority"],
        (("big", "GET", f"/flow{n}/**", f"flow{n}", 0) for n in flows),
    )
    _csv(
        folder / "component_flows.csv",
        ["repo", "path_glob", "component", "flow"],
        ((REPO, f"src/c{n}/**", f"c{n}", f"flow{n}") for n in flows),
    )
    _csv(
        folder / "test_paths.csv",
        ["repo", "path_glob", "flow", "risk", "component", "owner"],
        ((REPO, f"tests/c{n}/**", f"flow{n}", "high", f"c{n}", f"team_{n % 40}") for n in flows),
    )


def _csv(place: Path, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with place.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(head)
        writer.writerows(rows)
