"""The budget of requests, which outlives a process."""

import pytest

from ingest.apis import ApiError, Rate
from orchestration.budgets import FileBudget


def test_a_second_process_does_not_spend_the_first_ones_requests_again(tmp_path) -> None:
    place, now = tmp_path / "state" / "budget.json", [1000.0]

    def budget() -> FileBudget:
        return FileBudget(place, Rate(requests=2, seconds=3600), clock=lambda: now[0])

    budget().spend()
    now[0] += 60
    budget().spend()
    with pytest.raises(ApiError, match=r"all 2 requests of 60 minutes are spent; .* run it again"):
        budget().spend()
    now[0] += 3540
    budget().spend()
    with pytest.raises(ApiError):
        budget().spend()


@pytest.mark.parametrize("content", [b"", b"[1.0, 2", b"{}", b"\x00"])
def test_a_cut_off_count_begins_again(tmp_path, content) -> None:
    place = tmp_path / "budget.json"
    place.write_bytes(content)
    FileBudget(place, Rate(1, 60), clock=lambda: 5.0).spend()
    assert place.read_text() == "[5.0]"


def test_a_vendor_that_counts_by_the_minute_is_waited_for(tmp_path) -> None:
    now, slept = [1000.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    rate = Rate(requests=2, seconds=60)
    budget = FileBudget(tmp_path / "b.json", rate, clock=lambda: now[0], sleep=sleep)
    for _ in range(3):
        budget.spend()
        now[0] += 1
    assert slept == [58.0]
