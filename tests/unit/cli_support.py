"""What tests of the command line share: a real process, a workspace, a small database."""

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

import duckdb
import yaml

ROOT = Path(__file__).parents[2]

HOSTILE = "evil\n\x1b[31mred\x1b[0m|<b>@team</b>"
"""A name as a stranger could write it: line end, ANSI colour, table mark, HTML, mention."""

_AS_OF = date(2026, 6, 30)
_MARTS = {
    "fct_top_gaps": "risk",
    "fct_risk_scores": "risk",
    "fct_risk_inputs": "risk",
    "rpt_plan": "risk",
    "rpt_rank_sensitivity": "risk",
    "rpt_flow_sensitivity": "risk",
    "rpt_flow_attention": "risk",
    "rpt_gate_results": "gates",
    "rpt_release_readiness": "gates",
    "fct_usage_daily": "core",
    "rpt_freshness": "trust",
}

_CHECKOUT = {
    "flow": "checkout",
    "product": "shop",
    "owner": "team-pay",
    "usage_p95": 52000,
    "coverage": 0.25,
    "risk": 80.81,
    "risk_low": 80.81,
    "risk_high": 80.81,
    "decision": "automate_now",
}
_INVOICE = {
    "flow": "invoice",
    "product": "billing",
    "usage_p95": 900,
    "risk": 67.18,
    "risk_low": 59.68,
    "risk_high": 74.68,
    "decision": "automate_partial_explore",
}
_EVIL = {**_CHECKOUT, "flow": HOSTILE, "owner": "=cmd()", "decision": "explore_only"}

_QUIET = {**_INVOICE, "flow": "dunning", "coverage": 0.5}
_GAPS = (
    {**_CHECKOUT, "gap_id": "g1", "gap_type": "high_usage_low_coverage", "gap_score": 0.9},
    {**_INVOICE, "gap_id": "g2", "gap_type": "high_usage_unmeasured_coverage", "gap_score": 0.8},
    {**_CHECKOUT, "gap_id": "g3", "gap_type": "high_usage_high_defects", "gap_score": 0.7},
    {**_EVIL, "gap_id": "g4", "gap_type": "high_revenue_any_risk", "gap_score": 0.6},
    {**_QUIET, "gap_id": "g5", "gap_type": "high_usage_low_coverage", "gap_score": 0.75},
)
_SCORES = (
    {
        **_CHECKOUT,
        "title": "Pay for the cart",
        "known_weight": 1.0,
        "decision_low": "automate_now",
        "decision_high": "automate_now",
        "decision_stable": True,
        "decision_reason": "R >= 70 and determinism >= 0.8",
        "determinism": 0.92,
    },
    {
        **_INVOICE,
        "title": "Invoice export",
        "known_weight": 0.85,
        "decision_low": "automate_partial_explore",
        "decision_high": "automate_now",
        "decision_stable": False,
        "decision_reason": "R between 50 and 70",
        "determinism": 0.85,
    },
)
_INPUTS = (
    {"input": "usage", "raw_value": 900, "x": 0.591, "weight": 20, "points": 11.82},
    {"input": "coverage_gap", "weight": 15, "points": 7.5, "is_unknown": True},
    {"input": "failure_impact", "raw_value": 0.75, "x": 0.75, "weight": 65, "points": 47.86},
)
_ASKED = (
    {
        "flow": "invoice",
        "product": "billing",
        "reason": "answer_two_questions",
        "question": "mockable?",
        "what_to_do": "fill its empty columns in flow_catalog",
        "risk": 67.18,
        "decision": "automate_partial_explore",
        "risk_if_yes": 65.18,
        "decision_if_yes": "automate_partial_explore",
        "risk_if_no": 71.18,
        "decision_if_no": "explore_only",
        "changes_decision": True,
    },
    {
        "flow": HOSTILE,
        "product": "shop",
        "reason": "no_owner",
        "question": "who owns it?",
        "what_to_do": "name an owner",
        "risk": 80.81,
        "decision": "automate_now",
    },
)
_BELOW = "Top-N flows below the target: checkout 25 %"
_RULES = (
    {
        "product": "all",
        "rule": "topn_coverage",
        "status": "fail",
        "mode": "observe",
        "reason": _BELOW,
    },
    {
        "product": "all",
        "rule": "flake_budget",
        "status": "pass",
        "mode": "observe",
        "reason": "none",
    },
    {
        "product": "billing",
        "rule": "topn_coverage",
        "status": "unknown",
        "mode": "observe",
        "reason": "unmeasured Top-N flows: invoice",
    },
    {
        "product": "shop",
        "rule": "topn_coverage",
        "status": "fail",
        "mode": "block",
        "reason": _BELOW,
    },
)
_VERDICTS = (
    {"product": "all", "verdict": "fail", "is_enforced": False},
    {"product": "billing", "verdict": "unknown", "is_enforced": False},
    {"product": "shop", "verdict": "fail", "is_enforced": True},
)


def make_marts(path: Path, *, empty: bool = False) -> Path:
    """Write a small published database whose tables have the columns of the marts' contracts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("attach ? as published", [str(path)])
        connection.execute("use published")
        connection.execute("create schema marts")
        connection.execute(
            "create table _meta as select (now() at time zone 'utc')::timestamp as built_at"
        )
        for mart, area in _MARTS.items():
            connection.execute(_table(mart, area))
        if not empty:
            _fill(connection)
    return path


def _table(mart: str, area: str) -> str:
    contract = yaml.safe_load((ROOT / f"dbt_project/models/marts/{area}/{mart}.yml").read_text())
    columns = (f"{c['name']} {c['data_type']}" for c in contract["models"][0]["columns"])
    return f"create table marts.{mart} ({', '.join(columns)})"


def _fill(connection: duckdb.DuckDBPyConnection) -> None:
    flow = {"grain": "flow", "runtime": "all", "as_of": _AS_OF}
    for rank, gap in enumerate(_GAPS, 1):
        more = {"gap_rank": rank, "is_primary": gap["gap_id"] != "g3", "runtime": "all"}
        more["rank_overall"] = None if gap is _GAPS[-1] else rank  # much used in its product only
        _insert(connection, "fct_top_gaps", {**gap, **more, "as_of": _AS_OF})
    for rank, score in enumerate(_SCORES, 1):
        row = {**flow, **score, "entity": score["flow"], "risk_rank": rank}
        _insert(connection, "fct_risk_scores", row)
    for point in _INPUTS:
        row = {"is_unknown": False, "data_age_days": 1, **flow, **point, "entity": "invoice"}
        _insert(connection, "fct_risk_inputs", row)
    for rank, asked in enumerate(_ASKED, 1):
        _insert(
            connection, "rpt_flow_attention", {**asked, "attention_rank": rank, "as_of": _AS_OF}
        )
    for rule in _RULES:
        _insert(connection, "rpt_gate_results", {"gate": "release", **rule, "as_of": _AS_OF})
    for verdict in _VERDICTS:
        _insert(connection, "rpt_release_readiness", {**verdict, "day": _AS_OF})


def _insert(connection: duckdb.DuckDBPyConnection, table: str, row: Mapping[str, object]) -> None:
    marks = ", ".join("?" for _ in row)
    statement = f"insert into marts.{table} ({', '.join(row)}) values ({marks})"
    connection.execute(statement, list(row.values()))


def add_marts(path: Path, areas: Mapping[str, str]) -> None:
    """Add empty tables of other marts (name -> folder) to a published database."""
    with duckdb.connect() as connection:
        connection.execute("attach ? as published", [str(path)])
        connection.execute("use published")
        for mart, area in areas.items():
            connection.execute(_table(mart, area))


def add_rows(path: Path, table: str, rows: Iterable[Mapping[str, object]]) -> None:
    """Add rows to a table of a published database."""
    with duckdb.connect() as connection:
        connection.execute("attach ? as published", [str(path)])
        connection.execute("use published")
        for row in rows:
            _insert(connection, table, row)


def make_workspace(folder: Path, extra: str = "") -> Path:
    """Write a workspace with nothing in it but its settings."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = ("[workspace]", 'name = "shop"', 'reporting_zone = "Europe/Berlin"')
    text = "\n".join((*settings, "first_day = 2026-06-01", extra))
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
