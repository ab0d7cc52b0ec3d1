"""A product database that is PostgreSQL: a real server, and everything it can refuse or leave out."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.apis import ApiError
from tests.unit.database_support import counted, entry_of, fetched, fetched_alone, lines
from tests.unit.postgres_support import QUOTED, Cluster, cluster

pytestmark = pytest.mark.timeout(180)

MOVES = "select at, state as event from moves where at >= :start and at < :end"


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with cluster() as running:
        running.run(
            "create type state as enum ('paid', 'shipped')",
            "create table moves (at timestamptz, bare timestamp, state state, plan text, email text)",
            """insert into moves select at, at at time zone 'UTC', state::state, plan, 'ada@example.com'
               from (values
                 ('2026-06-28 21:59:59+00'::timestamptz, 'paid', 'free'),
                 ('2026-06-28 22:00:00+00', 'paid', 'free'),
                 ('2026-06-29 10:00:00+00', 'paid', 'free'),
                 ('2026-06-29 21:59:59+00', 'shipped', null),
                 ('2026-06-29 22:00:00+00', 'paid', 'pro'),
                 ('2026-06-30 22:00:00+00', 'paid', 'pro')) as moved(at, state, plan)""",
            "grant all on moves to reader",
            """create function touch() returns date language plpgsql as
               $$ begin delete from moves; return '2026-06-29'; end $$""",
            "create sequence numbers",
            "grant all on numbers to reader",
        )
        yield running


def test_transitions_are_added_up_by_reporting_day(server: Cluster, tmp_path: Path) -> None:
    # The server's own zone is New York: whose clock it is must not matter.
    query = "select at, state as event, plan as tier from moves where at >= :start and at < :end"
    documents = fetched(server.url(), query)
    assert lines(documents) == {
        29: ["2026-06-29,2,shop,1,paid,free", "2026-06-29,1,shop,1,shipped,"],
        30: ["2026-06-30,1,shop,1,paid,pro"],
    }
    found = counted(tmp_path, documents)
    assert found.counted("event") == {"paid": 3, "shipped": 1}
    assert documents == fetched(server.url(), query + " order by at desc;")


def test_stamps_with_and_without_a_zone_give_the_same_days(server: Cluster) -> None:
    with_zone = fetched(server.url(), MOVES)
    without = "select bare as at, state as event from moves where bare >= :start and bare < :end"
    assert fetched(server.url(), without) == with_zone
    in_berlin = (
        "select (at at time zone 'Europe/Berlin')::date as day, state as event, count(*), null as tier"
        " from moves where at >= :start and at < :end group by 1, 2"
    )
    assert lines(fetched(server.url(), in_berlin)) == {
        29: ["2026-06-29,2,shop,1,paid,", "2026-06-29,1,shop,1,shipped,"],
        30: ["2026-06-30,1,shop,1,paid,"],
    }
    midnight = in_berlin.replace("(at at time zone 'Europe/Berlin')::date", "date_trunc('day', at)")
    assert lines(fetched(server.url(), midnight, zone="Europe/Berlin"))[30] == [
        "2026-06-30,1,shop,1,paid,"
    ]


def test_days_cut_in_another_zone_are_refused_and_not_put_elsewhere(server: Cluster) -> None:
    utc = "select at::date as day, state as event from moves where at >= :start and at < :end"
    with pytest.raises(ApiError, match=r"2026-06-28, which lies outside .* days of Europe/Berlin"):
        fetched(server.url(), utc)
    with pytest.raises(ApiError, match="'day' holds a time of day; call it 'at'"):
        fetched(server.url(), MOVES.replace("select at", "select at as day"))


def test_sums_of_the_database_are_whole_numbers_and_no_number_is_a_reject(
    server: Cluster, tmp_path: Path
) -> None:
    query = (
        "select :first_day as day, 'x' as event, sum(n) as count, plan as tier from (values"
        " (2::bigint, 'a'), (3, 'a'), (null, 'b'), (1.5, 'c'), ('NaN'::numeric, 'd'))"
        " as t(n, plan) where :after_last_day > :first_day group by plan"
    )
    found = counted(tmp_path, fetched(server.url(), query))
    assert found.counted("tier") == {"a": 5}
    assert sorted(reject.reason.split(": ")[1] for reject in found.rejects) == [
        "'1.5'",
        "'NaN'",
        "'none'",
    ]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("delete from moves where :start < :end", 'syntax error at or near "delete"'),
        (
            """with gone as (delete from moves where at < :start or at > :end returning *)
               select at, state as event from gone""",
            "DECLARE CURSOR must not contain data-modifying statements",
        ),
        (
            "select touch() as day, 'x' as event where :start < :end",
            "cannot execute DELETE in a read-only transaction",
        ),
        (
            "select :first_day as day, nextval('numbers') as event where :end > :start",
            "cannot execute nextval() in a read-only transaction",
        ),
        (f"{MOVES}; commit; delete from moves", "cannot insert multiple commands"),
        (f"{MOVES}; drop table moves", "cannot insert multiple commands"),
        (
            "select set_config('transaction_read_only', 'off', false) as event, :start as at where :end > :start",
            "transaction read-write mode must be set before any query",
        ),
    ],
)
def test_a_query_that_writes_is_refused_by_the_database(
    server: Cluster, query: str, said: str
) -> None:
    with pytest.raises(ApiError) as error:
        fetched(server.url(), query)
    assert f"PostgreSQL says: {said}" in str(error.value)
    assert server.value("select count(*) from moves") == 6
    assert server.value("select is_called from numbers") is False


def test_a_text_with_semicolons_percent_signs_and_colons_is_taken_as_it_stands(
    server: Cluster,
) -> None:
    query = (
        "select at, case when email like '%;:end%' then 'x' else 'a%s; $1 :start' end as event"
        " from moves /* 100 % of :start */ where at >= :start and at < :end and '{1,2}'::int[] is not null"
    )
    assert lines(fetched(server.url(), query))[30] == ["2026-06-30,1,shop,1,a%s; $1 :start"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            "select at,\n  stat as event\nfrom moves where at >= :start and at < :end",
            'the column "moves.state".) in line 2 of the query',
        ),
        (
            "select at, state as event\nfrom orders\nwhere at >= :start and at < :end",
            'relation "orders" does not exist in line 2 of the query',
        ),
        (f"{MOVES} and :strat > at", 'syntax error at or near ":" in line 1 of the query'),
        ("select * from moves where at >= :start and at < :end", "which is not kept"),
        (
            "select :start as at, state::text::int as event from moves where :end > :start",
            'invalid input syntax for type integer: "paid"',
        ),
    ],
)
def test_a_wrong_query_gives_the_databases_words_and_the_place(
    server: Cluster, query: str, said: str
) -> None:
    with pytest.raises(ApiError) as error:
        fetched(server.url(), query)
    assert said in str(error.value)


def test_what_the_role_may_not_read_is_said(server: Cluster) -> None:
    server.run("create table hidden (at timestamptz)")
    with pytest.raises(ApiError, match="permission denied for table hidden"):
        fetched(
            server.url(), "select at, 'x' as event from hidden where at >= :start and at < :end"
        )


def test_a_query_that_takes_too_long_is_stopped_by_the_server(server: Cluster) -> None:
    slow = "select :start as at, pg_sleep(30)::text as event where :end > :start"
    with pytest.raises(ApiError, match="longer than timeout_seconds = 1"):
        fetched(server.url(), slow, timeout_seconds=1)
    running = (
        "select count(*) from pg_stat_activity where query like '%pg_sleep%' and state = 'active'"
    )
    assert server.value(f"{running} and pid <> pg_backend_pid()") == 0


@pytest.mark.parametrize(
    ("user", "password", "base", "said"),
    [
        ("reader", "wr0ng%2Fhorse", "shop", "password authentication failed"),
        ("stranger", "wr0ng%2Fhorse", "shop", "password authentication failed"),
        ("reader", QUOTED, "nowhere", 'database "nowhere" does not exist'),
    ],
)
def test_who_may_not_come_in_learns_why_and_no_password_is_said(
    server: Cluster, user: str, password: str, base: str, said: str
) -> None:
    with pytest.raises(ApiError) as error:
        fetched(server.url(user, password, base), MOVES)
    assert said in str(error.value)
    for secret in ("wr0ng", "horse", "c0rrect", "staple"):
        assert secret not in str(error.value)
    assert "postgresql://" not in str(error.value)


def test_nobody_at_home_is_said_without_the_url() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(ApiError, match="Connection refused") as error:
        fetched(f"postgresql://reader:{QUOTED}@127.0.0.1:{port}/shop", MOVES)
    assert "horse" not in str(error.value)


def test_a_million_rows_take_little_memory(server: Cluster) -> None:
    million = (
        "select timestamptz '2026-06-29 00:00+02' + n % 80000 * interval '1 second' as at,"
        " 'event ' || n % 10 as event from generate_series(1, 1000000) as n where :start < :end"
    )
    documents, grown = fetched_alone(entry_of(server.url(), million))
    assert documents == 2
    assert grown < 80, "MB"
