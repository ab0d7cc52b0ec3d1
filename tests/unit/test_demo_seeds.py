"""The seeds and settings of the demo's workspace say of its world what a team would know, and no more."""

import csv
from collections import Counter
from datetime import timedelta

from gapsight import demo
from gapsight.demo.access_logs import PARTNER_FORMAT
from gapsight.demo.suites import risk_of
from gapsight.demo.world import components, world
from gapsight.seeds import check_seeds
from gapsight.seeds.check import DEFAULTS
from orchestration import settings
from tests.unit.demo_support import FULL, SHOP


def test_the_seeds_of_the_workspace_are_sound_and_its_settings_load() -> None:
    assert not check_seeds(SHOP / "seeds").problems
    workspace = settings.load(SHOP, environ={})
    assert workspace.first_day == demo.UNTIL - timedelta(days=FULL - 1)
    assert {repo.name for repo in workspace.repos} == {product.repo for product in world().product}
    formats = {f["service"]: f["log_format"] for f in workspace.sources["access_log"]["files"]}
    assert formats["partner-api"] == PARTNER_FORMAT


def seed(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((SHOP / "seeds" / f"{name}.csv").open()))


def test_the_seeds_say_of_the_world_what_a_team_would_know() -> None:
    flows = {flow.name: flow for flow in world().flow}
    catalogue = {row["flow"]: row for row in seed("flow_catalog")}
    assert list(catalogue) == list(flows)
    for name, row in catalogue.items():
        flow = flows[name]
        assert (row["product"], row["owner"], row["status"]) == (
            flow.product,
            flow.owner,
            flow.status,
        )
        assert float(row["impact_revenue"]) == flow.impact[0]
        assert (row["stable_surface"] == "") == (flow.answers is None)
    routes = {(f"{row['method']} {row['pattern']}", row["flow"]) for row in seed("route_patterns")}
    assert routes == {(route, flow.name) for flow in world().flow for route in flow.routes}
    events = {(row["event"], row["flow"], row["role"]) for row in seed("event_catalogue")}
    assert events == {(e, f.name, role) for f in world().flow for role, e in f.track.items()}
    owners = {row["owner"] for row in seed("owners")}
    assert owners == {owner.name for owner in world().owner}
    rules = {(row["component"], row["flow"], row["repo"]) for row in seed("component_flows")}
    assert rules == {(c.name, flow, c.repo) for c in components() for flow in c.flows}
    paths = Counter(
        (row["repo"], row["flow"], row["risk"], row["component"]) for row in seed("test_paths")
    )
    repo_of = world().repo_of
    assert paths == Counter(
        (repo_of(flow), flow.name, risk_of(flow), flow.component)
        for flow in world().flow
        for _ in flow.tests
    )


def test_seeds_that_stand_in_for_defaults_leave_none_of_them_out() -> None:
    for name in ("thresholds", "score_weights", "severities"):
        defaults = list(csv.DictReader((DEFAULTS / f"{name}.csv").open()))
        assert defaults[0].keys() == seed(name)[0].keys()
        first = next(iter(defaults[0])) if name != "severities" else "severity"
        assert {row[first] for row in defaults} <= {row[first] for row in seed(name)}, name


def test_what_is_planted_as_unknown_is_in_no_seed() -> None:
    patterns = {row["pattern"] for row in seed("route_patterns")}
    assert not patterns & {route.split(" ")[1] for route in world().unmapped.routes}
    assert not {row["event"] for row in seed("event_catalogue")} & set(world().unmapped.events)
    special = {flow.name: flow for flow in world().flow}
    assert special["recommendations"].coverage is None
    assert special["gift_cards"].owner == ""
    assert special["store_locator"].tests == {}
    assert special["tax_filing"].usage.requests == special["tax_filing"].usage.events == 0
