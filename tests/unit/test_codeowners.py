"""CODEOWNERS files become rules, the last of which wins."""

import datetime as dt
import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.privacy import keyed_hash
from ingest.records.owners import CodeOwner
from ingest.source import Context, FormatError, Item, Reject, Warn
from ingest.sources import codeowners

FOLDER = dt.date(2026, 6, 30)
KEY = b"a key of the workspace"


def person(name: str) -> str:
    return f"person:{keyed_hash(name, KEY)}"


def parse(
    text: str | bytes, name: str = "shop-web.CODEOWNERS", key: bytes = KEY, **options: Any
) -> list[Item]:
    body = text if isinstance(text, bytes) else text.encode()
    context = Context(folder_day=FOLDER, name=name, hash_key=key, options=options)
    return list(codeowners.parse(io.BytesIO(body), context))


def rules(text: str, **options: Any) -> list[tuple[Any, ...]]:
    found = parse(text, **options)
    assert all(isinstance(item, CodeOwner) for item in found), found
    return [
        (row.pattern, json.loads(row.owners_json)) for row in found if isinstance(row, CodeOwner)
    ]


def test_rules_keep_their_order_as_the_last_that_matches_wins() -> None:
    text = "\ufeff# who owns what\n\n*  @shop/all\r\n/src/cart/ @shop/cart @shop/pay # both\n"
    assert parse(text) == [
        CodeOwner(
            day=FOLDER,
            repo="shop-web",
            position=1,
            pattern="*",
            owners_json='["@shop/all"]',
        ),
        CodeOwner(
            day=FOLDER,
            repo="shop-web",
            position=2,
            pattern="/src/cart/",
            owners_json='["@shop/cart","@shop/pay"]',
        ),
    ]


def test_a_pattern_without_owners_is_nobodys_and_undoes_a_rule_before_it() -> None:
    assert rules("/apps/ @shop/apps\n/apps/github\n") == [
        ("/apps/", ["@shop/apps"]),
        ("/apps/github", []),
    ]


def test_persons_are_hashed_and_an_address_as_that_of_a_commit() -> None:
    assert rules("*.js @Jo Jo@Example.com @shop/web @jo\n") == [
        ("*.js", [person("@jo"), person("jo@example.com"), "@shop/web"])
    ]
    said = repr(parse("*.js @jo jo@example.com\n", key=b""))
    assert '["person"]' in said
    assert "jo" not in said.replace("json", "")


def test_roles_groups_and_named_teams_are_kept() -> None:
    text = "* @@maintainer @group/nested/sub @payments @@Devs\n"
    kept = ["@@maintainer", "@group/nested/sub", "@payments", "@@Devs"]
    assert rules(text, teams=["@Payments"]) == [("*", kept)]


def test_blanks_and_hashes_may_be_escaped_or_quoted() -> None:
    text = 'path\\ with\\ spaces/ @a/b\n\\#file @a/b\n"a b/*.rb" @a/b\n'
    assert [pattern for pattern, _ in rules(text)] == ["path with spaces/", "#file", "a b/*.rb"]


def test_the_owners_of_a_section_are_those_of_its_rules_that_name_none() -> None:
    text = """\
* @a/all
[Docs][2] @a/docs
docs/
README.md @a/readme
^[Optional data] # not asked for
model/db/
!model/db/old @a/x
[Docs]
more/
"""
    found = [row for row in parse(text) if isinstance(row, CodeOwner)]
    assert [(row.section, row.pattern, row.owners_json, row.excluded) for row in found] == [
        (None, "*", '["@a/all"]', False),
        ("Docs", "docs/", '["@a/docs"]', False),
        ("Docs", "README.md", '["@a/readme"]', False),
        ("Optional data", "model/db/", "[]", False),
        ("Optional data", "model/db/old", '["@a/x"]', True),
        ("Docs", "more/", "[]", False),
    ]
    assert [row.position for row in found] == [1, 2, 3, 4, 5, 6]


def test_a_pattern_may_begin_with_a_set_of_characters() -> None:
    assert rules("[Mm]akefile @a/b\n") == [("[Mm]akefile", ["@a/b"])]


def test_groups_and_settings_of_bitbucket_are_no_rules_and_said() -> None:
    text = "@@@devs @jo @mary\nCODEOWNERS.toplevel.auto_assign false\n*.java @@devs\n"
    row, warning = parse(text)
    assert isinstance(row, CodeOwner)
    assert (row.position, row.pattern, row.owners_json) == (1, "*.java", '["@@devs"]')
    assert warning == Warn(reason="2 groups or settings of Bitbucket left out")


def test_a_word_that_is_no_owner_rejects_its_line_without_showing_it() -> None:
    rejected, row = parse("*.js Jo Public\n*.ts @a/b\n")
    assert rejected == Reject(position=1, reason="an owner that is neither a handle nor an address")
    assert isinstance(row, CodeOwner)
    assert row.position == 1


@pytest.mark.parametrize(
    ("name", "options", "repo"),
    [
        ("shop-web.CODEOWNERS", {}, "shop-web"),
        ("shop-web.codeowners.gz", {}, "shop-web"),
        ("shop%2Fweb.CODEOWNERS", {}, "shop/web"),
        ("shop-web-CODEOWNERS.txt", {}, "shop-web"),
        ("CODEOWNERS", {"repo": "shop"}, "shop"),
        ("shop-web.CODEOWNERS", {"repo": "shop"}, "shop-web"),
    ],
)
def test_the_name_of_the_file_is_that_of_the_repository(
    name: str, options: dict[str, str], repo: str
) -> None:
    (row,) = parse("* @a/b\n", name, **options)
    assert isinstance(row, CodeOwner)
    assert row.repo == repo


@pytest.mark.parametrize("name", ["CODEOWNERS", "owners", "", ".CODEOWNERS"])
def test_a_file_of_no_repository_is_refused(name: str) -> None:
    with pytest.raises(FormatError, match=r"call it <repo>\.CODEOWNERS"):
        parse("* @a/b", name)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"*": "@a/b"}', "JSON, expected a CODEOWNERS"),
        (b'[{"path": "*"}]', "JSON"),
        (b"<html>", "XML"),
        (b"repo,path,owner\n", "CSV"),
        (b"* @a/b\n\x00\x00", "binary data"),
        (b"x" * 70_000, "in a line"),
        (b"# a comment\n" * 300_000, "more than 3,145,728 bytes"),
    ],
)
def test_a_file_of_another_kind_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        parse(body)


def test_an_empty_file_holds_no_rule() -> None:
    assert parse("") == []


@settings(deadline=None, max_examples=100)
@given(text=st.text(alphabet='ab/*@[]^"\\# !.\n\t\x00é1', max_size=80) | st.text(max_size=80))
def test_any_text_gives_rules_rejects_or_a_refusal(text: str) -> None:
    try:
        found = parse(text.encode("utf-8", "surrogatepass"))
    except FormatError:
        return
    for item in found:
        assert isinstance(item, CodeOwner | Reject | Warn)
        if isinstance(item, CodeOwner):
            assert item.pattern
            assert all(name.startswith(("@", "person")) for name in json.loads(item.owners_json))
