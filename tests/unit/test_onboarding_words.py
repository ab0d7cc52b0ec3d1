"""Names as words: what a flow is called, and which flow a name meets."""

from pathlib import Path
from typing import get_args

import pytest

from gapsight.cli import accept as accept_command
from gapsight.cli import options
from gapsight.onboarding.facts import Place
from gapsight.onboarding.logs import name_logs
from gapsight.onboarding.paths import claims, is_test
from gapsight.onboarding.words import FlowIndex, flow_name, role, subject, words
from gapsight.seeds.accept import ALIAS, KINDS
from ingest.ci.manifest import Stage


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("about-us.html", "about_us"),
        ("searchResults", "search_results"),
        ("gift-cards", "gift_cards"),
        ("{id}", "id"),
        ("...", ""),
        ("x" * 90, "x" * 40),
    ],
)
def test_names_of_flows(text: str, name: str) -> None:
    assert flow_name(text) == name


def test_words_are_small_and_singular() -> None:
    assert words("Product_categories/classAddress-es") == (
        "product",
        "category",
        "class",
        "address",
        "es",
    )


@pytest.mark.parametrize(
    ("event", "about", "what"),
    [
        ("Checkout Started", "checkout", "started"),
        ("order_completed", "order", "completed"),
        ("Search Rage Click", "search", "frustration"),
        ("paymentFailed", "payment", "frustration"),
        ("Product Viewed", "product", "performed"),
        ("Page View", "", "performed"),
    ],
)
def test_events_say_what_they_are_about_and_what_happened(
    event: str, about: str, what: str
) -> None:
    assert (subject(event), role(event)) == (about, what)


@pytest.mark.parametrize(
    ("text", "flow"),
    [
        ("GiftCards", "gift_cards"),
        ("cart", "cart"),
        ("CartItem", "cart"),
        ("gift", "gift_cards"),
        ("order", None),  # two flows have the word
        ("order_history", "order_history"),
        ("test", None),
        ("nothing", None),
        ("purchase", "cart"),  # by its title
    ],
)
def test_a_name_meets_the_flow_whose_words_it_has(text: str, flow: str | None) -> None:
    flows = {"cart": "Purchase", "gift_cards": "", "order_history": "", "order_desk": ""}
    assert FlowIndex(flows).find(text) == flow


@pytest.mark.parametrize(
    ("path", "test"),
    [
        ("tests/a.py", True),
        ("src/test/java/A.java", True),
        ("web/cart.spec.ts", True),
        ("pkg/cart_test.go", True),
        ("CartTest.java", True),
        ("src/contest/a.py", False),
        ("src/latest.py", False),
    ],
)
def test_tests_are_told_from_what_they_test(path: str, test: bool) -> None:
    assert is_test(path) is test


def test_an_absolute_path_is_claimed_by_the_name_of_its_folder_only() -> None:
    index = FlowIndex({"cart": ""})
    found = claims({Place("*", "/build/7/src/cart/a.py"): 3, Place("*", "C:/x/cart.py"): 1}, index)
    assert [(claim.glob, claim.volume) for claim in found] == [("**/cart/**", 3), ("**/cart.py", 1)]


@pytest.mark.parametrize(
    ("name", "service", "match"),
    [
        ("shop-web.access.log.2.gz", "shop-web", "shop-web.access*"),
        ("access.log", "fallback", "access*"),
        ("access_log-20260301", "fallback", "access_log*"),
        (
            "nginx-access-api.example.com-2026-03-01.log.zst",
            "api-example-com",
            "nginx-access-api.example.com*",
        ),
        ("checkout.log", "checkout", "checkout*"),
        ("kong.log", "fallback", "kong*"),
        ("shop-caddy.json.1", "shop", "shop-caddy*"),
        ("u_ex260630.log", "fallback", "u_ex*"),
        ("u_ex26063014_x.log.gz", "fallback", "u_ex*"),
        ("E2K2LNL5N3WR51.2026-06-30-11.a1b2c3d4.gz", "e2k2lnl5n3wr51", "E2K2LNL5N3WR51*"),
        (
            (
                "123456789012_elasticloadbalancing_us-east-2_app.shop-lb.1234567890abcdef"
                "_20260630T2340Z_172.160.1.192_20sg8hgm.log.gz"
            ),
            "shop-lb",
            "123456789012_elasticloadbalancing_us-east-2_app.shop-lb.1234567890abcdef*",
        ),
    ],
)
def test_a_log_is_named_by_its_file(name: str, service: str, match: str) -> None:
    path = Path("logs") / name
    assert name_logs([path], "fallback")[path][:2] == (service, match)


def test_the_command_line_knows_what_its_rooms_know() -> None:
    """The lists stand there twice, so that --help loads no room."""
    assert (*KINDS, ALIAS) == accept_command._KINDS
    assert get_args(Stage) == options.STAGES
