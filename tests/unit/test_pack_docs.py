"""docs/ci.md: each system's snippet is what that system reads, and its command packs there."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from gapsight.ci_pack import github, systems
from tests.unit.cli_support import ROOT
from tests.unit.pack_support import COBERTURA, JUNIT, SHA, manifest_of
from tests.unit.test_pack_systems import BUILDKITE, CIRCLE, GITHUB, GITLAB, JENKINS
from tests.unit.vendor_server import Vendor, reply

TEXT = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))
ENVIRONMENTS = {
    "GitHub Actions": GITHUB,
    "GitLab CI": {**GITLAB, "CI_NODE_INDEX": "1", "CI_NODE_TOTAL": "2", "CI_JOB_STATUS": "failed"},
    "Jenkins": {**JENKINS, "STAGE_NAME": "unit"},
    "CircleCI": CIRCLE,
    "Buildkite": {**BUILDKITE, "BUILDKITE_COMMAND_EXIT_STATUS": "1"},
}
EXPRESSIONS = {"matrix.browser": "webkit", "job.status": "success", "github.run_attempt": "1"}
FOLDERS = ("results", "build/test-results/test", "build/reports/jacoco", "test-results", "coverage")


def block(section: str, language: str) -> str:
    [found] = re.findall(
        rf"^```{language}\n(.*?)^```$", SECTIONS[section], re.MULTILINE | re.DOTALL
    )
    return str(found)


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in strings(item)]
    if isinstance(value, list):
        return [text for item in value for text in strings(item)]
    return [value] if isinstance(value, str) else []


def command(system: str) -> str:
    """What the system's shell runs: its expressions are put in before."""
    if system == "Jenkins":
        [script] = re.findall(r"sh '''(.*?)'''", block(system, "groovy"), re.DOTALL)
    elif system == "Buildkite":
        script = block(system, "sh")
    else:
        document = yaml.safe_load(block(system, "yaml"))
        [script] = [text for text in strings(document) if "gapsight pack" in text]
    return re.sub(r"\$\{\{ ([\w.]+) \}\}", lambda found: EXPRESSIONS[found[1]], script)


def reports(folder: Path) -> None:
    for place in FOLDERS:
        (folder / place).mkdir(parents=True)
    for name in ("results/a.xml", "build/test-results/test/TEST-a.xml", "test-results/a.xml"):
        (folder / name).write_text(JUNIT.format(name="a"))
    for name in ("coverage.xml", "build/reports/jacoco/c.xml"):
        (folder / name).write_text(COBERTURA)
    (folder / "coverage/lcov.info").write_text("TN:\nSF:a.ts\nDA:1,1\nend_of_record\n")


def run(script: str, folder: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The script as a CI runner's shell runs it, with `gapsight` on the path."""
    tools = folder.parent / "tools"
    tools.mkdir()
    (tools / "gapsight").write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -m gapsight.cli.main "$@"\n'
    )
    (tools / "gapsight").chmod(0o755)
    environ = {"PATH": f"{tools}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), **env}
    return subprocess.run(
        ["sh", "-ec", script], cwd=folder, env=environ, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip


@pytest.mark.parametrize("system", ENVIRONMENTS)
def test_the_snippet_of_each_system_packs_there(system: str, tmp_path: Path) -> None:
    folder = tmp_path / "job"
    reports(folder)
    mounted = tmp_path / "gapsight" / "inbox" / "ci_bundle"
    script = command(system).replace("/mnt/gapsight/inbox/ci_bundle", str(mounted))
    with Vendor(lambda _: reply(b"")) as store:
        env = {
            **ENVIRONMENTS[system],
            "GAPSIGHT_UPLOAD_URL": f"{store.url}/bundles/7.zip?sig=0123456789",
        }
        done = run(script, folder, env)
    assert done.returncode == 0, done.stderr
    assert "0123456789" not in done.stdout + done.stderr
    if "--to-env" in script:
        [put] = store.asked
        (tmp_path / "put.zip").write_bytes(put.body)
    [bundle] = [*tmp_path.rglob("*.zip")]
    found = manifest_of(bundle)
    assert found.sha == SHA
    assert [report for report in found.reports if not report.format] == []
    assert found.jobs[0].name


def test_the_first_examples_pack_anywhere(tmp_path: Path) -> None:
    before = TEXT.split("\n## ")[0]
    [script] = re.findall(r"^```sh\n(.*?)^```$", before, re.MULTILINE | re.DOTALL)
    folder = tmp_path / "job"
    reports(folder)
    done = run(script, folder, {"BUILD_NUMBER": "7", "JENKINS_URL": "x", "GIT_URL": "x/shop"})
    assert done.returncode == 0, done.stderr
    assert len([*folder.rglob("*.zip")]) == 2, "with coverage and without"


def test_every_variable_that_is_read_stands_in_the_table_and_no_other() -> None:
    code = "".join(Path(str(module.__file__)).read_text() for module in (github, systems))
    shape = r"(?:GITHUB|CI|CIRCLE|BUILDKITE|JOB|BUILD|GIT|CHANGE|BRANCH|STAGE)_[A-Z_0-9]*[A-Z0-9]"
    table = set(re.findall(rf"`({shape})`", SECTIONS["What is read"]))
    read = set(re.findall(rf'"({shape})"', code))
    kinds = {"GITHUB_ACTIONS", "GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_REF_TYPE"}
    said_elsewhere = (
        kinds | {name for name in read if "EXTERNAL" in name} | {"GIT_URL_1", "BUILDKITE_TAG"}
    )
    assert read - table <= said_elsewhere
    assert table <= read


def test_each_system_the_code_knows_has_a_section() -> None:
    assert set(ENVIRONMENTS) <= set(SECTIONS)
    code = Path(str(systems.__file__)).read_text() + Path(str(github.__file__)).read_text()
    assert set(re.findall(r'system="(.+?)"', code)) == set(ENVIRONMENTS)


def test_every_option_that_the_text_names_exists() -> None:
    from gapsight.cli.pack import pack

    known = {name for option in pack.params for name in (*option.opts, *option.secondary_opts)}
    first = TEXT.split("\n## ")[0]
    commands = " ".join((first, *map(command, ENVIRONMENTS))).split("gapsight pack")[1:]
    named = set(re.findall(r"`(--[a-z][a-z-]+)", TEXT)) | set(
        re.findall(r" (--[a-z][a-z-]+)", " ".join(commands))
    )
    assert len(named) > 10
    assert named <= known
