"""The demo's reports have the shape that pytest and coverage.py give their own, and say what truth says."""

import io
import subprocess
import sys
from pathlib import Path

from lxml import etree

from gapsight import demo
from gapsight.demo import coverage
from gapsight.demo.world import Component, components
from ingest import sources
from ingest.records import FileCoverage
from ingest.source import Context
from tests.unit.demo_support import reports


def shape(element: etree._Element) -> tuple[str, tuple[str, ...]]:
    return element.tag, tuple(element.attrib)


def test_our_pytest_report_has_the_shape_of_pytest_s_own(tmp_path: Path, short_demo: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "def test_good(record_property): record_property('flow', 'x')\n"
        "def test_plain(): pass\n"
        "def test_bad(): assert 1 == 2\n"
        "@pytest.mark.skip(reason='later')\ndef test_skipped(): pass\n"
    )
    words = ["-p", "no:cacheprovider", "-o", "junit_family=xunit1", "--junitxml=own.xml"]
    subprocess.run(
        [sys.executable, "-m", "pytest", *words], cwd=tmp_path, check=False, capture_output=True
    )
    own = {shape(element) for element in etree.parse(tmp_path / "own.xml").iter(etree.Element)}
    ours: set[tuple[str, tuple[str, ...]]] = set()
    for _, _, name, content in reports(short_demo):
        if name == "results/pytest.xml":
            ours |= {shape(element) for element in etree.fromstring(content).iter(etree.Element)}
    assert ours == own


def test_our_coverage_report_has_the_shape_of_coverage_s_own(
    tmp_path: Path, short_demo: Path
) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "it.py").write_text(
        "def f(x):\n    if x:\n        return 1\n    return 2\nf(1)\nf(0)\n"
        "def g(y):\n    if y:\n        return 3\n    return 4\n"
    )
    for words in (["run", "--branch", "--source=.", "package/it.py"], ["xml", "-o", "own.xml"]):
        subprocess.run(
            [sys.executable, "-m", "coverage", *words],
            cwd=tmp_path,
            check=True,
            capture_output=True,
        )
    own = {shape(element) for element in etree.parse(tmp_path / "own.xml").iter(etree.Element)}
    content = next(
        content for _, _, name, content in reports(short_demo) if name == "coverage/coverage.xml"
    )
    ours = {shape(element) for element in etree.fromstring(content).iter(etree.Element)}
    assert ours == own


def test_coverage_reports_say_what_truth_says(short_demo: Path, demo_truth: demo.Truth) -> None:
    last: dict[str, FileCoverage] = {}
    for _, kind, name, content in reports(short_demo):
        if kind == "cobertura":
            context = Context(folder_day=demo.UNTIL, name=name)
            for item in sources.get("cobertura").parse(io.BytesIO(content), context):
                assert isinstance(item, FileCoverage)
                last[item.file] = item
    for component in components():
        found = [row for path, row in last.items() if belongs(path, component)]
        if component.coverage is None:
            assert not found
            continue
        counts = demo_truth.coverage[component.flows[0]].components[component.name]
        assert (
            sum(r.lines_covered or 0 for r in found),
            sum(r.lines_total or 0 for r in found),
        ) == counts["lines"]
        assert (
            sum(r.branches_covered or 0 for r in found),
            sum(r.branches_total or 0 for r in found),
        ) == counts["branches"]
        if component.language == "java":
            assert sum(r.functions_total or 0 for r in found) == counts["functions"][1]
        measured = coverage.measured(component, seed=demo.SEED, week=1)
        assert (
            abs(coverage.summed(component, measured)["lines"][0] / 120 - component.coverage[0])
            < 0.02
        )


def belongs(path: str, component: Component) -> bool:
    return any(file.endswith(path) for file in component.files)
