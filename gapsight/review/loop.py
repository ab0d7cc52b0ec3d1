"""Sections on what came back from production and from people: incidents, patterns, metrics, labels."""

from gapsight.cli.output import Column, Row, number, percent, text, words
from gapsight.pages.document import Ask, Section, Table, count

_CLASSES = """
    select
        classification, gap_type, count(*) as incidents,
        count(*) filter (where detected > as_of - 91) as this_quarter,
        count(*) filter (where is_eligible) as eligible
    from fct_incident_correlation
    where deleted_on is null
    group by classification, gap_type
    order by incidents desc, classification, gap_type
"""
_OPEN_GAPS = """
    select
        gap_type, count(*) as gaps,
        count(*) filter (where ticket_status is null) as without_ticket,
        count(*) filter (where ticket_status = 'open') as open_tickets,
        count(*) filter (where ticket_status = 'closed_but_gap_stands') as closed_but_stand
    from fct_top_gaps
    group by gap_type
    order by gaps desc, gap_type
"""
_PATTERNS = """
    select
        pattern_id, kind, component, why_together, defining_text, occurrences, days, first_day, last_day,
        recommendation, reason, examples
    from rpt_patterns
    order by kind desc, days desc, occurrences desc, pattern_id
    limit 20
"""
_METRICS = """
    select metric, what, value, n, n_of, target, is_met, previous_value, is_in_sample
    from rpt_feedback_metrics
    order by position
"""
_PRIVATE = """
    select source, event, property, status, events, last_day
    from rpt_event_properties
    where looks_personal
    order by events desc nulls last, source, event, property
"""
_PRECISION = """
    select
        subject_type, verdict, judged, judged_right, judged_precision, precision_low, precision_high
    from rpt_feedback_precision
    order by subject_type, verdict
"""


def gaps(ask: Ask) -> Section:
    """Incidents by what the suite knew before them, and the gaps that stand."""
    class_columns = [
        words("what the suite said", "classification"),
        words("what was missing", "gap_type"),
        number("incidents", "incidents"),
        number("in the last 91 days", "this_quarter"),
        number("in the rates", "eligible"),
    ]
    gap_columns = [
        words("gap", "gap_type"),
        number("gaps", "gaps"),
        number("without ticket", "without_ticket"),
        number("open tickets", "open_tickets"),
        number("closed, but stand", "closed_but_stand"),
    ]
    return Section(
        "gaps",
        "Gap analysis",
        "What the suite said before each incident, and what was missing. Incidents whose component or CI history is not"
        " known are in no rate. Each has a report: gapsight incident ID, all: published/incidents/index.html.",
        [
            Table("Incidents", class_columns, ask(_CLASSES), "No incident is loaded."),
            Table("Gaps that stand today", gap_columns, ask(_OPEN_GAPS), "No gap stands today."),
        ],
        why_empty="No incident is loaded, and no flow has a gap.",
    )


def patterns(ask: Ask) -> Section:
    """What came back, with the one thing to do."""
    columns = [
        text("what", "why_together"),
        Column("says", _first_line),
        number("times", "occurrences"),
        number("days", "days"),
        text("first", "first_day"),
        text("last", "last_day"),
        words("do", "recommendation"),
        text("because", "reason"),
    ]
    return Section(
        "patterns",
        "What came back",
        "Incidents first, then failures of tests. Each pattern gets one recommendation, with its evidence.",
        [Table("", columns, ask(_PATTERNS))],
        why_empty="No incident and no failure message came back on another day.",
    )


def _first_line(row: Row) -> str:
    said = str(row["defining_text"] or "no word in common").strip()
    return said.splitlines()[0] if said else "an empty message"


def metrics(ask: Ask) -> Section:
    """The metrics of the incident loop."""
    columns = [
        words("metric", "metric"),
        number("value", "value", 2),
        Column("of", lambda row: f"{row['n']:,} {row['n_of'] or ''}".strip(), right=True),
        number("target", "target", 2, missing="none"),
        Column("met", _met),
        number("a quarter ago", "previous_value", 2),
        text("what it is", "what"),
    ]
    return Section(
        "metrics",
        "Feedback metrics",
        "Shares are from 0 to 1, closure in days. Without cases a metric is unknown, never 0 or 1; naive ones are for"
        " comparison only.",
        [Table("", columns, ask(_METRICS))],
        why_empty="No metric is published.",
    )


def _met(row: Row) -> str:
    return {True: "yes", False: "no"}.get(row["is_met"], "")


def privacy(ask: Ask) -> Section:
    """Event properties that look like a person's."""
    columns = [
        text("event", "event"),
        text("property", "property"),
        words("agreed on", "status"),
        number("events", "events"),
        text("last seen", "last_day"),
        text("source", "source"),
    ]
    known = count(ask, "select count(*) from rpt_event_properties")
    return Section(
        "privacy",
        "Properties that look personal",
        "Decide for each whether it may be sent, and tell whoever sends it. Those agreed on stand in"
        " seeds/event_properties.csv.",
        [Table("", columns, ask(_PRIVATE))],
        why_empty=f"None of {known:,} event properties looks personal."
        if known
        else "No analytics events are loaded: there are no properties to look at.",
    )


def precision(ask: Ask) -> Section:
    """How often verdicts were right, as people judged."""
    columns = [
        words("subject", "subject_type"),
        words("verdict", "verdict"),
        number("judged", "judged"),
        number("right", "judged_right"),
        percent("precision", "judged_precision"),
        Column("95 % interval", _interval, right=True),
    ]
    return Section(
        "precision",
        "Precision by people's labels",
        "What people wrote into seeds/verdict_feedback.csv. Wide intervals mean few labels.",
        [Table("", columns, ask(_PRECISION))],
        why_empty="Nobody has judged a verdict yet: add rows to seeds/verdict_feedback.csv.",
    )


def _interval(row: Row) -> str:
    if row["precision_low"] is None or row["precision_high"] is None:
        return "unknown"
    return f"{100 * row['precision_low']:.0f}..{100 * row['precision_high']:.0f} %"
