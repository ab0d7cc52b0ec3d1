"""The check of the seeds: what is wrong, in which file and line, and what to do about it."""

from pathlib import Path

import duckdb
import pytest

from gapsight.seeds import Report, check_seeds, effective_seed
from gapsight.seeds.check import DEFAULTS
from gapsight.seeds.rules import read_rules
from gapsight.seeds.values import wrong_value

CATALOG = (
    "flow,title,product,owner,business_criticality,status\ncheckout,Pay,shop,team-pay,1,active\n"
)
OWNERS = "owner,kind\nteam-pay,team\n"


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """A workspace's folder of seeds without a mistake."""
    folder = tmp_path / "seeds"
    folder.mkdir()
    (folder / "flow_catalog.csv").write_text(CATALOG)
    (folder / "owners.csv").write_text(OWNERS)
    return folder


def messages(report: Report) -> list[str]:
    return [str(problem) for problem in report.problems]


def checked(folder: Path, name: str, content: str | bytes) -> list[str]:
    """Write one seed file and return what the check says of the whole set."""
    data = content if isinstance(content, bytes) else content.encode()
    (folder / f"{name}.csv").write_bytes(data)
    return messages(check_seeds(folder))


def test_sound_seeds_have_no_problem(seeds: Path) -> None:
    report = check_seeds(seeds)
    assert report.problems == ()
    assert "seeds/flow_catalog.csv" in report.files
    assert "(default) tiers.csv" in report.files


def test_every_row_of_a_circle_of_aliases_is_named_and_a_chain_is_none(seeds: Path) -> None:
    chain = "old_id,new_id,accepted_by\na,b,qa\nb,c,qa\nc,d,qa\n"
    assert checked(seeds, "test_aliases", chain) == []
    assert checked(seeds, "test_aliases", chain + "d,b,qa\n") == [
        f"seeds/test_aliases.csv:{line}: old_id '{name}' goes in a circle;"
        " its new_id leads back to 'b'"
        if name in "ab"
        else f"seeds/test_aliases.csv:{line}: old_id '{name}' goes in a circle;"
        f" its new_id leads back to '{name}'"
        for line, name in enumerate("abcd", 2)
    ]


def test_feedback_says_of_each_kind_of_subject_what_can_be_shown_of_it(seeds: Path) -> None:
    head = "subject_type,subject,verdict_given,is_right,judged_on,judged_by,note\n"
    good = (
        "score,checkout,automate_now,false,2026-06-01,qa-lead,costs too much\n"
        "verdict,web::t.py::a,flaky_confirmed,true,2026-06-01,,\n"
        "gap,g0123456789ab,high_revenue_any_risk,true,2026-06-01,,\n"
    )
    assert checked(seeds, "verdict_feedback", head + good) == []
    wrong = "gap,g1,flaky_confirmed,maybe,June,,\nrisk,checkout,automate_now,true,2026-06-01,,\n"
    found = checked(seeds, "verdict_feedback", head + good + wrong)
    assert [problem.split(":")[1] for problem in found] == ["5", "5", "5", "6"]
    assert "verdict_given 'flaky_confirmed' is not known" in " ".join(found)
    assert "subject_type 'risk' is not known" in " ".join(found)


def test_every_rule_of_the_project_is_checked_here() -> None:
    assert check_seeds(None).left_to_dbt == ()


def test_every_default_seed_is_described_with_the_columns_it_has() -> None:
    rules = read_rules(DEFAULTS)
    assert sorted(rules) == sorted(path.stem for path in DEFAULTS.glob("*.csv"))
    for name, rule in rules.items():
        header = (DEFAULTS / f"{name}.csv").read_text().splitlines()[0]
        assert tuple(header.split(",")) == rule.columns


@pytest.mark.parametrize(
    ("name", "content", "line", "message"),
    [
        pytest.param(
            "flow_aliases",
            "source,alias,flow\njira,pay,checkout\njira,x,chekout\n",
            3,
            "alias 'x' names the unknown flow 'chekout'; did you mean 'checkout'?",
            id="alias-to-an-unknown-flow",
        ),
        pytest.param(
            "flow_aliases",
            "source,alias,flow\njira,x,zzz\n",
            2,
            "alias 'x' names the unknown flow 'zzz'; add it to seeds/flow_catalog.csv",
            id="alias-to-a-flow-like-no-other",
        ),
        pytest.param(
            "flow_aliases",
            "source,alias,flow\njira,pay,checkout\n\njira,pay,checkout\n",
            4,
            "source 'jira', alias 'pay' stands twice, first in line 2; keep one of them",
            id="key-twice-and-blank-line-counted",
        ),
        pytest.param(
            "flow_aliases",
            "source,alias,flow\njira,,checkout\n",
            2,
            "source 'jira' has no alias",
            id="empty-key",
        ),
        pytest.param(
            "flow_aliases",
            "source,flow\njira,checkout\n",
            1,
            "key column 'alias' is missing in the header",
            id="key-column-missing",
        ),
        pytest.param(
            "flow_catalog",
            "flow,title,status\ncheckout,Pay,active\n",
            1,
            "column 'product' is missing in the header",
            id="required-column-missing",
        ),
        pytest.param(
            "flow_catalog",
            CATALOG.replace("title", "titel"),
            1,
            "unknown column 'titel'; did you mean 'title'?",
            id="unknown-column",
        ),
        pytest.param(
            "flow_catalog",
            "flow,flow,product,status\na,b,c,active\n",
            1,
            "the header names column 'flow' twice",
            id="duplicate-header",
        ),
        pytest.param(
            "flow_catalog",
            CATALOG + "search,Find, and find,shop,team-pay,1,active\n",
            3,
            "7 fields where the header has 6; a text with a comma needs double quotes around it",
            id="too-many-fields",
        ),
        pytest.param(
            "flow_catalog",
            CATALOG + "search,Find\n",
            3,
            "2 fields where the header has 6",
            id="too-few-fields",
        ),
        pytest.param(
            "flow_catalog",
            CATALOG + "search,Find,shop,team-pay,1,actve\n",
            3,
            "flow 'search': status 'actve' is not known; did you mean 'active'?",
            id="value-not-accepted",
        ),
        pytest.param(
            "flow_catalog",
            CATALOG + "search,Find,shop,team-pay,1.5,active\n",
            3,
            "flow 'search': business_criticality 1.5 is above 1, the largest allowed",
            id="above-the-range",
        ),
        pytest.param(
            "flow_catalog",
            CATALOG + 'search,Find,shop,team-pay,"0,8",active\n',
            3,
            "business_criticality '0,8' is not a number; "
            "write it with a point instead of the comma",
            id="decimal-comma",
        ),
        pytest.param(
            "flow_catalog",
            CATALOG + "search,Find,shop,team-pya,1,active\n",
            3,
            "flow 'search' names the unknown owner 'team-pya'; did you mean 'team-pay'?",
            id="unknown-owner",
        ),
        pytest.param(
            "score_weights",
            "input,weight,log_reference,valid_from\nusage,-3,100000,2000-01-01\n",
            2,
            "input 'usage': weight -3 is negative; write 0 or more",
            id="negative-weight",
        ),
        pytest.param(
            "score_weights",
            "input,weight,log_reference,valid_from\nusage,20,,2000-01-01\n",
            2,
            "input 'usage' has no log_reference",
            id="no-reference-for-a-logarithm",
        ),
        pytest.param(
            "flow_catalog",
            CATALOG + "search,Find,all,team-pay,1,active\n",
            3,
            "product 'all' means something else here; choose another name",
            id="reserved-product",
        ),
        pytest.param(
            "test_aliases",
            "old_id,new_id,accepted_by\na,b,qa\nb,c,qa\nd,d,qa\n",
            4,
            "old_id 'd' goes in a circle; its new_id leads back to 'd'",
            id="alias-of-itself",
        ),
        pytest.param(
            "test_aliases",
            "old_id,new_id,accepted_by\na,b,qa\na,c,qa\n",
            3,
            "old_id 'a' stands twice, first in line 2; keep one of them",
            id="two-aliases-of-one-test",
        ),
        pytest.param(
            "test_aliases",
            "old_id,new_id,accepted_by\na,b,\n",
            2,
            "old_id 'a' has no accepted_by",
            id="alias-that-nobody-accepted",
        ),
        pytest.param(
            "thresholds",
            "name,value,valid_from\nstale_dayz,2,2000-01-01\n",
            2,
            "name 'stale_dayz' is not known; did you mean 'stale_days'?",
            id="unknown-threshold",
        ),
        pytest.param(
            "thresholds",
            "name,value,valid_from\nrelease_coverage,80,2000-01-01\n",
            2,
            "release_coverage: '80' is above 1; write a share such as 0.8 for 80 %",
            id="percent-for-a-share",
        ),
        pytest.param(
            "thresholds",
            "name,value,valid_from\ntop_n,-1,2000-01-01\n",
            2,
            "top_n: '-1' is negative; write 0 or more",
            id="negative-threshold",
        ),
        pytest.param(
            "thresholds",
            "name,value,valid_from\nusage_window_days,14.5,2000-01-01\n",
            2,
            "usage_window_days: '14.5' is no whole number",
            id="half-a-day",
        ),
        pytest.param(
            "thresholds",
            "name,value,valid_from\nusage_window_days,1e308,2000-01-01\n",
            2,
            "usage_window_days: '1e308' is above 36500, the largest allowed",
            id="more-days-than-a-date-can-take",
        ),
        pytest.param(
            "thresholds",
            "name,value,valid_from\nincident_window_days,500,2000-01-01\nincident_window_days,501,2010-01-01\n",
            3,
            "incident_window_days: '501' is above 500, the largest allowed",
            id="more-days-than-models-count",
        ),
        pytest.param(
            "score_weights",
            "input,weight,log_reference,valid_from\nusage,1e308,100,2000-01-01\n",
            2,
            "input 'usage': weight 1e308 is above 1000000, the largest allowed",
            id="weights-whose-sum-is-no-number",
        ),
        pytest.param(
            "thresholds",
            "name,value,valid_from\ntop_n,ten,2000-01-01\n",
            2,
            "top_n: 'ten' is not a number",
            id="word-for-a-number",
        ),
        pytest.param(
            "thresholds",
            "name,value,valid_from\ndefect_basis,per_day,2000-01-01\n",
            2,
            "defect_basis: 'per_day' is not known; write one of per_week, per_kloc",
            id="unknown-basis",
        ),
        pytest.param(
            "score_weights",
            "input,weight,log_reference,valid_from\nusage,20,9,01.02.2026\n",
            2,
            "valid_from '01.02.2026' is not a date; write it as YYYY-MM-DD",
            id="no-date",
        ),
        pytest.param(
            "route_patterns",
            "service,method,pattern,flow,priority\n*,GET,/pay,checkout,high\n",
            2,
            "priority 'high' is not a whole number",
            id="no-whole-number",
        ),
        pytest.param(
            "flow_catalog",
            CATALOG.replace("status", "status,one_off").replace("active", "active,maybe"),
            2,
            "one_off 'maybe' is neither true nor false",
            id="no-boolean",
        ),
        pytest.param(
            "flow_catalog",
            CATALOG.encode() + "search,Käse,shop,team-pay,1,active\n".encode("latin-1"),
            3,
            "byte 0xe4 is not UTF-8; save the file as 'CSV UTF-8'",
            id="not-utf8",
        ),
        pytest.param(
            "flow_catalog",
            CATALOG.replace(",", ";"),
            1,
            "columns are separated by semicolons; use commas",
            id="semicolons",
        ),
        pytest.param(
            "flow_catalog",
            CATALOG + 'search,"Find,shop,team-pay,1,active\n',
            3,
            "cannot be read as CSV from here on: unexpected end of data; "
            "look for a missing double quote",
            id="open-quote",
        ),
        pytest.param(
            "flow_catalogue",
            CATALOG,
            0,
            "no seed is called 'flow_catalogue'; did you mean 'flow_catalog'?",
            id="misspelled-file",
        ),
    ],
)
def test_a_mistake_is_said_with_its_place(
    seeds: Path, name: str, content: str | bytes, line: int, message: str
) -> None:
    place = f"seeds/{name}.csv:{line}" if line else f"seeds/{name}.csv"
    assert checked(seeds, name, content) == [f"{place}: {message}"]


def test_an_empty_file_is_told_which_columns_to_have(seeds: Path) -> None:
    (text,) = checked(seeds, "flow_aliases", "")
    assert text == (
        "seeds/flow_aliases.csv: the file is empty; "
        "its first line must name the columns: source,alias,flow"
    )


def test_lines_are_those_of_the_file_where_a_text_spans_several(seeds: Path) -> None:
    text = 'search,"Find\nand\nfind",shop,team-pay,1,active\nlogin,In,shop,nobody,1,active\n'
    (message,) = checked(seeds, "flow_catalog", CATALOG + text)
    assert message.startswith("seeds/flow_catalog.csv:6: flow 'login' names the unknown owner")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbf" + CATALOG.encode(), id="byte-order-mark"),
        pytest.param(CATALOG.replace("\n", "\r\n").encode(), id="windows-line-ends"),
        pytest.param(CATALOG.rstrip().encode(), id="no-last-line-end"),
        pytest.param((CATALOG + '=cmd(),"=2+3",shop,team-pay,0.5,sunset\n').encode(), id="formula"),
        pytest.param((CATALOG + "search,,shop,,,active\n").encode(), id="optional-values-empty"),
        pytest.param(b"status,product,flow\nactive,shop,checkout\n", id="columns-in-any-order"),
    ],
)
def test_what_dbt_reads_without_trouble_is_no_mistake(seeds: Path, content: bytes) -> None:
    assert checked(seeds, "flow_catalog", content) == []


def test_a_broken_catalogue_does_not_make_every_name_unknown(seeds: Path) -> None:
    (seeds / "flow_aliases.csv").write_text("source,alias,flow\njira,x,checkout\n")
    problems = checked(seeds, "flow_catalog", CATALOG.replace("title", "titel"))
    assert [text.partition(": ")[0] for text in problems] == ["seeds/flow_catalog.csv:1"]


def test_the_overlay_stands_in_for_the_default_of_its_name(seeds: Path) -> None:
    (seeds / "tiers.csv").write_text("tier,weight\ngold,0.7\n")
    assert [row.values["tier"] for row in effective_seed("tiers", seeds).rows] == ["gold"]
    assert "regulated" in [row.values["tier"] for row in effective_seed("tiers", None).rows]


@pytest.fixture
def own_rules(tmp_path: Path) -> Path:
    """Defaults with rules that the project's own seeds do not use today."""
    (tmp_path / "things.csv").write_text("name,kind,score\nb,x,1\n")
    (tmp_path / "things.yml").write_text(
        """
seeds:
  - name: things
    config: {column_types: {name: string, kind: string, score: double}}
    tests:
      - at_least_one_row
    columns:
      - name: name
        data_tests: [unique, not_null]
      - name: kind
        data_tests:
          - accepted_values: {values: [x, y], config: {severity: warn}}
          - relationships: {arguments: {to: ref('dim_things'), field: name}}
          - not_null: {config: {where: "score > 1"}}
      - name: score
        data_tests:
          - between: {arguments: {min_value: 1}}
          - our_own_rule
"""
    )
    return tmp_path


def test_warnings_are_no_errors(own_rules: Path) -> None:
    (own_rules / "things.csv").write_text("name,kind,score\na,z,1\n")
    report = check_seeds(None, own_rules)
    assert messages(report) == [
        "(default) things.csv:2: warning: name 'a': kind 'z' is not known; write one of x, y"
    ]
    assert report.errors == ()


def test_what_only_the_run_can_check_is_listed(own_rules: Path) -> None:
    assert check_seeds(None, own_rules).left_to_dbt == (
        "things: relationships of kind",
        "things: not_null of kind",
        "things: our_own_rule of score",
    )


def test_a_seed_that_must_have_rows_is_asked_for(own_rules: Path) -> None:
    (own_rules / "things.csv").write_text("name,kind,score\n")
    (text,) = messages(check_seeds(None, own_rules))
    place, _, message = text.partition(": ")
    assert place == "(default) things.csv"
    assert message == "things has no row; write seeds/things.csv with the columns name,kind,score"


def test_values_below_a_minimum_and_twice_are_named(own_rules: Path) -> None:
    (own_rules / "things.csv").write_text("name,kind,score\na,x,0\na,x,2\n")
    assert messages(check_seeds(None, own_rules)) == [
        "(default) things.csv:2: name 'a': score 0 is below 1, the smallest allowed",
        "(default) things.csv:3: name 'a' stands twice, first in line 2; keep one of them",
    ]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("double", ["1", "-0.5", "1e3", " 2"], ["nan", "inf", "1_000", "one", "1.2.3"]),
        ("bigint", ["1", "-3", "+4", " 5"], ["1.5", "1e3", "x", "--1"]),
        ("boolean", ["true", "F", "yes", "0"], ["on", "wahr", " true"]),
        ("date", ["2026-06-30"], ["20260630", "2026-13-01", "30.06.2026"]),
        ("timestamp", ["2026-06-30 10:00:00"], ["noon"]),
        ("string", ["anything", "=cmd()"], []),
    ],
)
def test_a_value_fits_its_type_or_is_refused(kind: str, good: list[str], bad: list[str]) -> None:
    assert [value for value in good if wrong_value(kind, value)] == []
    assert [value for value in bad if not wrong_value(kind, value)] == []


@pytest.mark.parametrize("kind", ["double", "bigint", "boolean", "date"])
def test_what_is_accepted_is_what_the_engine_reads(kind: str, tmp_path: Path) -> None:
    """Whatever passes the check must not end the run."""
    words = ["1", "0", "-1", "+1", "1.0", "1e3", "t", "F", "Yes", "no", "true", "2026-06-30", " 2"]
    for word in (word for word in words if wrong_value(kind, word) is None):
        place = tmp_path / "seed.csv"
        place.write_text(f"key,value\nk,{word}\n")
        with duckdb.connect() as connection:
            connection.execute(f"create table seed (key varchar, value {kind})")
            connection.execute(f"copy seed from '{place}' (format csv, header true, delimiter ',')")
            assert connection.execute("select value is not null from seed").fetchone() == (True,)
