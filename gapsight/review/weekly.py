"""The weekly risk review: three tickets, the flakes that cost most, flows nobody owns, what to explore."""

from gapsight.cli.output import Column, number, percent, text, words
from gapsight.pages.document import Ask, Section, Table, Text, count

_TICKETS = """
    select
        gap_id, gap_type, flow, product, owner, usage_p95, coverage, risk, ticket_title, ticket_body,
        ticket_labels || ' gapsight-' || gap_id as ticket_labels, ticket_status
    from fct_top_gaps
    where is_primary and coalesce(ticket_status, '') <> 'open'
    order by gap_rank
    limit 3
"""
_FLAKES = """
    select
        verdicts.test_id, verdicts.component, slow.owner, verdicts.status, verdicts.k, verdicts.shas,
        verdicts.flake_rate, verdicts.flake_rate * slow.runs_per_week as interruptions_per_week,
        slow.rerun_minutes_per_week
    from fct_flake_verdicts as verdicts
    left join rpt_slow_tests as slow on verdicts.test_id = slow.test_id
    where verdicts.status in ('flaky_confirmed', 'flaky_suspected')
    order by
        verdicts.status, interruptions_per_week desc nulls last, verdicts.flake_rate desc nulls last,
        verdicts.test_id
    limit 20
"""
_OWNERLESS = """
    select flow, title, product, is_critical, tests, usage_rank
    from dim_flows
    where is_orphan and coalesce(status, 'active') = 'active'
    order by usage_rank nulls last, flow
"""
_ANOMALIES = """
    select kind, flow, day, product, owner, platform, evidence, deviations, charter
    from rpt_anomalies
    order by day desc, abs(deviations) desc, flow, kind
    limit 12
"""


def sections(ask: Ask) -> list[Section]:
    """The parts of the weekly pack."""
    return [_tickets(ask), flakes(ask), _ownerless(ask), _charters(ask)]


def _tickets(ask: Ask) -> Section:
    rows = ask(_TICKETS)
    texts = []
    for row in rows:
        labels = f"labels: {row['ticket_labels']}"
        closed = "Its earlier ticket is closed, but the gap stands: open that one again."
        again = [closed] if row["ticket_status"] else []
        lines = [*str(row["ticket_body"] or "").splitlines(), labels, *again]
        texts.append(Text(str(row["ticket_title"]), lines))
    return Section(
        "tickets",
        "Three gap tickets",
        "The first gaps without an open ticket, ready to copy; gapsight ticket GAP_ID --create makes one.",
        texts=texts,
        data=rows,
        why_empty=_why_no_ticket(ask) if not rows else "",
    )


def _why_no_ticket(ask: Ask) -> str:
    if count(ask, "select count(*) from fct_top_gaps"):
        return "Every gap has an open ticket."
    if count(ask, "select count(*) from fct_risk_scores where grain = 'flow'"):
        return "No flow has a gap."
    return "No flow is scored: fill seeds/flow_catalog.csv and load a source of usage."


def flakes(ask: Ask) -> Section:
    """Flaky tests, confirmed ones first, by how often they interrupt somebody."""
    rows = ask(_FLAKES)
    known = count(ask, "select count(*) from fct_flake_verdicts")
    why_empty = (
        f"None of {known:,} tests is flaky, confirmed or suspected."
        if known
        else "No test ran in the flake window: nothing can be said of flakes."
    )
    return Section(
        "flakes",
        "Flakes to burn down",
        "Confirmed ones first, then by runs a week that they fail without cause; rerun minutes are what further"
        " attempts cost. A suspected one is to be looked at, not to be quarantined.",
        [
            Table(
                "",
                [
                    text("test", "test_id"),
                    words("verdict", "status"),
                    number("flaky shas", "k"),
                    number("of", "shas"),
                    percent("rate", "flake_rate"),
                    number("interruptions/week", "interruptions_per_week", 1),
                    number("rerun min/week", "rerun_minutes_per_week", 1),
                    text("component", "component", "none"),
                    text("owner", "owner", "none"),
                ],
                rows,
                why_empty,
            )
        ],
        why_empty=why_empty,
    )


def _ownerless(ask: Ask) -> Section:
    known = count(ask, "select count(*) from dim_flows")
    columns = [
        text("flow", "flow"),
        text("title", "title"),
        text("product", "product", "none"),
        number("place by use", "usage_rank"),
        number("tests", "tests"),
        Column("critical", lambda row: "yes" if row["is_critical"] else ""),
    ]
    return Section(
        "ownerless",
        "Flows nobody owns",
        "Most used first. Name one owner each in seeds/flow_catalog.csv.",
        [Table("", columns, ask(_OWNERLESS))],
        why_empty="Every active flow has an owner."
        if known
        else "The catalogue has no flow: fill seeds/flow_catalog.csv.",
    )


def _charters(ask: Ask) -> Section:
    rows = ask(_ANOMALIES)
    used = count(ask, "select count(*) from fct_usage_daily")
    return Section(
        "charters",
        "Exploratory charters",
        "Days of the last week on which a flow was unlike itself, newest first. Give each to a person for an hour.",
        texts=[Text("", [str(row["charter"])]) for row in rows],
        data=rows,
        why_empty="No flow was unlike itself on a day of the last week that can be compared with the weeks before."
        if used
        else "No usage of a flow is loaded: nothing can be compared.",
    )
