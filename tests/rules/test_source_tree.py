"""The laws of the architecture that the source tree is held to."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest import sources
from ingest.records import TABLES

ROOT = Path(__file__).parents[2]
PACKAGES = ("ingest", "orchestration", "gapsight")
MAX_FUNCTION_LINES = 40
MAX_FILE_LINES = 300
MAX_POSITIONAL = 3

# What each room may not import, anywhere in its files.
FORBIDDEN_IMPORTS = {
    "ingest": (
        "dagster",
        "dagster_dbt",
        "dbt",
        "polars",
        "pyarrow",
        "pandas",
        "orchestration",
        "gapsight",
    ),
    "orchestration": ("gapsight.cli",),
    "gapsight": ("dagster", "dagster_dbt", "dbt", "polars", "pyarrow", "pandas"),
}
CLOCKS = re.compile(r"\b(?:datetime|date)\.(?:now|today|utcnow)\b|\btime\.time\b")


def python_files(*packages: str) -> list[Path]:
    return sorted(path for package in packages for path in (ROOT / package).rglob("*.py"))


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


ALL_PYTHON = python_files(*PACKAGES)


@pytest.mark.parametrize("path", ALL_PYTHON, ids=names(ALL_PYTHON))
def test_a_room_imports_only_what_it_may(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    tree = ast.parse(path.read_text())
    bad = [
        name
        for name in imported(tree)
        for forbidden in FORBIDDEN_IMPORTS[room]
        if name == forbidden or name.startswith(f"{forbidden}.")
    ]
    assert not bad, f"{path.relative_to(ROOT)} imports {bad}"


@pytest.mark.parametrize("path", ALL_PYTHON, ids=names(ALL_PYTHON))
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    problems = []
    if text.count("\n") > MAX_FILE_LINES:
        problems.append(f"file has {text.count(chr(10))} lines")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
            lines = (body[-1].end_lineno or 0) - body[0].lineno + 1
            positional = [a.arg for a in node.args.posonlyargs + node.args.args]
            if positional and positional[0] in ("self", "cls"):
                positional = positional[1:]
            if lines > MAX_FUNCTION_LINES:
                problems.append(f"{node.name} has {lines} lines")
            # click hands a command its options as parameters: there the count is the user's
            if len(positional) > MAX_POSITIONAL and not node.decorator_list:
                problems.append(f"{node.name} takes {len(positional)} positional parameters")
    assert not problems, f"{path.relative_to(ROOT)}: {problems}"


PURE = [
    path
    for path in python_files("ingest")
    if "apis" not in path.parts and not path.name.startswith("http")
]


@pytest.mark.parametrize("path", PURE, ids=names(PURE))
def test_parsers_are_pure(path: Path) -> None:
    text = path.read_text()
    modules = set(imported(ast.parse(text)))
    assert not modules & {"os", "requests", "urllib.request", "socket", "subprocess", "http.client"}
    assert not CLOCKS.search(text), "a parser reads no clock"
    assert not re.search(r"duckdb\.connect\(\s*[^\s):]", text), "only an in-memory database"


# Setting a variable for a library or a child is not reading it.
ENVIRONMENT = re.compile(r"\bos\.(?:environ(?!\[[^]]+\] =)|getenv)\b|\bfrom os import .*environ")


@pytest.mark.parametrize("path", ALL_PYTHON, ids=names(ALL_PYTHON))
def test_only_settings_read_the_environment(path: Path) -> None:
    if path == ROOT / "orchestration" / "settings.py":
        return
    lines = [
        line
        for line in path.read_text().splitlines()
        if ENVIRONMENT.search(line) and "# environment:" not in line
    ]
    assert not lines, f"{path.relative_to(ROOT)} reads the environment: {lines}"


def test_orchestration_has_no_domain_words() -> None:
    words = re.compile(r"\b(?:coverage|severity|flaky|checkout|defects?)\b", re.IGNORECASE)
    bad = {
        str(path.relative_to(ROOT)): sorted(set(words.findall(path.read_text())))
        for path in python_files("orchestration")
        if words.search(path.read_text())
    }
    assert not bad


def test_only_the_room_of_tickets_writes_to_a_vendor_and_only_one_command_enters_it() -> None:
    def importing(module: str) -> set[str]:
        return {
            str(path.relative_to(ROOT))
            for path in ALL_PYTHON
            if any(
                f"{name}.".startswith(f"{module}.")
                for name in imported(ast.parse(path.read_text()))
            )
        }

    writer = {"ingest/apis/tickets/jira.py"}
    assert importing("ingest.http_send") == {*writer, "gapsight/cli/ticket.py"}  # its errors alone
    asking = "orchestration/tickets.py"  # for addresses
    assert importing("ingest.apis.tickets") == {*writer, asking, "gapsight/cli/ticket.py"}


@pytest.mark.parametrize("name", sources.NAMES)
def test_every_source_is_complete(name: str) -> None:
    source = sources.get(name)
    assert source.name == name
    assert source.tables
    assert {record.TABLE for record in source.tables} <= set(TABLES)
    golden = ROOT / "tests" / "golden" / name
    cases = [case for case in golden.iterdir() if case.is_dir()] if golden.is_dir() else []
    assert cases, f"no golden folder: make {golden.relative_to(ROOT)}/<case>/"


def test_every_source_file_is_registered() -> None:
    files = {
        p.stem for p in (ROOT / "ingest" / "sources").glob("*.py") if not p.stem.startswith("_")
    }
    assert files == set(sources.NAMES), "a vendor file and its registry line come together"


def test_tables_of_a_family_are_fed_by_one_family_only() -> None:
    feeders: dict[str, set[str]] = {}
    for source in sources.all_sources():
        for record in source.tables:
            feeders.setdefault(record.TABLE, set()).add(source.family)
    assert not {table: families for table, families in feeders.items() if len(families) > 1}


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


def test_no_group_of_a_pattern_is_possessive() -> None:
    """Python before 3.11.5 matches them wrongly, and Debian 12 brings 3.11.2."""
    possessive = re.compile(r"""r[fb]?(['"]).*\)[*+?]\+.*\1""")
    bad = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked()
        if path.suffix == ".py" and path.is_file() and path != Path(__file__)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if possessive.search(line)
    ]
    assert not bad


def test_nothing_names_a_machine_or_a_registry() -> None:
    hosts = (
        r"py" r"pi\.org|files\.python" r"hosted\.org|registry\.npm" r"js\.org|deb\.deb" r"ian\.org"
    )
    place = re.compile(rf"{hosts}|/wo" r"rk/|/ro" r"ot/|/ho" r"me/[a-z]")
    bad = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.is_file() and place.search(path.read_bytes().decode("utf-8", "replace"))
    ]
    assert not bad
