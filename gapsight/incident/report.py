"""The report of one incident, made from rows alone: the same marts give the same bytes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gapsight.cli.output import Column, number, percent, text, words
from gapsight.incident.stubs import stubs
from gapsight.pages.document import Document, Section, Table

Row = Mapping[str, Any]
INCIDENTS = """
    select correlation.*, incidents.detected_at, incidents.status, incidents.minutes_to_detect
    from fct_incident_correlation as correlation
    inner join fct_incidents as incidents using (source, incident_id)
    where $incident is null or incident_id = $incident
    order by incident_id, source
"""
TESTS = """
    select *
    from (
        select
            *,
            count(*) over (partition by source, incident_id) as listed,
            row_number() over (
                partition by source, incident_id
                order by
                    case role when 'predicted' then 1 when 'possible' then 2 when 'noise' then 3 else 4 end,
                    has_mode desc, started_on desc, test_id
            ) as place
        from fct_incident_tests
        where $incident is null or incident_id = $incident
    )
    where place <= 20
    order by source, incident_id, place
"""
_CLASSES = {
    "unknown": "Nobody can say whether the suite knew: its component, or the CI results before it, are not known.",
    "no_test_coverage": "No test guards this component: the suite could not know.",
    "predicted": "The suite knew: a test began to fail before it whose failing warns of such incidents.",
    "possible": "A test began to fail before it. That its failing warns of incidents is not shown.",
    "noise_only": "Only flaky tests, or tests that were red long before, failed: the suite did not know.",
    "not_predicted": "No test failed before it: the suite did not know.",
}
_GAPS = {
    "no_test_coverage": "Missing: any test of the component.",
    "failure_mode_not_covered": "Missing: a test of this failure mode.",
    "failure_ignored": "Missing: somebody who acts on the failure.",
    "tests_pass_but_incident_occurred": "Missing: what happened here in the tests of this failure mode.",
}
_ROLES = {
    "predicted": "warned",
    "possible": "began to fail",
    "noise": "flaky or red before",
    "silent": "did not fail",
}


@dataclass(frozen=True)
class Report:
    """An incident and its tests, with the document made of them."""

    incident: Row
    tests: Sequence[Row]

    @property
    def state(self) -> str:
        """deleted, provisional or final."""
        return "deleted" if self.incident["deleted_on"] else str(self.incident["report_state"])

    def data(self) -> dict[str, Any]:
        """The report for a program."""
        drafts = {code.language: code.text for code in stubs(self.incident)}
        return {
            **self.incident,
            "state": self.state,
            "incident_tests": self.tests,
            "drafts": drafts,
        }

    def document(self) -> Document:
        """The report for people."""
        one = self.incident
        title = f"{one['incident_id']}: {one['title'] or 'no title'}"
        sections = [_knew(one, self.tests), _production(one), _facts(one), *_drafts(one)]
        return Document(title, sections, list(_lead(one, self.state)))


def _lead(one: Row, state: str) -> Iterator[str]:
    """The answer first: what the suite knew, what to do, how sure that is."""
    if state == "deleted":
        yield f"Deleted: since {one['deleted_on']} no source tells of it. What follows was told last."
    yield _CLASSES[one["classification"]]
    yield str(one["recommendation"])
    if state == "deleted":
        return
    if state == "final":
        yield "Final: every source has passed its end."
    elif one["resolved_at"] is None:
        yield "Provisional: it is not over."
    else:
        yield f"Provisional: waiting for {one['waiting_for'] or 'its end'}."


def _facts(one: Row) -> Section:
    facts = {
        "component": one["component"] or "not known",
        "flow": one["flow"] or "not known",
        "failure mode": one["failure_mode"],
        "severity": one["severity"],
        "service": one["service"] or "not known",
        "began": one["started_at"] or "not known",
        "detected": one["detected_at"] or one["detected"],
        "over": one["resolved_at"] or "not yet",
        "lasted": "not known" if one["minutes"] is None else duration(one["minutes"]),
    }
    if one["has_impossible_times"]:
        facts["times"] = "in an impossible order: looked at as if it were not over"
    rows = [{"what": key, "is": str(value)} for key, value in facts.items()]
    columns = [text("", "what"), text("", "is")]
    return Section("facts", "What happened", "Times are in UTC.", [Table("", columns, rows)])


def _knew(one: Row, tests: Sequence[Row]) -> Section:
    said = " ".join(_known(one))
    columns = [
        text("test", "test_id"),
        Column("said", lambda row: _ROLES[row["role"]]),
        number("days before", "lead_days", missing=""),
        words("warns of incidents", "load_bearing"),
        text("guards", "failure_mode"),
    ]
    if any(row["is_in_sample"] for row in tests):
        columns.append(
            Column(
                "note",
                lambda row: "this incident is part of its evidence" if row["is_in_sample"] else "",
            )
        )
    hidden = tests[0]["listed"] - len(tests) if tests else 0
    caption = f"and {hidden:,} more" if hidden else ""
    return Section(
        "suite",
        "Did the suite know?",
        said,
        [Table(caption, columns, tests)] if tests else [],
        why_empty=said,
    )


def _known(one: Row) -> Iterator[str]:
    if one["classification"] == "unknown":
        yield "What its tests said is not known."
    elif one["classification"] == "predicted":
        yield "No test is missing."
    else:
        yield _GAPS[one["gap_type"]]
    if one["tests"]:
        guard = "test guards" if one["tests"] == 1 else "tests guard"
        mode = "no mode in particular" if one["failure_mode"] == "general" else "this failure mode"
        yield (
            f"{one['tests']:,} {guard} the component, {one['tests_of_mode']:,} of them {mode};"
            f" {one['tests_failed']:,} failed in the window before it, {one['tests_started']:,} of them newly."
        )
        yield _chance(one)


def _chance(one: Row) -> str:
    days = one["control_days"] or 0
    if one["p_any_failure_measured"] is None:
        return (
            f"How often that happens without an incident cannot be said: {days:,} days of results lie far enough from"
            " every incident."
        )
    return (
        f"Without an incident some test of it had begun to fail before {one['control_days_with_start']:,} of"
        f" {days:,} days ({one['p_any_failure_measured']:.0%})."
    )


def _production(one: Row) -> Section:
    rows = [
        {
            "what": "failed requests",
            "worst": _share(one["peak_error_rate"]),
            "of": _of(one, "peak_error_rate"),
            "before": _share(one["baseline_error_rate"]),
        },
        {
            "what": "p99 latency, ms",
            "worst": _milliseconds(one["peak_p99_ms"]),
            "of": _of(one, "peak_p99"),
            "before": _milliseconds(one["baseline_p99_ms"]),
        },
    ]
    columns = [
        text("", "what"),
        text("at its worst", "worst"),
        text("which is of", "of"),
        text("in the hour before", "before"),
    ]
    basis = str(one["metrics_basis"]).replace("_", " ")
    counted = ""
    if one["requests"]:
        counted = f": {one['requests']:,} requests, {one['failed_requests']:,} failed"
        counted += f", {one['baseline_requests'] or 0:,} in the hour before"
    is_unknown = one["metrics_basis"] == "none"
    about = (
        "No request or metric of these minutes is loaded"
        if is_unknown
        else f"From {basis}{counted}"
    )
    said = " ".join(filter(None, (f"{about}.", _cut(one), _deployed(one))))
    return Section(
        "production",
        "Production",
        said,
        [] if is_unknown else [Table("", columns, rows)],
        why_empty=said,
    )


def _of(one: Row, peak: str) -> str:
    """What a peak is of: five minutes of some requests, or of all minutes where none had enough."""
    if one[f"{peak}_requests"] is None:
        return "one value" if one["metrics_basis"] == "service_metrics" else ""
    return f"{one[f'{peak}_requests']:,} requests in {duration(one[f'{peak}_minutes'])}"


def _cut(one: Row) -> str:
    until, end = one["production_until"], one["resolved_at"]
    if until is None or (end is not None and until == end.replace(second=0, microsecond=0)):
        return ""
    return f"Looked at until {until}."


def _share(value: float | None) -> str:
    return "too few to say" if value is None else f"{value:.1%}"


def _milliseconds(value: float | None) -> str:
    return "too few to say" if value is None else f"{value:,.0f}"


def _deployed(one: Row) -> str:
    if one["deployment_match"] == "unattributed":
        return "No deployment fits within the hours before it."
    if one["deployment_id"] is None:
        return "Deployments of its day are not known."
    version = f", version {one['deployment_version']}" if one["deployment_version"] else ""
    sha = f", commit {str(one['deployment_sha'])[:12]}" if one["deployment_sha"] else ""
    return (
        f"{duration(one['minutes_since_deployment'])} before it {one['deployment_id']} was deployed"
        f" (same {one['deployment_match']}{version}{sha})."
    )


def duration(minutes: int) -> str:
    """Minutes in the units in which people say them."""
    hours, rest = divmod(minutes, 60)
    if hours < 2:
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    days, hours_of_day = divmod(hours, 24)
    if days < 2:
        return f"{hours} h {rest} min" if rest else f"{hours} hours"
    return f"{days} days {hours_of_day} h" if hours_of_day else f"{days} days"


def _drafts(one: Row) -> list[Section]:
    codes = stubs(one)
    about = "With the tags under which the next run counts it for this incident. It fails until somebody writes it."
    return [Section("draft", "A draft of the missing test", about, codes=codes)] if codes else []


def listing() -> list[Column]:
    """Columns of the list of incidents."""
    return [
        text("incident", "incident_id"),
        text("detected", "detected"),
        text("component", "component", "unknown"),
        text("mode", "failure_mode", minor=True),
        text("severity", "severity", minor=True),
        words("the suite", "classification"),
        words("missing", "gap_type"),
        percent("worst error rate", "peak_error_rate", missing=""),
        text("deployment", "deployment_id", minor=True),
        Column("report", lambda row: "deleted" if row["deleted_on"] else str(row["report_state"])),
    ]
