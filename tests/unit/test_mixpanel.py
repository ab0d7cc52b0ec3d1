"""Exported events become counts; whose they were is only counted."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.source import FormatError
from ingest.sources.mixpanel import SOURCE
from tests.unit.usage_support import FOLDER, Result, packed, read

NOON = 1782820800  # 2026-06-30 12:00 UTC
KEY = b"a key"


def event(name: str = "Checkout Completed", **properties: Any) -> dict[str, Any]:
    usual = {
        "time": NOON,
        "distinct_id": "user-1",
        "$insert_id": f"i-{properties}",
        "mp_lib": "web",
        "$browser": "Chrome",
        "$os": "Windows",
    }
    given = {label.replace("__", "$"): value for label, value in properties.items()}
    return {"event": name, "properties": usual | given}


def export(path: Path, *events: object, end: bytes = b"\n") -> Path:
    lines = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in events]
    path.write_bytes(b"\n".join(lines) + (end if lines else b""))
    return path


def parsed(tmp_path: Path, *events: object, **options: Any) -> Result:
    path = export(tmp_path / "a.ndjson", *events)
    result = read(SOURCE, path, hash_key=KEY, options=options)
    result.check_accounting()
    return result


def properties(result: Result) -> dict[str, dict[str, Any]]:
    return {row["property"]: row for row in result.rows["property_counts"]}


def test_an_event_is_a_count_of_its_day_and_dimensions(tmp_path: Path) -> None:
    told = {"plan": "business", "persona": "shopper", "app_version": "5.2", "locale": "de-DE"}
    result = parsed(
        tmp_path, event(**told), event(variant="b", **told), event(**told, platform="iOS")
    )
    assert result.requests[0] == {
        "day": FOLDER, "kind": "event", "service": None, "event": "Checkout Completed",
        "method": None, "platform": "ios", "browser": "chrome", "device": "desktop",
        "persona": "shopper", "tier": "business", "version": "5.2", "locale": "de-DE",
        "experiment": None, "actor": "user", "count": 1, "users": 1,
    }  # fmt: skip
    assert result.counted("platform", "experiment") == {
        ("ios", None): 1, ("web", None): 1, ("web", "b"): 1,
    }  # fmt: skip


def test_names_stay_as_they_are_but_for_what_is_personal(tmp_path: Path) -> None:
    names = ["Cart Size (# of Items)", "Marketing A/B Test", "Wagen gefüllt & bezahlt", "a\u2028b"]
    names += ["Session: started", "$mp_web_page_view", "v2"]
    result = parsed(tmp_path, *map(event, names), event("Invited ada@example.com"))
    assert set(result.counted("event")) == {*names, "Invited <email>"}
    assert "ada@" not in repr(result)


def test_users_are_counted_once_and_never_stored(tmp_path: Path) -> None:
    people = ["ada@example.com", "bob", "bob", 17, None]
    events = [event(distinct_id=who, n=n) for n, who in enumerate(people)]
    result = parsed(tmp_path, *events)
    assert [(row["count"], row["users"]) for row in result.requests] == [(5, 3)]
    assert "ada@" not in repr(result)
    assert properties(result)["distinct_id"]["looks_personal"] is True


def test_without_a_key_users_are_not_counted(tmp_path: Path) -> None:
    result = read(SOURCE, export(tmp_path / "a.ndjson", event()))
    assert [row["users"] for row in result.requests] == [None]


def test_users_of_part_of_a_day_are_unknown(tmp_path: Path) -> None:
    path = export(tmp_path / "a.ndjson", event(), event(time=NOON - 86400, n=1))
    whole = read(SOURCE, path, hash_key=KEY)
    assert {row["day"].day: row["users"] for row in whole.requests} == {29: None, 30: 1}
    shifted = read(SOURCE, path, hash_key=KEY, reporting_zone="Europe/Berlin")
    assert [row["users"] for row in shifted.requests] == [None, None]
    same = {"project_zone": "Europe/Berlin"}
    local = read(SOURCE, path, hash_key=KEY, reporting_zone="Europe/Berlin", options=same)
    assert {row["day"].day: row["users"] for row in local.requests} == {29: None, 30: 1}


@pytest.mark.parametrize(
    ("time", "zone", "day"),
    [
        (NOON, "UTC", 30),
        (NOON * 1000, "UTC", 30),
        (NOON + 0.5, "UTC", 30),
        (str(NOON), "UTC", 30),
        ("2026-06-30 12:00:00", "UTC", 30),
        ("2026-06-30T23:30:00", "UTC", 1),
        (NOON + 11 * 3600, "UTC", 1),  # 23:00 UTC is 01:00 in Berlin
        (NOON + 11 * 3600, "Europe/Berlin", 30),  # 23:00 on the wall in Berlin
        (NOON - 10 * 3600, "Asia/Tokyo", 29),  # 02:00 in Tokyo is 19:00 of the day before
        (NOON + 11 * 3600, "America/Los_Angeles", 1),
    ],
)
def test_time_is_the_wall_clock_of_the_project(
    tmp_path: Path, time: object, zone: str, day: int
) -> None:
    path = export(tmp_path / "a.ndjson", event(time=time))
    result = read(SOURCE, path, reporting_zone="Europe/Berlin", options={"project_zone": zone})
    assert [row["day"].day for row in result.requests] == [day]


@pytest.mark.parametrize(
    "time",
    [None, True, "soon", -1, 0, 10**12 * 5, 10**30, 1e300, [NOON], {}, "", "99999999999999999999"],
)
def test_an_event_without_a_time_that_can_be_is_rejected(tmp_path: Path, time: object) -> None:
    result = parsed(tmp_path, event(), event(time=time))
    assert [(reject.position, "time" in reject.reason) for reject in result.rejects] == [(2, True)]


@pytest.mark.parametrize(
    "line",
    [
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b'{"event": null, "properties": {"time": 1782820800}}',
        b'{"event": "", "properties": {"time": 1782820800}}',
        b'{"event": 5, "properties": {"time": 1782820800}}',
        b'{"event": "A"}',
        b'{"event": "A", "properties": null}',
        b'{"event": "A", "properties": []}',
        b'{"event": "A", "properties": {"time": 17',
        b'{"event": "A", "properties": {"time": 1782820800, "x": "\xff"}}',
        b'{"event": "A", "properties": {"time": 1782820800, "x": "\\ud800"}}',
        b'{"event": "A", "properties": {"time": ' + b"9" * 5000 + b"}}",
        b'{"event": "A", "properties": {"time": 1782820800, "x": '
        + b"[" * 9999
        + b"]" * 9999
        + b"}}",
        b"\x00\x01",
    ],
)
def test_a_line_that_is_no_event_is_rejected_and_the_others_are_read(
    tmp_path: Path, line: bytes
) -> None:
    result = parsed(tmp_path, event(), line, event(n=1))
    assert [reject.position for reject in result.rejects] == [2]
    assert result.tally["user"] == 2


def test_a_reject_does_not_say_whose_it_was(tmp_path: Path) -> None:
    whole = event(
        time=None, distinct_id="ada", city="Turin", tags=["vip", "ada"], n=[1, {"x": "ada"}]
    )
    cut = json.dumps(event(distinct_id="ada", title='say "ada'))[:-12].encode()
    result = parsed(tmp_path, event(), whole, cut)
    assert len(result.rejects) == 2
    for reject in result.rejects:
        assert "Checkout Completed" in reject.excerpt
        assert "distinct_id" in reject.excerpt
        assert not {"ada", "Turin", "vip"} & set(reject.excerpt.replace('"', " ").split())


def test_events_without_consent_are_counted_and_leave_nothing(tmp_path: Path) -> None:
    refused = [False, None, "false", 0, "", "no", []]
    given = [True, "true", 1, "granted"]
    events = [event("Refused", consent=value, secret=n) for n, value in enumerate(refused)]
    events += [event("Given", consent=value, n=n) for n, value in enumerate(given)]
    result = parsed(tmp_path, *events, event("Silent"), consent_property="consent")
    assert result.tally == result.tally | {"dropped": len(refused) + 1, "user": len(given)}
    assert set(result.counted("event")) == {"Given"}
    assert "secret" not in properties(result)


def test_an_event_sent_twice_counts_once(tmp_path: Path) -> None:
    first = event(__insert_id="a")
    changed = {**first, "properties": first["properties"] | {"mp_processing_time_ms": 7}}
    other = event(__insert_id="b")
    result = parsed(tmp_path, first, changed, other, event("Other", __insert_id="a"))
    assert result.tally == result.tally | {"user": 3, "duplicate": 1}


def test_without_an_insert_id_only_equal_lines_are_one_event(tmp_path: Path) -> None:
    first, second = event(page="a"), event(page="b")
    for one in (first, second):
        del one["properties"]["$insert_id"]
    result = parsed(tmp_path, first, second, first)
    assert result.tally == result.tally | {"user": 2, "duplicate": 1}


def test_monitors_and_bots_are_kept_apart(tmp_path: Path) -> None:
    result = parsed(
        tmp_path,
        event(),
        event(synthetic=True),
        event(synthetic="true"),
        event(distinct_id="synthetic-probe"),
        event(__user_agent="SyntheticMonitor/2.1"),
        event(
            __user_agent="Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
        ),
        event(synthetic=False),
        synthetic_property="synthetic",
        synthetic_accounts=["synthetic-probe"],
    )
    assert result.counted("actor") == {"user": 2, "synthetic": 4, "bot": 1}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, ("web", "chrome", "desktop")),
        ({"__browser": "Mobile Safari", "__device": "iPhone"}, ("web", "safari", "mobile")),
        ({"__browser": "Chrome iOS", "__os": "iOS"}, ("web", "chrome", "mobile")),
        ({"__browser": "Netscape Navigator"}, ("web", "netscape_navigator", "desktop")),
        ({"__browser": None, "mp_lib": "swift", "__os": "iOS"}, ("ios", None, "mobile")),
        ({"__browser": None, "mp_lib": "swift", "__os": "iPadOS"}, ("tablet", None, "tablet")),
        ({"__browser": None, "__os": "iOS", "__model": "iPad16,3"}, ("tablet", None, "tablet")),
        ({"__browser": None, "mp_lib": "android", "__os": "Android"}, ("android", None, "mobile")),
        ({"__browser": None, "mp_lib": "python", "__os": None}, ("api", None, None)),
        ({"__browser": None, "mp_lib": None, "__os": None}, (None, None, None)),
        ({"platform": "Kiosk"}, ("kiosk", "chrome", "desktop")),
    ],
)  # fmt: skip
def test_platform_browser_and_device(
    tmp_path: Path, told: dict[str, Any], expected: tuple[str | None, ...]
) -> None:
    result = parsed(tmp_path, event(**told))
    assert result.counted("platform", "browser", "device") == {expected: 1}


def test_a_team_says_which_properties_its_dimensions_are(tmp_path: Path) -> None:
    told = {"plan": "x", "Plan Type": "pro", "segment": ["b2b", "eu"], "beta": True, "build": 7}
    result = parsed(
        tmp_path,
        event(**told, persona="ignored"),
        dimensions={
            "tier": ["Tier", "Plan Type"],
            "persona": "segment",
            "experiment": "beta",
            "version": ["build"],
        },
    )
    names = ("tier", "persona", "experiment", "version", "locale", "browser")
    assert result.counted(*names) == {("pro", "b2b", "true", "7", None, "chrome"): 1}
    with pytest.raises(FormatError, match="no dimension customer; there are platform"):
        parsed(tmp_path, event(), dimensions={"customer": ["id"]})


def test_versions_are_no_addresses(tmp_path: Path) -> None:
    versions = ["5.2.0.1", "2026.6.30-rc.1", "20260630121500"]
    result = parsed(tmp_path, *[event(app_version=version) for version in versions])
    assert set(result.counted("version")) == set(versions)


def test_a_dimension_cannot_bring_personal_data_or_endless_values(tmp_path: Path) -> None:
    events = [event(plan=f"plan {n}", n=n) for n in range(600)]
    result = parsed(tmp_path, *events, event(plan="ada@example.com"), dimensions={"tier": "plan"})
    tiers = result.counted("tier")
    assert len(tiers) == 501
    assert tiers["(other)"] == 101
    assert parsed(tmp_path, event(plan="ada@example.com")).counted("tier") == {"<email>": 1}


def test_properties_are_listed_with_what_looks_personal(tmp_path: Path) -> None:
    events = [
        event(n=n, contact="ada@example.com" if n == 1 else "-", first_name="x", page=f"p{n % 2}")
        for n in range(4)
    ]
    found = properties(parsed(tmp_path, *events, event(n=9, empty=None, items=[1, {"a": 2}])))
    assert found["n"] | {"day": 0} == {
        "day": 0, "event": "Checkout Completed", "property": "n", "count": 5,
        "distinct_values": 5, "looks_personal": False,
    }  # fmt: skip
    assert (found["page"]["count"], found["page"]["distinct_values"]) == (4, 2)
    assert {name for name, row in found.items() if row["looks_personal"]} == {
        "contact",
        "first_name",
    }
    assert not found.keys() & {"empty", "time", "$insert_id", "mp_lib"}
    assert found["items"]["count"] == 1


def test_what_is_remembered_of_properties_is_bounded(tmp_path: Path) -> None:
    many = [event(id=n, **{f"p{n}": 1}) for n in range(1500)]
    found = properties(parsed(tmp_path, *many, event(**{"ada@example.com": 1})))
    assert found["id"]["distinct_values"] == 1000
    assert found["id"]["count"] == 1500
    assert len(found) <= 501
    assert found["(other)"]["count"] > 900
    assert not any("ada@" in name for name in found)


def test_an_export_without_events_is_a_quiet_day(tmp_path: Path) -> None:
    assert parsed(tmp_path).tally.total() == 0
    blank = parsed(tmp_path, b"", b"  ")
    assert blank.tally == blank.tally | {"read": 2, "other": 2}


def test_gzip_and_plain_are_alike(tmp_path: Path) -> None:
    path = export(tmp_path / "a.ndjson", *[event(n=n) for n in range(50)])
    assert read(SOURCE, path) == read(SOURCE, packed(tmp_path / "b.ndjson.gz", path.read_bytes()))
    half = tmp_path / "c.gz"
    half.write_bytes((tmp_path / "b.ndjson.gz").read_bytes()[:-20])
    with pytest.raises(FormatError, match="ends early"):
        read(SOURCE, half)


def test_lines_end_in_line_feeds_only(tmp_path: Path) -> None:
    separators = "a\u2028b\u2029c\x85d"
    path = tmp_path / "a.ndjson"
    path.write_text(
        json.dumps(event(text=separators), ensure_ascii=False) + "\r\n", "utf-8", newline=""
    )
    result = read(SOURCE, path)
    result.check_accounting()
    assert result.tally["user"] == 1


@pytest.mark.parametrize(
    ("tail", "message"),
    [
        (b'{"event": "A", "prop', "last line is cut off"),
        (b"terminated early\n", "terminated early"),
        (b"terminated early", "terminated early"),
        (b'{"event": "A", "properties": {"time": 17terminated early\n', "terminated early"),
    ],
)
def test_half_an_export_is_none(tmp_path: Path, tail: bytes, message: str) -> None:
    path = export(tmp_path / "a.ndjson", *[event(n=n) for n in range(50)])
    path.write_bytes(path.read_bytes() + tail)
    with pytest.raises(FormatError, match=message):
        read(SOURCE, path)


def test_a_last_line_that_only_lacks_its_end_is_read_with_a_warning(tmp_path: Path) -> None:
    path = export(tmp_path / "a.ndjson", event(), event(n=1), end=b"")
    result = read(SOURCE, path)
    result.check_accounting()
    assert result.tally["user"] == 2
    assert len(result.warnings) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"request": "/api/2.0/export", "error": "Too many requests", "status": 429}\n',
         "error message instead of an export: Too many requests"),
        (b'{"event_type": "x", "time": 1}\n' * 9, "JSON, expected a JSON event"),
        (b'[{"event": "A"}]\n', "JSON, expected"),
        (b"_file,_line,name,time\na.csv,1,plays,2020-08-01\n", "CSV, expected"),
        (b"<html><body>502</body></html>\n", "XML, expected"),
        (b"PK\x03\x04\x14\n", "a zip archive, expected"),
        (b"Unauthorized\n", "some other text, expected"),
    ],
)  # fmt: skip
def test_another_format_is_refused_by_its_name(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "a.ndjson").write_bytes(content)
    with pytest.raises(FormatError, match=message):
        read(SOURCE, tmp_path / "a.ndjson")


def test_settings_that_cannot_be_say_which(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="project_zone 'Berlin' is no time zone"):
        parsed(tmp_path, event(), project_zone="Berlin")
    with pytest.raises(FormatError, match=r"sources\.mixpanel.*dimensions"):
        parsed(tmp_path, event(), dimensions=["plan"])


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
USUAL = "time distinct_id $insert_id $os $browser $user_agent mp_lib plan consent platform x"
NAMES = st.sampled_from(USUAL.split())
VALUES = st.recursive(
    LEAVES | st.sampled_from([NOON, NOON * 1000, 10**400]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(), inner, max_size=4)
    ),
    max_leaves=10,
)
BAGS = st.dictionaries(NAMES | st.text(max_size=5), VALUES, max_size=8)
EVENTS = st.builds(lambda name, bag: {"event": name, "properties": bag}, VALUES, BAGS)
TIMED = st.builds(
    lambda name, bag: event(name or "A") | {"properties": bag | {"time": NOON}}, st.text(), BAGS
)


@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(events=st.lists(TIMED | EVENTS | VALUES, max_size=12))
def test_any_json_is_counted_or_rejected(tmp_path: Path, events: list[object]) -> None:
    result = parsed(tmp_path, event(), *events, consent_property=None, synthetic_property="x")
    assert result.tally["read"] == len(events) + 1
    for row in result.requests:
        json.dumps(row, default=dt.date.isoformat).encode()
