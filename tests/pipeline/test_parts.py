"""Rows as Parquet: types, order, and what does not fit in memory."""

from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl
import pytest

from ingest.records import TABLES, Incident, UsageCount
from ingest.source import Batch
from orchestration import parts
from orchestration.parts import PartWriter, PortionWriter, columns_of, empty_frame

DAY = date(2026, 6, 30)
FILE = "0123456789abcdef"


def held(folder, file_id, *items):
    writer = PartWriter(folder, file_id)
    for item in items:
        if isinstance(item, Batch):
            writer.add_batch(item, "incidents")
        else:
            writer.add(item, "incidents")
    return writer.finish()


def written(folder, *items):
    portion = PortionWriter(folder)
    portion.take("incidents", FILE, held(folder, FILE, *items))
    return sorted(portion.finish(), key=lambda part: (part.table, part.day))


def read(part) -> list[dict[str, object]]:
    return pl.read_parquet(part.path, hive_partitioning=False).to_dicts()


def bare(hour: int) -> datetime:
    """An hour of the day without a zone, as the lake holds it."""
    return datetime(2026, 6, 30, hour, tzinfo=UTC).replace(tzinfo=None)


def usage(event: str = "a", day: date = DAY, count: int = 1) -> UsageCount:
    return UsageCount(day=day, kind="event", event=event, count=count)


@pytest.mark.parametrize("record", TABLES.values(), ids=TABLES)
def test_every_record_has_a_shape_every_engine_knows(record):
    assert next(iter(columns_of(record))) == "source"
    assert list(columns_of(record))[-1] == "_file"
    assert "day" not in columns_of(record)
    assert empty_frame(record).height == 0
    assert not [t for t in empty_frame(record).dtypes if t in (pl.Null, pl.Object)]


def test_stamps_of_any_zone_are_utc_without_one(tmp_path):
    berlin = timezone(timedelta(hours=2))
    item = Incident(
        day=DAY,
        incident_id="I-1",
        started_at=datetime(2026, 6, 30, 10, tzinfo=berlin),
        detected_at=datetime(2026, 6, 30, 8, 0, 0, 123456, tzinfo=UTC),
        resolved_at=bare(9),
    )
    [part] = written(tmp_path, item)
    [row] = read(part)
    assert row["started_at"] == bare(8)
    assert row["detected_at"] == bare(8).replace(microsecond=123456)
    assert row["resolved_at"] == bare(9)
    assert row["updated_at"] is None
    assert (row["source"], row["_file"]) == ("incidents", FILE)


def test_each_day_is_a_part_and_rows_stand_in_one_order(tmp_path):
    items = [usage(event, day) for day in (DAY, DAY - timedelta(days=1)) for event in "cab"]
    one = written(tmp_path / "one", *items)
    other = written(tmp_path / "other", *reversed(items))
    assert [(part.table, part.day, part.rows) for part in one] == [
        ("usage_counts", DAY - timedelta(days=1), 3),
        ("usage_counts", DAY, 3),
    ]
    assert [read(part) for part in one] == [read(part) for part in other]
    assert [row["event"] for row in read(one[0])] == ["a", "b", "c"]


def test_equal_rows_are_all_kept(tmp_path):
    [part] = written(tmp_path, usage(), usage())
    assert part.rows == len(read(part)) == 2


def test_more_than_memory_should_hold_goes_to_disk_and_comes_back_as_one_part(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(parts, "SPILL_ROWS", 10)
    days = [DAY, DAY - timedelta(days=1)]
    found = written(tmp_path, *(usage(f"e{n}", days[n % 2]) for n in range(97)))
    assert [part.rows for part in found] == [48, 49]
    events = {row["event"] for part in found for row in read(part)}
    assert events == {f"e{n}" for n in range(97)}
    assert len(list(tmp_path.iterdir())) == 2, "no block is left"


def test_small_files_of_a_day_share_a_part_and_large_ones_do_not(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "SPILL_ROWS", 10)
    portion = PortionWriter(tmp_path)
    for name, rows in (("b", 2), ("large", 12), ("a", 3)):
        items = [usage(f"{name}{n}") for n in range(rows)]
        portion.take("x", name, held(tmp_path / name, name, *items))
    found = {part.file_ids: part for part in portion.finish()}
    assert {ids: part.rows for ids, part in found.items()} == {("large",): 12, ("a", "b"): 5}
    assert [row["_file"] for row in read(found["a", "b"])] == list("aaabb")


def test_columns_at_once_are_the_same_as_rows(tmp_path):
    days = [DAY, DAY - timedelta(days=1), DAY]
    batch = Batch(
        table=UsageCount,
        columns={"day": days, "kind": ["event"] * 3, "event": ["b", "a", "a"], "count": [1, 1, 1]},
    )
    rows = [usage("b"), usage("a", days[1]), usage("a")]
    one, other = written(tmp_path / "one", batch), written(tmp_path / "other", *rows)
    assert [read(part) for part in one] == [read(part) for part in other]
    assert {row["actor"] for part in one for row in read(part)} == {"user"}, "the default"


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"day": [DAY], "kind": ["event"], "count": [1]}, "without column event"),
        ({"day": [DAY], "kind": ["e"], "event": ["a"], "count": [1], "x": [1]}, "no column x"),
        ({"day": [DAY], "kind": ["e"], "event": ["a"], "count": ["1"]}, "Int64"),
        ({"day": [DAY], "kind": ["e"], "event": [7], "count": [1]}, "String"),
        ({"day": [DAY], "kind": ["e"], "event": ["a"], "count": [2**70]}, "Int64"),
        ({"day": ["2026-06-30"], "kind": ["e"], "event": ["a"], "count": [1]}, "day"),
    ],
)
def test_a_value_of_another_type_is_refused(tmp_path, columns, words):
    with pytest.raises(TypeError, match=words):
        written(tmp_path, Batch(table=UsageCount, columns=columns))


def test_a_moment_is_no_day(tmp_path):
    with pytest.raises(TypeError, match="with day"):
        written(tmp_path, usage(day=datetime(2026, 6, 30, tzinfo=UTC)))


def test_half_a_character_does_not_lose_the_row(tmp_path):
    [part] = written(tmp_path, usage("ok \ud800"), usage("fine"))
    assert [row["event"] for row in read(part)] == ["fine", "ok ?"]
