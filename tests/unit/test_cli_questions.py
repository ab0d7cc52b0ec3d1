"""`gapsight questions` on a small published database."""

import csv
import io
import json
from pathlib import Path

import pytest

from gapsight.cli.main import main
from gapsight.cli.questions import REASONS
from tests.unit.cli_support import HOSTILE, ROOT, make_marts


@pytest.fixture
def marts(tmp_path: Path) -> str:
    return str(make_marts(tmp_path / "marts.duckdb"))


def printed(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    """What the command, which must end with 0, prints."""
    code = main(("questions", *args))
    out, err = capsys.readouterr()
    assert code == 0, err
    return out


def test_a_question_shows_what_either_answer_would_change(
    marts: str, capsys: pytest.CaptureFixture[str]
) -> None:
    head, first, second = printed(capsys, "--marts", marts).splitlines()
    assert head.split()[:2] == ["#", "flow"]
    assert "answer two questions  mockable?" in first
    assert "65.2 automate partial explore" in first
    assert "71.2 explore only" in first
    assert "who owns it?" in second


def test_one_reason_one_product_and_the_first_of_them(
    marts: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def flows(*args: str) -> list[str]:
        rows = json.loads(printed(capsys, "--marts", marts, "--format", "json", *args))
        return [row["flow"] for row in rows]

    assert flows() == ["invoice", HOSTILE]
    assert flows("--reason", "answer_two_questions") == ["invoice"]
    assert flows("--product", "billing") == ["invoice"]
    assert flows("--limit", "1") == ["invoice"]
    assert flows("--reason", "no_tests") == []


def test_names_of_strangers_stay_in_their_cell(
    marts: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "\x1b[31m" not in printed(capsys, "--marts", marts)
    table = printed(capsys, "--marts", marts, "--format", "markdown")
    assert len(table.splitlines()) == 4
    assert "<b>" not in table
    rows = list(csv.DictReader(io.StringIO(printed(capsys, "--marts", marts, "--format", "csv"))))
    assert [row["reason"] for row in rows] == ["answer_two_questions", "no_owner"]


def test_nothing_to_ask_is_said_and_an_unknown_product_is_refused(
    tmp_path: Path, marts: str, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = str(make_marts(tmp_path / "empty.duckdb", empty=True))
    assert main(("questions", "--marts", empty)) == 0
    assert "nothing to ask" in capsys.readouterr().err
    assert main(("questions", "--marts", marts, "--product", "shopp")) == 3
    assert "there are: billing, shop" in capsys.readouterr().err


def test_the_reasons_that_can_be_asked_for_are_those_of_the_mart() -> None:
    contract = (ROOT / "dbt_project/models/marts/risk/rpt_flow_attention.yml").read_text()
    assert f"values: [{', '.join(REASONS)}]" in contract
