"""`gapsight pack`: the reports of a CI job become one CI bundle, in a folder or behind a URL."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gapsight.cli import options
from gapsight.cli.errors import CliError
from gapsight.cli.zone import checked

if TYPE_CHECKING:
    from ingest.ci.manifest import Job


def _pairs(_: click.Context, __: click.Parameter, values: Sequence[str]) -> dict[str, str]:
    """KEY=VALUE each; a value stays text: 3.10 is a version, no number."""
    pairs = [value.partition("=") for value in values]
    for key, equals, value in pairs:
        if not (key and equals):
            raise click.BadParameter(f"'{key}{equals}{value}' is not of the form NAME=VALUE")
    return {key: value for key, _, value in pairs}


def _headers(_: click.Context, __: click.Parameter, values: Sequence[str]) -> dict[str, str]:
    pairs = [value.partition(":") for value in values]
    for name, colon, value in pairs:
        if not (name.strip() and colon and value.strip() and (name + value).isprintable()):
            # The value is not repeated: it may be a key.
            raise click.BadParameter("write it as 'Name: value', e.g. 'x-ms-blob-type: BlockBlob'")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _jobs(_: click.Context, __: click.Parameter, values: Sequence[str]) -> "list[Job]":
    from ingest.ci.manifest import Job

    pairs = [value.rpartition("=") if "=" in value else (value, "", "") for value in values]
    return [Job(name=name, conclusion=said or None) for name, _, said in pairs if name]


_TEXTS = {
    "repo": "Repository, by the name that the workspace uses.",
    "sha": "Commit that was tested, not a merge made for the run.",
    "base-sha": "Commit that the change is compared with.",
    "branch": "Branch.",
    "pr": "Number of the pull or merge request.",
    "build": "Build: one name for all jobs of a run, and for no other run.",
    "pipeline": "Pipeline or workflow.",
    "environment": "Where the tests ran, e.g. ci or chrome: jobs of a matrix need one each.",
    "started-at": "When it began.  [default: the first test's start]",
    "finished-at": "When it ended.",
}

_RUN_OPTIONS = (
    *(click.option(f"--{name}", help=text) for name, text in _TEXTS.items()),
    click.option("--attempt", type=click.IntRange(min=1), help="Attempt of the build, from 1."),
    click.option("--stage", type=click.Choice(options.STAGES), help="Stage of the run."),
    click.option("--blocking/--no-blocking", default=None, help="Whether a red run stops a merge."),
    click.option(
        "--fact",
        "facts",
        multiple=True,
        callback=_pairs,
        metavar="NAME=VALUE",
        help="Fact about where it ran, e.g. db=postgres; repeat it.",
    ),
    click.option(
        "--expect",
        "expected",
        multiple=True,
        metavar="SUITE",
        help="Suite that some job of this run delivers; repeat it.",
    ),
    click.option(
        "--job",
        "jobs",
        multiple=True,
        callback=_jobs,
        metavar="NAME[=CONCLUSION]",
        help="Job of the run and how it ended; repeat it.  [default: the one that packs]",
    ),
    click.option(
        "--zone", callback=checked, help="Time zone of stamps that carry none.  [default: UTC]"
    ),
)


def _run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What is known of the run; what is not given is asked of the CI system and the git clone."""
    for decorator in reversed(_RUN_OPTIONS):
        command = decorator(command)
    return command


@click.command(
    short_help="Pack a CI job's reports as one bundle.",
    epilog="""\b
Example: gapsight pack --results 'build/**/TEST-*.xml' --coverage coverage.xml --to out
         gapsight pack --results junit.xml --expect unit --expect e2e --to-env UPLOAD_URL
Exit codes: 0 packed, 1 packed, but a report is missing or (--check) cannot be read as a whole,
            2 not delivered, 3 wrong usage, or nothing to pack""",
)
@click.option(
    "--results", multiple=True, metavar="PATTERN", help="Test reports; ** is any folders."
)
@click.option("--coverage", multiple=True, metavar="PATTERN", help="Coverage reports.")
@click.option("--suite", help="Suite that these reports are.  [default: by their names]")
@click.option("--to", metavar="FOLDER|URL", help="Where the bundle goes; a URL gets one PUT.")
@click.option(
    "--to-env", metavar="NAME", help="Variable with the URL: it stands in no process list."
)
@click.option(
    "--header",
    "headers",
    multiple=True,
    callback=_headers,
    metavar="'NAME: VALUE'",
    help="Header of the PUT; Azure wants 'x-ms-blob-type: BlockBlob'.",
)
@_run_options
@click.option(
    "--check", is_flag=True, help="Read every report as a run will, and say what it rejects."
)
@click.option("--dry-run", is_flag=True, help="Show manifest and files; deliver nothing.")
@options.form("text", "json")
def pack(
    *,
    results: tuple[str, ...],
    coverage: tuple[str, ...],
    to: str | None,
    to_env: str | None,
    form: str,
    **given: Any,
) -> int:
    """Pack test and coverage reports with what is known of their run, for Gapsight to load.

    What is not given is read from GitHub Actions, GitLab CI, Jenkins, CircleCI or Buildkite, else from
    the git clone. Needs no workspace. Jobs of one run pack one bundle each; they are one run once
    loaded. A pattern that fits no file is a missing report: it is listed as such, and said.
    """
    from gapsight.cli.packing import Wanted, pack_and_deliver
    from orchestration.settings import environment

    patterns = [("results", text) for text in results] + [("coverage", text) for text in coverage]
    if not (patterns or given["expected"]):
        raise CliError("nothing says what to pack", "give --results, --coverage or --expect")
    env = environment()
    wanted = Wanted(
        patterns=patterns,
        target=_target(to, env.get(to_env, "").strip() if to_env else None, name=to_env),
        **{name: given.pop(name) for name in ("suite", "headers", "check", "dry_run")},
    )
    if wanted.target is None and not wanted.dry_run:
        raise CliError("nothing says where the bundle goes", "give --to, --to-env or --dry-run")
    return pack_and_deliver(wanted, given, env, here=Path.cwd(), as_json=form == "json")


def _target(to: str | None, of_env: str | None, *, name: str | None) -> str | None:
    if to and name:
        raise CliError("--to and --to-env name two destinations", "give one of them")
    if name and not of_env:
        raise CliError(f"the environment variable {name} (--to-env) is not set")
    return to or of_env
