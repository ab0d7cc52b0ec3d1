"""Request lines become route templates that hold neither ids nor anybody's data."""

import random
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.usage.routes import (
    MAX_SEGMENTS,
    OTHER_ROUTE,
    Templates,
    alike,
    is_static,
    read_request,
    request_parts,
    segment_template,
    template_of,
)

unhurried = settings(deadline=None, max_examples=200)


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/", "/"),
        ("/cart/", "/cart"),
        ("/cart/4711/items", "/cart/{id}/items"),
        ("/api/v1/orders/0", "/api/v1/orders/{id}"),
        ("/api/v12.3/x", "/api/v12.3/x"),
        ("/u/7d444840-9dc0-11d1-b245-5ffdce74fad2", "/u/{uuid}"),
        ("/u/7D444840-9DC0-11D1-B245-5FFDCE74FAD2/x", "/u/{uuid}/x"),
        ("/blob/deadbeef01", "/blob/{hex}"),
        ("/o/507f1f77bcf86cd799439011", "/o/{hex}"),
        ("/feedface/x", "/feedface/x"),  # eight letters without a digit are a word
        ("/product/blue-shoe", "/product/blue-shoe"),
        ("/product/blue-shoe-12345", "/product/{id}"),
        ("/product/SKU-12345", "/product/{id}"),
        ("/oauth2/token", "/oauth2/token"),
        ("/i18n/de-DE/step-3", "/i18n/de-DE/step-3"),
        ("/archive/2021-09-30", "/archive/{id}"),
        ("/host/10.0.0.1", "/host/{id}"),
        ("/index.html", "/index.html"),
        ("/planning.nodetail", "/{value}"),
        ("/getCustomerById", "/getCustomerById"),
        ("/projects:search", "/projects:search"),
        ("/odata/$batch", "/odata/$batch"),
        ("/.env", "/.env"),
        ("/a//b/./c/../d", "/a/b/d"),
        ("/../../etc/passwd", "/etc/passwd"),
        ("/orders/{id}", "/orders/{id}"),
    ],
)
def test_templates(path: str, template: str) -> None:
    assert template_of(path) == template


@pytest.mark.parametrize(
    "segment",
    [
        "ada@example.com",
        "ada%40example.com",
        "ada.lovelace",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "sk_live_51H8abcDEF",
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "AKIAIOSFODNN7EXAMPLE",
        "x7Gh2kLm",
        "0123456789012345678",
        "caf%C3%A9",
        "token=abc",
        "a b",
        "a\x1b[31m",
        "a\x00b",
        "x" * 65,
        "\\x22",
        "+491701234567",
        "Zm9vYmFyMTIzNDU2Nzg5MA==",
        "<script>",
    ],
)
def test_what_is_no_route_name_is_replaced(segment: str) -> None:
    assert segment_template(segment) in {"{value}", "{id}", "{hex}"}
    template = template_of(f"/users/{segment}/orders")
    assert segment not in template


def test_a_template_that_only_as_a_whole_looks_personal_is_not_kept() -> None:
    # Each part is a plain word, together they are an assignment of a secret.
    assert Templates(100).admitted("/password:hunter") == OTHER_ROUTE


@pytest.mark.parametrize(
    ("request_line", "parts"),
    [
        ("GET / HTTP/1.1", ("GET", "/")),
        ("GET /a?b=c&d#e HTTP/2.0", ("GET", "/a")),
        ("GET /a#b HTTP/1.1", ("GET", "/a")),
        ("GET /a;jsessionid=12/b;v=1 HTTP/1.1", ("GET", "/a/b")),
        ("GET /a b c HTTP/1.1", ("GET", "/a b c")),
        ("GET /a", ("GET", "/a")),
        ("GET http://shop.example.com:80/a/b?c HTTP/1.1", ("GET", "/a/b")),
        ("GET https://shop.example.com HTTP/1.1", ("GET", "/")),
        ("PROPFIND /dav HTTP/1.1", ("PROPFIND", "/dav")),
        ("-", None),
        ("", None),
        ("GET", None),
        ("\\x16\\x03\\x01\\x02\\x00", None),
        ("\x16\x03\x01", None),
        ("OPTIONS * HTTP/1.0", None),
        ("OPTIONS / RTSP/1.0", None),
        ("CONNECT example.com:443 HTTP/1.1", None),
        ("get / HTTP/1.1", None),
        ("EHLO scanner.example.test", None),
        ("GET ftp://example.com/ HTTP/1.1", None),
    ],
)
def test_request_lines(request_line: str, parts: tuple[str, str] | None) -> None:
    assert request_parts(request_line) == parts


@pytest.mark.parametrize(
    ("path", "static"),
    [
        ("/app.5f2c1a9b.js", True),
        ("/img/LOGO.PNG", True),
        ("/favicon.ico", True),
        ("/robots.txt", True),
        ("/sitemap-2.xml.gz", True),
        ("/.well-known/acme-challenge/x", True),
        ("/manifest.json", True),
        ("/", False),
        ("/js", False),
        ("/report.pdf", False),
        ("/data.json", False),
        ("/notes/robots.txt", False),
        ("/a.js/b", False),
    ],
)
def test_static_files(path: str, static: bool) -> None:
    assert is_static(path) is static


def test_a_slug_explosion_stays_within_its_parent() -> None:
    templates = Templates(2000)
    words = ["".join(random.Random(n).choices(string.ascii_lowercase, k=9)) for n in range(5000)]
    found = {templates.admitted(template_of(f"/product/{word}")) for word in words}
    assert "/product/{slug}" in found
    assert len(found) == 2000 // 10 + 1
    assert templates.admitted("/checkout/pay") == "/checkout/pay"  # others are not starved


def test_routes_beyond_the_limit_are_other_but_known_ones_stay() -> None:
    templates = Templates(3)
    names = ["/a", "/b", "/c", "/d", "/a", "/e"]
    assert [templates.admitted(name) for name in names] == [
        "/a",
        "/b",
        "/c",
        OTHER_ROUTE,
        "/a",
        OTHER_ROUTE,
    ]


def test_hostile_paths_are_cut() -> None:
    assert template_of("/a" * 500) == "/a" * MAX_SEGMENTS + "/{rest}"
    assert template_of("/a" * MAX_SEGMENTS) == "/a" * MAX_SEGMENTS
    method, path = request_parts("GET /" + "x" * 100_000 + " HTTP/1.1") or ("", "")
    assert method == "GET"
    assert template_of(path) == "/{value}"


LATIN = st.text(
    st.characters(min_codepoint=1, max_codepoint=255, exclude_characters="\n"), max_size=30
)
TARGETS = st.lists(
    st.sampled_from(
        [
            "/",
            "/12",
            "/0b7c1d2e-0000-4abc-8def-0123456789aB",
            "/a",
            "?",
            "=",
            " ",
            "#",
            ";",
            "HTTP/1.1",
            "7",
            "%40",
        ]
    )
    | LATIN,
    max_size=8,
).map("".join)


@unhurried
@given(requests=st.lists(TARGETS.map(lambda target: f"GET {target} HTTP/1.1") | TARGETS | LATIN))
def test_shortened_requests_have_the_same_routes(requests: list[str]) -> None:
    shortened = alike(requests) if requests else []
    assert list(map(read_request, shortened)) == list(map(read_request, requests))


@unhurried
@given(path=LATIN.map(lambda text: "/" + text))
def test_any_path_gives_a_plain_short_template(path: str) -> None:
    template = Templates(100).admitted(template_of(path))
    assert template == OTHER_ROUTE or (template.startswith("/") and template.isascii())
    assert template.isprintable()
    assert "@" not in template
    assert "%" not in template
    assert len(template) < 1000
