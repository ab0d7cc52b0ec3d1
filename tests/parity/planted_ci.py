"""CI runs, tests and coverage of the planted lake."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from ingest.records import CiRun, FileCoverage, Record, TestAttempt, TestCoverage
from tests.parity.dealt import COMPONENTS, ODD, Dealer, hash_of


def runs(deal: Dealer) -> Iterator[Record]:
    tests = [
        (repo, component, kind)
        for repo, components in COMPONENTS.items()
        for component in components
        for kind in range(3)
    ]
    for number, sha in enumerate(deal.shas):
        # Two a day for the last weeks, as verdicts need many, then one a week.
        back = number // 2 if number < 46 else 23 + (number - 46) * 6
        day = deal.days[-1 - back]
        repo = ("shop-web", "shop-web", "backoffice")[number % 3]
        branch = deal.maybe(["main", "main", "main", "feature/odd-`branch`"], 0.05)
        for attempt in range(1, 2 + (number % 7 == 0)):
            at = deal.at(day)
            run = {
                "repo": repo,
                "sha": None if number == 5 else sha,
                "branch": branch,
                "build": str(1000 + number),
                "run_attempt": attempt,
            }
            yield CiRun(
                day=day,
                **run,
                base_sha=deal.maybe(deal.shas, 0.5),
                pr=deal.maybe(["12", "abc", ""], 0.5),
                pipeline=deal.word("merge checks", "nightly"),
                stage=deal.maybe(["merge", "nightly", "Release", "odd"]),
                blocking=deal.maybe([True, False], 0.2),
                environment=deal.maybe(["ci", "staging"]),
                env_facts_json=json.dumps({"db": "pg", "tz": deal.word("UTC"), "n": 3}),
                started_at=None if number % 11 == 3 else at,
                finished_at=deal.maybe([at + timedelta(minutes=9), at]),
                expected_suites_json=deal.maybe(['["unit","e2e"]', "[]", '["it\'s"]'], 0.2),
                received_suites_json=deal.maybe(['["unit"]', '["unit","e2e"]'], 0.1),
                broken_suites_json=deal.maybe(['["e2e"]'], 0.8),
            )
            for owner, component, kind in tests:
                if owner == repo and deal.rng.random() < 0.75:
                    yield from _attempts(deal, day, at, run, component=component, kind=kind)


def _attempts(
    deal: Dealer, day: date, at: datetime, run: dict[str, Any], *, component: str, kind: int
) -> Iterator[Record]:
    broken = (hash_of(component, run["sha"]) + kind) % 9 == 0
    statuses = ["failed", "passed"] if kind == 1 and broken else [_status(deal, broken=broken)]
    odd = ODD[len(component) % len(ODD)] if kind == 2 else ""
    if component == "search" and int(run["build"]) < 1024:
        odd += "_found"  # renamed since
    for attempt, status in enumerate(statuses, 1):
        failed = status in ("failed", "error")
        yield TestAttempt(
            day=day,
            **run,
            environment=None,
            suite=deal.maybe(["unit", "e2e"], 0.2),
            file=f"tests/{component}/test_{component}.py",
            class_name=None if kind else "TestIt",
            name=f"test_{component}_{kind}{odd}",
            params=deal.maybe(["[EUR]"], 0.7) if kind == 0 else None,
            tags_json=_tags(deal, component, kind),
            raw_status=status.upper(),
            status=status,
            duration_ms=deal.maybe([0.0, 0.1, 12.5, 90_000.0, 2.0**40]),
            attempt=attempt,
            started_at=deal.maybe([at, at + timedelta(seconds=kind)], 0.2),
            zone_assumed=kind == 1,
            message=deal.word("assert 1 == 2", "timeout after 5 s", odd=0.3) if failed else None,
            fingerprint=f"print{hash_of(component, kind) % 4}" if failed else None,
        )


def _status(deal: Dealer, *, broken: bool) -> str:
    return deal.rng.choice(
        ["failed", "failed", "error"] if broken else ["passed"] * 12 + ["skipped", "xfail"]
    )


def _tags(deal: Dealer, component: str, kind: int) -> str | None:
    if kind == 0:
        return None
    tags = {
        "failure_mode": ["timeout", "Data"] if kind == 1 else "timeout",
        "risk": deal.word("critical", "low", "unheard"),
        "owner": "team_payments",
        "tag": ["a", "b", "it's"],
    }
    return json.dumps(tags, ensure_ascii=False) if component != "cart" else "{}"


def coverage(deal: Dealer) -> Iterator[Record]:
    for number, sha in enumerate(deal.shas[:12]):
        day = deal.days[-1 - number]
        run = {
            "repo": "shop-web",
            "sha": sha,
            "branch": "main",
            "build": str(1000 + number),
            "run_attempt": 1,
        }
        for component in COMPONENTS["shop-web"]:
            for name in ("a.py", "b c.py", "größe.py"):
                total = deal.rng.choice([0, 1, 3, 100, None])
                covered = None if total is None else deal.rng.randint(0, total)
                file = f"src/shop/{component}/{name}"
                yield FileCoverage(
                    day=day,
                    **run,
                    format="cobertura",
                    report="coverage.json",
                    file=file,
                    lines_covered=covered,
                    lines_total=total,
                    branches_covered=0,
                    branches_total=deal.maybe([0, 4]),
                    measured_at=deal.maybe([deal.at(day)]),
                )
                if number < 3:
                    yield TestCoverage(
                        day=day,
                        **run,
                        report="coverage.json",
                        test=deal.word(
                            f"tests/{component}/test_{component}.py::test_{component}_1", ""
                        ),
                        file=file,
                        lines_covered=deal.rng.choice([0, 1, 3]),
                        line_runs=deal.maybe(["1-3,7", "2", ""]),
                    )
