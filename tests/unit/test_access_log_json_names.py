"""JSON lines as access logs: users and tenants that are counted and never named, monitors, and services."""

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.usage import request_lookups
from tests.unit.access_log_support import Asked, caddy, envoy, kong, nginx_json, parsed, traefik


@pytest.mark.parametrize(
    "change",
    [
        {"consumer": {"username": "ada", "id": "u-7"}},
        {"consumer": {"custom_id": "u-7", "username": None}},
        {"consumer": {"id": 7}},
    ],
)
def test_users_are_counted_and_never_named(tmp_path: Path, change: dict[str, Any]) -> None:
    nobody = kong(Asked(), consumer={"username": "-"})
    result = parsed(tmp_path, kong(Asked(), **change), kong(Asked()), nobody)
    (row,) = result.minutes
    assert (row["count"], row["with_user"]) == (3, 1)
    assert not any(name in repr(result) for name in ("ada", "u-7", "203.0.113"))


def test_headers_name_the_tenant_and_the_probes(tmp_path: Path) -> None:
    request = json.loads(kong(Asked()))["request"]
    marked = request["headers"] | {"x-synthetic-request": "true"}
    tenants = request["headers"] | {"x-tenant-id": ["acme", "other"]}
    result = parsed(
        tmp_path,
        kong(Asked(), request=request | {"headers": marked}),
        kong(Asked(), request=request | {"headers": tenants}),
        kong(Asked(), consumer={"username": "probe"}),
        synthetic_accounts=["probe"],
    )
    assert result.counted("actor") == {"synthetic": 2, "user": 1}
    assert sum(row["with_tenant"] for row in result.minutes) == 1
    assert "acme" not in repr(result)


def test_settings_name_other_keys_of_the_user_and_the_tenant(tmp_path: Path) -> None:
    result = parsed(
        tmp_path,
        kong(Asked(), auth={"sub": "u-7", "org": "acme"}, consumer={"username": "gateway"}),
        kong(Asked(), consumer={"username": "gateway"}),
        user_field="auth.sub",
        tenant_field="auth.org",
    )
    (row,) = result.minutes
    assert (row["with_user"], row["with_tenant"]) == (1, 1)


@pytest.mark.parametrize(
    ("line", "service"),
    [
        (kong(Asked(), service={"name": "cart-v2", "host": "10.0.0.7"}), "cart-v2"),
        (traefik(Asked(), ServiceName="cart@docker"), "cart"),
        (envoy(Asked(), upstream_cluster="cart_cluster"), "cart_cluster"),
        (
            envoy(Asked(), upstream_cluster="outbound|80||cart.shop.svc.local"),
            "cart.shop.svc.local",
        ),
        (envoy(Asked(), upstream_cluster="inbound|80||"), None),
        (envoy(Asked()), None),  # a route's name of Envoy Gateway
        (kong(Asked(), service={"name": None, "host": "10.0.0.7"}), None),
        (kong(Asked(), service={"name": "ada\n@x"}), None),
        (kong(Asked(), service={"name": "x" * 81}), None),
        (kong(Asked(), service={"name": "sk_live_" + "abcdefghijkl0123"}), None),
        (caddy(Asked()), None),
        (nginx_json(Asked()), None),
    ],
)
def test_a_log_names_services_only_by_names_of_the_operator(
    tmp_path: Path, line: str, service: str | None
) -> None:
    result = parsed(tmp_path, line)
    assert result.counted("service") == {service: 1}
    for table in ("request_minutes", "request_latency"):
        assert result.counted("service", table=table) == {service: 1}


def test_the_settings_come_before_the_log(tmp_path: Path) -> None:
    lines = [kong(Asked(), service={"name": name}) for name in ("cart", "orders")]
    assert parsed(tmp_path, *lines).counted("service") == {"cart": 1, "orders": 1}
    told = parsed(tmp_path, *lines, files={"service": "gateway"})
    assert told.counted("service", "event") == {("gateway", "/cart"): 2}


def test_numbers_of_routes_are_bounded_over_all_services(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_lookups, "_MOST_NUMBERS", 9)
    named = [({"name": f"s-{n % 20}"}, f"/r{n % 3}") for n in range(120)]
    lines = [kong(Asked(uri=uri), service=service) for service, uri in named]
    counted = parsed(tmp_path, *lines).counted("service", "event")
    assert len(counted) == 11
    assert counted[None, "(other)"] == 120 - 10 * 2
    assert sum(counted.values()) == 120


def test_services_are_bounded_and_the_sums_stay_right(tmp_path: Path) -> None:
    lines = [kong(Asked(uri=f"/r{n % 7}"), service={"name": f"s-{n}"}) for n in range(400)]
    counted = parsed(tmp_path, *lines).counted("service")
    assert len(counted) == 201
    assert counted[None] == 200
