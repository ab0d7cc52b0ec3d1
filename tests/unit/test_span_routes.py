"""Routes as frameworks write them, paths and names of spans: what one span asked of which service."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.usage.routes import METHODS
from ingest.usage.span_routes import Named, SpanRoutes, without_ids


def route(**said: str | None) -> tuple[str | None, str] | None:
    found = SpanRoutes(100).of(Named("web", said.pop("name", "x"), **said))
    return found and (found.method, found.template)


@pytest.mark.parametrize(
    ("written", "template"),
    [
        ("/orders/:id", "/orders/{id}"),  # Express, Fastify
        ("/orders/:id(\\d+)?", "/orders/{id}"),
        ("/orders/:orderId", "/orders/{orderid}"),
        ("/orders/:a_very_long_name", "/orders/{value}"),
        ("/orders/{id}", "/orders/{id}"),  # Spring, FastAPI, Go
        ("/orders/{id:[0-9]+}", "/orders/{id}"),
        ("api/Orders/{id:int}", "/api/Orders/{id}"),  # ASP.NET
        ("/orders/<int:pk>/", "/orders/{pk}"),  # Flask, Django
        ("^orders/(?P<pk>[0-9]+)/$", "/orders/{pk}"),
        ("/orders/:id(.:format)", "/orders/{id}"),  # Rails
        ("/blog/[slug]", "/blog/{slug}"),  # Next.js
        ("/blog/[...path]", "/blog/{path}"),
        ("GET /orders/{id}", "/orders/{id}"),  # Go 1.22
        ("/files/*", "/files/{rest}"),
        ("/files/**", "/files/{rest}"),
        ("/files/{*path}", "/files/{rest}"),
        ("/", "/"),
        ("", None),
        ("/orders/17?mail=bob@example.com", "/orders/{id}"),
        ("/users/bob@example.com", "/users/{value}"),
        ("/x/" + "y/" * 30, "/x" + "/y" * 11 + "/{rest}"),
    ],
)
def test_a_route_of_any_framework_is_a_template(written: str, template: str | None) -> None:
    assert route(route=written, method="GET") == ("GET", template or "x")


@pytest.mark.parametrize("catch_all", ["/**", "*", "/*", "/{*path}/**"])
def test_a_route_that_fits_everything_says_less_than_the_path(catch_all: str) -> None:
    assert route(route=catch_all, path="/cart/17?x=1") == (None, "/cart/{id}")


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/cart/17;jsessionid=ABC?x=1", "/cart/{id}"),
        ("https://bob:pw@shop.example.com:8443/cart/17", "/cart/{id}"),
        ("https://shop.example.com", "/"),
        ("/a b/c", "/{value}/c"),
        ("cart", None),
        ("ftp://host/x", None),
    ],
)
def test_a_path_is_normalised_as_that_of_a_log(path: str, template: str | None) -> None:
    assert route(path=path) == (None, template or "x")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("GET /orders/{id}", ("GET", "/orders/{id}")),
        ("HTTP POST /orders", ("POST", "/orders")),
        ("GET ^orders/<pk>", (None, "GET ^orders/<pk>")),
        ("GET", (None, "GET")),
        ("OrdersController#show", (None, "OrdersController#show")),
        ("shop.Cart/AddItem", (None, "shop.Cart/AddItem")),
        ("/shop.Cart/AddItem", (None, "shop.Cart/AddItem")),
        ("orders process", (None, "orders process")),
        ("order 4711: sent", (None, "order {id}: sent")),
        ("mail to bob@example.com", (None, "mail to <email>")),
        ("search?q=shoes", (None, "search")),
        ("", (None, "(other)")),
        (None, (None, "(other)")),
    ],
)
def test_a_name_is_read_where_there_is_no_route(
    name: str | None, found: tuple[str | None, str]
) -> None:
    assert route(name=name) == found


def test_an_id_in_a_name_is_a_placeholder_and_a_word_with_digits_is_not() -> None:
    name = "a 17 /3f0c1a9b/ oauth2 v1 6ba7b810-9dad-11d1-80b4-00c04fd430c8 Step3"
    assert without_ids(name) == "a {id} /{id}/ oauth2 v1 {id} Step3"


def test_a_file_for_the_browser_has_no_route() -> None:
    assert route(route="/{*path}", path="/static/app.js") is None
    assert route(path="/favicon.ico") is None


def test_a_method_that_http_does_not_know_is_none() -> None:
    assert route(route="/x", method="_OTHER") == (None, "/x")
    assert route(route="/x", method=" get ") == ("GET", "/x")


def test_there_are_only_so_many_services_names_and_routes() -> None:
    routes = SpanRoutes(60)
    found = [routes.of(Named(f"s{n}", f"name{n} x")) for n in range(2000)]
    assert len({one and one.service for one in found}) == 1001
    assert len({one and one.template for one in found}) == 61
    paths = {routes.of(Named("s", None, path=f"/p{n}x/q")) for n in range(200)}
    assert {one.template for one in paths if one} >= {"/{slug}/q", "/p1x/q"}


@given(
    st.text(max_size=60),
    st.sampled_from(["name", "route", "path"]),
    st.sampled_from(sorted(METHODS)),
)
def test_any_text_makes_a_route_that_can_be_stored(text: str, where: str, method: str) -> None:
    for given_text in (text, f"/{text}", f"{method} /{text}"):
        found = SpanRoutes(10).of(Named(text, **{"name": None, where: given_text}))
        if found:
            found.template.encode()
            assert len(found.template) < 1000
            assert found.method is None or found.method in METHODS
