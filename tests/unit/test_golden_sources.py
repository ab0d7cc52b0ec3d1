"""Golden cases of all sources: tests/golden/<source>/<case>/.

A case holds `input.*` (one file, `.gz` allowed) or `input/` (a folder), and maybe `context.json`
(members of `Context`). Compared are `expected.jsonl` (a line per row, led by its table),
`rejects.jsonl` (rejects, or the error that refuses the whole file) and, where it is there,
`notes.jsonl` (warnings and the summed tally). GAPSIGHT_UPDATE_GOLDEN=1 writes them anew.
"""

import gzip
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ingest import sources
from ingest.files import json_documents
from ingest.records import Record
from ingest.source import (
    Batch,
    Context,
    FormatError,
    Item,
    Lag,
    Origin,
    Reject,
    Source,
    Tally,
    Warn,
)
from tests.golden.cases import all_cases, context_of, input_of
from tests.golden.oracle import rows_of

UPDATE = os.environ.get("GAPSIGHT_UPDATE_GOLDEN") == "1"
CASES = all_cases()


def items_of(source: Source, place: Path, context: Context) -> Iterator[Item]:
    if source.form == "tables":
        yield from source.parse(place, context)
        return
    with gzip.open(place) if place.suffix == ".gz" else place.open("rb") as stream:
        yield from source.parse(stream, context)


def result_of(case: Path, source: Source) -> dict[str, list[dict[str, Any]]]:
    rows: list[dict[str, Any]] = []
    rejects: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    tally: Counter[str] = Counter()
    origin = {}
    try:
        for item in items_of(source, input_of(case), context_of(case)):
            if isinstance(item, Record | Batch):
                for row in rows_of(item):
                    assert type(row) in source.tables
                    rows.append({"table": row.TABLE, **origin, **msgspec.structs.asdict(row)})
            elif isinstance(item, Reject):
                rejects.append(msgspec.structs.asdict(item))
            elif isinstance(item, Warn):
                notes.append({"warning": item.reason})
            elif isinstance(item, Tally):
                tally.update(msgspec.structs.asdict(item))
            elif isinstance(item, Lag):
                notes.append({"lag_days": item.days})
            else:
                assert isinstance(item, Origin)
                origin = {"source": item.source}
    except FormatError as error:
        rejects.append({"refused": str(error)})
    if tally:
        notes.append({"tally": {name: count for name, count in tally.items() if count}})
    return {"expected.jsonl": rows, "rejects.jsonl": rejects, "notes.jsonl": notes}


def as_lines(rows: list[dict[str, Any]]) -> str:
    return "".join(msgspec.json.encode(row).decode() + "\n" for row in rows)


@pytest.mark.parametrize("case", CASES, ids=[f"{c.parent.name}-{c.name}" for c in CASES])
def test_a_source_gives_the_golden_rows(case: Path) -> None:
    source = sources.get(case.parent.name)
    found = result_of(case, source)
    assert found == result_of(case, source), "a parser keeps nothing from one file to the next"
    for name, rows in found.items():
        place = case / name
        if UPDATE:
            place.write_text(as_lines(rows), encoding="utf-8")
        if place.exists() or name != "notes.jsonl":
            assert as_lines(rows).splitlines() == place.read_text("utf-8").splitlines(), name


@pytest.mark.parametrize("name", sorted({case.parent.name for case in CASES}))
def test_the_cases_of_a_source_hold_rows(name: str) -> None:
    """Empty files are fine as one case, but all of them empty would be compared with nothing."""
    expected = [case / "expected.jsonl" for case in CASES if case.parent.name == name]
    assert any(place.stat().st_size for place in expected)


JSON_DOCUMENTS = {
    "jira", "linear", "incidents", "pagerduty", "statuspage", "opsgenie", "deployments",
    "github_deployments", "sentry",
}  # fmt: skip
DOCUMENTS = [case for case in CASES if case.parent.name in JSON_DOCUMENTS]


@pytest.mark.parametrize("case", DOCUMENTS, ids=[f"{c.parent.name}-{c.name}" for c in DOCUMENTS])
def test_a_document_too_large_to_open_at_once_gives_the_same_rows(
    case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = sources.get(case.parent.name)
    whole = result_of(case, source)
    monkeypatch.setattr(json_documents, "OPENED_LIMIT", input_of(case).stat().st_size - 1)
    assert result_of(case, source) == whole
