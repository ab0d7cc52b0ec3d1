"""A lake of few rows in which every table has what engines read differently: nothing, ties, zeros, odd names.

Vocabulary is that of the demo workspace's seeds, so that the joins of the models meet; which value meets which is dealt
out by chance, the same in every run.
"""

import json
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from ingest.records import TABLES, Load, Record, RejectRow
from orchestration.lake import Lake
from orchestration.parts import PartWriter
from tests.parity import planted_ci, planted_trouble, planted_use
from tests.parity.dealt import COMPONENTS, FIRST, LAST, ODD, Dealer

MOST_ROWS = 2000
EMPTY = {"code_owners", "property_counts"}
"""Tables without a row: the models that read them must build all the same."""
_FILES = dict.fromkeys(("ci_runs", "test_attempts", "file_coverage", "test_coverage"), "bundle")
"""Tables whose rows come in one file; each other table has files of its own."""
_SOURCES = {
    "bundle": "ci_bundle",
    "ci_runs": "ci_bundle",
    "test_attempts": "junit",
    "file_coverage": "cobertura",
    "test_coverage": "coverage_py",
    "usage_counts": "mixpanel",
    "request_minutes": "access_log",
    "request_latency": "access_log",
    "issues": "jira",
    "issue_changes": "jira",
    "incidents": "incidents",
    "deployments": "deployments",
    "commits": "git",
    "component_sizes": "git",
    "error_events": "sentry",
    "service_metrics": "prometheus",
}
_FAMILIES = {
    "ci_bundle": "ci",
    "junit": "ci",
    "cobertura": "ci",
    "coverage_py": "ci",
    "mixpanel": "usage",
    "access_log": "usage",
    "jira": "issues",
    "incidents": "incidents",
    "deployments": "deployments",
    "git": "git",
    "sentry": "errors",
    "prometheus": "metrics",
}


def plant(root: Path) -> dict[str, int]:
    """Write the lake, a file of the inbox for each table and week, and return how many rows each table has."""
    lake = Lake(root)
    with lake.loading("ci"):
        pass  # makes an empty part of every table
    deal = Dealer(random.Random(20260630))
    counts = dict.fromkeys(TABLES, 0)
    for name, rows in _grouped(_rows(deal), lambda row: _FILES.get(row.TABLE, row.TABLE)).items():
        weeks = _grouped(rows, lambda row: str((row.day - FIRST).days // 7))
        for week, found in weeks.items():
            load = _load(deal, name, int(week), found)
            told = [*found, load, *_rejects(deal, load)]
            _write(root, f"{name}{week}", _SOURCES[name], told)
            for row in told:
                counts[row.TABLE] += 1
    return counts


def _write(root: Path, file_id: str, landed: str, rows: Sequence[Record]) -> None:
    writer = PartWriter(root, file_id)
    for row in rows:
        writer.add(row, _SOURCES.get(row.TABLE, landed))
    for held in writer.finish():
        assert held.frame is not None
        place = root / held.table / f"day={held.day}" / f"{landed}--{file_id}.parquet"
        place.parent.mkdir(parents=True, exist_ok=True)
        held.frame.write_parquet(place)


def _grouped(rows: Iterable[Record], key: Callable[[Record], str]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found


def _rows(deal: Dealer) -> Iterator[Record]:
    for made in (
        planted_ci.runs,
        planted_ci.coverage,
        planted_use.usage,
        planted_use.requests,
        planted_trouble.issues,
        planted_trouble.incidents,
        planted_trouble.deployments,
        planted_trouble.commits,
        planted_use.errors,
        planted_use.metrics,
    ):
        yield from made(deal)


def _load(deal: Dealer, name: str, week: int, rows: Sequence[Record]) -> Load:
    """The ledger's row of a file; some say that it was cut off, or had rejects."""
    source = _SOURCES[name]
    days = sorted({row.day for row in rows})
    called = f"{name}-{week}.json" if name != "commits" else f"{list(COMPONENTS)[week % 2]}.log"
    return Load(
        day=days[-1],
        family=_FAMILIES[source],
        path=f"{source}/{days[-1]}/{called}",
        fingerprint=f"{name}{week}",
        parser_version=1,
        records_read=len(rows) + 2,
        user=deal.rng.randrange(10),
        rejected=deal.rng.choice([0, 0, 2]),
        rows=len(rows),
        partial=deal.rng.random() < 0.1,
        first_day=deal.maybe([days[0]]),
        last_day=deal.maybe([days[-1]]),
        parts_json=json.dumps(
            {
                table: sorted({str(row.day) for row in found})
                for table, found in _grouped(rows, lambda row: row.TABLE).items()
            }
        ),
        settings_hash="s",
        warnings_json=deal.maybe(['["it\'s cut off"]'], 0.7),
        lag_days=deal.maybe([0, 2], 0.8),
        assumed_zones=deal.rng.choice([0, 4]),
        removed_on=deal.maybe([LAST], 0.9),
    )


def _rejects(deal: Dealer, load: Load) -> Iterator[RejectRow]:
    """Records of a file that could not be read."""
    if deal.rng.random() < 0.1:
        yield RejectRow(
            day=load.day, path=load.path, position=1, reason="odd", excerpt=deal.rng.choice(ODD)
        )
