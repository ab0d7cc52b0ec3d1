"""The last look: what has no second meaning goes from names, and what only looks like it stays."""

import time

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.records import FileCoverage, Load, Record, TestAttempt, UsageCount
from ingest.sealing import seal, seal_json, seal_name, sealer_of
from orchestration.sealed import sealed
from tests.unit import planted

HOME = "/home"  # in one piece it would be a machine's path


def one_sealed(series: pl.Series, record: type[Record]) -> pl.Series:
    """The column, among others, as the lake will hold it."""
    return sealed([pl.Series("count", [1] * len(series)), series], record)[1]


@pytest.mark.parametrize("name", planted.EVERYWHERE)
@pytest.mark.parametrize("around", ["{}", "feature/{}", "run {} again", "a={}", "[{}]", "({})"])
def test_what_is_nothing_but_a_secret_goes(name: str, around: str) -> None:
    text, mark = planted.EVERYWHERE[name]
    assert mark not in seal(around.format(text))
    assert mark not in str(one_sealed(column("file", around.format(text)), FileCoverage)[0])


@pytest.mark.parametrize(
    "text",
    [
        "test_login[auth=basic]",
        "Auth: web",
        "token is refused",
        "Basic authentication of the bearer",
        "node_modules/@babel/core/index.js",
        "node_modules/.pnpm/lodash@4.17.21/node_modules/lodash/map.js",
        "shows icon@2x.png",
        "@smoke @flow:checkout",
        "com.shop.Cart@1f2e3d",
        "20260630120000",
        "2026063012000012",
        "1751280000000",
        "deployment 460123456789012345",
        "4242424242424241",
        "a84d88e7554fc1fa21bcbc4efae3c782a70d2b9d",
        "GET /orders?page=2&sort=price",
        "risk-assessment-of-the-cart",
        "npm_install_works_everywhere_and_always",
        "https://example.com:8443/a",
        f"{HOME}/runner/builds/shop/src/cart.ts",
        f"src{HOME}/index.ts",
        "C:/Users/Public/build/a.cs",
    ],
)
def test_what_has_a_second_meaning_stays(text: str) -> None:
    assert seal(text) == text


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        (f"{HOME}/alice/shop/src/cart.ts", "/home/<user>/shop/src/cart.ts"),
        ("/Users/alice.b/shop/a.swift", "/Users/<user>/shop/a.swift"),
        ("C:\\Users\\Alice\\shop\\a.cs", "C:\\Users\\<user>\\shop\\a.cs"),
        ("D:/Users/alice/shop/a.cs", "D:/Users/<user>/shop/a.cs"),
        (f"at {HOME}/alice/a.js:3:1", "at /home/<user>/a.js:3:1"),
        (f"file://{HOME}/alice/a/b.js", "file:///home/<user>/a/b.js"),
    ],
)
def test_home_folders_lose_their_owner(path: str, kept: str) -> None:
    assert seal(path) == kept


def test_a_page_called_home_is_no_folder() -> None:
    route = sealer_of("route")
    assert route is not None
    assert route(f"{HOME}/deals/all") == f"{HOME}/deals/all"
    assert "ada" not in route(f"{HOME}/ada@example.com/x")


def test_json_stays_json_whatever_goes() -> None:
    text = (
        '{"a\\nada@example.com":["line\\nbob@example.com",{"n":4242424242424242,"b":true}],"c":1.5}'
    )
    assert seal_json(text) == '{"a\\n<email>":["line\\n<email>",{"n":null,"b":true}],"c":1.5}'
    assert seal_json("no JSON of ada@example.com") == "no JSON of <email>"


def test_names_are_told_apart_as_long_as_they_may_be() -> None:
    assert seal_name("pays as ada@example.com") == "pays as <email>"
    assert seal_name("@smoke pays") == "@smoke pays"
    assert seal_name("https://a:b@host/x") == "https://<secret>@host/x"


def column(name: str, *values: str | None) -> pl.Series:
    return pl.Series(name, values, dtype=pl.String)


def test_a_column_is_looked_at_once_for_each_different_text() -> None:
    found = one_sealed(
        column("file", "a.py", None, f"{HOME}/al/x/b.py", f"{HOME}/al/x/b.py"), FileCoverage
    )
    assert found.to_list() == ["a.py", None, "/home/<user>/x/b.py", "/home/<user>/x/b.py"]
    assert one_sealed(column("message", None, None), TestAttempt).to_list() == [None, None]


def test_hashes_ids_of_files_and_names_of_inbox_files_stay() -> None:
    for name, record in (("_file", UsageCount), ("author_hash", UsageCount), ("path", Load)):
        text = column(name, "4242424242424242", "x/ada@example.com.log")
        assert one_sealed(text, record).to_list() == text.to_list()


@settings(deadline=None, max_examples=200)
@given(text=st.text(max_size=200), name=st.sampled_from(["a", "a_json", "route"]))
def test_any_text_can_be_sealed_and_sealing_twice_changes_nothing(text: str, name: str) -> None:
    sealer = sealer_of(name)
    assert sealer is not None
    once = sealer(text)
    assert sealer(once) == once


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet="aA1 @.%40/:=?-_ghpeyJBearer4242", max_size=80))
def test_what_the_quick_search_passes_over_would_not_change(text: str) -> None:
    if one_sealed(column("x", text), FileCoverage).to_list() == [text]:
        assert seal(text) == text


@pytest.mark.parametrize(
    "piece",
    ["a", "a@", "4", "4 ", "1 1", "/home/", "://a", "?key=", "eyJ", "sk-a1-", "a.b-", "%40"],
)
def test_a_hostile_text_costs_milliseconds(piece: str) -> None:
    text = piece * (20_000 // len(piece))
    started = time.process_time()
    seal(text)
    assert time.process_time() - started < 1
