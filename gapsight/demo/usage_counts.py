"""Daily counts by flow, a file per month, as a warehouse exports them: usage without a line of a log."""

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from gapsight.demo.rhythm import daily_count, volume
from gapsight.demo.world import Flow, world

COLUMNS = ("day", "flow", "platform", "browser", "tier", "count")


def month_files(
    first: date, until: date, *, seed: int
) -> Iterator[tuple[date, bytes, dict[str, dict[date, int]]]]:
    """(last day, CSV, uses by flow and day) of each month from `first` to `until`."""
    day = first
    while day <= until:
        last = min((day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(1), until)
        text, used = io.StringIO(newline=""), dict[str, dict[date, int]]()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        while day <= last:
            for flow in world().flow:
                for row in _rows(flow, day, seed):
                    writer.writerow((day, flow.name, *row))
                    days = used.setdefault(flow.name, {})
                    days[day] = days.get(day, 0) + row[-1]
            day += timedelta(days=1)
        yield last, text.getvalue().encode(), used


def _rows(flow: Flow, day: date, seed: int) -> Iterator[tuple[str, str, str, int]]:
    """One row per client; its customers' tier is drawn, so that a month has them all in their shares."""
    rng = Random(f"{seed}/counts/{flow.name}/{day}")
    product = next(one for one in world().product if one.name == flow.product)
    mean = (flow.usage.events or flow.usage.requests) * volume(product, day)
    shares = world().mix[flow.usage.mix]
    tiers = world().crowd.tiers
    for client, share in shares.items():
        count = daily_count(rng, mean * share / sum(shares.values()))
        tier = rng.choices(tuple(tiers), tuple(tiers.values()))[0]
        if count:
            seen = world().client[client]
            yield seen.platform, seen.browser, tier, count
