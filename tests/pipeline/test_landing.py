"""Which days a live interface is asked for, and what is remembered of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import duckdb
import pytest

from ingest import apis
from ingest.apis import Api, ApiError, Landed, Windows
from orchestration.days import Days
from orchestration.fetch_records import days_in
from orchestration.landing import FetchError, days_asked, days_missing, fetches, land, last_day
from orchestration.loading import load_family
from orchestration.settings import load
from tests.pipeline.conftest import new_workspace
from tests.unit.tracker_vendors import record, tracker
from tests.unit.vendor_server import Vendor as Server

JUNE = Days(date(2026, 6, 1), date(2026, 6, 30))
NIGHT = datetime(2026, 7, 1, 2, 30, tzinfo=UTC)
LATER = datetime(2026, 8, 1, 2, 30, tzinfo=UTC)
TWO_REPOS = '[[repos]]\nname = "a"\npath = "a"\n[[repos]]\nname = "b"\npath = "b"\n'


class Vendor:
    """An interface that notes what it was asked for."""

    def __init__(self, breaks_at: date | None = None, **windows: object) -> None:
        self.asked: list[tuple[str, date, date]] = []
        self.with_open: list[tuple[str, date]] = []
        self.breaks_at = breaks_at
        wanted = Windows(**{"days_again": 3, "days_per_call": 10, **windows})
        self.api = Api("vendor", "git", "repos", wanted, self.fetch)

    def fetch(self, entry, window, _access) -> Iterator[Landed]:
        self.asked.append((entry["name"], window.first_day, window.last_day))
        if window.with_open:
            self.with_open.append((entry["name"], window.first_day))
        for n in range((window.last_day - window.first_day).days + 1):
            day = window.first_day + timedelta(days=n)
            if (entry["name"], day) == ("a", self.breaks_at):
                raise ApiError("gone")
            content = f"{day}".encode()
            yield Landed(day, f"{entry['name']}.log", BytesIO(content) if n % 2 else content)


@pytest.fixture
def settings(tmp_path):
    return new_workspace(tmp_path / "shop", TWO_REPOS)


def test_every_entry_is_asked_in_windows_and_each_day_is_a_file(settings):
    vendor = Vendor()
    found = land(settings, vendor.api, JUNE, now=NIGHT)
    assert (found.files, found.news, found.days) == (60, 60, 60)
    assert [asked[1:] for asked in vendor.asked[:3]] == [
        (date(2026, 6, 1), date(2026, 6, 10)),
        (date(2026, 6, 11), date(2026, 6, 20)),
        (date(2026, 6, 21), date(2026, 6, 30)),
    ]
    for day in ("2026-06-11", "2026-06-12"):
        assert (settings.paths.inbox / "git" / day / "b.log").read_text() == day
    again = land(settings, vendor.api, JUNE, again=True, now=NIGHT)
    assert (again.files, again.news) == (60, 0), "the same bytes are no news"


def test_a_day_is_asked_again_until_it_has_settled(settings):
    vendor = Vendor()
    assert days_missing(settings, vendor.api, JUNE, now=NIGHT) == [*days_in(JUNE)]
    land(settings, vendor.api, JUNE, now=NIGHT)
    # Fetched on 1 July: what was then three days old or younger may have changed since.
    unsettled = Days(date(2026, 6, 28), JUNE.last)
    assert days_missing(settings, vendor.api, JUNE, now=NIGHT) == [*days_in(unsettled)]
    land(settings, vendor.api, JUNE, now=LATER)
    assert vendor.asked[-2:] == [("a", *unsettled), ("b", *unsettled)]
    assert days_missing(settings, vendor.api, JUNE, now=LATER) == []
    assert land(settings, vendor.api, JUNE, now=LATER).days == 0
    longer = Days(JUNE.first, date(2026, 7, 10))
    assert days_missing(settings, vendor.api, longer, now=LATER) == [
        *days_in(Days(date(2026, 7, 1), longer.last))
    ]


def test_an_unsettled_day_is_left_alone_while_it_is_fresh(settings):
    vendor = Vendor(fresh_hours=20)
    land(settings, vendor.api, JUNE, now=NIGHT)
    soon, next_night = NIGHT + timedelta(hours=19), NIGHT + timedelta(hours=24)
    assert days_missing(settings, vendor.api, JUNE, now=soon) == []
    assert days_missing(settings, vendor.api, JUNE, now=next_night)[0] == date(2026, 6, 28)


def test_while_its_state_stays_nothing_is_asked_again_and_then_a_stretch_before_the_newest_day(
    settings,
):
    vendor, state = Vendor(), ["abc"]
    api = replace(vendor.api, state=lambda _: state[0])
    land(settings, api, JUNE, now=NIGHT)
    assert days_missing(settings, api, JUNE, now=NIGHT) == []
    state[0] = "def"
    # However late it is: the clone may not have been fetched since June either.
    unsettled = Days(date(2026, 6, 27), JUNE.last)
    assert days_missing(settings, api, JUNE, now=LATER) == [*days_in(unsettled)]
    land(settings, api, JUNE, now=LATER)
    assert days_missing(settings, api, JUNE, now=LATER) == []


def test_what_was_broken_off_goes_on_where_it_was(settings):
    vendor = Vendor(breaks_at=date(2026, 6, 15), fresh_hours=20)
    with pytest.raises(FetchError, match=r"^a: gone$") as error:
        land(settings, vendor.api, JUNE, now=NIGHT)
    assert list(error.value.failures) == ["a"]
    assert days_asked(settings, vendor.api, JUNE) == 20 + 3, (
        "b is whole, and its last days may change"
    )
    vendor.breaks_at, vendor.asked = None, []
    land(settings, vendor.api, JUNE, now=NIGHT)
    assert vendor.asked == [
        ("a", date(2026, 6, 11), date(2026, 6, 20)),
        ("a", date(2026, 6, 21), date(2026, 6, 30)),
    ]


def test_days_apart_say_nothing_of_those_between(settings):
    vendor = Vendor()
    land(settings, vendor.api, Days(JUNE.first, date(2026, 6, 5)), now=LATER)
    land(settings, vendor.api, Days(date(2026, 6, 20), JUNE.last), now=LATER)
    between = Days(date(2026, 6, 6), date(2026, 6, 19))
    assert days_missing(settings, vendor.api, JUNE, now=LATER) == [*days_in(between)]


def test_a_new_entry_is_asked_for_everything(settings, tmp_path):
    vendor = Vendor()
    land(settings, vendor.api, JUNE, now=LATER)
    more = new_workspace(tmp_path / "shop", TWO_REPOS + '[[repos]]\nname = "c"\npath = "c"\n')
    assert days_missing(more, vendor.api, JUNE, now=LATER) == [*days_in(JUNE)]


def test_without_entries_nothing_is_asked(tmp_path):
    vendor = Vendor()
    assert days_missing(new_workspace(tmp_path / "bare"), vendor.api, JUNE) == []


def test_the_newest_day_is_the_inboxs_or_the_last_that_is_whole():
    today, inbox = date(2026, 11, 21), date(2026, 6, 30)
    assert last_day(Vendor(follows_inbox=True).api, today=today, inbox=inbox) == inbox
    assert last_day(Vendor(lag_days=1).api, today=today, inbox=inbox) == date(2026, 11, 20)


def test_what_was_open_before_is_asked_for_with_the_workspaces_first_day_only(settings):
    vendor = Vendor()
    land(settings, vendor.api, Days(date(2026, 6, 2), JUNE.last), now=NIGHT)
    assert not vendor.with_open
    land(settings, vendor.api, JUNE, now=NIGHT)
    assert vendor.with_open == [("a", JUNE.first), ("b", JUNE.first)]


def versions(settings, name: str) -> list[tuple[str, object]]:
    """Of the lake, the newest version of each incident: when it was resolved."""
    parts = str(settings.paths.lake / "incidents" / "day=*" / "*.parquet")
    sql = """
        select incident_id, max_by(cast(resolved_at as date), updated_at)
        from read_parquet(?) where source = ? group by incident_id order by incident_id
    """
    with duckdb.connect() as memory:
        return memory.execute(sql, [parts, name]).fetchall()


@pytest.mark.parametrize("name", ["pagerduty", "statuspage", "opsgenie"])
def test_an_incident_that_ends_weeks_later_is_found_by_the_nights(tmp_path, name):
    """Each night looks at five days, as the schedule does; the start is long settled by then."""
    place = tmp_path / "shop"
    api = replace(apis.get(name), rate=None)  # 35 nights are over within a minute here
    whole = tracker(name, record(name, 1, created=2), record(name, 2, created=3, ended=4))
    with Server(whole) as server:
        account = whole.account | {"base_url": server.url}
        lines = [f'{key} = "{value}"' for key, value in account.items()]
        new_workspace(place, "\n".join([f"[[fetch.{name}]]", *lines, ""]))
        settings = load(place, environ={"TRACKER_TOKEN": "s3cret-t0ken"})
        for night in range(2, 37):
            if night == 35:
                whole.records[0] = record(name, 1, created=2, ended=35)  # 5 July
            last = date(2026, 6, 1) + timedelta(days=night - 1)
            days = Days(max(last - timedelta(days=4), settings.first_day), last)
            # The reader's clock is the vendor's: what is later has not happened yet.
            now = datetime(last.year, last.month, last.day, 23, tzinfo=UTC)
            asked = days_missing(settings, api, days, now=now)
            assert asked
            assert (asked[-1] - asked[0]).days <= 2, "a settled day is left alone"
            land(settings, api, days, now=now)
        load_family(settings, "incidents", None)
    assert versions(settings, name) == [
        (whole.records[0]["id"], date(2026, 7, 5)),
        (whole.records[1]["id"], date(2026, 6, 4)),
    ]


def test_an_entry_may_lag_behind_the_others_of_its_interface(settings):
    slow, usual = {"name": "slow", "lag_days": 4}, {"name": "usual"}
    vendor = Vendor(lag_days=1, days_again=1)
    api = replace(vendor.api, settings="fetch.vendor")
    lagging = replace(settings, fetch={"vendor": [slow, usual]})
    land(lagging, api, JUNE, now=NIGHT)
    newest = {name: last for name, _, last in vendor.asked}
    assert newest == {"slow": date(2026, 6, 27), "usual": date(2026, 6, 30)}
    vendor.asked.clear()
    land(lagging, api, JUNE, now=NIGHT, again=True)
    assert {name: last for name, _, last in vendor.asked} == newest, "also when all is asked again"
    vendor.asked.clear()
    night_after = NIGHT + timedelta(days=1)
    land(lagging, api, JUNE, now=night_after)
    assert vendor.asked == [
        ("slow", date(2026, 6, 27), date(2026, 6, 28)),
        ("usual", date(2026, 6, 30), date(2026, 6, 30)),
    ], "a day is asked for once more when its transitions had a day to come late"


def test_a_fetch_is_told_when_all_days_of_a_window_were_last_fetched(settings):
    told: list[datetime | None] = []

    def fetch(_entry, window, _access) -> Iterator[Landed]:
        told.append(window.fetched_at)
        return iter(())

    api = Api("vendor", "git", "repos", Windows(days_again=30, days_per_call=10), fetch)
    days, more = Days(JUNE.first, date(2026, 6, 10)), Days(JUNE.first, date(2026, 6, 20))
    land(settings, api, days, now=NIGHT)
    land(settings, api, more, now=NIGHT + timedelta(hours=1))
    assert told == [None, None, NIGHT, None, NIGHT, None]
    told.clear()
    land(settings, api, days, again=True, now=NIGHT)
    assert told == [None, None], "whoever asks again wants to know whatever may have happened"


def test_a_fetch_sees_what_it_brought_before(settings):
    seen: list[bytes | None] = []

    def fetch(entry, window, access) -> Iterator[Landed]:
        held = access.held(window.first_day, f"{entry['name']}.log")
        seen.append(held and held.read())
        if held is None:
            yield Landed(window.first_day, f"{entry['name']}.log", b"whole")

    api = Api("vendor", "git", "repos", Windows(days_again=3, days_per_call=30), fetch)
    land(settings, api, JUNE, now=NIGHT)
    land(settings, api, JUNE, again=True, now=NIGHT)
    assert seen == [None, None, b"whole", b"whole"]


def test_what_a_fetch_says_is_counted(settings):
    def fetch(_entry, _window, access) -> Iterator[Landed]:
        access.note("reports had expired")
        return iter(())

    api = Api("vendor", "git", "repos", Windows(days_again=3, days_per_call=10), fetch)
    assert land(settings, api, JUNE, now=NIGHT).said == [
        "a: reports had expired (3 times)",
        "b: reports had expired (3 times)",
    ]


def test_only_an_interface_that_is_set_up_brings_the_files_of_its_source(settings):
    """Else bundles that CI dropped would not count as the inbox's newest day."""
    for source, day in (("access_log", "2026-06-10"), ("mixpanel", "2026-06-20")):
        place = settings.paths.inbox / source / day
        place.mkdir(parents=True)
        (place / "a.log").write_text("x")
    assert fetches(settings)[-1] == date(2026, 6, 20)
