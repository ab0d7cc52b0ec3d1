"""Jobs of one run pack a bundle each: loaded by the real loader they are one run, and nothing is lost."""

from pathlib import Path

import pytest

from orchestration.inbox import list_units
from orchestration.loading import load_family
from orchestration.settings import load
from tests.unit.cli_support import make_workspace
from tests.unit.lake_support import rows
from tests.unit.pack_support import COBERTURA, JUNIT, SHA, Job
from tests.unit.test_pack_systems import BUILDKITE, CIRCLE, GITHUB, GITLAB

SHARDS = {
    "GitLab CI": [
        {**GITLAB, "CI_JOB_NAME": "e2e", "CI_NODE_INDEX": str(n), "CI_NODE_TOTAL": "2"}
        for n in (1, 2)
    ],
    "CircleCI": [
        {**CIRCLE, "CIRCLE_JOB": "e2e", "CIRCLE_NODE_INDEX": str(n), "CIRCLE_NODE_TOTAL": "2"}
        for n in (0, 1)
    ],
    "Buildkite": [
        {**BUILDKITE, "BUILDKITE_PARALLEL_JOB": str(n), "BUILDKITE_PARALLEL_JOB_COUNT": "2"}
        for n in (0, 1)
    ],
    "GitHub Actions, whose matrix no variable tells apart": [GITHUB, GITHUB],
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return make_workspace(tmp_path / "shop")


def packed(tmp_path: Path, patch: pytest.MonkeyPatch, *, name: str, env: dict[str, str]) -> Job:
    """A job on a machine of its own, with one test and the coverage of one file."""
    job = Job(tmp_path / "machines" / name, patch)
    job.env(env)
    job.write("results/junit.xml", JUNIT.format(name=name))
    job.write("coverage.xml", COBERTURA)
    return job


@pytest.mark.parametrize("system", SHARDS)
def test_shards_that_left_files_of_one_name_are_one_run(
    shop: Path, tmp_path: Path, system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = shop / "var" / "inbox"
    for name, env in zip(("one", "two"), SHARDS[system], strict=True):
        job = packed(tmp_path, monkeypatch, name=name, env=env)
        words = (
            "--suite",
            "e2e",
            "--expect",
            "e2e",
            "--expect",
            "unit",
            "--coverage",
            "coverage.xml",
        )
        assert job.pack(*words, results="results/*.xml", to=inbox) == 0
    assert len(list_units(inbox, "ci_bundle")) == 2
    settings = load(shop)
    load_family(settings, "ci")
    tests = rows(settings, "test_attempts", "name, sha, build, run_attempt")
    assert [name for name, *_ in tests] == ["one", "two"]
    assert len({run for _, *run in map(tuple, tests) for run in [tuple(run)]}) == 1
    assert {sha for _, sha, *_ in tests} == {SHA}
    assert len(rows(settings, "file_coverage", "file, _file")) == 2
    runs = rows(
        settings, "ci_runs", "build, run_attempt, received_suites_json, missing_suites_json"
    )
    assert len(runs) == 2
    assert {run[:2] for run in runs} == {tests[0][2:]}
    assert {run[3] for run in runs} == {'["unit"]'}, "each for itself; stg_ci__runs looks at both"


def test_a_job_that_packs_again_adds_nothing_and_one_that_ran_again_adds_its_bundle(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = shop / "var" / "inbox"
    job = packed(tmp_path, monkeypatch, name="one", env=GITLAB)
    for _ in range(2):
        assert job.pack(results="results/*.xml", to=inbox) == 0
    assert len(list_units(inbox, "ci_bundle")) == 1
    job.write("results/junit.xml", JUNIT.format(name="one").replace("09:12", "09:40"))
    job.env({**GITLAB, "CI_JOB_ID": "102", "CI_JOB_STARTED_AT": "2026-06-30T09:38:00Z"})
    assert job.pack(results="results/*.xml", to=inbox) == 0
    settings = load(shop)
    load_family(settings, "ci")
    assert len(rows(settings, "test_attempts")) == 2, "the first try's result is no less true"
    assert len(set(rows(settings, "ci_runs", "build, run_attempt"))) == 1


def test_attempts_of_a_build_are_runs_of_their_own(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for retries in ("0", "1"):
        env = {**BUILDKITE, "BUILDKITE_RETRY_COUNT": retries}
        job = packed(tmp_path, monkeypatch, name="one", env=env)
        assert job.pack(results="results/*.xml", to=shop / "var" / "inbox") == 0
    settings = load(shop)
    load_family(settings, "ci")
    assert rows(settings, "ci_runs", "build, run_attempt") == [
        ("my-project/1514", 1),
        ("my-project/1514", 2),
    ]
