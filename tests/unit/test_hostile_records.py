"""Whatever a tracker file holds, its parser gives rows that can be stored, or says no."""

import datetime as dt
import io
import json
from typing import get_type_hints

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.records import Record
from ingest.source import Context, FormatError, Reject, Source, Tally, Warn
from ingest.sources import (
    deployments,
    git,
    github_deployments,
    incidents,
    jira,
    linear,
    opsgenie,
    pagerduty,
    sentry,
    statuspage,
)

# No deadline: the machine that runs this may be busy with something else.
unhurried = settings(deadline=None, max_examples=60)
CONTEXT = Context(
    folder_day=dt.date(2026, 6, 30),
    reporting_zone="Pacific/Kiritimati",
    options={"severity_field": "severity", "extra_fields": ["x", "user"]},
)
NAMES = (
    "id key fields changelog histories items field fieldId created updated resolutiondate labels"
    " status statusCategory project components priority severity started_at resolved_at updated_at"
    " deployed_at at sha total issues incidents deployments data x user identifier title state type"
    " nodes history fromState toState createdAt event event_type created_at last_status_change_at"
    " urgency service log_entries impact scheduled_for message impactStartDate tags extraProperties"
    " statuses environment ref deployment deployment_status repository payload"
    " metadata filename stats lastSeen firstSeen count groupID eventID release culprit"
)
STAMPS = st.sampled_from(
    ["2026-06-30T12:00:00.000+0200", "9999-12-31T23:59:59-14:00", "0001-01-01", "status", "1e308"]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | STAMPS
KEYS = st.sampled_from(NAMES.split()) | st.text(max_size=5)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=25,
)
RECORDS = st.dictionaries(KEYS, VALUES, max_size=8).map(
    lambda r: {"id": 1, "key": "A-1", "identifier": "A-1", "impact": "x", "message": "x"} | r
)


def check(source: Source, content: bytes) -> None:
    try:
        items = list(source.parse(io.BytesIO(content), CONTEXT))
    except FormatError:
        return
    for item in items:
        assert isinstance(item, Record | Reject | Warn | Tally)
        if isinstance(item, Record):
            stored = msgspec.json.encode(item)
            assert msgspec.json.decode(stored, type=type(item)) == item
            assert set(get_type_hints(type(item))) >= set(item.__struct_fields__)
        if isinstance(item, Reject):
            assert len(item.excerpt) <= 300


TRACKERS = (jira, linear, incidents, pagerduty, statuspage, opsgenie)
DEPLOYERS = (deployments, github_deployments)
JSON = [module.SOURCE for module in (*TRACKERS, *DEPLOYERS, sentry)]


@pytest.mark.parametrize("source", JSON, ids=lambda source: source.name)
@unhurried
@given(document=VALUES | RECORDS | st.lists(RECORDS, max_size=3))
def test_any_json(source: Source, document: object) -> None:
    check(source, json.dumps(document).encode())


@unhurried
@given(fields=st.dictionaries(KEYS, VALUES, max_size=10), changelog=VALUES)
def test_any_issue(fields: dict[str, object], changelog: object) -> None:
    issue = {"key": "A-1", "fields": fields, "changelog": changelog}
    check(jira.SOURCE, json.dumps(issue).encode())


@pytest.mark.parametrize("source", [*JSON, git.SOURCE], ids=lambda source: source.name)
@unhurried
@given(content=st.binary(max_size=200))
def test_any_bytes(source: Source, content: bytes) -> None:
    check(source, content)


CELLS = st.text(max_size=8) | STAMPS | st.sampled_from(['"', '""', "\n", ";", "x" * 200_000])


@pytest.mark.parametrize("source", [incidents.SOURCE, deployments.SOURCE, sentry.SOURCE])
@unhurried
@given(
    table=st.lists(st.lists(CELLS, max_size=6), max_size=6),
    delimiter=st.sampled_from(",;\t"),
    cut=st.integers(0, 60),
)
def test_any_table(source: Source, table: list[list[str]], delimiter: str, cut: int) -> None:
    header = [["id", "started_at", "severity", "environment", "deployed_at", "timestamp"]]
    text = "\n".join(delimiter.join(row) for row in header + table)
    check(source, text.encode()[: len(text) - cut])


@unhurried
@given(issue=st.dictionaries(KEYS, VALUES, max_size=10), history=VALUES, labels=VALUES)
def test_any_linear_issue(issue: dict[str, object], history: object, labels: object) -> None:
    node = issue | {"identifier": "A-1", "history": {"nodes": history}, "labels": {"nodes": labels}}
    check(linear.SOURCE, json.dumps({"data": {"issues": {"nodes": [node]}}}).encode())


@unhurried
@given(issue=st.dictionaries(KEYS, VALUES, max_size=10), stats=VALUES)
def test_any_sentry_issue(issue: dict[str, object], stats: object) -> None:
    seen = {"id": "1", "title": "x", "lastSeen": "2026-06-30T00:00:00Z", "stats": {"24h": stats}}
    check(sentry.SOURCE, json.dumps([issue | seen]).encode())


@unhurried
@given(body=st.binary(max_size=200), cut=st.integers(0, 120))
def test_any_git_log(body: bytes, cut: int) -> None:
    header = b"# gapsight git log repo=a day=2026-06-30\n"
    commit = b"\x1e%s\x1f\x1f2026-06-30T12:00:00Z\x1fJo\x1fjo@example.com\n1\t0\ta\n" % (b"a" * 40)
    check(git.SOURCE, header + commit[:cut] + body + b"\n" + commit)


@pytest.mark.parametrize("source", JSON, ids=lambda source: source.name)
@unhurried
@given(cut=st.integers(1, 400))
def test_a_cut_off_page_is_never_taken_for_a_whole_one(source: Source, cut: int) -> None:
    records = [{"id": n, "key": f"A-{n}", "fields": {"summary": "x" * 20}} for n in range(9)]
    whole = json.dumps({"data": records}).encode()
    with pytest.raises(FormatError, match=r"cut off|an empty file"):
        list(source.parse(io.BytesIO(whole[: len(whole) - cut]), CONTEXT))
