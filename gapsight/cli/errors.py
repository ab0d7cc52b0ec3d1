"""Every outcome as an exit code, and every failure as one message without a traceback."""

import enum
import errno
import sys
import traceback
from typing import TypeGuard

import click

from gapsight.cli.hostile import for_terminal


class Exit(enum.IntEnum):
    """What a script may rely on (architecture.md, Command line)."""

    OK = 0
    FINDINGS = 1
    """Findings, a failed run, or rejected records."""
    UNKNOWN = 2
    """Unknown or stale; also an error inside gapsight: a crash must not look like a verdict."""
    USAGE = 3
    """Wrong usage or configuration."""
    INTERRUPTED = 130
    READER_GONE = 141
    """Whoever read the output has left, as in `gapsight gaps | head -1`."""


class CliError(click.ClickException):
    """A failure the user can do something about: what is wrong, and in `hint` what to do."""

    def __init__(self, message: str, hint: str = "", *, code: Exit = Exit.USAGE) -> None:
        super().__init__(message)
        self.hint = hint
        self.code = code

    def show(self, file: object = None) -> None:  # noqa: ARG002 - click's signature
        """Print to standard error; names and texts from files may be hostile."""
        lines = [line for line in (self.message, self.hint) if line]
        text = "\n".join(for_terminal(line) for part in lines for line in part.splitlines())
        click.echo(f"gapsight: {text}", err=True)


def report(error: BaseException, *, debug: bool) -> Exit:
    """Say what went wrong and choose the exit code."""
    if debug and not isinstance(error, click.exceptions.Exit | click.Abort):
        traceback.print_exception(error)
    if isinstance(error, click.Abort | KeyboardInterrupt):
        click.echo("gapsight: stopped", err=True)
        # CPython remembers an interrupt that met code compiled from text, as templates and dataclasses are, and kills
        # itself with it at its end, although it was caught. Text that runs to its end makes it forget.
        exec("")  # noqa: S102
        return Exit.INTERRUPTED
    if isinstance(error, CliError):
        error.show()
        return error.code
    if isinstance(error, click.ClickException):
        error.show()
        return Exit.USAGE  # click's own code for wrong usage is 2, which means unknown here
    if type(error).__module__.startswith("orchestration"):
        from orchestration.settings import ConfigError

        CliError(str(error)).show()
        return Exit.USAGE if isinstance(error, ConfigError) else Exit.FINDINGS
    if _is_full(error):
        hint = "free some room (gapsight doctor says how much), and run again; what was published is untouched"
        CliError(f"the disk is full ({error})".partition("\n")[0], hint).show()
        return Exit.FINDINGS
    CliError(*_explain(error)).show()
    return (
        Exit.USAGE
        if _is_missing_package(error) or isinstance(error, PermissionError)
        else Exit.UNKNOWN
    )


def _explain(error: BaseException) -> tuple[str, str]:
    if _is_missing_package(error):
        name = str(error.name).partition(".")[0]
        return (
            f"this needs the Python package '{name}'",
            "install it: pip install 'gapsight[pipeline]'",
        )
    if isinstance(error, PermissionError):
        return f"no permission: {error.filename or error}", "check who owns the workspace's files"
    if isinstance(error, OSError):
        return f"{error.strerror or error}: {error.filename}" if error.filename else str(error), ""
    return (
        f"internal error: {type(error).__name__}: {error}",
        "this is a bug; GAPSIGHT_DEBUG=1 shows where",
    )


def _is_full(error: BaseException) -> bool:
    """Also as SQLite says it, of Dagster's history."""
    is_ours = isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}
    return is_ours or "database or disk is full" in str(error)


def _is_missing_package(error: BaseException) -> TypeGuard[ModuleNotFoundError]:
    """Tell what another install would bring; a missing module of our own is a bug."""
    ours = {"gapsight", "ingest", "orchestration"}
    return isinstance(error, ModuleNotFoundError) and str(error.name).partition(".")[0] not in ours


def silence_stdout() -> None:
    """Point standard output at nothing: the interpreter's last flush must find no closed pipe."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
