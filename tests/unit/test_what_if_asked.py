"""Weights and thresholds as somebody asks for them: what is taken, and what is said of the rest."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gapsight.seeds.values import number
from gapsight.whatif.asked import (
    THRESHOLDS,
    WEIGHTS,
    AskedError,
    Difference,
    Value,
    from_file,
    from_options,
    merged,
)

INPUTS = {"usage": 100000.0, "change_rate": 50.0, "coverage_gap": None}
IN_FORCE = {
    WEIGHTS: [
        {"input": name, "weight": 20.0, "log_reference": reference, "valid_from": "2000-01-01"}
        for name, reference in INPUTS.items()
    ],
    THRESHOLDS: [
        {"name": "top_n", "value": "10", "mode": "observe", "valid_from": "2000-01-01"},
        {"name": "release_coverage", "value": "0.8", "mode": "observe", "valid_from": "2000-01-01"},
        {
            "name": "defect_basis",
            "value": "per_week",
            "mode": "observe",
            "valid_from": "2000-01-01",
        },
    ],
}


def refused(seed: str, *given: str) -> list[str]:
    with pytest.raises(AskedError) as error:
        from_options(seed, given)
    return str(error.value).splitlines()


def differences(*values: Value) -> list[tuple[str, str, str, str]]:
    return [(d.name, d.column, d.before, d.after) for d in merged(values, IN_FORCE)[1]]


def test_a_bare_name_means_the_weight_or_the_value_and_a_column_can_be_named() -> None:
    values = from_options(WEIGHTS, ["usage=25", " usage.log_reference = 5e4 "])
    values += from_options(THRESHOLDS, ["release_coverage=.7", "release_coverage.mode=block"])
    assert differences(*values) == [
        ("usage", "weight", "20", "25"),
        ("usage", "log_reference", "100000", "50000"),
        ("release_coverage", "value", "0.8", "0.7"),
        ("release_coverage", "mode", "observe", "block"),
    ]


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1e400", "1_000", "20,5", "twenty", "0x10"])
def test_what_is_no_finite_number_is_refused(text: str) -> None:
    (line,) = refused(WEIGHTS, f"usage={text}")
    assert line.startswith(f"--set usage={text}: weight '{text}' is not a number")
    (line,) = refused(THRESHOLDS, f"top_n={text}")
    assert line.startswith(f"--threshold top_n={text}: top_n: '{text}' is not a number")


@pytest.mark.parametrize(
    ("seed", "given", "line"),
    [
        (
            WEIGHTS,
            "usage=-1",
            "--set usage=-1: input 'usage': weight -1 is negative; write 0 or more",
        ),
        (WEIGHTS, "usge=1", "--set usge=1: input 'usge' is not known; did you mean 'usage'?"),
        (WEIGHTS, "usage", "--set usage: write it as NAME=VALUE, e.g. usage=25"),
        (WEIGHTS, "usage=", "--set usage=: write it as NAME=VALUE, e.g. usage=25"),
        (
            WEIGHTS,
            "usage.wieght=1",
            "--set usage.wieght=1: usage has no 'wieght'; did you mean 'weight'?",
        ),
        (WEIGHTS, "top_n=1", "--set top_n=1: top_n belongs to --threshold top_n=1"),
        (THRESHOLDS, "usage=1", "--threshold usage=1: usage belongs to --set usage=1"),
        (
            THRESHOLDS,
            "topn=1",
            "--threshold topn=1: name 'topn' is not known; did you mean 'top_n'?",
        ),
        (
            THRESHOLDS,
            "release_coverage=80",
            "--threshold release_coverage=80: release_coverage: '80' is above 1; write a share such as 0.8 for 80 %",
        ),
        (
            THRESHOLDS,
            "defect_basis=per_loc",
            "--threshold defect_basis=per_loc: defect_basis: 'per_loc' is not known; write one of per_week, per_kloc",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place_and_what_to_do(seed: str, given: str, line: str) -> None:
    assert refused(seed, given) == [line]


def test_every_mistake_is_named_and_a_value_given_twice_is_one() -> None:
    assert refused(WEIGHTS, "usage=1", "usage=2", "change_rate=-1") == [
        "--set usage=2: usage was given before (--set usage=1); once is enough",
        "--set change_rate=-1: input 'change_rate': weight -1 is negative; write 0 or more",
    ]
    assert len(from_options(WEIGHTS, ["usage=1", "usage.log_reference=2"])) == 2


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([WEIGHTS, THRESHOLDS]), st.lists(st.text(), max_size=4))
def test_any_text_is_a_value_that_fits_or_a_message(seed: str, texts: list[str]) -> None:
    names = ["usage=", "top_n=", "release_coverage=", "usage.log_reference=", "defect_basis="]
    for words in (texts, [name + text for name in names for text in texts]):
        try:
            values = from_options(seed, words)
        except AskedError:
            continue
        for value in values:
            found = number(value.text)
            assert found is None or found >= 0


def test_values_as_they_are_in_force_are_no_difference() -> None:
    values = from_options(WEIGHTS, ["usage=20.0", "usage.log_reference=1e5"])
    assert differences(*values, *from_options(THRESHOLDS, ["top_n=10.0"])) == []


def test_only_logarithmic_inputs_have_a_reference_and_one_weight_is_above_0() -> None:
    with pytest.raises(AskedError, match="coverage_gap is not logarithmic"):
        differences(*from_options(WEIGHTS, ["coverage_gap.log_reference=5"]))
    with pytest.raises(AskedError, match="every weight would be 0"):
        differences(*from_options(WEIGHTS, [f"{name}=0" for name in INPUTS]))


def test_a_name_that_the_last_run_did_not_know_is_said() -> None:
    with pytest.raises(AskedError, match="stale_days is not in force on this day"):
        differences(*from_options(THRESHOLDS, ["stale_days=3"]))


def file(folder: Path, text: str) -> Path:
    path = folder / "weights.csv"
    path.write_text(text)
    return path


def test_a_file_needs_no_day_and_of_several_rows_of_one_name_the_last_day_counts(
    tmp_path: Path,
) -> None:
    bare = from_file(WEIGHTS, file(tmp_path, "input,weight\nusage,25\n"))
    assert differences(*bare) == [("usage", "weight", "20", "25")]
    text = "input,weight,log_reference,valid_from\nusage,30,9,2031-01-01\nusage,25,9,2026-01-01\n"
    assert differences(*from_file(WEIGHTS, file(tmp_path, text))) == [
        ("usage", "weight", "20", "30"),
        ("usage", "log_reference", "100000", "9"),
    ]


def test_an_option_stands_behind_a_file(tmp_path: Path) -> None:
    values = from_file(WEIGHTS, file(tmp_path, "input,weight\nusage,25\n"))
    values += from_options(WEIGHTS, ["usage=7"])
    assert differences(*values) == [("usage", "weight", "20", "7")]


def test_the_defaults_of_the_package_are_a_file_that_fits() -> None:
    defaults = Path(__file__).parents[2] / "dbt_project" / "seeds"
    assert len(from_file(WEIGHTS, defaults / "score_weights.csv")) == 12
    assert len(from_file(THRESHOLDS, defaults / "thresholds.csv")) > 30


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ": the file is empty"),
        ("input;weight\nusage;1\n", ":1: columns are separated by semicolons"),
        ("input,wieght\nusage,1\n", ":1: unknown column 'wieght'; did you mean 'weight'?"),
        ("weight\n1\n", ":1: the header must name 'input' and 'weight'"),
        ("input\nusage\n", ":1: the header must name 'input' and 'weight'"),
        ("input,weight\nusage,1\nusage,2\n", ":3: usage stands twice, first in line 2"),
        ("input,weight\nusge,1\n", ":2: input 'usge' is not known; did you mean 'usage'?"),
        ("input,weight\nusage,-1\n", ":2: input 'usage': weight -1 is negative"),
        ("input,weight\nusage,nan\n", ":2: weight 'nan' is not a number"),
        ("input,weight\nusage,1,2\n", ":2: 3 fields where the header has 2"),
        ("input,weight,valid_from\nusage,1,30.6.\n", ":2: valid_from '30.6.' is not a date"),
    ],
)
def test_a_file_that_does_not_fit_is_named_with_its_line(
    tmp_path: Path, text: str, line: str
) -> None:
    path = file(tmp_path, text)
    with pytest.raises(AskedError) as error:
        from_file(WEIGHTS, path)
    assert f"{path}{line}" in str(error.value)


def test_a_difference_says_what_was_and_what_is_tried() -> None:
    rows, (only,) = merged(from_options(THRESHOLDS, ["top_n=5"]), IN_FORCE)
    assert only == Difference(THRESHOLDS, "top_n", "value", "10", "5")
    assert rows[THRESHOLDS][0]["value"] == "5"
    assert IN_FORCE[THRESHOLDS][0]["value"] == "10", "what is in force stays as it is"
