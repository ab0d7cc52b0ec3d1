"""Which days a live interface is asked for, and what is remembered of it."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from ingest.apis import Api, ApiError, Landed, Windows
from orchestration.inbox import Days
from orchestration.landing import days_wanted, land
from tests.pipeline.conftest import new_workspace

JUNE = Days(date(2026, 6, 1), date(2026, 6, 30))
TWO_REPOS = '[[repos]]\nname = "a"\npath = "a"\n[[repos]]\nname = "b"\npath = "b"\n'


class Vendor:
    """An interface that notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, date, date]] = []
        self.api = Api(
            "vendor", "git", "repos", Windows(days_again=3, days_per_call=10), self.fetch
        )

    def fetch(self, entry, window) -> Iterator[Landed]:
        self.asked.append((entry["name"], window.first_day, window.last_day))
        for n in range((window.last_day - window.first_day).days + 1):
            day = window.first_day + timedelta(days=n)
            yield Landed(day, f"{entry['name']}.log", f"{day}".encode())


@pytest.fixture
def settings(tmp_path):
    return new_workspace(tmp_path / "shop", TWO_REPOS)


def test_every_entry_is_asked_in_windows_and_each_day_is_a_file(settings):
    vendor = Vendor()
    assert land(settings, vendor.api, JUNE) == (60, 60)
    assert [asked[1:] for asked in vendor.asked[:3]] == [
        (date(2026, 6, 1), date(2026, 6, 10)),
        (date(2026, 6, 11), date(2026, 6, 20)),
        (date(2026, 6, 21), date(2026, 6, 30)),
    ]
    place = settings.paths.inbox / "git" / "2026-06-11" / "b.log"
    assert place.read_bytes() == b"2026-06-11"
    assert land(settings, vendor.api, JUNE) == (60, 0), "the same bytes are no news"


def test_what_was_fetched_is_asked_again_only_where_it_may_have_changed(settings):
    vendor = Vendor()
    assert days_wanted(settings, vendor.api, JUNE) == JUNE
    land(settings, vendor.api, JUNE)
    assert days_wanted(settings, vendor.api, JUNE) == Days(date(2026, 6, 27), JUNE.last)
    longer = Days(JUNE.first, date(2026, 7, 10))
    assert days_wanted(settings, vendor.api, longer) == Days(date(2026, 6, 27), longer.last)
    earlier = Days(date(2026, 5, 1), JUNE.last)
    assert days_wanted(settings, vendor.api, earlier) == earlier


def test_days_apart_say_nothing_of_those_between(settings):
    vendor = Vendor()
    land(settings, vendor.api, Days(JUNE.first, date(2026, 6, 5)))
    land(settings, vendor.api, Days(date(2026, 6, 20), JUNE.last))
    assert days_wanted(settings, vendor.api, JUNE).first == date(2026, 6, 2)
    land(settings, vendor.api, Days(date(2026, 6, 6), date(2026, 6, 25)))
    assert days_wanted(settings, vendor.api, JUNE).first == date(2026, 6, 22)


def test_a_new_entry_is_asked_for_everything(settings, tmp_path):
    vendor = Vendor()
    land(settings, vendor.api, JUNE)
    more = new_workspace(tmp_path / "shop", TWO_REPOS + '[[repos]]\nname = "c"\npath = "c"\n')
    assert days_wanted(more, vendor.api, JUNE) == JUNE


def test_without_entries_nothing_is_asked(tmp_path):
    vendor = Vendor()
    assert days_wanted(new_workspace(tmp_path / "bare"), vendor.api, JUNE) is None


def test_a_failed_fetch_is_asked_for_again(settings, monkeypatch):
    vendor = Vendor()

    def failing(entry, window):
        yield from Vendor().fetch(entry, window)
        raise ApiError("gone")

    broken = Api("vendor", "git", "repos", vendor.api.windows, failing)
    with pytest.raises(ApiError):
        land(settings, broken, JUNE)
    assert days_wanted(settings, vendor.api, JUNE) == JUNE
