"""What tests of `gapsight pack` share: a job's folder, its variables, a clone, and what a bundle says."""

import json
import os
import subprocess
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gapsight.cli.main import main
from ingest import sources
from ingest.ci.manifest import Manifest, read_manifest
from ingest.source import Context, Item

SHA = "ffac537e6cbbf934b08745a378932722df287a53"
BASE = "83a20ec058e2fb00e7fa4558c4c6e81e2dcf253d"
MERGE = "d6fde92930d4715a2b49857d24b940956b26d2d3"
JUNIT = (
    '<testsuite name="s" timestamp="2026-06-30T09:12:00Z">'
    '<testcase classname="t.x" name="{name}" time="1"/></testsuite>'
)
COBERTURA = (
    '<coverage line-rate="1"><packages><package name="p"><classes><class filename="a.py"><lines>'
    '<line number="1" hits="1"/></lines></class></classes></package></packages></coverage>'
)
KNOWN = ("--repo", "web", "--build", "7", "--sha", SHA)
"""What a job outside any CI system and clone has to say of its run."""
_OF_CI = ("CI", "GITHUB_", "GITLAB_", "BUILDKITE", "CIRCLE", "JENKINS", "BUILD_", "JOB_", "GIT_")
_OF_CI += ("BRANCH_", "CHANGE_", "STAGE_", "TAG_", "GAPSIGHT", "RUNNER_")


class Job:
    """A CI job: its folder, its variables, and what `gapsight pack` does there."""

    base = sha = ""
    """Commits of the clone that its folder lies in, where there is one."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._patch = monkeypatch
        folder.mkdir(parents=True, exist_ok=True)
        monkeypatch.chdir(folder)
        self.env({})

    def env(self, variables: Mapping[str, str]) -> None:
        """These variables of a CI system and no others."""
        for name in list(os.environ):
            if name.startswith(_OF_CI):
                self._patch.delenv(name)
        for name, value in variables.items():
            self._patch.setenv(name, value)

    def write(self, name: str, text: str = JUNIT.format(name="a")) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def pack(self, *words: str | Path, results: str = "**/*.xml", to: str | Path = "out") -> int:
        return main(["pack", "--results", results, "--to", str(to), *map(str, words)])

    @property
    def bundles(self) -> list[Path]:
        return sorted((self.folder / "out").rglob("*.zip"))


def manifest_of(bundle: Path) -> Manifest:
    with zipfile.ZipFile(bundle) as archive:
        return read_manifest(archive.read("manifest.json"))[0]


def raw_manifest(bundle: Path) -> dict[str, Any]:
    with zipfile.ZipFile(bundle) as archive:
        found: dict[str, Any] = json.loads(archive.read("manifest.json"))
        return found


def members(bundle: Path) -> list[str]:
    with zipfile.ZipFile(bundle) as archive:
        return [name for name in archive.namelist() if name != "manifest.json"]


def parsed(bundle: Path) -> list[Item]:
    """What a run reads of a bundle."""
    context = Context(folder_day=date(2026, 7, 1), name=bundle.name)
    return list(sources.get("ci_bundle").parse(bundle, context))


def git(folder: Path, *words: str, **env: str) -> str:
    """A git command in a clone, as a person of a fixed name at a fixed time."""
    who = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com"}
    who |= {"GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.com"}
    when = {"GIT_AUTHOR_DATE": "2026-06-30T09:00:00Z", "GIT_COMMITTER_DATE": "2026-06-30T09:00:00Z"}
    done = subprocess.run(
        ["git", "-C", str(folder), *words],
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **who, **when, **env},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def commit(folder: Path, name: str, **env: str) -> str:
    """One more commit that touches a file of that name."""
    (folder / name).write_text(name)
    git(folder, "add", name)
    git(folder, "commit", "-qm", name, **env)
    return git(folder, "rev-parse", "HEAD")


def clone(folder: Path) -> tuple[Path, str]:
    """A clone of `shop-web`, on a branch that left main a commit ago; and where it left it."""
    origin = folder / "origin" / "shop-web.git"
    origin.mkdir(parents=True)
    git(origin, "init", "-q", "-b", "main")
    base = commit(origin, "one")
    git(folder, "clone", "-q", str(origin), str(folder / "work"))
    git(folder / "work", "checkout", "-qb", "feature/x")
    commit(folder / "work", "two")
    return folder / "work", base
