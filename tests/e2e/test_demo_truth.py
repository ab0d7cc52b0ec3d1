"""The planted truth of the demo against what the pipeline found."""

import csv
import gzip
import json
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from gapsight.demo.truth import TestName
from tests.e2e.conftest import Published

pytestmark = [pytest.mark.pipeline, pytest.mark.timeout(900)]


def of_test(shop: Published, test: TestName) -> list[tuple[object, ...]]:
    """Id and verdict of a planted test; several where it has parameters."""
    return shop.query(
        """
        select tests.test_id, verdicts.status, verdicts.k
        from dim_tests as tests
        left join fct_flake_verdicts as verdicts using (test_id)
        where tests.repo = ? and tests.name = ?
            and coalesce(tests.class_name, '') = ? and coalesce(tests.path, '') in (?, ?)
            and (? is null or tests.params = ?)
        """,
        test.repo,
        test.name,
        test.class_name or "",
        test.file or "",
        (test.class_name or "").replace(".", "/"),
        test.params,
        test.params,
    )


def test_every_planted_gap_is_among_the_top(shop: Published) -> None:
    found = {(flow, kind) for flow, kind in shop.query("select flow, gap_type from fct_top_gaps")}
    assert {(gap.flow, gap.gap_type) for gap in shop.truth.gaps} <= found


def test_the_tickets_of_gaps_are_the_planted_ones_each_in_its_state(shop: Published) -> None:
    found = shop.query("select ticket_key, flow, state from rpt_gap_tickets")
    assert len(shop.truth.tickets) == 3
    assert sorted(found) == sorted((t.key, t.flow, t.state) for t in shop.truth.tickets)
    standing = {t.key: t.state for t in shop.truth.tickets if t.state != "can_be_closed"}
    assert (
        dict(
            shop.query(
                "select ticket_key, ticket_status from fct_top_gaps where ticket_key is not null"
            )
        )
        == standing
    )


def test_every_planted_gap_type_ranks_its_flow_in_the_first_ten(shop: Published) -> None:
    best = dict(shop.query("select flow, min(gap_rank) from fct_top_gaps group by flow"))
    order = sorted(best, key=lambda flow: best[flow])[:10]
    assert {gap.flow for gap in shop.truth.gaps} <= set(order)


def test_a_planted_flaky_test_above_five_per_cent_is_confirmed(shop: Published) -> None:
    must = [flaky for flaky in shop.truth.flaky_tests if flaky.must_be_confirmed]
    assert len(must) >= 5
    assert all(flaky.must_be_confirmed for flaky in shop.truth.flaky_tests if flaky.rate >= 0.05)
    verdicts = {flaky.test.name: of_test(shop, flaky.test) for flaky in must}
    assert {name: [row[1] for row in rows] for name, rows in verdicts.items()} == {
        name: ["flaky_confirmed"] for name in verdicts
    }


def test_no_planted_regression_is_called_flaky(shop: Published) -> None:
    planted = [test for regression in shop.truth.regressions for test in regression.tests]
    assert planted
    flaky = {(f.test.repo, f.test.class_name, f.test.name) for f in shop.truth.flaky_tests}
    for test in planted:
        rows = of_test(shop, test)
        assert rows, test
        if (test.repo, test.class_name, test.name) not in flaky:
            assert not [r for r in rows if str(r[1]).startswith("flaky")], test


def test_only_planted_tests_are_called_flaky(shop: Published) -> None:
    known = {row[0] for flaky in shop.truth.flaky_tests for row in of_test(shop, flaky.test)}
    called = {
        row[0]
        for row in shop.query(
            "select test_id from fct_flake_verdicts where status = 'flaky_confirmed'"
        )
    }
    assert called <= known


def test_the_flow_without_coverage_data_is_unmeasured_and_not_zero(shop: Published) -> None:
    flow = shop.truth.special_flows["without_coverage"]
    [(coverage, low, high)] = shop.query(
        "select coverage, risk_low, risk_high from fct_risk_scores where grain = 'flow' and entity = ?",
        flow,
    )
    assert coverage is None
    assert high - low >= 15
    assert shop.query(
        "select 1 from fct_top_gaps where flow = ? and gap_type = 'high_usage_unmeasured_coverage'",
        flow,
    )


def test_coverage_of_every_flow_is_that_of_the_planted_counts(shop: Published) -> None:
    components = {
        name: (covered, total)
        for name, covered, total in shop.query(
            "select component, lines_covered, lines_total from dim_components where lines_total is not null"
        )
    }
    planted = {
        name: tuple(counts["lines"])
        for flow in shop.truth.coverage.values()
        for name, counts in flow.components.items()
    }
    assert planted
    assert {name: components.get(name) for name in planted} == planted


def test_special_flows_are_what_they_are_planted_as(shop: Published) -> None:
    special = shop.truth.special_flows
    flows = {
        flow: {"orphan": orphan, "tests": tests, "observed": observed}
        for flow, orphan, tests, observed in shop.query(
            "select flow, is_orphan, tests, is_observed from dim_flows"
        )
    }
    assert flows[special["without_owner"]]["orphan"]
    assert flows[special["without_tests"]]["tests"] == 0
    assert not flows[special["never_observed"]]["observed"]
    decisions = dict(
        shop.query("select entity, decision from fct_risk_scores where grain = 'flow'")
    )
    assert decisions[special["sunset"]] in ("dont_invest", "explore_only")
    assert decisions[special["one_off"]] in ("dont_invest", "explore_only")


def test_noisy_runs_are_the_planted_outages(shop: Published) -> None:
    builds = {f"{run.repo}/{run.build}" for run in shop.truth.noisy_runs}
    found = {
        row[0]
        for row in shop.query("select distinct build from fct_test_results where is_noisy_run")
    }
    assert builds
    assert builds <= found
    regressions = {sha for r in shop.truth.regressions for sha in r.shas}
    extra = shop.query(
        "select distinct build, sha from fct_test_results where is_noisy_run and not list_contains(?, build)",
        sorted(builds),
    )
    assert not [row for row in extra if row[1] not in regressions]


def test_the_accounting_of_every_log_file_closes_against_an_independent_count(
    shop: Published,
) -> None:
    lake = str(shop.data / "lake" / "loads" / "*" / "*.parquet")
    ledger = duckdb.execute(
        'select path, records_read, "user", "static", synthetic, bot, dropped, other, duplicate, rejected'
        f" from read_parquet('{lake}') where source in ('access_log', 'mixpanel')"
    ).fetchall()
    assert len(ledger) == len(shop.truth.traffic)
    for path, read, *classes in ledger:
        content = gzip.decompress((shop.data / "inbox" / path).read_bytes())
        assert read == content.count(b"\n"), path
        assert read == sum(classes), path


def test_the_classes_of_every_log_file_are_those_that_were_written(shop: Published) -> None:
    lake = str(shop.data / "lake" / "loads" / "*" / "*.parquet")
    names = ("user", "static", "synthetic", "bot", "dropped", "other", "duplicate", "rejected")
    ledger = duckdb.execute(
        "select path, " + ", ".join(f'"{name}"' for name in names) + f" from read_parquet('{lake}')"
        " where source in ('access_log', 'mixpanel')"
    ).fetchall()
    differing = []
    for path, *found in ledger:
        planted = shop.truth.traffic[path]
        expected = [getattr(planted, name) for name in names]
        if found != expected:
            differing.append((path, dict(zip(names, expected, strict=True)), found))
    assert not differing, differing[:3]


def test_the_reconciliation_has_no_difference(shop: Published) -> None:
    usage = "family = 'usage'"
    [(families, lines, difference)] = shop.query(
        f"select count(distinct family), sum(records_read) filter (where {usage}),"
        " sum(abs(difference)) from rpt_reconciliation"
    )
    [(loaded,)] = shop.query("select count(distinct family) from rpt_loads")
    assert families == loaded > 5
    assert difference == 0
    assert lines == sum(
        gzip.decompress((shop.data / "inbox" / path).read_bytes()).count(b"\n")
        for path in shop.truth.traffic
    )


def test_unmapped_routes_and_events_are_listed_with_their_volume(shop: Published) -> None:
    events = dict(shop.query("select name, volume from rpt_unmapped where kind = 'event'"))
    assert events == shop.truth.unmapped_events
    routes: Counter[str] = Counter()
    for name, volume in shop.query("select name, volume from rpt_unmapped where kind = 'route'"):
        routes[str(name).partition(" ")[2]] += volume
    planted = shop.truth.unmapped_routes
    assert {name: routes[name] for name in planted} == planted
    # Besides them only a trickle of odd requests (probes, typing errors) belongs to no flow.
    assert sum(routes.values()) - sum(planted.values()) < 0.05 * sum(planted.values())


def test_the_release_of_the_shop_is_blocked_for_the_planted_reasons(shop: Published) -> None:
    verdicts = dict(shop.query("select product, verdict from rpt_release_readiness"))
    assert verdicts["shop"] == "fail"
    assert verdicts["all"] == "fail"
    rules = {
        (product, rule): status
        for product, rule, status in shop.query(
            "select product, rule, status from rpt_gate_results"
        )
    }
    assert rules["shop", "topn_coverage"] == "fail"
    assert rules["shop", "topn_flow_failing"] == "fail"
    assert rules["backoffice", "topn_coverage"] == "pass"


def test_every_test_is_known_once(shop: Published) -> None:
    [(tests,)] = shop.query("select count(*) from dim_tests")
    assert tests == shop.truth.tests


def texts_of(connection: duckdb.DuckDBPyConnection, relation: str) -> str:
    """Every different text in a table, joined."""
    columns = connection.execute(f"describe select * from {relation}").fetchall()
    names = [f'"{name}"' for name, kind, *_ in columns if kind == "VARCHAR"]
    aggregates = ", ".join(f"string_agg(distinct {name}, chr(10))" for name in names)
    found = connection.execute(f"select {aggregates} from {relation}").fetchone() if names else ()
    return "\n".join(text for text in found or () if text)


def test_planted_secrets_and_personal_data_reach_no_file_but_the_inbox(shop: Published) -> None:
    planted = shop.truth.secrets
    assert planted
    places: dict[str, str] = {}
    for folder in ("published", "logs", "dagster"):
        for path in (shop.data / folder).rglob("*"):
            if path.is_file():
                places[str(path.relative_to(shop.data))] = path.read_bytes().decode("latin-1")
    with duckdb.connect() as memory:  # compressed, so that the bytes of the files show nothing
        for table in (path.name for path in (shop.data / "lake").iterdir() if path.name[0] != "_"):
            parts = f"read_parquet('{shop.data}/lake/{table}/*/*.parquet', union_by_name = true)"
            places[f"lake/{table}"] = texts_of(memory, parts)
    for database in ("warehouse.duckdb", "published/marts.duckdb"):
        with duckdb.connect(str(shop.data / database), read_only=True) as connection:
            tables = connection.execute(
                "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE'"
            ).fetchall()
            for schema, table in tables:
                texts = texts_of(connection, f'"{schema}"."{table}"')
                places[f"{database}: {schema}.{table}"] = texts
    assert sum(map(len, places.values())) > 1_000_000
    found = [(place, text) for place, texts in places.items() for text in planted if text in texts]
    assert not found


def test_published_files_are_there_and_say_the_same(shop: Published) -> None:
    published = shop.data / "published"
    summary = json.loads((published / "summary.json").read_text())
    with (published / "topn_gaps.csv").open(newline="") as file:
        gaps = list(csv.DictReader(file))
    marts = [
        row[0]
        for row in shop.query("select table_name from duckdb_tables() where table_name <> '_meta'")
    ]
    assert sorted(path.stem for path in (published / "parquet").iterdir()) == sorted(marts)
    for path in (published / "parquet").glob("*/"):
        rows = duckdb.execute(f"select count(*) from read_parquet('{path}/*.parquet')").fetchall()
        assert rows == shop.query(f"select count(*) from {path.name}"), "its months are all of it"
    assert [gap["flow"] for gap in gaps] == [
        row[0] for row in shop.query("select flow from fct_top_gaps order by gap_rank")
    ]
    assert str(summary["readiness"]).count("fail") >= 2


def test_every_published_column_carries_its_description(shop: Published) -> None:
    bare = shop.query(
        "select table_name, column_name from duckdb_columns()"
        " where not internal and table_name <> '_meta' and coalesce(comment, '') = ''"
    )
    assert not bare


def test_the_published_file_is_in_the_oldest_storage_format(shop: Published) -> None:
    header = (shop.data / "published" / "marts.duckdb").read_bytes()[:64]
    # Bytes 8 to 11 are the magic word, then comes the storage version: 64 is what DuckDB 1.0 reads.
    assert header[8:12] == b"DUCK"
    assert int.from_bytes(header[12:20], "little") == 64


def test_marts_can_be_named_with_and_without_their_schema(shop: Published) -> None:
    assert shop.query("select count(*) from marts.fct_top_gaps") == shop.query(
        "select count(*) from fct_top_gaps"
    )


def test_the_second_run_reads_nothing_again_and_says_the_same(shop: Published) -> None:
    assert "0 of" in next(
        line for line in shop.second_output.splitlines() if line.startswith("loaded")
    )

    def told(output: str) -> list[str]:
        return [
            line for line in output.splitlines() if not line.startswith(("loaded", "time", "log"))
        ]

    assert told(shop.output) == told(shop.second_output)


def test_the_run_prints_verdict_gaps_and_the_way_on(shop: Published) -> None:
    for text in ("Release verdict", "shop: FAIL", "Top 10 gaps", "published", "make dev", "time"):
        assert text in shop.output
    assert str(shop.data / "published") in shop.output


def test_no_path_of_the_inbox_is_lost(shop: Published) -> None:
    files = {
        path.relative_to(shop.data / "inbox").as_posix()
        for path in (shop.data / "inbox").rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
    loaded = {row[0] for row in shop.query("select path from rpt_loads")}
    assert files == loaded
    assert Path(next(iter(loaded))).parts


def test_points_add_up_to_the_risk_at_every_grain(shop: Published) -> None:
    rows = shop.query(
        "select scores.grain, count(*), max(abs(scores.risk - inputs.points)), min(risk), max(risk)"
        " from fct_risk_scores as scores join ("
        "   select grain, entity, runtime, sum(points) as points, count(*) as n"
        "   from fct_risk_inputs group by all"
        " ) as inputs using (grain, entity, runtime) where n = 9 group by 1 order by 1"
    )
    assert [row[0] for row in rows] == ["component", "flow", "flow_runtime"]
    for _, count, apart, low, high in rows:
        assert count > 20
        assert apart < 1e-9
        assert 0 <= low <= high <= 100


def test_a_flow_is_scored_on_each_runtime_that_its_users_were_seen_on(shop: Published) -> None:
    seen = shop.query(
        "select distinct flow, runtime from fct_usage_daily, _meta"
        " where is_score_basis and runtime <> 'unknown' and day > as_of - 14"
    )
    scored = shop.query("select entity, runtime from fct_risk_scores where grain = 'flow_runtime'")
    assert set(seen) <= set(scored)
    web = {(flow, "web") for flow, runtime in seen if runtime.startswith("web/")}
    assert set(scored) == set(seen) | web


def test_a_component_has_the_uses_of_its_flows_and_its_own_coverage(shop: Published) -> None:
    rows = shop.query(
        "select scores.coverage, components.line_coverage from fct_risk_scores as scores"
        " join dim_components as components on scores.entity = components.component"
        " where scores.grain = 'component' and scores.coverage is not null"
    )
    assert len(rows) > 10
    assert all(abs(coverage - min(0.9, line)) < 0.25 for coverage, line in rows)
    assert all((coverage is None) == (line is None) for coverage, line in rows)


def test_each_planted_incident_has_its_deployment_its_errors_and_a_final_report(
    shop: Published,
) -> None:
    rows = shop.query(
        """
        select incident_id, component, deployment_id, metrics_basis, requests, failed_requests, report_state
        from fct_incident_correlation
        """
    )
    found = {str(row[0]): row[1:] for row in rows}
    assert found.keys() == {incident.id for incident in shop.truth.incidents}
    for incident in shop.truth.incidents:
        component, deployment, basis, requests, failed, state = found[incident.id]
        assert (component, deployment) == (incident.component, incident.deployment)
        assert basis == "flow_requests" or not incident.flows
        # Of an outage a good third of the requests fails: of few it may be none.
        assert not incident.flows or int(str(requests)) < 10 or int(str(failed)) > 0
        assert state == "final"
        page = shop.data / "published" / "incidents" / f"{incident.id}.html"
        assert incident.id in page.read_text(encoding="utf-8")


def test_the_tests_that_were_planted_to_warn_are_seen_to_begin_to_fail(shop: Published) -> None:
    for incident in shop.truth.incidents:
        for test in incident.warned_by if incident.has_history else ():
            ids = {str(row[0]) for row in of_test(shop, test)}
            began = shop.query(
                "select test_id from fct_incident_tests where incident_id = ? and started_on is not null",
                incident.id,
            )
            assert ids & {str(row[0]) for row in began}, (incident.id, test.name)
