"""What is told of incidents by message: each once when it is known, and once when its report is final."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from gapsight.incident.report import Report, duration
from ingest.http_webhook import harmless
from orchestration.messages import Message

_FRESH_DAYS = 7
"""How old an incident may be by the as-of day: loading years of them is no news."""


def news_of(reports: Iterable[Report]) -> Iterator[Message]:
    """A message for each report of an incident of the last days, and another one when it is final."""
    for report in reports:
        one = report.incident
        if report.state != "deleted" and _is_fresh(one["detected"], one["as_of"]):
            yield Message(f"{one['source']} {one['incident_id']} {report.state}", _text(report))


def _is_fresh(detected: date | None, as_of: date) -> bool:
    return detected is not None and as_of - detected <= timedelta(days=_FRESH_DAYS)


def _text(report: Report) -> str:
    one = report.incident
    where = f"{one['component'] or 'component not known'}, {one['failure_mode']}, {one['severity']}"
    said = [
        f"*{harmless(str(one['incident_id']))}* {harmless(str(one['title'] or ''))} ({report.state})",
        harmless(where),
        f"The suite: {str(one['classification']).replace('_', ' ')}.",
    ]
    if one["peak_error_rate"] is not None:
        said.append(f"At its worst {one['peak_error_rate']:.0%} of requests failed.")
    if one["deployment_id"]:
        gone = duration(one["minutes_since_deployment"])
        said.append(f"{gone} after {harmless(str(one['deployment_id']))} was deployed.")
    said.append(harmless(str(one["recommendation"])))
    return "\n".join(said)
