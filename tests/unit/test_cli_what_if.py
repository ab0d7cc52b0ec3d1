"""`gapsight what-if`: wrong usage, and how an outcome is shown; the build itself is a stand-in here."""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gapsight.cli.main import main
from orchestration import trial
from tests.unit.cli_support import HOSTILE, make_workspace

WEIGHTS = [
    {"input": name, "weight": 20.0, "log_reference": None, "valid_from": date(2000, 1, 1)}
    for name in ("usage", "coverage_gap")
]
THRESHOLDS = [{"name": "top_n", "value": "10", "mode": "observe", "valid_from": date(2000, 1, 1)}]


class Copy:
    """A copy of a warehouse whose flows are ranked the other way round once it is built."""

    def __init__(self, flows: int, *, is_current: bool = True) -> None:
        self.is_current = is_current
        self.flows = flows
        self.built: list[tuple[dict[str, Any], list[str]]] = []
        self.problems: list[str] = []

    def build(self, seeds: dict[str, Any], select: list[str]) -> list[str]:
        self.built.append((seeds, select))
        return self.problems

    def rows(self, query: str) -> list[dict[str, Any]]:
        if "int_run__as_of" in query:
            return [{"as_of": date(2026, 6, 30)}]
        if "int_weights__in_force" in query:
            return WEIGHTS
        if "as top_n" in query:
            return [{"top_n": 2.0}]
        if "int_thresholds__in_force" in query:
            return THRESHOLDS
        return self.scores() if "fct_risk_scores" in query else []

    def scores(self) -> list[dict[str, Any]]:
        order = list(range(self.flows))
        tried = len(self.built) > (not self.is_current)
        names = [HOSTILE if n == 0 else f"f{n}" for n in (order[::-1] if tried else order)]
        return [
            {"flow": name, "product": "shop", "risk": 90.0 - rank, "rank": rank, "decision": "x"}
            for rank, name in enumerate(names, 1)
        ]


@pytest.fixture
def copy(monkeypatch: pytest.MonkeyPatch) -> Copy:
    return stand_in(monkeypatch, Copy(3))


def stand_in(monkeypatch: pytest.MonkeyPatch, copy: Copy) -> Copy:
    @contextmanager
    def opened(*_: object) -> Iterator[Copy]:
        yield copy

    monkeypatch.setattr(trial, "trial", opened)
    return copy


@pytest.fixture
def workspace(tmp_path: Path) -> str:
    return str(make_workspace(tmp_path / "shop"))


def test_what_flips_is_a_finding_and_what_is_tried_stands_above(
    copy: Copy, workspace: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["what-if", "--workspace", workspace, "--set", "usage=25"]) == 1
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[:2] == ["What if, as of 2026-06-30:", "  usage weight 20 -> 25"]
    assert [line.split("  ")[0] for line in lines[4:]] == [
        "enters top risk",
        "leaves top risk",
        "moved",
        "moved",
    ]
    assert "88.0 -> 89.0" not in out
    assert "87.0 -> 89.0" in out
    assert "\x1b" not in out
    assert "2 would flip, 2 flows would move" in err


def test_only_what_depends_on_the_seed_and_is_compared_is_built(copy: Copy, workspace: str) -> None:
    main(["what-if", "--workspace", workspace, "--set", "usage=25"])
    ((seeds, select),) = copy.built
    assert seeds["score_weights"][0]["weight"] == "25"
    assert "score_weights+,+fct_risk_scores" in select
    assert not [chosen for chosen in select if chosen.startswith("thresholds")]


def test_where_data_changed_since_the_last_run_both_sides_are_built(
    workspace: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = stand_in(monkeypatch, Copy(3, is_current=False))
    assert main(["what-if", "--workspace", workspace, "--set", "usage=25"]) == 1
    assert [seeds["score_weights"][0]["weight"] for seeds, _ in copy.built] == [20.0, "25"]
    assert "both sides were built from what is there now" in capsys.readouterr().err


def test_what_is_in_force_already_is_not_even_built(
    copy: Copy, workspace: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["what-if", "--workspace", workspace, "--set", "usage=20"]) == 0
    assert copy.built == []
    assert "nothing would change" in capsys.readouterr().err


def test_a_build_that_fails_names_the_values_and_ends_with_3(
    copy: Copy, workspace: str, capsys: pytest.CaptureFixture[str]
) -> None:
    copy.problems = ["int_x: Conversion Error"]
    assert main(["what-if", "--workspace", workspace, "--threshold", "top_n=7"]) == 3
    assert capsys.readouterr().err.splitlines() == [
        "gapsight: the models cannot be built with top_n value 7:",
        "int_x: Conversion Error",
        "try other values",
    ]


@pytest.mark.parametrize("form", ["json", "csv", "markdown"])
def test_each_format_holds_every_row_and_nothing_that_acts(
    form: str, workspace: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(monkeypatch, Copy(30))
    asked = ["what-if", "--workspace", workspace, "--set", "usage=25", "--format", form]
    assert main(asked) == 1
    out = capsys.readouterr().out
    assert "\x1b" not in out.replace(HOSTILE, "") or form == "csv"
    if form == "json":
        found = json.loads(out)
        assert found["changes"] == [
            {
                "seed": "score_weights",
                "name": "usage",
                "column": "weight",
                "before": "20",
                "after": "25",
            }
        ]
        assert (len(found["flips"]), len(found["moved"])) == (4, 30)
    if form == "csv":
        assert len(list(csv.DictReader(io.StringIO(out)))) == 34
    if form == "markdown":
        assert "<b>" not in out
        assert out.count("| moved |") == 30


def test_text_shows_the_first_ten_that_move_and_all_if_asked(
    workspace: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(monkeypatch, Copy(30))
    main(["what-if", "--workspace", workspace, "--set", "usage=25"])
    out = capsys.readouterr().out
    assert out.count("\nmoved ") == 10
    assert "... and 20 more flows that move: --all" in out
    stand_in(monkeypatch, Copy(30))
    main(["what-if", "--workspace", workspace, "--set", "usage=25", "--all"])
    assert capsys.readouterr().out.count("\nmoved ") == 30


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], "nothing to try out"),
        (["--set", "usage=nan"], "--set usage=nan: weight 'nan' is not a number"),
        (["--set", "usage=1e400"], "is not a number"),
        (["--set", "usage=1", "--set", "usage=1"], "was given before"),
        (["--set", "usage=-1", "--threshold", "topn=4"], "did you mean 'top_n'?"),
        (["--weights", "nowhere.csv"], "nowhere.csv"),
        (["--set", f"{HOSTILE}=1"], "is not known"),
        (["--set", "usage=25"], "run this first: gapsight run"),
        (["--set", "usage=25", "--as-of", "2026-06-01"], "gapsight run --as-of 2026-06-01"),
    ],
)
def test_wrong_usage_ends_with_3_and_says_what_to_do(
    words: list[str], expected: str, workspace: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["what-if", "--workspace", workspace, *words]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert expected.lower() in err.lower()
    assert "\x1b" not in err
    assert not (Path(workspace) / "var").exists()
