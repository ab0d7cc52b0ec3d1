"""Use, requests, errors and metrics of the planted lake."""

from collections.abc import Iterator
from datetime import UTC, datetime, time

from ingest.records import (
    ErrorEvent,
    Record,
    RequestLatency,
    RequestMinute,
    ServiceMetric,
    UsageCount,
)
from tests.parity.dealt import Dealer

_ROUTES = (
    ("shop-web", "GET", "/login"),
    ("shop-web", "POST", "/api/session"),
    ("shop-web", "GET", "/search"),
    ("shop-web", "GET", "/product/{id}"),
    ("shop-web", "POST", "/api/payments"),
    ("shop-web", "GET", "/api/payments/{uuid}"),
    ("shop-web", "GET", "/nobody/knows/{id}"),
    ("partner-api", "GET", "/v1/it's"),
)
_EVENTS = (
    "Login Started",
    "Login Completed",
    "Search Performed",
    "Search Rage Click",
    "Checkout Started",
    "Order Placed",
    "Payment Started",
    "Payment Completed",
    "Item Added To Cart",
)
_NEW_DAYS = 10
"""How long ago an event and a route were seen for the first time."""


def usage(deal: Dealer) -> Iterator[Record]:
    for day in deal.days[-40:]:
        for event in _EVENTS:
            if deal.rng.random() < 0.95:
                yield UsageCount(
                    day=day,
                    kind="event",
                    service="shop-web",
                    event=event,
                    platform=deal.maybe(["web", "ios", "Web"]),
                    browser=deal.maybe(["Chrome", "it's"]),
                    persona=deal.maybe(["guest", "member"], 0.5),
                    tier=deal.maybe(["gold", ""], 0.7),
                    version=deal.maybe(["1.10.0", "1.9.0", "2"]),
                    locale=deal.maybe(["de-DE", "fr"]),
                    experiment=deal.maybe(["new_checkout:b"], 0.8),
                    count=deal.rng.choice([0, 1, 7, 100, 5000]),
                    users=deal.maybe([0, 1, 90], 0.3),
                )
        yield UsageCount(day=day, kind="transition", event=deal.word("Cart -> Checkout"), count=3)
    for day in deal.days[-_NEW_DAYS:]:
        yield UsageCount(day=day, kind="count", event="search", count=4)
        yield UsageCount(
            day=day, kind="request", service="shop-web", event="/api/suggest", method="GET", actor="user", count=9
        )  # fmt: skip
    for service, method, route in _ROUTES:
        for day in deal.days[-20:]:
            actor = deal.rng.choice(["user", "user", "bot", "synthetic"])
            yield UsageCount(
                day=day, kind="request", service=service, event=route, method=method, actor=actor,
                count=deal.rng.randrange(500), users=deal.maybe([3], 0.5),
            )  # fmt: skip


def requests(deal: Dealer) -> Iterator[Record]:
    for day in deal.days[-12:]:
        for service, method, route in _ROUTES:
            for hour in (0, 10, 11, 22):
                minute = datetime.combine(day, time(hour, deal.rng.choice([0, 5, 59])), UTC)
                called = {
                    "day": day,
                    "minute": minute,
                    "service": service,
                    "route": route,
                    "method": method,
                    "status_class": deal.maybe(["2xx", "2xx", "5xx", "4xx"]),
                    "version": deal.maybe(["1.10.0", "1.9.0"]),
                    "actor": deal.rng.choice(["user", "user", "bot"]),
                }
                count = deal.rng.choice([0, 3, 40, 900])
                yield RequestMinute(
                    **called,
                    count=count,
                    bytes=deal.maybe([0, 10**12]),
                    with_status=count,
                    with_latency=count,
                )
                for bucket in deal.rng.sample([0, 40, 60, 90, 120], 2):
                    yield RequestLatency(**called, bucket=bucket, count=max(count // 2, 1))


def errors(deal: Dealer) -> Iterator[Record]:
    for number in range(60):
        day = deal.rng.choice(deal.days[-30:])
        yield ErrorEvent(
            day=day,
            project=deal.maybe(["shop-web"]),
            error_id=f"E{number % 20}",
            type=deal.word("TypeError", "ValueError"),
            title=deal.word("x is undefined", odd=0.3),
            fingerprint=f"f{number % 5}",
            level=deal.maybe(["error", "warning"]),
            status=deal.maybe(["unresolved", "resolved"]),
            component=deal.maybe(["payments", "cart"], 0.5),
            file=deal.maybe(["src/shop/payments/a.py", "webpack:///x.ts"]),
            release=deal.maybe(["1.9.0"]),
            environment=deal.maybe(["production"]),
            count=deal.maybe([0, 1, 50], 0.2),
            total_count=deal.maybe([100]),
            users=deal.maybe([0, 3]),
            first_seen_at=deal.maybe([deal.at(day)]),
            last_seen_at=deal.maybe([deal.at(day)]),
        )  # fmt: skip


def metrics(deal: Dealer) -> Iterator[Record]:
    for day in deal.days[-12:]:
        for minute in (0, 30):
            for metric, value in (
                ("error_rate", 0.1 + 0.2),
                ("latency_p99_ms", 1e300),
                ("memory_bytes", 0.0),
            ):
                at = datetime.combine(day, time(10, minute), UTC)
                yield ServiceMetric(
                    day=day,
                    minute=at,
                    service=deal.maybe(["shop-web", "cdn"]),
                    metric=metric,
                    value=value,
                )
