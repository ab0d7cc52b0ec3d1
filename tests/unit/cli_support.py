"""What the tests of the command line share: a real process, a workspace, a small published database."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb

ROOT = Path(__file__).parents[2]

HOSTILE = "evil\n\x1b[31mred\x1b[0m|<b>@team</b>"
"""A name as a stranger could write it: line end, ANSI colour, table mark, HTML, mention."""

_TABLES = """
create schema marts;
create table marts.fct_top_gaps (
    gap_id varchar, gap_type varchar, flow varchar, runtime varchar, product varchar, owner varchar,
    dominant_platform varchar, gap_score double, gap_rank bigint, rank_overall bigint,
    rank_in_product bigint, is_primary boolean, usage_p95 double, coverage double, exposure double,
    risk double, risk_low double, risk_high double, decision varchar, ticket_title varchar,
    ticket_body varchar, ticket_labels varchar, as_of date
);
create table marts.fct_risk_scores (
    grain varchar, entity varchar, runtime varchar, flow varchar, title varchar, product varchar,
    owner varchar, risk double, risk_low double, risk_high double, known_weight double,
    decision varchar, decision_low varchar, decision_high varchar, decision_stable boolean,
    decision_reason varchar, usage_p95 double, usage_basis varchar, coverage double,
    determinism double, risk_rank bigint, weights_valid_from date, as_of date
);
create table marts.fct_risk_inputs (
    grain varchar, entity varchar, runtime varchar, input varchar, raw_value double, x double,
    weight double, points double, is_unknown boolean, basis varchar, data_age_days bigint, as_of date
);
create table marts.rpt_gate_results (
    gate varchar, product varchar, rule varchar, status varchar, mode varchar, numerator double,
    denominator double, value double, threshold double, window_days bigint, data_until date,
    reason varchar, as_of date
);
create table marts.rpt_release_readiness (
    product varchar, day date, verdict varchar, is_enforced boolean, rules_failed bigint,
    rules_unknown bigint, reasons varchar
);
"""
_AS_OF = "2026-06-30"

# gap_id, gap_type, flow, product, owner, score, rank, primary, usage, coverage, risk, low, high, decision
_GAPS = (
    ("g1", "high_usage_low_coverage", "checkout", "shop", "team-pay", 0.9, 1, True, 52000, 0.25,
     80.81, 80.81, 80.81, "automate_now"),
    ("g2", "high_usage_unmeasured_coverage", "invoice", "billing", None, 0.8, 2, True, 900, None,
     67.18, 59.68, 74.68, "automate_partial_explore"),
    ("g3", "high_usage_high_defects", "checkout", "shop", "team-pay", 0.7, 3, False, 52000, 0.25,
     80.81, 80.81, 80.81, "automate_now"),
    ("g4", "high_revenue_any_risk", HOSTILE, "shop", "=cmd()", 0.6, 4, True, 10, 0.5,
     50.0, 50.0, 50.0, "explore_only"),
)  # fmt: skip
_SCORES = (
    ("checkout", "Pay for the cart", "shop", "team-pay", 80.81, 80.81, 80.81, 1.0, "automate_now",
     "automate_now", "automate_now", True, "R >= 70 and determinism >= 0.8", 52000, 0.25, 0.92, 1),
    ("invoice", "Invoice export", "billing", None, 67.18, 59.68, 74.68, 0.85,
     "automate_partial_explore", "automate_partial_explore", "automate_now", False,
     "R between 50 and 70", 900, None, 0.85, 2),
)  # fmt: skip
_INPUTS = (
    ("usage", 900, 0.591, 20, 11.82, False, "analytics"),
    ("coverage_gap", None, None, 15, 7.5, True, None),
    ("failure_impact", 0.75, 0.75, 65, 47.86, False, "catalogue"),
)
_RULES = (
    ("all", "topn_coverage", "fail", "observe", "Top-N flows below the target: checkout 25 %"),
    ("all", "flake_budget", "pass", "observe", "1 of 1000 test runs failed for a flaky test"),
    ("billing", "topn_coverage", "unknown", "observe", "unmeasured Top-N flows: invoice"),
    ("shop", "topn_coverage", "fail", "block", "Top-N flows below the target: checkout 25 %"),
)
_VERDICTS = (("all", "fail", False), ("billing", "unknown", False), ("shop", "fail", True))


def make_marts(path: Path, *, empty: bool = False) -> Path:
    """Write a small published database with the columns that the command line reads."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("attach ? as published", [str(path)])
        connection.execute("use published")
        connection.execute(_TABLES)
        if not empty:
            _fill(connection)
    return path


def _fill(connection: duckdb.DuckDBPyConnection) -> None:
    for name, kind, flow, product, owner, score, rank, primary, *rest in _GAPS:
        usage, coverage, risk, low, high, decision = rest
        values = [name, kind, flow, "all", product, owner, "web", score, rank, rank, rank, primary]
        values += [
            usage,
            coverage,
            usage,
            risk,
            low,
            high,
            decision,
            f"Automate {flow}",
            "text",
            "l",
        ]
        _insert(connection, "fct_top_gaps", [*values, _AS_OF])
    for flow, title, product, owner, *rest in _SCORES:
        *numbers, usage, coverage, determinism, rank = rest
        values = ["flow", flow, "all", flow, title, product, owner, *numbers, usage, "analytics"]
        _insert(
            connection, "fct_risk_scores", [*values, coverage, determinism, rank, _AS_OF, _AS_OF]
        )
    for name, raw, x, weight, points, unknown, basis in _INPUTS:
        values = ["flow", "invoice", "all", name, raw, x, weight, points, unknown, basis, 1, _AS_OF]
        _insert(connection, "fct_risk_inputs", values)
    for product, rule, status, mode, reason in _RULES:
        numbers = [1, 2, 0.5, 0.8, 7, _AS_OF]
        values = ["release", product, rule, status, mode, *numbers, reason, _AS_OF]
        _insert(connection, "rpt_gate_results", values)
    for product, verdict, enforced in _VERDICTS:
        values = [product, _AS_OF, verdict, enforced, 1, 1, "reasons"]
        _insert(connection, "rpt_release_readiness", values)


def _insert(connection: duckdb.DuckDBPyConnection, table: str, values: list[object]) -> None:
    marks = ", ".join("?" for _ in values)
    connection.execute(f"insert into marts.{table} values ({marks})", values)


def make_workspace(folder: Path, extra: str = "") -> Path:
    """Write a workspace with nothing in it but its settings."""
    folder.mkdir(parents=True, exist_ok=True)
    text = f'[workspace]\nname = "shop"\nreporting_zone = "Europe/Berlin"\nfirst_day = "2026-06-01"\n{extra}'
    (folder / "gapsight.toml").write_text(text)
    (folder / "seeds").mkdir(exist_ok=True)
    return folder


def command(*args: str | Path) -> list[str]:
    """The command line of a real process."""
    return [sys.executable, "-m", "gapsight.cli.main", *map(str, args)]


def gapsight(
    *args: str | Path, stdin: bytes | None = None, cwd: Path = ROOT, **env: str
) -> subprocess.CompletedProcess[str]:
    """Run `gapsight` as a user would, in a process of its own, and return what it printed."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("GAPSIGHT", "FORCE_COLOR"))}
    done = subprocess.run(
        command(*args),
        input=stdin,
        cwd=cwd,
        env={**environ, "PYTHONPATH": str(ROOT), **env},
        capture_output=True,
        timeout=60,
        check=False,
    )
    out, err = done.stdout.decode(), done.stderr.decode()
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)
