"""Sections on the tests themselves: which warn, which may go, which flake, which are slow."""

from dataclasses import replace

from gapsight.cli.output import Column, Row, number, text, words
from gapsight.pages.document import Ask, Section, Table
from gapsight.review.weekly import flakes

_WARNING = """
    select
        bearing.test_id, bearing.component, bearing.failure_mode, bearing.status, bearing.hits,
        bearing.incidents, bearing.lift, bearing.p_value, bearing.q_value, bearing.median_lead_days,
        verdicts.status as flake_status
    from fct_load_bearing as bearing
    left join fct_flake_verdicts as verdicts on bearing.test_id = verdicts.test_id
    where bearing.status in ('confirmed', 'candidate')
    order by bearing.status desc, bearing.p_value, bearing.test_id
    limit 30
"""
_STATUSES = """
    select
        case
            when status in ('not_shown', 'no_incident') and not has_enough_incidents then 'not enough incidents'
            else replace(status, '_', ' ')
        end as verdict,
        count(*) as tests,
        count(distinct component) as components
    from fct_load_bearing
    group by verdict
    order by tests desc, verdict
"""
# Not named whole, as no exposure can name a mart that a project may be without.
_VERDICTS = """
    select verdict, count(*) as tests, sum(minutes_saved_per_week) as minutes
    from fct_test_value
    group by verdict
    order by tests desc, verdict
"""
_ACTIONS = """
    select action, subject, component, owner, reason
    from rpt_recommended_actions
    where action_rank <= 10 and subject_kind <> 'pattern'
    order by action, action_rank
"""
_DEAD = """
    select test_id, duplicate_evidence, duplicate_of, minutes_saved_per_week, expected_misses_per_quarter_max
    from fct_test_value
    where verdict = 'dead_weight'
    order by minutes_saved_per_week desc nulls last, test_id
    limit 30
"""
_FLAKE_STATUSES = """
    select status, evidence, count(*) as tests
    from fct_flake_verdicts
    group by status, evidence
    order by tests desc, status, evidence
"""
_SLOW = """
    select
        cost_rank, test_id, flow, owner, platform, minutes_per_week, p50_ms / 1000 as p50_s,
        target_ms / 1000 as target_s, saved_minutes_per_week, extra_attempts, budget_ms / 1000 as budget_s,
        is_over_budget, cost_rank <= rules.listed as is_slowest
    from rpt_slow_tests
    cross join (
        select max(try_cast(value as bigint)) as listed
        from rpt_rules_in_force
        where kind = 'threshold' and name = 'slowest_tests'
    ) as rules
    where cost_rank <= rules.listed or is_over_budget
    order by cost_rank
"""
_OVER_LISTED = 20
_NONE_DEAD = (
    "No test is dead weight: something known speaks for each, or too little is known of it. The column why of"
    " fct_test_value says which."
)


def load_bearing(ask: Ask) -> Section:
    """Tests whose failing warns of incidents."""
    columns = [
        text("test", "test_id"),
        words("shown", "status"),
        Column("warned of", lambda row: f"{row['hits']} of {row['incidents']}", right=True),
        number("lift", "lift", 1),
        Column("p", lambda row: _small(row["p_value"]), right=True),
        Column("q", lambda row: _small(row["q_value"]), right=True),
        number("days before", "median_lead_days", 0),
        text("component", "component"),
        Column("now", _state),
    ]
    status_columns = [
        words("verdict", "verdict"),
        number("tests", "tests"),
        number("components", "components"),
    ]
    return Section(
        "load-bearing",
        "Load-bearing audit",
        "Protect these: their failing came before incidents more often than chance explains (lift; p exact; q after the"
        " number of tests looked at). Where incidents are too few, nothing is said either way.",
        [
            Table("", columns, ask(_WARNING), "No test is shown to warn of incidents."),
            Table("All tests of a component", status_columns, ask(_STATUSES)),
        ],
        why_empty="No test is tagged with, or lies in, a known component: nothing can be compared with incidents.",
    )


def _small(value: float | None) -> str:
    if value is None:
        return "unknown"
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def _state(row: Row) -> str:
    status = str(row["flake_status"] or "")
    if status.startswith("flaky") or status == "broken":
        return f"{status.replace('_', ' ')}: fix first"
    return "" if status else "did not run lately"


def dead_weight(ask: Ask) -> Section:
    """Tests that may be retired, once a person agrees."""
    columns = [
        text("test", "test_id"),
        words("another stays", "duplicate_evidence"),
        text("which", "duplicate_of"),
        number("min saved/week", "minutes_saved_per_week", 1),
        number("faults missed/quarter, at most", "expected_misses_per_quarter_max", 2),
    ]
    verdict_columns = [
        words("verdict", "verdict"),
        number("tests", "tests"),
        number("min/week", "minutes", 1),
    ]
    return Section(
        "dead-weight",
        "Dead weight",
        "Candidates, never automatic: a person looks at each. The bound says what retiring one could cost.",
        [
            Table("", columns, ask(_DEAD), _NONE_DEAD),
            Table("What all tests are worth", verdict_columns, ask(_VERDICTS)),
        ],
        why_empty="No test ran.",
    )


def actions(ask: Ask) -> Section:
    """What incidents and results say should be done to the suite."""
    columns = [
        words("do", "action"),
        text("what", "subject"),
        text("component", "component"),
        text("because", "reason"),
        text("owner", "owner", "none"),
    ]
    return Section(
        "actions",
        "What to do",
        "The first ten of each kind: new tests where incidents found none, tests that warn to be fixed and protected.",
        [Table("", columns, ask(_ACTIONS))],
        why_empty="Nothing speaks for a change of the suite.",
    )


def flake_triage(ask: Ask) -> Section:
    """All verdicts counted, then the list of the week."""
    columns = [
        words("verdict", "status"),
        words("evidence", "evidence"),
        number("tests", "tests"),
    ]
    listed = flakes(ask)
    counted = Table("Verdicts on all tests", columns, ask(_FLAKE_STATUSES))
    return replace(listed, title="Flake triage", tables=[*listed.tables, counted])


def budgets(ask: Ask) -> Section:
    """The slowest tests, and those that take longer than production says they should."""
    rows = ask(_SLOW)
    others = [row for row in rows if not row["is_slowest"]]
    columns = [
        number("#", "cost_rank"),
        text("test", "test_id"),
        number("min/week", "minutes_per_week", 1),
        number("median s", "p50_s", 1),
        number("usual s", "target_s", 1),
        number("saving min/week", "saved_minutes_per_week", 1),
        number("budget s", "budget_s", 1, missing="none"),
        Column("over budget", lambda row: "yes" if row["is_over_budget"] else ""),
        text("owner", "owner", "none"),
    ]
    return Section(
        "budgets",
        "Slowest tests and performance budgets",
        "By minutes a week. Usual is the median of the tests of the platform. A budget is so many slow requests of the"
        " flow's real users (threshold budget_requests times their p95); none where production tells no latency.",
        [
            Table("", columns, [row for row in rows if row["is_slowest"]]),
            Table("Over budget, beyond the slowest", columns, others[:_OVER_LISTED]),
        ],
        why_empty="No test that ran in the flake window told a duration.",
    )
