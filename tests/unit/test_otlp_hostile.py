"""Whatever stands in a file of spans, its parser gives counts and rejects that add up, or says no."""

import json
import random
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.source import Batch, FormatError, Item, Reject, Tally
from tests.unit.memory_support import read_alone
from tests.unit.span_support import (
    CHROME,
    block,
    document,
    items_of,
    lines,
    span,
)

# No deadline: the machine that runs this may be busy with something else.
unhurried = settings(deadline=None, max_examples=80)
NAMES = (
    "resourceSpans resource attributes scopeSpans spans traceId spanId parentSpanId flags name kind"
    " startTimeUnixNano endTimeUnixNano key value stringValue intValue arrayValue values"
    " http.route url.path service.name http.request.method user_agent.original"
)
KEYS = st.sampled_from(NAMES.split()) | st.text(max_size=4)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["1782820800000000000", "/cart/1", "SPAN_KIND_SERVER", "GET", "\ud800", "%"])
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
MEMBERS = ("traceId", "spanId", "parentSpanId", "flags", "name", "kind", "startTimeUnixNano",
           "endTimeUnixNano", "attributes")  # fmt: skip
ATTRIBUTES = ("http.route", "url.path", "http.target", "http.request.method", "http.status_code",
              "user_agent.original", "service.name", "http.url", "rpc.system")  # fmt: skip


def check(content: bytes) -> None:
    """The accounting is exact, or the file is refused."""
    try:
        items = items_of("otlp", content)
    except FormatError:
        return
    tally = sum_of(items)
    rejects = sum(isinstance(item, Reject) for item in items)
    assert tally["read"] == sum(tally.values()) - tally["read"] + rejects
    for item in items:
        if isinstance(item, Batch):
            json.dumps(item.columns, default=str).encode()


def sum_of(items: list[Item]) -> dict[str, int]:
    found = dict.fromkeys(Tally.__struct_fields__, 0)
    for item in items:
        if isinstance(item, Tally):
            for name in found:
                found[name] += getattr(item, name)
    return found


@unhurried
@given(VALUES)
def test_any_json_is_counted_or_refused(value: Any) -> None:
    check(json.dumps(value).encode())
    check(json.dumps({"resourceSpans": value}).encode())
    check(document(value).encode())


@unhurried
@given(st.dictionaries(st.sampled_from(MEMBERS), VALUES, max_size=9))
def test_a_member_of_any_type_makes_a_reject_at_most(more: dict[str, Any]) -> None:
    check(document(block({**span(), **more}, span(2))).encode())


@unhurried
@given(st.dictionaries(st.sampled_from(ATTRIBUTES), VALUES, max_size=4))
def test_an_attribute_of_any_type_is_read_or_not_and_rejects_nothing(said: dict[str, Any]) -> None:
    one = span()
    one["attributes"] = [
        {"key": key, "value": {"stringValue": value}} for key, value in said.items()
    ]
    one["attributes"] += [{"key": key, "value": value} for key, value in said.items()]
    whole = block(one)
    whole["resource"]["attributes"] += one["attributes"]
    content = document(whole).encode()
    if b"\\ud800" in content or b"Infinity" in content or b"NaN" in content:
        check(content)  # half a character, or no number: the whole text is no JSON
        return
    tally = sum_of(items_of("otlp", content))
    assert tally["user"] + tally["bot"] + tally["static"] + tally["synthetic"] == 1


@unhurried
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_counted(content: bytes) -> None:
    check(content)
    check(b'{"resourceSpans":[]}\n' + content)
    check(len(content).to_bytes(4, "big") + content)


def test_a_file_cut_anywhere_is_refused_or_whole_to_there() -> None:
    content = lines([document(block(span(n))) for n in range(1, 5)])
    for end in range(len(content)):
        check(content[:end])
    tally = sum_of(items_of("otlp", content[:-40]))
    assert (tally["read"], tally["user"]) == (4, 3)


def test_nul_bytes_and_duplicate_keys_and_text_that_is_no_utf_8() -> None:
    whole = document(block(span())).encode()
    for bad in (b"\x00", b"\xff", b'"traceId": "x", ', b"NaN", b"1e999"):
        check(whole.replace(b'"spanId"', bad + b'"spanId"'))
        check(whole.replace(b"GET /cart", b"GET " + bad))
    assert sum_of(items_of("otlp", whole + b"\n" + whole.replace(b"web", b"w\xffb")))["read"] == 2


def test_nothing_personal_gets_into_rows_or_rejects() -> None:
    secret = "bob@example.com"
    said = dict.fromkeys(("http.target", "http.route", "url.path"), f"/u/{secret}?token=hunter2")
    spans = [
        span(1, said=said | {"enduser.id": secret, "client.address": "84.1.2.3"}),
        span(2, name=f"mail to {secret}", said={"rpc.system": secret}),
        span(3, name=f"GET /u/{secret}?token=hunter2", said={}),
        span(4, startTimeUnixNano=secret),
        span(5, name=[secret]),
    ]
    text = str(items_of("otlp", document(block(*spans, service=secret)).encode()))
    assert "bob" not in text
    assert "hunter2" not in text
    assert "84.1" not in text


def big(place: Path, spans: int) -> float:
    """Files of the collector: batches of 500 spans; a quarter of them requests. Returns its MB."""
    chance = random.Random(7)
    more = {f"net.attribute.{n}": "x" * 40 for n in range(6)}
    with place.open("w") as file:
        for start in range(0, spans, 500):
            batch = []
            for n in range(start + 1, start + 501):
                at = 1_782_820_800 * 10**9 + n * 10**6
                said = more | {"http.request.method": "GET", "http.route": f"/r{n % 50}/{{id}}",
                               "http.response.status_code": 200, "user_agent.original": CHROME}  # fmt: skip
                one = span(
                    chance.getrandbits(60),
                    2 if n % 4 == 0 else 1,
                    chance.getrandbits(60),
                    said=said,
                )
                batch.append(
                    {**one, "startTimeUnixNano": str(at), "endTimeUnixNano": str(at + 10**7)}
                )
            file.write(document(block(*batch)) + "\n")
    return place.stat().st_size / 2**20


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    place = tmp_path / "traces.json"
    size = big(place, 60_000)
    read = read_alone("otlp", place)
    assert size > 60
    assert read.peak < 140, f"{read.peak} MB for {size:.0f} MB"
