"""From the routes of a log to flows and patterns: names, what is left out, and what is mapped."""

from collections import Counter

import pytest

from gapsight.onboarding.draft import make_draft
from gapsight.onboarding.facts import Facts, Route
from gapsight.onboarding.routes import group_routes


def facts(
    counts: dict[str, int], service: str = "web", refused: dict[str, int] | None = None
) -> Facts:
    found = Facts()
    for template, count in counts.items():
        found.requests[Route(service, "GET", template)] = count
    for template, count in (refused or {}).items():
        found.refused[Route(service, "GET", template)] = count
    return found


def names(found: Facts) -> list[str]:
    return [group.name for group in group_routes(found)[0]]


def patterns(found: Facts) -> dict[str, str]:
    groups, _ = group_routes(found)
    return {pattern: group.name for group in groups for _, pattern in group.patterns()}


def test_flows_come_by_volume_and_are_named_by_the_first_segment_that_says_something() -> None:
    counts = {
        "/": 5,
        "/api/v1/orders/{id}": 40,
        "/de/cart": 30,
        "/m/search": 20,
        "/about-us.html": 10,
    }
    assert names(facts(counts)) == ["orders", "cart", "search", "about_us", "home"]


@pytest.mark.parametrize(
    ("template", "flow"),
    [
        ("/api", "home"),
        ("/index.html", "home"),
        ("/en-us", "home"),
        ("/{id}/invoices/{uuid}", "invoices"),
        ("/api/v2.1/searchResults", "search_results"),
        ("/it/warenkorb", "warenkorb"),
        ("/it-support", "it_support"),
        ("/v1beta/x", "v1beta"),
    ],
)
def test_segments_before_the_name_are_passed(template: str, flow: str) -> None:
    assert names(facts({template: 10})) == [flow]


def test_singular_and_plural_are_one_flow_named_as_most_requests_spell_it() -> None:
    assert names(facts({"/product/{id}": 10, "/api/products/{id}": 20})) == ["products"]


def test_ids_are_one_placeholder_and_few_routes_keep_their_own_patterns() -> None:
    found = patterns(facts({"/cart/{hex}/items/{uuid}": 5, "/cart": 3}))
    assert found == {"/cart/{id}/items/{id}": "cart", "/cart": "cart"}


def test_many_pages_below_a_name_are_one_open_pattern() -> None:
    counts = {f"/blog/post-{letter}": 5 for letter in "abc"}
    assert patterns(facts(counts | {"/cart": 20})) == {"/blog/**": "blog", "/cart": "cart"}


def test_a_site_of_pages_below_one_name_is_that_one_flow() -> None:
    counts = {f"/blog/post-{number}x": 1 for number in range(500)}
    assert patterns(facts(counts)) == {"/blog/**": "blog"}


def test_a_segment_that_holds_nearly_everything_is_a_mount_and_no_flow() -> None:
    counts = {
        "/shop/cart": 40,
        "/shop/search": 40,
        "/shop/login": 15,
        "/shop/orders/{id}": 9,
        "/imprint": 3,
    }
    assert names(facts(counts)) == ["cart", "search", "login", "orders", "imprint"]


def test_a_segment_that_holds_most_is_split_where_it_branches() -> None:
    counts = {"/account/orders": 30, "/account/profile": 25, "/account/{id}": 5, "/search": 30}
    assert names(facts(counts)) == ["account_orders", "search", "account_profile", "account"]


def test_noise_is_left_out_with_its_reason() -> None:
    counts = {"/cart": 100, "/wp-login.php": 50, "/healthz": 900, "(other)": 7, "/orders": 10}
    groups, left = group_routes(facts(counts, refused={"/wp-login.php": 48, "/orders": 2}))
    assert [group.name for group in groups] == ["cart", "orders"]
    assert {item.volume: item.reason.split()[0] for item in left} == {
        900: "health",
        50: "90%",
        7: "beyond",
    }


def test_rare_routes_are_left_to_people() -> None:
    groups, left = group_routes(facts({"/cart": 10_000, "/old/thing": 3}))
    assert [group.name for group in groups] == ["cart"]
    assert [(item.volume, item.reason) for item in left] == [(3, "under 0.1% of the requests")]


def test_many_pages_without_a_name_of_their_own_are_one_flow() -> None:
    counts = {"/cart": 900, **{f"/article-{n}x": 1 for n in "abcdefgh"}, "/{slug}": 200}
    found = patterns(facts({**counts, "/{id}/{value}": 30}))
    assert found["/{id}"] == "page"
    assert found["/{id}/{id}"] == "page"


def test_two_services_share_a_flow_and_patterns_name_them() -> None:
    found = facts({"/cart": 10}, "web")
    found.requests[Route("pay", "POST", "/v1/cart/{id}")] = 4
    draft = make_draft(found, "shop")
    rows = [row.values for row in draft.rows["route_patterns"]]
    assert [(row["service"], row["pattern"], row["flow"]) for row in rows] == [
        ("web", "/cart", "cart"),
        ("pay", "/v1/cart/{id}", "cart"),
    ]
    assert len(draft.rows["flow_catalog"]) == 1


def test_one_service_is_not_named_so_that_a_renamed_log_is_still_mapped() -> None:
    draft = make_draft(facts({"/cart": 10}), "shop")
    assert draft.rows["route_patterns"][0].values["service"] == "*"


def test_the_share_counts_what_is_left_out() -> None:
    draft = make_draft(facts({"/cart": 80, "/healthz": 20}), "shop")
    assert (draft.mapped, draft.requests) == (80, 100)


def test_flows_of_an_existing_catalogue_are_kept_to() -> None:
    draft = make_draft(facts({"/cart": 80, "/blog": 20}), "shop", {"basket": "The cart", "x": ""})
    assert "flow_catalog" not in draft.rows
    assert draft.left_out[-1].name.startswith("GET /blog")


def test_an_existing_flow_is_met_by_the_words_of_its_title() -> None:
    draft = make_draft(facts({"/cart": 80}), "shop", {"basket": "Cart"})
    assert draft.rows["route_patterns"][0].values["flow"] == "basket"


def test_no_order_of_the_files_changes_the_draft() -> None:
    counts = {f"/{name}/{{id}}": 5 for name in ("alpha", "beta", "gamma")}
    backwards = dict(reversed(counts.items()))
    assert patterns(facts(counts)) == patterns(facts(backwards))
    assert names(facts(counts)) == names(facts(backwards)) == ["alpha", "beta", "gamma"]


def test_every_kept_route_is_in_exactly_one_group() -> None:
    counts = Counter({f"/a{n}/{{id}}": n + 1 for n in range(80)})
    groups, left = group_routes(facts(dict(counts)))
    assert sum(g.volume for g in groups) + sum(item.volume for item in left) == counts.total()
    assert len(groups) == 60
