"""The check that warns of overlapping exports of events, on a table of counts."""

import re
from pathlib import Path

import duckdb
import pytest

SQL = Path(__file__).parents[2] / "dbt_project" / "tests" / "event_days_come_in_one_file.sql"


def found(*counts: tuple[str, str, str, str, int]) -> list[tuple[object, ...]]:
    query = re.sub(r"\{\{ (?:config|ref)\([^}]*\}\}", "", SQL.read_text(), count=1)
    query = query.replace("{{ ref('stg_usage__counts') }}", "counts")
    with duckdb.connect() as memory:
        memory.execute(
            "create table counts (source text, usage_day text, file_id text, kind text, events int)"
        )
        memory.executemany("insert into counts values (?, ?, ?, ?, ?)", counts)
        return memory.execute(query).fetchall()


@pytest.mark.parametrize(
    ("kind", "other", "warned"),
    [
        ("event", 100, True),
        ("event", 50, True),
        ("event", 49, False),  # phones that were off send days later
        ("request", 100, False),  # a log of each server
    ],
)
def test_two_files_with_much_of_a_day_are_told(kind: str, other: int, warned: bool) -> None:
    rows = [("mixpanel", "2026-06-30", "a", kind, 60), ("mixpanel", "2026-06-30", "a", kind, 40)]
    rows += [("mixpanel", "2026-06-30", "b", kind, other), ("mixpanel", "2026-06-29", "b", kind, 9)]
    rows += [("amplitude", "2026-06-30", "c", kind, 100)]
    assert bool(found(*rows)) is warned
