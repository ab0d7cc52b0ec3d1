"""Every query of docs/queries.md runs on the published demo, and says what was planted."""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise

import duckdb
import pytest

from scripts import data_dictionary
from tests.e2e.conftest import ROOT, Published

pytestmark = [pytest.mark.pipeline, pytest.mark.timeout(900)]
TEXT = (ROOT / "docs" / "queries.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))
"""Question, and all that stands below it."""
BLOCK = re.compile(r"^```sql\n(.*?)^```$", re.MULTILINE | re.DOTALL)
Row = Mapping[str, object]


def answer(shop: Published, words: str) -> list[Row]:
    """Rows of the one question that has these words, by a DuckDB that opened the file itself."""
    [question] = [question for question in SECTIONS if words in question]
    [sql] = BLOCK.findall(SECTIONS[question])
    file = str(shop.data / "published" / "marts.duckdb")
    with duckdb.connect(file, read_only=True) as marts:
        found = marts.execute(sql)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_there_are_twelve_questions_each_with_its_reading_and_one_query() -> None:
    assert len(SECTIONS) == 12
    for question, text in SECTIONS.items():
        assert question.endswith("?")
        assert len(BLOCK.findall(text)) == 1, question
        assert len(text.partition("```sql")[0].split()) > 20, f"{question}: how is it read?"


def test_the_first_three_ask_for_top_flows_coverage_and_flakes() -> None:
    first = list(SECTIONS)[:3]
    words = ("last 14 days", "coverage gap", "flaky")
    assert all(word in question for word, question in zip(words, first, strict=True))


@pytest.mark.parametrize("question", SECTIONS)
def test_a_query_has_an_answer_in_every_column(shop: Published, question: str) -> None:
    rows = answer(shop, question)
    assert rows
    empty = [name for name in rows[0] if all(row[name] is None for row in rows)]
    assert not empty


@pytest.mark.parametrize("question", SECTIONS)
def test_a_query_names_tables_without_schema(question: str) -> None:
    [sql] = BLOCK.findall(SECTIONS[question])
    assert not re.search(r"\b(?:marts|main)\.", sql), "the name of the file is the reader's"


def test_the_top_flows_and_their_uses_are_those_that_were_written(shop: Published) -> None:
    rows = answer(shop, "last 14 days")
    after = shop.truth.until - timedelta(days=14)
    planted = {
        flow: sum(uses for day, uses in days.items() if day > after)
        for flow, days in shop.truth.usage.items()
    }
    assert {row["flow"]: row["uses_in_14_days"] for row in rows} == {
        str(row["flow"]): planted[str(row["flow"])] for row in rows
    }
    assert rows[0]["flow"] == max(planted, key=lambda flow: planted[flow])


def test_the_coverage_gap_lists_the_planted_gaps_and_the_unmeasured_flow(shop: Published) -> None:
    rows = {row["flow"]: row for row in answer(shop, "coverage gap")}
    low = {g.flow for g in shop.truth.gaps if g.gap_type == "high_usage_low_coverage"}
    assert low
    assert all(rows[flow]["gap"] > 0 for flow in low)
    unmeasured = rows[shop.truth.special_flows["without_coverage"]]
    assert (unmeasured["is_unmeasured"], unmeasured["coverage"], unmeasured["gap"]) == (
        True,
        None,
        None,
    )


def test_the_flake_rates_are_the_planted_ones_worst_first(shop: Published) -> None:
    rows = answer(shop, "flaky")
    planted = Counter((f.mixed_shas, f.shas) for f in shop.truth.flaky_tests if f.mixed_shas)
    assert Counter((row["mixed_commits"], row["commits"]) for row in rows) == planted
    worst = max(shop.truth.flaky_tests, key=lambda flaky: flaky.mixed_shas / flaky.shas)
    assert str(rows[0]["test_id"]).endswith(worst.test.name)
    assert all(a["flake_rate"] >= b["flake_rate"] for a, b in pairwise(rows))


def test_the_traffic_without_a_flow_is_what_was_planted(shop: Published) -> None:
    rows = answer(shop, "no flow")
    events = {row["name"]: row["volume"] for row in rows if row["kind"] == "event"}
    routes = {
        str(row["name"]).partition(" ")[2]: row["volume"] for row in rows if row["kind"] == "route"
    }
    assert events == shop.truth.unmapped_events
    assert routes.items() >= shop.truth.unmapped_routes.items()


def test_the_tests_that_fail_most_are_planted(shop: Published) -> None:
    planted = {t.name for regression in shop.truth.regressions for t in regression.tests}
    planted |= {flaky.test.name for flaky in shop.truth.flaky_tests}
    worst = [row for row in answer(shop, "fail most") if row["failed_runs"]][:5]
    assert len(worst) == 5
    for row in worst:
        assert str(row["test_id"]).rpartition("::")[2].startswith(tuple(planted)), row


def test_the_release_verdicts_are_the_planted_ones(shop: Published) -> None:
    rows = answer(shop, "Can we release")
    verdicts = {row["product"]: row["verdict"] for row in rows}
    assert shop.truth.releases.items() <= verdicts.items()
    assert all(row["reason"] for row in rows if row["status"] != "pass")


def test_every_planted_gap_has_its_owner(shop: Published) -> None:
    rows = answer(shop, "owns the gaps")
    flows = [flow for row in rows for flow in str(row["which"]).split(", ")]
    assert len(flows) == len(set(flows)) == sum(int(str(row["flows"])) for row in rows)
    assert {gap.flow for gap in shop.truth.gaps} <= set(flows)


def test_the_lines_of_the_last_day_are_those_that_were_written(shop: Published) -> None:
    classes = ("static", "synthetic", "bot", "dropped", "other", "duplicate", "rejected")
    planted: dict[str, Counter[str]] = {}
    for path, counts in shop.truth.traffic.items():
        source, day, _ = path.split("/", 2)
        if day == str(shop.truth.until):
            kinds = planted.setdefault(source, Counter())
            kinds.update({name: getattr(counts, name) for name in (*classes, "lines", "user")})
    rows = answer(shop, "every line")
    assert {row["source"] for row in rows} == set(planted)
    for row in rows:
        kinds = planted[str(row["source"])]
        assert {name: row[name] for name in classes} == {name: kinds[name] for name in classes}
        assert row["records_read"] == kinds["lines"]
        assert int(str(row["user_mapped"])) + int(str(row["user_unmapped"])) == kinds["user"]
        assert row["difference"] == 0


def test_what_was_dropped_or_could_not_be_read_is_what_was_planted(shop: Published) -> None:
    planted: Counter[tuple[str, str]] = Counter()
    for path, counts in shop.truth.traffic.items():
        source, day, _ = path.split("/", 2)
        if day > str(shop.truth.until - timedelta(days=7)):
            planted[source, "could not be read"] += counts.rejected
            planted[source, "left out"] += counts.dropped + counts.duplicate
    found: Counter[tuple[str, str]] = Counter()
    for row in answer(shop, "could not be read last week"):
        found[str(row["source"]), str(row["what"])] += int(str(row["records"]))
    usage = {source for source, _ in planted}
    assert {key: count for key, count in found.items() if key[0] in usage} == +planted


def test_the_coverage_path_that_matches_nothing_is_the_planted_one(shop: Published) -> None:
    [row] = answer(shop, "coverage paths match nothing")
    assert row["name"] == "shop-web src/shop/legacy/flags.py"
    assert "component_flows" in str(row["what_to_do"])


def test_the_dictionary_lists_every_table_and_column_that_is_published(shop: Published) -> None:
    text = data_dictionary.TARGET.read_text(encoding="utf-8")
    listed = {
        (table, column)
        for table, body in re.findall(
            r"^### `(\w+)`\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL
        )
        for column in re.findall(r"^\| `(\w+)` \|", body, re.MULTILINE)
    }
    published = set(
        shop.query("select table_name, column_name from duckdb_columns() where not internal")
    )
    assert listed == published
