"""`gapsight seeds`: the tables that a team edits."""

from collections import Counter
from typing import TYPE_CHECKING

import click

from gapsight.cli import options
from gapsight.cli.accept import accept
from gapsight.cli.errors import Exit

if TYPE_CHECKING:
    from pathlib import Path

    from gapsight.seeds import Problem, Report

SHOWN = 100


@click.group(
    short_help="Check the tables that a team edits.",
    epilog="Example: gapsight seeds check --workspace examples/shop",
)
def seeds() -> None:
    """Work with the seeds: flow catalogue, aliases, route patterns, weights, thresholds ..."""


seeds.add_command(accept)


@seeds.command(
    short_help="Find mistakes in the seeds, with file and line.",
    epilog="Example: gapsight seeds check --format json",
)
@options.form("text", "json")
@options.place()
def check(*, place: options.Place, form: str) -> int:
    """Check every seed file against the rules of the dbt project, before dbt would.

    The workspace's seeds/*.csv lie over the package's defaults. Exit code 3 if anything must be
    repaired before a run; warnings alone give 0.
    """
    from gapsight.cli import output
    from gapsight.seeds import check_seeds

    report = check_seeds(place.settings().paths.seeds)
    if form == "json":
        output.as_json(_as_data(report))
    else:
        for text in _lines(report.problems):
            output.line(text)
        output.line(_summary(report))
    return Exit.USAGE if report.errors else Exit.OK


def require_sound_seeds(overlay: "Path") -> None:
    """End with the mistakes in the seeds, if any: before minutes of loading, not after."""
    from gapsight.cli.errors import CliError
    from gapsight.seeds import check_seeds

    report = check_seeds(overlay)
    if report.errors:
        lines = _lines(report.errors)
        raise CliError(
            "\n".join(["the seeds need repair:", *lines]), "check again with: gapsight seeds check"
        )


def _lines(problems: "tuple[Problem, ...]") -> list[str]:
    lines = [str(problem) for problem in problems[:SHOWN]]
    if len(problems) > SHOWN:
        lines.append(
            f"... and {len(problems) - SHOWN} more; all of them: gapsight seeds check --format json"
        )
    return lines


def _summary(report: "Report") -> str:
    count = Counter(problem.level for problem in report.problems)
    later = f"; {len(report.left_to_dbt)} rules are left to the run" if report.left_to_dbt else ""
    found = f"{count['error']} errors, {count['warning']} warnings"
    return f"{len(report.files)} seeds checked: {found}{later}"


def _as_data(report: "Report") -> dict[str, object]:
    keys = ("level", "file", "line", "column", "message")
    return {
        "ok": not report.errors,
        "files": list(report.files),
        "problems": [
            {**{key: getattr(problem, key) for key in keys}, "line": problem.line or None}
            for problem in report.problems
        ],
        "left_to_dbt": list(report.left_to_dbt),
    }
