"""Daily counts from anywhere: what the golden cases cannot show."""

import gzip
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import sources
from ingest.source import FormatError
from tests.unit.usage_support import read

SOURCE = sources.get("counts")
HEAD = "day,flow,count\n"


def csv(folder: Path, text: str | bytes, name: str = "counts.csv") -> Path:
    place = folder / name
    place.write_bytes(text.encode() if isinstance(text, str) else text)
    return place


def parquet(folder: Path, query: str) -> Path:
    place = folder / "counts.parquet"
    with duckdb.connect() as memory:
        memory.execute(f"copy ({query}) to '{place}' (format parquet)")
    return place


def test_a_warehouse_exports_parquet_with_its_own_types_and_names(tmp_path: Path) -> None:
    place = parquet(
        tmp_path,
        "select date '2026-06-29' + i::int as event_date, 'purchase' as event_name, 10 * i as event_count,"
        " 'WEB' as platform, null::varchar as plan from range(1, 4) as r(i)",
    )
    found = read(SOURCE, place)
    assert (found.tally["read"], found.tally["user"]) == (3, 3), "a record is a row"
    days = [(f"{row['day']:%d}", row["event"], row["count"]) for row in found.requests]
    assert days == [("30", "purchase", 10), ("01", "purchase", 20), ("02", "purchase", 30)]
    assert found.warnings == ["columns that are not read: plan"]


def test_columns_may_have_any_name(tmp_path: Path) -> None:
    place = csv(tmp_path, "Tag\tVorgang\tAnzahl\n2026-06-30\tKasse\t7\n")
    columns = {"day": "tag", "event": "Vorgang", "count": "Anzahl"}
    [row] = read(SOURCE, place, options={"columns": columns}).requests
    assert (row["event"], row["count"]) == ("Kasse", 7)
    with pytest.raises(FormatError, match="no column 'Menge'; there are tag, vorgang, anzahl"):
        read(SOURCE, place, options={"columns": {**columns, "count": "Menge"}})
    with pytest.raises(FormatError, match="no 'amount' is read"):
        read(SOURCE, place, options={"columns": {"amount": "Anzahl"}})


def test_a_compressed_file_is_the_same(tmp_path: Path) -> None:
    place = csv(tmp_path, gzip.compress(f"{HEAD}2026-06-30,checkout,3\n".encode()), "c.csv.gz")
    assert read(SOURCE, place).counted("event") == {"checkout": 3}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "an empty file"),
        ("day,flow,count\n2026-06-30,chec", "cut off in line 2"),
        ('{"day": "2026-06-30"}\n', "JSON"),
        ("<html>,</html>\n", "expected CSV"),
        ("only one column\n1\n", "expected CSV"),
        ("day;day;count\n", "no flow or event"),
        (b"PAR1" + b"\x00" * 100, "Parquet that cannot be read"),
        (b"day,\x00flow,count\n", "expected CSV"),
    ],
)
def test_another_format_is_refused_by_name(tmp_path: Path, content: str | bytes, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        read(SOURCE, csv(tmp_path, content))


def test_a_cut_parquet_file_is_refused(tmp_path: Path) -> None:
    place = parquet(
        tmp_path, "select date '2026-06-30' as day, 'a' as flow, i as count from range(999) r(i)"
    )
    place.write_bytes(place.read_bytes()[:-20])
    with pytest.raises(FormatError):
        read(SOURCE, place)


@settings(max_examples=150, deadline=None)
@given(rows=st.text(max_size=300))
def test_any_text_gives_rows_and_rejects_that_add_up(
    tmp_path_factory: pytest.TempPathFactory, rows: str
) -> None:
    place = csv(tmp_path_factory.mktemp("counts"), (HEAD + rows).encode("utf-8", "replace"))
    try:
        found = read(SOURCE, place)
    except FormatError:
        return
    assert found.tally["read"] == found.tally["user"] + len(found.rejects)


def test_a_count_that_may_be_two_or_two_thousand_is_rejected(tmp_path: Path) -> None:
    days = ("01;cart;2.000", "02;cart;12.0", "03;cart;1.234.000", "04;cart;7")
    text = "day;flow;count\n" + "".join(f"2026-06-{line}\n" for line in days)
    found = read(SOURCE, csv(tmp_path, text))
    assert [row["count"] for row in found.requests] == [12, 7]
    assert found.tally["read"] == 4
