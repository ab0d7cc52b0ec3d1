"""`gapsight incident`: what the suite knew before an incident, what happened, and what to do."""

from typing import TYPE_CHECKING, cast

import click

from gapsight.cli import options
from gapsight.cli.errors import CliError, Exit

if TYPE_CHECKING:
    from gapsight.cli.output import Format
    from gapsight.incident.report import Report

_RECENT = """
    select * from fct_incident_correlation order by detected desc, incident_id limit 20
"""
_IDS = "select distinct incident_id from fct_incident_correlation"
_AHEAD = """
    select last_day from rpt_unmapped where kind = 'future_incident' and name = $incident
"""


@click.command(
    short_help="What the suite knew before an incident, what happened, what to do.",
    epilog="""\b
Example: gapsight incident                              # the newest ones
         gapsight incident INC-20260626-17
         gapsight incident INC-20260626-17 --format markdown > report.md
         gapsight incident INC-20260621-16 --draft pytest --no-run >> tests/test_login.py""",
)
@click.argument("incident", metavar="[ID]", required=False)
@click.option(
    "--no-run", is_flag=True, help="Say what is published; fetch, load and build nothing."
)
@click.option(
    "--draft",
    type=click.Choice(["pytest", "playwright"]),
    help="Only the draft of the missing test.",
)
@options.form("text", "json", "markdown", "html")
@options.place("as_of", "marts")
def incident(
    *,
    place: options.Place,
    incident: str | None,
    no_run: bool,
    draft: str | None,
    form: str,
) -> int:
    """Correlate an incident with what the tests said before it, and print its report; without ID the newest ones.

    With an ID what is new is fetched, loaded and built first (gapsight run), unless --no-run, --marts or --as-of
    says what to read. Exit code 0: the report is final; 2: it is provisional, it is not known whether the suite
    knew, or the incident lies after the as-of day; 3: there is no such incident, or no draft of it.
    """
    from gapsight.incident.files import reports

    if incident is None:
        if draft:
            raise CliError(
                "--draft is of one incident", "name it: gapsight incident ID --draft pytest"
            )
        return _list(place, form)
    if not (no_run or place.as_of or place.marts):
        _run(place)
    with place.open_marts() as published:
        found = list(reports(published.rows, incident))
        known = [] if found else [row["incident_id"] for row in published.rows(_IDS)]
        ahead = [] if found else published.rows(_AHEAD, incident=incident)
    for row in ahead[:1]:
        raise CliError(
            f"{incident} begins on {row['last_day']}, after the as-of day",
            "it is told of when its day has come; if its time is wrong, correct it at its source",
            code=Exit.UNKNOWN,
        )
    if not found:
        raise CliError(*_unknown(incident, known))
    for report in found:
        _print(report, form, draft)
    unsure = any(
        one.state == "provisional" or one.incident["classification"] == "unknown" for one in found
    )
    return Exit.UNKNOWN if unsure else Exit.OK


def _run(place: options.Place) -> None:
    from gapsight.cli.progress import showing_progress
    from gapsight.cli.seeds import require_sound_seeds
    from orchestration.pipeline import run_pipeline

    settings = place.settings()
    require_sound_seeds(settings.paths.seeds)
    with showing_progress() as progress:
        run_pipeline(settings, progress=progress)


def _unknown(incident: str, known: list[str]) -> tuple[str, str]:
    from gapsight.seeds.files import did_you_mean

    near = did_you_mean(incident, known)
    hint = (
        "list the newest ones: gapsight incident"
        if known
        else "no incident is loaded: gapsight run"
    )
    return f"there is no incident '{incident}'{near}", "" if near else hint


def _list(place: options.Place, form: str) -> int:
    from gapsight.cli import output
    from gapsight.incident.report import listing

    if form == "html":
        raise CliError(
            "the list of incidents is no page", "take text, json or markdown, or name an incident"
        )
    with place.open_marts() as published:
        rows = published.rows(_RECENT)
    if not rows and form == "text":
        output.line("No incident is loaded.")
        return Exit.OK
    output.table(rows, listing(), cast("Format", form))
    return Exit.OK


def _print(report: "Report", form: str, draft: str | None) -> None:
    from gapsight.cli import output
    from gapsight.incident.stubs import stubs
    from gapsight.pages.html import html
    from gapsight.pages.markdown import markdown
    from gapsight.pages.terminal import show

    if draft:
        drafts = {"pytest": "python", "playwright": "typescript"}
        wanted = [code.text for code in stubs(report.incident) if code.language == drafts[draft]]
        if not wanted:
            raise CliError(
                f"{report.incident['incident_id']} found no test missing", "see its report"
            )
        print(wanted[0], end="")
        return
    if form == "json":
        print(output.json_text(report.data()))
    elif form == "text":
        show(report.document())
    else:
        print((html if form == "html" else markdown)(report.document()), end="")
