"""Which file of a golden folder fills which relation, and what is compared with what."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gapsight.backtest.cases import INPUTS


@dataclass(frozen=True)
class Expected:
    """One expected file: the query that brings the same columns from the built models, and its key."""

    file: str
    models: tuple[str, ...]
    keys: tuple[str, ...]
    query: str


@dataclass(frozen=True)
class Group:
    """Cases that share one scratch warehouse. `renames`: column of the CSV -> column of the relation."""

    name: str
    inputs: Mapping[str, str]
    expected: tuple[Expected, ...]
    renames: Mapping[str, str] = field(default_factory=dict)
    tests: str | None = None
    """The file whose tests, each once, are those that are known."""


_XS = ", ".join(f"max(i.x) filter (where i.input = '{name}') as x_{name}" for name in INPUTS)
_RISK = f"""
    select s.entity as flow, s.*, {_XS}
    from marts.fct_risk_scores as s
    join marts.fct_risk_inputs as i using (entity)
    group by all
"""

_FLAKES = "select *, naive_rate_rule_flaky as seed_rule_flaky from marts.fct_flake_verdicts"

GROUPS = (
    Group(
        "usage",
        {
            "usage_daily.csv": "int_usage__by_flow_daily",
            "usage_loaded_days.csv": "int_usage__loaded_days",
            "usage_flows.csv": "int_flows__catalogued",
            "usage_tiers.csv": "tiers",
        },
        (
            Expected(
                "usage_expected.csv",
                ("int_entity_usage__summarised",),
                ("flow",),
                "select *, entity as flow from intermediate.int_entity_usage__summarised where grain = 'flow'",
            ),
        ),
        {"date": "day"},
    ),
    Group(
        "risk",
        {"risk_inputs.csv": "int_entity__measures", "risk_weights.csv": "score_weights"},
        (Expected("risk_expected.csv", ("fct_risk_scores", "fct_risk_inputs"), ("flow",), _RISK),),
    ),
    Group(
        "gaps",
        {"risk_inputs.csv": "int_entity__measures", "risk_weights.csv": "score_weights"},
        (
            Expected(
                "gaps_expected.csv",
                ("fct_top_gaps",),
                ("gap_type", "flow"),
                'select *, rank_overall as "rank" from marts.fct_top_gaps where rank_overall is not null',
            ),
        ),
    ),
    Group(
        "decision",
        {"decision_cases_expected.csv": "int_score__bounds"},
        (
            Expected(
                "decision_cases_expected.csv",
                ("int_score__decided",),
                ("case_id",),
                "select entity as case_id, decision from intermediate.int_score__decided",
            ),
        ),
        {"case_id": "entity"},
    ),
    Group(
        "flake",
        {"flake_results.csv": "int_test_attempts__resolved"},
        (
            Expected("flake_expected.csv", ("fct_flake_verdicts",), ("test_id",), _FLAKES),
            Expected(
                "flake_runs_expected.csv",
                ("int_ci_runs__noise_flagged",),
                ("run_id",),
                "select * from intermediate.int_ci_runs__noise_flagged",
            ),
        ),
        tests="flake_results.csv",
    ),
    Group(
        "flake_noretry",
        {"flake_noretry_results.csv": "int_test_attempts__resolved"},
        (Expected("flake_noretry_expected.csv", ("fct_flake_verdicts",), ("test_id",), _FLAKES),),
        tests="flake_noretry_results.csv",
    ),
    Group(
        "incidents",
        {
            "incident_tests.csv": "int_tests__identified",
            "incidents.csv": "int_incidents__current",
            "incident_failures.csv": "int_test_failures__daily",
        },
        (
            Expected(
                "load_bearing_expected.csv",
                ("fct_load_bearing",),
                ("test_id",),
                "select * from marts.fct_load_bearing",
            ),
            Expected(
                "incidents_expected.csv",
                ("fct_incident_correlation",),
                ("incident_id",),
                "select * from marts.fct_incident_correlation",
            ),
            Expected(
                "incident_metrics_expected.csv",
                ("rpt_feedback_metrics",),
                ("metric",),
                "select * from marts.rpt_feedback_metrics where metric in ('incident_coverage_rate',"
                " 'prediction_rate', 'prediction_rate_naive', 'prediction_rate_chance_corrected')",
            ),
        ),
        {"date": "day"},
    ),
    Group(
        "flow_coverage",
        {
            "coverage_flows.csv": "component_flows",
            "coverage_files.csv": "stg_ci__file_coverage",
            "coverage_by_test.csv": "stg_ci__test_coverage",
            "coverage_tests.csv": "int_tests__identified",
            "coverage_test_runs.csv": "int_test_runs__resolved",
        },
        (
            Expected(
                "flow_coverage_expected.csv",
                ("int_coverage__by_flow",),
                ("flow",),
                "select * from intermediate.int_coverage__by_flow",
            ),
            Expected(
                "flow_platform_coverage_expected.csv",
                ("int_coverage__by_flow_tests",),
                ("flow", "platform"),
                "select * from intermediate.int_coverage__by_flow_tests",
            ),
        ),
    ),
    Group(
        "shards",
        {"shard_inputs.csv": ""},
        (Expected("shard_expected.csv", (), ("shard",), ""),),
    ),
)
