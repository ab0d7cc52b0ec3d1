"""What each file of the shared samples is: by its folder, and by its content where one folder mixes.

Every file must be claimed by exactly one of the lists here. A new sample that none of them claims
fails a test, so that none is left out without anybody saying why.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from lxml import etree

SAMPLES = Path(__file__).parents[2] / ".." / "shared" / "samples"
ABSENT = "the folder of shared samples is not beside this repository"

BESIDE = {
    "README.md": "says what the samples are",
    "LICENSES/*": "licence texts",
    "*/expected_*.csv": "expected results",
    "*/snapshot_tables/*.csv": "expected results",
    "coverage/*/coverage.txt": "expected results: Istanbul's text table",
}
"""Files that are no samples."""

NOT_BUILT = {
    "ci-api/*": "GitHub Actions and Jenkins builds, as API answers in a CSV",
    "coverage/cicirello+jacoco-badge-generator/*.csv": "JaCoCo CSV",
    "datasets/*": "a study's table of test verdicts",
    "other-results/*": "go test, mocha, rspec, dart and TRX results",
}
"""Files of kinds that Gapsight has no source for; none of its sources may make rows of them."""

SOURCES = {
    "access-logs/*": "access_log",
    "amplitude/*": "amplitude",
    "coverage/*.info": "lcov",
    "coverage/*.json": "istanbul",
    "coverage/*.lcov": "lcov",
    "coverage/*/go/*.out": "go_cover",
    # The CSVs of these are tables that a connector made: to be refused by name.
    "incidents/*/raw_tables/*.csv": "incidents",
    "jira/*": "jira",
    "mixpanel/*": "mixpanel",
    # The logs beside the traces are to be refused by name.
    "otel/*": "otlp",
    "junit/*.xml": "junit",
    "playwright-json/*": "playwright",
    "pytest-json/*": "pytest_json",
}
"""The source that a file's folder stands for; coverage XML is told apart by its root element."""


@dataclass(frozen=True)
class Kind:
    """A source to parse the file with; or the kind that has no source yet; or neither."""

    source: str = ""
    not_built: str = ""
    beside: str = ""


def every_file(folder: Path = SAMPLES) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def name_of(path: Path, folder: Path = SAMPLES) -> str:
    return path.relative_to(folder).as_posix()


def kind_of(path: Path, folder: Path = SAMPLES) -> Kind | None:
    """What the file is; None if no list claims it."""
    name = name_of(path, folder)
    if reason := _first(BESIDE, name):
        return Kind(beside=reason)
    if kind := _first(NOT_BUILT, name):
        return Kind(not_built=kind)
    if fnmatchcase(name, "coverage/*.xml"):
        return _of_coverage_xml(path)
    source = _first(SOURCES, name)
    return Kind(source=source) if source else None


def parsed_by(source: str, folder: Path = SAMPLES) -> Iterator[Path]:
    """Files that are of the source's kind, or stand in for it."""
    for path in every_file(folder):
        kind = kind_of(path, folder)
        if kind and kind.source == source:
            yield path


def _first(patterns: dict[str, str], name: str) -> str | None:
    return next((said for glob, said in patterns.items() if fnmatchcase(name, glob)), None)


def _of_coverage_xml(path: Path) -> Kind:
    root = etree.parse(path).getroot()
    if root.get("clover"):
        return Kind(source="clover")
    return Kind(source="cobertura" if root.tag == "coverage" else "jacoco")
