"""A draft from traces: routes of spans as routes of logs, names of spans as events."""

import datetime as dt
from pathlib import Path

from gapsight.onboarding.facts import Facts, Route
from gapsight.onboarding.reading import Task, read_all
from ingest.source import Context
from tests.unit.span_support import block, document, lines, span


def test_a_file_of_spans_is_recognised_and_its_routes_and_names_become_facts(
    tmp_path: Path,
) -> None:
    place = tmp_path / "traces.json"
    named = span(2, name="shop.Cart/Add", said={"rpc.system": "grpc"})
    place.write_bytes(lines([document(block(span(1), named))]))
    facts = Facts()
    read_all([Task(place, Context(folder_day=dt.date(2026, 6, 30)))], facts, lambda _: None)
    [file] = facts.files
    assert (file.source, file.records, file.problem) == ("otlp", 2, "")
    assert facts.requests == {Route("web", "GET", "/cart"): 1}
    assert facts.events == {("otlp", "shop.Cart/Add"): 1}
