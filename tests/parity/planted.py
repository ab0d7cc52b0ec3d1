"""A lake of few rows in which every table has what engines read differently: nothing, ties, zeros, odd names.

Vocabulary is that of the demo workspace's seeds, so that the joins of the models meet; which value meets which is dealt
out by chance, the same in every run.
"""

import hashlib
import json
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar

from ingest.records import (
    TABLES,
    CiRun,
    Commit,
    ComponentSize,
    Deployment,
    ErrorEvent,
    FileCoverage,
    Incident,
    Issue,
    IssueChange,
    Load,
    Record,
    RejectRow,
    RequestLatency,
    RequestMinute,
    ServiceMetric,
    TestAttempt,
    TestCoverage,
    UsageCount,
)
from orchestration.lake import Lake
from orchestration.parts import PartWriter

LAST = date(2026, 6, 30)
FIRST = LAST - timedelta(days=110)
MOST_ROWS = 2000
EMPTY = {"code_owners", "property_counts"}
"""Tables without a row: the models that read them must build all the same."""
ODD = (
    'it\'s "quoted"',
    "back\\slash\\",
    "Größe ✓ 漢字 🙂",
    "100 %; -- drop",
    "${env} {{ jinja }}",
    "None",
    "null",
    "  spaced  ",
    "a\tb\nc",
    "`tick`",
)
_COMPONENTS = {
    "shop-web": ("identity", "search", "product", "cart", "checkout", "payments", "pricing"),
    "backoffice": ("orders", "inventory", "refunds", "imports"),
}
_ROUTES = (
    ("shop-web", "GET", "/login"),
    ("shop-web", "POST", "/api/session"),
    ("shop-web", "GET", "/search"),
    ("shop-web", "GET", "/product/{id}"),
    ("shop-web", "POST", "/api/payments"),
    ("shop-web", "GET", "/api/payments/{uuid}"),
    ("shop-web", "GET", "/nobody/knows/{id}"),
    ("partner-api", "GET", "/v1/it's"),
)
_EVENTS = (
    "Login Started",
    "Login Completed",
    "Search Performed",
    "Search Rage Click",
    "Checkout Started",
    "Order Placed",
    "Payment Started",
    "Payment Completed",
    "Item Added To Cart",
)
_FILES = dict.fromkeys(("ci_runs", "test_attempts", "file_coverage", "test_coverage"), "bundle")
"""Tables whose rows come in one file; each other table has files of its own."""
_SOURCES = {
    "bundle": "ci_bundle",
    "ci_runs": "ci_bundle",
    "test_attempts": "junit",
    "file_coverage": "cobertura",
    "test_coverage": "coverage_py",
    "usage_counts": "mixpanel",
    "request_minutes": "access_log",
    "request_latency": "access_log",
    "issues": "jira",
    "issue_changes": "jira",
    "incidents": "incidents",
    "deployments": "deployments",
    "commits": "git",
    "component_sizes": "git",
    "error_events": "sentry",
    "service_metrics": "prometheus",
}
_FAMILIES = {
    "ci_bundle": "ci",
    "junit": "ci",
    "cobertura": "ci",
    "coverage_py": "ci",
    "mixpanel": "usage",
    "access_log": "usage",
    "jira": "issues",
    "incidents": "incidents",
    "deployments": "deployments",
    "git": "git",
    "sentry": "errors",
    "prometheus": "metrics",
}
T = TypeVar("T")


def plant(root: Path) -> dict[str, int]:
    """Write the lake, a file of the inbox for each table and week, and return how many rows each table has."""
    lake = Lake(root)
    with lake.loading("ci"):
        pass  # makes an empty part of every table
    planter = _Planter(random.Random(20260630))
    counts = dict.fromkeys(TABLES, 0)
    for name, rows in _grouped(
        planter.rows(), lambda row: _FILES.get(row.TABLE, row.TABLE)
    ).items():
        weeks = _grouped(rows, lambda row: str((row.day - FIRST).days // 7))
        for week, found in weeks.items():
            load = planter.load(name, int(week), found)
            told = [*found, load, *planter.rejects(load)]
            _write(root, f"{name}{week}", _SOURCES[name], told)
            for row in told:
                counts[row.TABLE] += 1
    return counts


def _write(root: Path, file_id: str, landed: str, rows: Sequence[Record]) -> None:
    writer = PartWriter(root, file_id)
    for row in rows:
        writer.add(row, _SOURCES.get(row.TABLE, landed))
    for held in writer.finish():
        assert held.frame is not None
        place = root / held.table / f"day={held.day}" / f"{landed}--{file_id}.parquet"
        place.parent.mkdir(parents=True, exist_ok=True)
        held.frame.write_parquet(place)


def _grouped(rows: Iterable[Record], key: Callable[[Record], str]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found


class _Planter:
    """Deals out values; one instance is one lake."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.shas = [hashlib.sha256(str(n).encode()).hexdigest()[:40] for n in range(60)]
        self.days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]

    def rows(self) -> Iterator[Record]:
        """Every row of what sources tell of."""
        makers: tuple[Callable[[], Iterator[Record]], ...] = (
            self._ci,
            self._coverage,
            self._usage,
            self._requests,
            self._issues,
            self._incidents,
            self._deployments,
            self._commits,
            self._errors,
            self._metrics,
        )
        for maker in makers:
            yield from maker()

    def _maybe(self, values: Sequence[T], nothing: float = 0.1) -> T | None:
        return None if self.rng.random() < nothing else self.rng.choice(values)

    def _word(self, *words: str, odd: float = 0.1) -> str:
        return self.rng.choice(ODD) if self.rng.random() < odd else self.rng.choice(words)

    def _at(self, day: date) -> datetime:
        """A moment of a day; often the same ones, so that order needs a second criterion."""
        if self.rng.random() < 0.3:
            return datetime.combine(day, time(12), UTC)
        return datetime.combine(day, time(0), UTC) + timedelta(seconds=self.rng.randrange(86_400))

    def _ci(self) -> Iterator[Record]:
        tests = [
            (repo, component, kind)
            for repo, components in _COMPONENTS.items()
            for component in components
            for kind in range(3)
        ]
        for number, sha in enumerate(self.shas):
            # Two a day for the last weeks, as verdicts need many, then one a week.
            back = number // 2 if number < 46 else 23 + (number - 46) * 6
            day = self.days[-1 - back]
            repo = ("shop-web", "shop-web", "backoffice")[number % 3]
            branch = self._maybe(["main", "main", "main", "feature/odd-`branch`"], 0.05)
            for attempt in range(1, 2 + (number % 7 == 0)):
                at = self._at(day)
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
                    base_sha=self._maybe(self.shas, 0.5),
                    pr=self._maybe(["12", "abc", ""], 0.5),
                    pipeline=self._word("merge checks", "nightly"),
                    stage=self._maybe(["merge", "nightly", "Release", "odd"]),
                    blocking=self._maybe([True, False], 0.2),
                    environment=self._maybe(["ci", "staging"]),
                    env_facts_json=json.dumps({"db": "pg", "tz": self._word("UTC"), "n": 3}),
                    started_at=None if number % 11 == 3 else at,
                    finished_at=self._maybe([at + timedelta(minutes=9), at]),
                    expected_suites_json=self._maybe(['["unit","e2e"]', "[]", '["it\'s"]'], 0.2),
                    received_suites_json=self._maybe(['["unit"]', '["unit","e2e"]'], 0.1),
                    broken_suites_json=self._maybe(['["e2e"]'], 0.8),
                )
                for owner, component, kind in tests:
                    if owner == repo and self.rng.random() < 0.75:
                        yield from self._attempts(day, at, run, component=component, kind=kind)

    def _attempts(
        self, day: date, at: datetime, run: dict[str, Any], *, component: str, kind: int
    ) -> Iterator[Record]:
        broken = (hash_of(component, run["sha"]) + kind) % 9 == 0
        statuses = ["failed", "passed"] if kind == 1 and broken else [self._status(broken=broken)]
        odd = ODD[len(component) % len(ODD)] if kind == 2 else ""
        if component == "search" and int(run["build"]) < 1024:
            odd += "_found"  # renamed since
        for attempt, status in enumerate(statuses, 1):
            failed = status in ("failed", "error")
            yield TestAttempt(
                day=day,
                **run,
                environment=None,
                suite=self._maybe(["unit", "e2e"], 0.2),
                file=f"tests/{component}/test_{component}.py",
                class_name=None if kind else "TestIt",
                name=f"test_{component}_{kind}{odd}",
                params=self._maybe(["[EUR]"], 0.7) if kind == 0 else None,
                tags_json=self._tags(component, kind),
                raw_status=status.upper(),
                status=status,
                duration_ms=self._maybe([0.0, 0.1, 12.5, 90_000.0, 2.0**40]),
                attempt=attempt,
                started_at=self._maybe([at, at + timedelta(seconds=kind)], 0.2),
                zone_assumed=kind == 1,
                message=self._word("assert 1 == 2", "timeout after 5 s", odd=0.3)
                if failed
                else None,
                fingerprint=f"print{hash_of(component, kind) % 4}" if failed else None,
            )

    def _status(self, *, broken: bool) -> str:
        return self.rng.choice(
            ["failed", "failed", "error"] if broken else ["passed"] * 12 + ["skipped", "xfail"]
        )

    def _tags(self, component: str, kind: int) -> str | None:
        if kind == 0:
            return None
        tags = {
            "failure_mode": ["timeout", "Data"] if kind == 1 else "timeout",
            "risk": self._word("critical", "low", "unheard"),
            "owner": "team_payments",
            "tag": ["a", "b", "it's"],
        }
        return json.dumps(tags, ensure_ascii=False) if component != "cart" else "{}"

    def _coverage(self) -> Iterator[Record]:
        for number, sha in enumerate(self.shas[:12]):
            day = self.days[-1 - number]
            run = {
                "repo": "shop-web",
                "sha": sha,
                "branch": "main",
                "build": str(1000 + number),
                "run_attempt": 1,
            }
            for component in _COMPONENTS["shop-web"]:
                for name in ("a.py", "b c.py", "größe.py"):
                    total = self.rng.choice([0, 1, 3, 100, None])
                    covered = None if total is None else self.rng.randint(0, total)
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
                        branches_total=self._maybe([0, 4]),
                        measured_at=self._maybe([self._at(day)]),
                    )
                    if number < 3:
                        yield TestCoverage(
                            day=day,
                            **run,
                            report="coverage.json",
                            test=self._word(
                                f"tests/{component}/test_{component}.py::test_{component}_1", ""
                            ),
                            file=file,
                            lines_covered=self.rng.choice([0, 1, 3]),
                            line_runs=self._maybe(["1-3,7", "2", ""]),
                        )

    def _usage(self) -> Iterator[Record]:
        for day in self.days[-40:]:
            for event in _EVENTS:
                if self.rng.random() < 0.95:
                    yield UsageCount(
                        day=day,
                        kind="event",
                        service="shop-web",
                        event=event,
                        platform=self._maybe(["web", "ios", "Web"]),
                        browser=self._maybe(["Chrome", "it's"]),
                        persona=self._maybe(["guest", "member"], 0.5),
                        tier=self._maybe(["gold", ""], 0.7),
                        version=self._maybe(["1.10.0", "1.9.0", "2"]),
                        locale=self._maybe(["de-DE", "fr"]),
                        experiment=self._maybe(["new_checkout:b"], 0.8),
                        count=self.rng.choice([0, 1, 7, 100, 5000]),
                        users=self._maybe([0, 1, 90], 0.3),
                    )
            yield UsageCount(
                day=day, kind="transition", event=self._word("Cart -> Checkout"), count=3
            )
        for service, method, route in _ROUTES:
            for day in self.days[-20:]:
                actor = self.rng.choice(["user", "user", "bot", "synthetic"])
                yield UsageCount(
                    day=day, kind="request", service=service, event=route, method=method, actor=actor,
                    count=self.rng.randrange(500), users=self._maybe([3], 0.5),
                )  # fmt: skip

    def _requests(self) -> Iterator[Record]:
        for day in self.days[-12:]:
            for service, method, route in _ROUTES:
                for hour in (0, 10, 11, 22):
                    minute = datetime.combine(day, time(hour, self.rng.choice([0, 5, 59])), UTC)
                    called = {
                        "day": day,
                        "minute": minute,
                        "service": service,
                        "route": route,
                        "method": method,
                        "status_class": self._maybe(["2xx", "2xx", "5xx", "4xx"]),
                        "version": self._maybe(["1.10.0", "1.9.0"]),
                        "actor": self.rng.choice(["user", "user", "bot"]),
                    }
                    count = self.rng.choice([0, 3, 40, 900])
                    yield RequestMinute(
                        **called,
                        count=count,
                        bytes=self._maybe([0, 10**12]),
                        with_status=count,
                        with_latency=count,
                    )
                    for bucket in self.rng.sample([0, 40, 60, 90, 120], 2):
                        yield RequestLatency(**called, bucket=bucket, count=max(count // 2, 1))

    def _issues(self) -> Iterator[Record]:
        for number in range(120):
            day = self.rng.choice(self.days)
            created = self._at(day)
            resolved = self._maybe(
                [created + timedelta(days=3), created, created - timedelta(days=1)], 0.4
            )
            for version in range(1 + number % 2):
                yield Issue(
                    day=day + timedelta(days=version),
                    key=f"SHOP-{number}",
                    project="SHOP",
                    type=self._maybe(["Bug", "Support", "Incident", "Story", "Odd `type`"]),
                    title=self._word("Payment provider is slow", "Search finds nothing", odd=0.3),
                    labels_json=self._maybe(
                        ['["regression"]', "[]", '["escaped:prod"]', '["it\'s"]']
                    ),
                    severity=self._maybe(["S1 - Critical", "S3 - Minor", "katastrophal"], 0.4),
                    priority=self._maybe(["High", "P1"], 0.3),
                    status=self._maybe(["Open", "Done"]),
                    status_category=self._maybe(["new", "done"]),
                    component=self._maybe(["payments", "Site Search", "cart", "mystery"]),
                    flow_hint=self._maybe(["payment", "search"], 0.8),
                    failure_mode=self._maybe(["Timeout"], 0.8),
                    started_at=self._maybe([created - timedelta(minutes=20)], 0.7),
                    created_at=created,
                    resolved_at=resolved,
                    updated_at=self._maybe([created + timedelta(hours=version)], 0.2),
                    extra_json=json.dumps({"points": "three", "components": ["a", "b"]}),
                )
            for change, to in enumerate(("In Progress", "Done", "Reopened")[: number % 4]):
                yield IssueChange(
                    day=day,
                    key=f"SHOP-{number}",
                    change_id=f"{number}-{change}",
                    field="status",
                    from_value=self._maybe(["Open"]),
                    to_value=to,
                    changed_at=created + timedelta(hours=change),
                )

    def _incidents(self) -> Iterator[Record]:
        for number in range(60):
            day = self.rng.choice(self.days[20:])
            began = self._at(day)
            detected = self._maybe(
                [began + timedelta(minutes=12), began - timedelta(minutes=1)], 0.1
            )
            for version in range(1 + number % 2):
                yield Incident(
                    day=min(day + timedelta(days=version), LAST),
                    incident_id=f"INC-{number}",
                    service=self._maybe(["shop-web", "backoffice", "cdn"], 0.3),
                    component=self._maybe(["payments", "cart", "Search", "orders", "paymnts"]),
                    failure_mode=self._maybe(["timeout", "data"], 0.4),
                    severity=self._maybe(["SEV1", "sev3", "low"]),
                    title=self._word("Payments time out", "Payment queue time out again", odd=0.2),
                    status=self._maybe(["open", "resolved"]),
                    started_at=self._maybe([began]),
                    detected_at=detected or began,
                    resolved_at=self._maybe(
                        [began + timedelta(minutes=14), began + timedelta(days=400)], 0.3
                    ),
                    updated_at=self._maybe([began + timedelta(hours=version)], 0.3),
                )

    def _deployments(self) -> Iterator[Record]:
        for number in range(80):
            day = self.rng.choice(self.days)
            at = self._at(day)
            yield Deployment(
                day=day,
                repo=self._maybe(["shop-web", "backoffice"]),
                deployment_id=f"D-{number}",
                service=self._maybe(["shop-web", "backoffice", "payments"]),
                version=self._maybe(["1.9.0", "1.10.0", "2026.06"]),
                sha=self._maybe(self.shas),
                environment=self._maybe(["production", "Prod", "staging"]),
                deployed_at=at,
                status=self._maybe(["success", "failed"]),
                updated_at=self._maybe([at]),
            )

    def _commits(self) -> Iterator[Record]:
        for sha in self.shas:
            day = self.rng.choice(self.days)
            repo = self.rng.choice(["shop-web", "backoffice"])
            at = self._at(day)
            for component in self.rng.sample(_COMPONENTS[repo], 3):
                file = (
                    f"src/shop/{component}/{self.rng.choice(['a.py', 'b c.py'])}"
                    if repo == "shop-web"
                    else f"x/com/example/backoffice/{component}/A.java"
                )
                yield Commit(
                    day=day,
                    repo=repo,
                    sha=sha,
                    committed_at=at,
                    author_hash=self._maybe(["a1", "b2", "c3"]),
                    bot=self.rng.random() < 0.1,
                    merge=self.rng.random() < 0.1,
                    file=file,
                    lines_added=self._maybe([0, 5, 10_000]),
                    lines_removed=self._maybe([0, 2]),
                )
        for repo, components in _COMPONENTS.items():
            for component in components:
                file = (
                    f"src/shop/{component}/a.py"
                    if repo == "shop-web"
                    else f"x/com/example/backoffice/{component}/A.java"
                )
                yield ComponentSize(
                    day=LAST,
                    repo=repo,
                    sha=self.shas[0],
                    file=file,
                    lines=self._maybe([0, 10, 4000]),
                )

    def _errors(self) -> Iterator[Record]:
        for number in range(60):
            day = self.rng.choice(self.days[-30:])
            yield ErrorEvent(
                day=day,
                project=self._maybe(["shop-web"]),
                error_id=f"E{number % 20}",
                type=self._word("TypeError", "ValueError"),
                title=self._word("x is undefined", odd=0.3),
                fingerprint=f"f{number % 5}",
                level=self._maybe(["error", "warning"]),
                status=self._maybe(["unresolved", "resolved"]),
                component=self._maybe(["payments", "cart"], 0.5),
                file=self._maybe(["src/shop/payments/a.py", "webpack:///x.ts"]),
                release=self._maybe(["1.9.0"]),
                environment=self._maybe(["production"]),
                count=self._maybe([0, 1, 50], 0.2),
                total_count=self._maybe([100]),
                users=self._maybe([0, 3]),
                first_seen_at=self._maybe([self._at(day)]),
                last_seen_at=self._maybe([self._at(day)]),
            )  # fmt: skip

    def _metrics(self) -> Iterator[Record]:
        for day in self.days[-12:]:
            for minute in (0, 30):
                for metric, value in (
                    ("error_rate", 0.1 + 0.2),
                    ("latency_p99_ms", 1e300),
                    ("memory_bytes", 0.0),
                ):
                    at = datetime.combine(day, time(10, minute), UTC)
                    yield ServiceMetric(
                        day=day,
                        minute=at,
                        service=self._maybe(["shop-web", "cdn"]),
                        metric=metric,
                        value=value,
                    )

    def load(self, name: str, week: int, rows: Sequence[Record]) -> Load:
        """The ledger's row of a file; some say that it was cut off, or had rejects."""
        source = _SOURCES[name]
        days = sorted({row.day for row in rows})
        called = (
            f"{name}-{week}.json" if name != "commits" else f"{list(_COMPONENTS)[week % 2]}.log"
        )
        return Load(
            day=days[-1],
            family=_FAMILIES[source],
            path=f"{source}/{days[-1]}/{called}",
            fingerprint=f"{name}{week}",
            parser_version=1,
            records_read=len(rows) + 2,
            user=self.rng.randrange(10),
            rejected=self.rng.choice([0, 0, 2]),
            rows=len(rows),
            partial=self.rng.random() < 0.1,
            first_day=self._maybe([days[0]]),
            last_day=self._maybe([days[-1]]),
            parts_json=json.dumps(
                {
                    table: sorted({str(row.day) for row in found})
                    for table, found in _grouped(rows, lambda row: row.TABLE).items()
                }
            ),
            settings_hash="s",
            warnings_json=self._maybe(['["it\'s cut off"]'], 0.7),
            lag_days=self._maybe([0, 2], 0.8),
            assumed_zones=self.rng.choice([0, 4]),
            removed_on=self._maybe([LAST], 0.9),
        )

    def rejects(self, load: Load) -> Iterator[RejectRow]:
        """Records of a file that could not be read."""
        if self.rng.random() < 0.1:
            yield RejectRow(
                day=load.day, path=load.path, position=1, reason="odd", excerpt=self.rng.choice(ODD)
            )


def hash_of(*words: object) -> int:
    """A number that is the same in every process."""
    return int(hashlib.sha256(repr(words).encode()).hexdigest()[:8], 16)
