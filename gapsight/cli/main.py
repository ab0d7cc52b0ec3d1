"""Entry point of `gapsight`: finds the command, loads nothing else, and returns an exit code."""

import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

import click

from gapsight.cli.errors import Exit, report, silence_stdout

COMMANDS = {
    "init": "gapsight.cli.init:init",
    "run": "gapsight.cli.run:run",
    "fetch": "gapsight.cli.fetch:fetch",
    "demo": "gapsight.cli.demo:demo",
    "dev": "gapsight.cli.dev:dev",
    "pack": "gapsight.cli.pack:pack",
    "import-ci": "gapsight.cli.import_ci:import_ci",
    "prune": "gapsight.cli.prune:prune",
    "compact": "gapsight.cli.compact:compact",
    "forget": "gapsight.cli.forget:forget",
    "parse": "gapsight.cli.parse:parse",
    "gaps": "gapsight.cli.gaps:gaps",
    "ticket": "gapsight.cli.ticket:ticket",
    "scores": "gapsight.cli.scores:scores",
    "incident": "gapsight.cli.incident:incident",
    "trend": "gapsight.cli.trend:trend",
    "backtest": "gapsight.cli.backtest:backtest",
    "calibrate": "gapsight.cli.calibrate:calibrate",
    "plan": "gapsight.cli.plan:plan",
    "what-if": "gapsight.cli.what_if:what_if",
    "review": "gapsight.cli.review:review",
    "questions": "gapsight.cli.questions:questions",
    "doctor": "gapsight.cli.doctor:doctor",
    "seeds": "gapsight.cli.seeds:seeds",
    "aliases": "gapsight.cli.aliases:aliases",
}
"""Where each command lives. Its module imports click and nothing slower before it is called."""


@dataclass
class _State:
    debug: bool = False


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (
            BrokenPipeError
        ) as error:  # click itself would make of it 1, which means findings here
            raise _ReaderGoneError from error


class _ReaderGoneError(Exception):
    pass


def _set_debug(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    ctx.ensure_object(_State).debug = value


@click.group(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Example: gapsight run && gapsight gaps --limit 5
Exit codes: 0 fine or pass, 1 findings or fail, 2 unknown or stale, 3 wrong usage or settings""",
)
@click.version_option(package_name="gapsight", prog_name="gapsight", message="%(prog)s %(version)s")
@click.option(
    "--debug",
    is_flag=True,
    envvar="GAPSIGHT_DEBUG",
    expose_value=False,
    is_eager=True,
    callback=_set_debug,
    help="Show Python's traceback of an error.  [env: GAPSIGHT_DEBUG=1]",
)
def cli() -> None:
    """Say where the next test is worth most, and whether a release is safe."""


def main(args: Sequence[str] | None = None) -> int:
    """Run one command; every way to end, Ctrl-C and a closed pipe included, is an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(
            stream, io.TextIOWrapper
        ):  # a name must not end the program where the locale is ASCII
            stream.reconfigure(errors="backslashreplace")
    state = _State()
    try:
        code = cli.main(args, prog_name="gapsight", standalone_mode=False, obj=state)
        sys.stdout.flush()
    except (_ReaderGoneError, BrokenPipeError):
        silence_stdout()
        return Exit.READER_GONE
    except Exception as error:  # noqa: BLE001 - the one place where an error becomes a message
        return report(error, debug=state.debug)
    except KeyboardInterrupt as error:
        return report(error, debug=False)
    return int(code or 0)


if __name__ == "__main__":
    sys.exit(main())
