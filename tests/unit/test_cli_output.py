"""Hostile text in every place where the command line shows it, and the formats themselves."""

import json
import unicodedata
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from gapsight.cli import output
from gapsight.cli.hostile import for_csv, for_json, for_markdown, for_terminal
from gapsight.cli.progress import Lines

_TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=60)


@given(ANY_TEXT)
def test_terminal_text_is_one_line_without_control_characters(text: str) -> None:
    shown = for_terminal(text)
    assert len(shown.splitlines()) <= 1
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert not any(unicodedata.bidirectional(c) in _TURNING for c in shown)


@given(st.text(max_size=60))
def test_json_text_stays_the_same_value(text: str) -> None:
    line = for_json(json.dumps(text, ensure_ascii=False))
    assert json.loads(line) == text
    assert len(line.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain name", "plain name"),
        ("two\nlines", "two\\nlines"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("grün 日本", "grün 日本"),
        ("\ud800", "\\ud800"),
    ],
)
def test_what_is_harmless_stays_and_the_rest_is_seen(text: str, shown: str) -> None:
    assert for_terminal(text) == shown


@pytest.mark.parametrize("start", ["=", "+", "-", "@", " =", "\uff1d", "\u00a0="])
def test_a_csv_field_is_never_a_formula(start: str) -> None:
    assert for_csv(f"{start}cmd()").startswith("'")


@pytest.mark.parametrize(
    "text", ["a | b", "<img src=x>", "[x](http://e.test)", "`code`", "*b*", "www.e.test"]
)
def test_markdown_marks_are_escaped(text: str) -> None:
    shown = for_markdown(text)
    assert shown.replace("\\", "") == text
    assert shown != text


def test_a_mention_is_broken() -> None:
    assert "@team" not in for_markdown("ask @team")


def test_a_formula_number_stays_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    output.table([{"a": -1.5, "b": "-x", "c": None}], (), "csv")
    assert capsys.readouterr().out == "a,b,c\n-1.5,'-x,\n"


def test_json_has_no_nan_and_knows_dates_and_decimals(capsys: pytest.CaptureFixture[str]) -> None:
    row = {
        "nan": float("nan"),
        "inf": [float("inf")],
        "day": date(2026, 6, 30),
        "n": Decimal("1.5"),
    }
    output.as_json(row)
    assert json.loads(capsys.readouterr().out) == {
        "nan": None,
        "inf": [None],
        "day": "2026-06-30",
        "n": 1.5,
    }


def test_columns_line_up_whatever_the_width_of_a_character(
    capsys: pytest.CaptureFixture[str],
) -> None:
    columns = [output.text("name", "name"), output.number("n", "n")]
    output.table([{"name": "日本", "n": 1}, {"name": "abc", "n": 1000}], columns)
    lines = capsys.readouterr().out.splitlines()
    assert {cell_len(line) for line in lines} == {len("name  1,000")}


def test_an_empty_table_still_names_its_columns(capsys: pytest.CaptureFixture[str]) -> None:
    columns = [output.text("name", "name"), output.number("n", "n")]
    for form in ("text", "csv", "markdown"):
        output.table([], columns, form)
    shown = capsys.readouterr().out.splitlines()
    assert shown == ["name  n", "name,n", "| name | n |", "|---|---:|"]


def test_a_narrow_terminal_goes_without_minor_columns_and_never_without_others() -> None:
    columns = [
        output.text("flow", "flow"),
        output.text("product", "flow", minor=True),
        output.number("p95", "n"),
        output.text("owner", "flow", minor=True),
    ]
    rows = [{"flow": "a-flow-with-a-long-name", "n": 123456}]

    def titles(width: int) -> list[str]:
        return [column.title for column in output._fitting(rows, columns, width)]

    assert titles(100) == ["flow", "product", "p95", "owner"]
    assert titles(65) == ["flow", "product", "p95"]
    assert titles(30) == ["flow", "p95"]
    assert titles(5) == ["flow", "p95"]


def test_progress_in_a_log_is_a_line_per_stage(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Lines()
    progress.stage("load", 1200)
    progress.advance("a.log")
    progress.stage("build", None)
    assert capsys.readouterr().err == "load (1,200) ...\nbuild ...\n"
