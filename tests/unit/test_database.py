"""A product database: what every database shares, shown with SQLite, and what becomes of its answers."""

import datetime as dt
import gzip
import sqlite3
import sys
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import duckdb
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gapsight.cli.main import main
from ingest.apis import ApiError
from ingest.apis.database import _whole
from ingest.apis.database_query import parameters_of
from ingest.source import Batch, Context, FormatError, Lag
from orchestration.loading import load_family
from orchestration.settings import ConfigError, load
from tests.unit.cli_support import make_workspace
from tests.unit.database_support import (
    API,
    FIRST,
    LAST,
    SOURCE,
    counted,
    entry_of,
    fetched,
    fetched_alone,
    lines,
)
from tests.unit.usage_support import read

WITHIN = "where at >= :start and at < :end"
MOVES = f"select at, state as event from moves {WITHIN}"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Orders that changed their state; stamps in UTC, as SQLite writes them."""
    place = tmp_path / "shop with blank.db"
    with closing(sqlite3.connect(place)) as connection:
        connection.execute("create table moves (at text, state text, plan text, email text)")
        connection.executemany(
            "insert into moves values (?, ?, ?, ?)",
            [
                # 22:00 UTC is midnight in Berlin.
                ("2026-06-28 21:59:59", "paid", "free", "ada@example.com"),
                ("2026-06-28 22:00:00", "paid", "free", "ada@example.com"),
                ("2026-06-29 10:00:00", "paid", "free", "ada@example.com"),
                ("2026-06-29 21:59:59", "shipped", None, "ada@example.com"),
                ("2026-06-29 22:00:00", "paid", "pro", "ada@example.com"),
                ("2026-06-30 22:00:00", "paid", "pro", "ada@example.com"),
            ],
        )
        connection.commit()
    return place


def url(place: Path) -> str:
    return "sqlite://" + str(place).replace(" ", "%20")


def test_transitions_are_added_up_by_reporting_day_and_nothing_else_of_them_is_kept(
    base: Path, tmp_path: Path
) -> None:
    documents = fetched(url(base), f"select at, state as event, plan as tier from moves {WITHIN}")
    assert lines(documents) == {
        29: ["2026-06-29,2,shop,1,paid,free", "2026-06-29,1,shop,1,shipped,"],
        30: ["2026-06-30,1,shop,1,paid,pro"],
    }
    found = counted(tmp_path, documents)
    assert {row["kind"] for row in found.requests} == {"transition"}
    assert {row["service"] for row in found.requests} == {"shop"}
    assert found.counted("event", "tier") == {
        ("paid", "free"): 2,
        ("shipped", None): 1,
        ("paid", "pro"): 1,
    }


def test_the_same_rows_in_another_order_are_the_same_bytes(base: Path) -> None:
    one = fetched(url(base), f"{MOVES} order by at")
    assert one == fetched(url(base), f"{MOVES} order by at desc")


def test_a_day_without_rows_is_a_document_that_says_so(base: Path, tmp_path: Path) -> None:
    documents = fetched(url(base), f"{MOVES} and state = 'refunded'")
    assert list(documents) == [FIRST, LAST]
    assert gzip.decompress(documents[LAST]) == b"day,count,service,lag_days,event\n"
    assert counted(tmp_path, documents).tally["read"] == 0


def test_counts_that_the_database_made_are_taken_and_equal_ones_add_up(base: Path) -> None:
    days = "where day >= :first_day and day < :after_last_day"
    rows = (
        "('2026-06-29', 'checkout', 5), ('2026-06-29', 'checkout', 2.0), ('2026-06-30', 'login', 0)"
    )
    query = f"with t(day, flow, count) as (values {rows}) select * from t {days}"
    assert lines(fetched(url(base), query)) == {
        29: ["2026-06-29,7,shop,1,checkout"],
        30: ["2026-06-30,0,shop,1,login"],
    }


def test_rows_that_cannot_be_counted_are_rejected_and_not_lost(base: Path, tmp_path: Path) -> None:
    rows = (
        "('2026-06-29', 'a', null), ('2026-06-29', 'b', -1), ('2026-06-29', 'c', 1.5),"
        " ('2026-06-29', 'd', 'many'), (null, 'e', 1), ('soon', 'f', 1), ('2026-06-29', null, 1),"
        " ('2026-06-29', 'good', 1), ('2026-06-29', 'also', '3')"
    )
    query = (
        f"with t(day, event, count) as (values {rows}) select * from t where 1 or :start or :end"
    )
    documents = fetched(url(base), query)
    found = counted(tmp_path, documents)
    assert found.counted("event") == {"good": 1, "also": 3}
    reasons = sorted(reject.reason.partition(":")[0] for reject in found.rejects)
    assert (
        reasons
        == ["neither flow nor event", "no day", "no day"] + ["the count is no whole number"] * 4
    )


@pytest.mark.parametrize(
    ("stamp", "day"),
    [
        ("'2026-06-29T22:30:00Z'", 30),
        ("'2026-06-30T00:30:00+02:00'", 30),
        ("'2026-06-29 22:30:00'", 30),
        ("1782772200", 30),
        ("1782772200000", 30),
    ],
)
def test_a_stamp_may_be_text_or_an_epoch(base: Path, stamp: str, day: int) -> None:
    found = lines(fetched(url(base), f"select {stamp} as at, 'x' as event where :start < :end"))
    assert [number for number, text in found.items() if text] == [day]


def test_stamps_without_a_zone_are_in_the_one_that_is_named(base: Path) -> None:
    found = lines(fetched(url(base), MOVES, zone="Europe/Berlin"))
    # Midnight of the reporting zone is then midnight in the database as well.
    assert found == {
        29: ["2026-06-29,2,shop,1,paid", "2026-06-29,1,shop,1,shipped"],
        30: ["2026-06-30,1,shop,1,paid"],
    }


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (f"select at, state as event, email from moves {WITHIN}", "'email', which is not kept"),
        (
            f"select at, state as event, 1 as users from moves {WITHIN}",
            "'users', which is not kept",
        ),
        (f"select * from moves {WITHIN}", "'state', which is not kept"),
        (f"select at, plan as tier from moves {WITHIN}", "neither 'flow' nor 'event'"),
        (f"select state as event from moves {WITHIN}", "either 'day' or 'at'"),
        (f"select at, at as day, state as event from moves {WITHIN}", "either 'day' or 'at'"),
        (f"select at, state as event, plan as event from moves {WITHIN}", "'event' twice"),
        ("select at, state as event from moves where :start < :end", "lies outside 2026-06-29 to"),
        (f"select at, stat as event from moves {WITHIN}", "SQLite says: no such column: stat"),
        (f"select at, state as event form moves {WITHIN}", 'SQLite says: near "form"'),
        (f"{MOVES}; delete from moves", "You can only execute one statement at a time"),
        (f"select at, state as event from moves {WITHIN} and :x", "binding parameter :x"),
        ("create temp table x as select :start, :end", "must be one SELECT"),
    ],
)
def test_a_query_that_gives_something_else_is_refused_with_the_reason(
    base: Path, query: str, said: str
) -> None:
    with pytest.raises(ApiError) as error:
        fetched(url(base), query)
    assert said in str(error.value)
    assert str(error.value).startswith("[[fetch.database]] 'shop': ")
    assert "ada@example.com" not in str(error.value)


@pytest.mark.parametrize(
    "query",
    [
        "delete from moves where :start < :end",
        "delete from moves where :start < :end returning at, state as event",
        "with gone as (select 1) update moves set state = 'x' where :start < :end",
        "attach 'FOLDER/stolen.db' || substr(:start || :end, 1, 0) as stolen",
        "vacuum into 'FOLDER/stolen.db' || substr(:start || :end, 1, 0)",
        "create table x as select :start, :end",
    ],
)
def test_a_query_that_writes_is_refused_by_the_database(base: Path, query: str) -> None:
    before = base.read_bytes()
    with pytest.raises(ApiError, match="SQLite says: "):
        fetched(url(base), query.replace("FOLDER", str(base.parent)))
    assert base.read_bytes() == before
    assert [place.name for place in base.parent.glob("*.db")] == [base.name]


def test_a_query_that_takes_too_long_is_stopped(base: Path) -> None:
    endless = (
        "with recursive n(x) as (select 1 union all select x + 1 from n)"
        " select :first_day as day, 'a' as event from n where x < 0 and :end"
    )
    with pytest.raises(ApiError, match="longer than timeout_seconds = 1"):
        fetched(url(base), endless, timeout_seconds=1)


def test_a_file_that_is_not_there_or_no_database_is_named_by_its_variable(tmp_path: Path) -> None:
    with pytest.raises(ApiError) as missing:
        fetched(url(tmp_path / "nowhere.db"), MOVES)
    assert "where SHOP_URL says; write sqlite:///the/absolute/path" in str(missing.value)
    assert not (tmp_path / "nowhere.db").exists(), "none is made"
    (tmp_path / "text.db").write_text("hello " * 100)
    with pytest.raises(ApiError, match="SQLite says: file is not a database"):
        fetched(url(tmp_path / "text.db"), MOVES)
    with pytest.raises(ApiError, match="SHOP_URL begins with neither"):
        fetched("mysql://root:secret@db/shop", MOVES)


def test_a_column_of_ids_is_refused_before_it_fills_the_memory(base: Path) -> None:
    many = (
        "with recursive n(x) as (select 1 union all select x + 1 from n where x < 300000)"
        " select :first_day as day, 'a' as event, x as persona from n where :end"
    )
    with pytest.raises(ApiError, match=r"more than 200,000 different counts .* ids?"):
        fetched(url(base), many)


def test_a_million_rows_take_little_memory(base: Path) -> None:
    million = (
        "with recursive n(x) as (select 1 union all select x + 1 from n where x < 1000000)"
        " select datetime(:start, x % 80000 || ' seconds') as at, 'event ' || x % 10 as event"
        " from n where :end"
    )
    documents, grown = fetched_alone(entry_of(url(base), million))
    assert documents == 2
    assert grown < 60, "MB"


def test_without_psycopg_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ApiError, match=r"install gapsight\[pipeline\]"):
        fetched("postgresql://reader@db/shop", MOVES)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://reader:se@cret-word@db/shop",
        "postgresql://reader:se/cret-word@db/shop",
        "postgresql://reader:se%zzcret-word@db/shop",
        "postgresql://reader:se?cret-word@db/shop",
        "postgresql://reader:[cret-word@db/shop",
    ],
)
def test_a_password_that_breaks_the_url_is_not_said(address: str) -> None:
    with pytest.raises(ApiError) as error:
        fetched(address, MOVES)
    assert "percent-encoded" in str(error.value)
    assert "cret" not in str(error.value)


def test_parameters_are_found_outside_of_texts_comments_and_casts() -> None:
    query = (
        "select ':start', E'\\':start', \":start\", $$ :start $$, $x$ :start $x$, a::start,"
        " b:start_of -- :start\n /* :start */ where at >= :first_day and at < :end or :end"
    )
    assert parameters_of(query) == ["first_day", "end"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"query": "select 1"}, "neither :first_day nor :start"),
        ({"query": "select ':end' where x > :start"}, "neither :after_last_day nor :end"),
        ({"zone": "Berlin"}, "no time zone 'Berlin'"),
        ({"lag_days": 0}, ">= 1"),
        ({"timeout_seconds": 0}, ">= 1"),
        ({"url": "sqlite:///x"}, "unknown field `url`"),
    ],
)
def test_settings_that_make_no_sense_are_refused(more: dict[str, object], said: str) -> None:
    given = {"name": "shop", "url_env": "SHOP_URL", "query": MOVES, **more}
    assert API.options
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.convert(given, API.options)
    assert said in str(error.value)


def test_a_workspace_with_such_settings_says_where(tmp_path: Path) -> None:
    (tmp_path / "gapsight.toml").write_text(
        '[workspace]\nfirst_day = "2026-06-01"\n'
        '[[fetch.database]]\nname = "shop"\nurl_env = "SHOP_URL"\nquery = "select 1"\n'
    )
    with pytest.raises(ConfigError, match=r"\[\[fetch.database\]\].* names neither :first_day"):
        load(tmp_path, environ={})


def test_the_command_fetches_whole_days_and_the_ledger_knows_how_late_they_are(
    base: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SHOP_URL", url(base))
    query = f"select at, state as flow from moves {WITHIN}"
    folder = make_workspace(
        tmp_path / "shop",
        f'[[fetch.database]]\nname = "shop"\nurl_env = "SHOP_URL"\nlag_days = 2\nquery = "{query}"\n',
    )
    span = ("--from", "2026-06-29", "--to", "2026-06-30")
    assert main(["fetch", "database", *span, "--workspace", str(folder)]) == 0
    settings = load(folder)
    assert load_family(settings, "usage").loaded == 2
    places = str(settings.paths.lake / "{}" / "day=2026-06-*" / "database--*.parquet")
    with duckdb.connect() as memory:
        lags = memory.execute(
            f"select distinct lag_days from '{places.format('loads')}'"
        ).fetchall()
        events = f"select sum(count) from '{places.format('usage_counts')}'"
        assert (lags, memory.execute(events).fetchall()) == ([(2,)], [(4,)])
    said = capsys.readouterr()
    assert str(base.parent) not in said.out + said.err, "nor is the URL of a database said"
    monkeypatch.setenv("SHOP_URL", "postgresql://reader:s3cret@127.0.0.1:1/shop")
    assert main(["fetch", "--again", *span, "--workspace", str(folder)]) == 1
    said = capsys.readouterr()
    assert "Connection refused" in said.err
    assert "s3cret" not in said.out + said.err
    assert "://" not in said.out + said.err


def test_every_document_says_how_late_it_is(base: Path, tmp_path: Path) -> None:
    place = tmp_path / "a.csv.gz"
    place.write_bytes(fetched(url(base), MOVES, lag_days=3)[FIRST])
    found = list(SOURCE.parse(place, Context(folder_day=FIRST)))
    assert [item for item in found if isinstance(item, Lag)] == [Lag(days=3)]


def test_a_table_of_something_else_is_no_document(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,total\n1,2\n")
    with pytest.raises(FormatError, match="gapsight fetch makes of a product database: no day"):
        read(SOURCE, tmp_path / "a.csv")


@given(st.text(max_size=200))
def test_any_text_gives_rows_rejects_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    place = tmp_path_factory.mktemp("any") / "a.csv"
    for content in (text, "day,count,service,lag_days,event\n" + text):
        place.write_text(content, "utf-8", "replace")
        try:
            items = list(SOURCE.parse(place, Context(folder_day=dt.date(2026, 6, 30))))
        except FormatError:
            continue
        assert not [item for item in items if isinstance(item, Batch) and not item.columns["day"]]


CELLS = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(max_size=30),
    st.binary(max_size=8),
    st.sampled_from(["2026-06-29", "2026-06-30 10:00:00", "2026-06-30T10:00:00Z", "9999-12-31", 7]),
)


@settings(max_examples=60, deadline=None)
@given(
    column=st.sampled_from(["at", "day"]),
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), max_size=5),
)
def test_whatever_a_database_holds_is_counted_rejected_or_refused(
    tmp_path_factory: pytest.TempPathFactory,
    column: str,
    rows: list[tuple[object, object, object, object]],
) -> None:
    folder = tmp_path_factory.mktemp("any")
    with closing(sqlite3.connect(folder / "any.db")) as connection:
        connection.execute("create table anything (a, b, c, d)")
        kept = [[c.encode("utf-8", "replace").decode() if isinstance(c, str) else c for c in row]
                for row in rows]  # fmt: skip
        connection.executemany("insert into anything values (?, ?, ?, ?)", kept)
        connection.commit()
    query = (
        f"select a as {column}, b as event, c as count, d as tier from anything where :start < :end"
    )
    try:
        documents = fetched(url(folder / "any.db"), query)
    except ApiError as error:
        assert "outside" in str(error) or "SQLite says" in str(error)  # noqa: PT017 - either of them
        return
    found = counted(folder, documents)
    assert found.tally["read"] == len(found.requests) + len(found.rejects) <= len(rows)
    assert (not rows) is (not found.tally["read"])


def test_a_number_beyond_all_counts_is_no_count() -> None:
    found = [_whole(value) for value in (Decimal("1e100000"), Decimal("NaN"), float("inf"), True)]
    assert found == [None] * 4
    assert _whole(Decimal("7.0")) == 7
