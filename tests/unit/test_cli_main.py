"""The command line as a whole: help, speed, exit codes, and how it ends when things go wrong."""

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import duckdb
import pytest

from gapsight.cli.main import cli, main
from tests.unit.cli_support import HOSTILE, ROOT, command, gapsight, make_marts, make_workspace


def all_commands(
    group: click.Group = cli, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, click.Command]]:
    """Every command at any depth, with the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert found is not None
        yield " ".join((*path, name)), found
        if isinstance(found, click.Group):
            yield from all_commands(found, (*path, name))


COMMANDS = dict(all_commands())


def test_the_commands_of_the_architecture_are_there() -> None:
    wanted = {"run", "demo", "dev", "parse", "gaps", "scores", "doctor", "seeds", "seeds check"}
    assert wanted <= set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_what_it_does_and_shows_an_example(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*name.split(), "--help"]) == 0
    shown = capsys.readouterr().out
    assert f"Example: gapsight {name}" in shown
    assert COMMANDS[name].short_help


def test_options_that_mean_the_same_are_spelled_and_explained_the_same() -> None:
    meanings: dict[str, set[str | None]] = {}
    for found in COMMANDS.values():
        for option in found.params:
            if isinstance(option, click.Option) and option.name in {
                "workspace",
                "data_dir",
                "as_of",
            }:
                meanings.setdefault(option.name, set()).add(option.help)
    assert {name: len(texts) for name, texts in meanings.items()} == {
        "workspace": 1,
        "data_dir": 1,
        "as_of": 1,
    }


def test_help_takes_less_than_half_a_second() -> None:
    def timed() -> float:
        start = time.perf_counter()
        assert gapsight("--help").returncode == 0
        return time.perf_counter() - start

    # The best of three: a busy machine says nothing about the program.
    assert min(timed() for _ in range(3)) < 0.5


def test_help_loads_no_slow_package() -> None:
    program = (
        "import sys; from gapsight.cli.main import main; main(['--help']); "
        "slow = {'duckdb', 'dagster', 'dbt', 'polars', 'rich', 'lxml', 'msgspec', 'yaml'}; "
        "print(sorted(slow & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, cwd=ROOT, check=True, timeout=60
    )
    assert done.stdout.decode().splitlines()[-1] == "[]"


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("gapsight 0.")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], "Usage: gapsight"),
        (["gapz"], "No such command 'gapz'"),
        (["gaps", "--colour"], "No such option"),
        (["gaps", "--limit", "0"], "--limit"),
        (["gaps", "--format", "xml"], "xml"),
        (["gaps", "--as-of", "30.06.2026"], "write it as YYYY-MM-DD"),
        (["gaps", "--marts", "s3://bucket/marts.duckdb"], "a presigned one"),
        (["gaps", "--marts", "x", "--as-of", "2026-06-30"], "give one of them"),
        (["gaps", "--marts", "nowhere.duckdb"], "there is no file nowhere.duckdb"),
        (["gaps", "--workspace", "nowhere"], "nowhere"),
        (["parse", "junit"], "Missing argument"),
        (["parse", "junt", "x.xml"], "did you mean 'junit'"),
        (["parse", "junit", "nowhere.xml"], "there is no file nowhere.xml"),
        (["parse", "junit", "x.xml", "--zone", "Mars/Olympus"], "no time zone 'Mars/Olympus'"),
        (["parse", "junit", "x.xml", "--option", "novalue"], "KEY=VALUE"),
        (["scores", "--workspace", "nowhere"], "nowhere"),
        (["doctor", "--workspace", "nowhere"], "nowhere"),
        (["seeds", "check", "--workspace", "nowhere"], "nowhere"),
        (["run", "--workspace", "nowhere"], "nowhere"),
    ],
)
def test_wrong_usage_ends_with_3_and_one_message(
    words: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 3
    out, err = capsys.readouterr()
    assert expected in err
    assert out == ""
    assert "Traceback" not in err


def test_a_folder_without_a_workspace_is_said(tmp_path: Path) -> None:
    done = gapsight("gaps", cwd=tmp_path)
    assert done.returncode == 3
    assert "gapsight.toml" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    place = tmp_path / "marts.duckdb"
    place.write_text("not a database")
    done = gapsight("gaps", "--marts", place)
    assert done.returncode == 3
    assert "cannot be opened" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_of_another_version_is_said(tmp_path: Path) -> None:
    place = tmp_path / "marts.duckdb"
    duckdb.connect(str(place)).close()
    done = gapsight("gaps", "--marts", place)
    assert done.returncode == 3
    assert "publish it again: gapsight run" in done.stderr


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A published database whose score is a text: no code expects that."""
    place = make_marts(tmp_path / "marts.duckdb")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{place}' as published")
        connection.execute("alter table published.marts.fct_top_gaps alter gap_score type varchar")
        connection.execute("update published.marts.fct_top_gaps set gap_score = 'high'")
    return place


def test_an_unforeseen_error_is_one_message_and_no_verdict(broken: Path) -> None:
    done = gapsight("gaps", "--marts", broken)
    assert done.returncode == 2
    assert "internal error: ValueError" in done.stderr
    assert "GAPSIGHT_DEBUG=1" in done.stderr
    assert "Traceback" not in done.stderr


def test_debug_shows_the_traceback(broken: Path) -> None:
    done = gapsight("gaps", "--marts", broken, GAPSIGHT_DEBUG="1")
    assert done.returncode == 2
    assert "Traceback" in done.stderr


def test_ctrl_c_ends_with_130_and_without_a_traceback(tmp_path: Path) -> None:
    pipe = tmp_path / "log"
    os.mkfifo(pipe)
    with subprocess.Popen(
        command("parse", "git", pipe), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        try:
            with pipe.open("wb"):  # blocks until the command has opened it, too
                running.send_signal(signal.SIGINT)
            # Closed: a signal just before a read that blocks is only seen when the read ends.
            _, err = running.communicate(timeout=60)
        finally:
            running.kill()
    assert running.returncode == 130
    assert b"gapsight: stopped" in err
    assert b"Traceback" not in err


INTERRUPTED = """
import sys
from gapsight.cli.errors import report

try:
    exec("import os, signal, time; os.kill(os.getpid(), signal.SIGINT); time.sleep(9)")
except KeyboardInterrupt as error:
    sys.exit(report(error, debug=False))
"""


def test_ctrl_c_in_code_made_of_text_is_an_exit_code_too(tmp_path: Path) -> None:
    (tmp_path / "interrupted.py").write_text(INTERRUPTED)
    place = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}
    done = subprocess.run([sys.executable, "-m", "interrupted"], env=place, check=False)
    assert done.returncode == 130, "not killed by its own signal"


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    incident = '{"id": "INC-%d", "started_at": "2026-06-30T10:00:00Z", "title": "%s"}'
    place = tmp_path / "many.json"
    place.write_text("[" + ",".join(incident % (n, "x" * 200) for n in range(5000)) + "]")
    running = subprocess.Popen(
        command("parse", "incidents", place),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert running.stdout is not None
    assert running.stderr is not None
    assert running.stdout.readline().startswith(b'{"table":"incidents"')
    running.stdout.close()
    err = running.stderr.read()
    assert running.wait(timeout=20) == 141
    assert err == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
def test_a_full_disk_is_said_as_such(tmp_path: Path) -> None:
    place = make_marts(tmp_path / "marts.duckdb")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command("gaps", "--marts", place),
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("gapsight: the disk is full (")
    assert "free some room" in done.stderr


def test_a_name_that_the_locale_cannot_show_is_escaped(tmp_path: Path) -> None:
    place = make_marts(tmp_path / "marts.duckdb")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{place}' as published")
        connection.execute("update published.marts.fct_top_gaps set owner = 'Käse'")
    done = gapsight("gaps", "--marts", place, PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "K\\xe4se" in done.stdout


def test_output_in_a_pipe_is_plain_and_in_a_terminal_harmless(tmp_path: Path) -> None:
    place = make_marts(tmp_path / "marts.duckdb")
    plain = gapsight("gaps", "--marts", place)
    assert "\x1b" not in plain.stdout
    assert HOSTILE not in plain.stdout
    seen = in_terminal("gaps", "--marts", place)
    assert "\\x1b" in seen.replace("\n", "").replace(" ", "")
    assert "\x1b[31mred" not in seen
    assert "\x1b[1m" in seen


def test_no_color_is_obeyed_in_a_terminal(tmp_path: Path) -> None:
    place = make_marts(tmp_path / "marts.duckdb")
    assert "\x1b[3" not in in_terminal("gaps", "--marts", place, NO_COLOR="1")


def in_terminal(*args: str | Path, **env: str) -> str:
    """What a process prints when its standard output is a terminal of 200 columns."""
    reader, writer = pty.openpty()
    environ = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "200", **env}
    if "NO_COLOR" not in env:
        environ.pop("NO_COLOR", None)
    running = subprocess.Popen(command(*args), cwd=ROOT, env=environ, stdout=writer)
    os.close(writer)
    seen = b""
    while True:
        try:
            chunk = os.read(reader, 65536)
        except OSError:  # Linux ends a terminal without a writer with an error
            break
        if not chunk:
            break
        seen += chunk
    os.close(reader)
    assert running.wait(timeout=20) == 0
    return seen.decode().replace("\r\n", "\n")


def test_the_workspace_is_found_from_a_folder_below(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "shop")
    make_marts(workspace / "var" / "published" / "marts.duckdb")
    done = gapsight("gaps", "--limit", "1", cwd=workspace / "seeds")
    assert done.returncode == 0
    assert "checkout" in done.stdout
