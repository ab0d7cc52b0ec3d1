"""Issues, incidents, deployments and commits of the planted lake."""

import json
from collections.abc import Iterator
from datetime import timedelta

from ingest.records import Commit, ComponentSize, Deployment, Incident, Issue, IssueChange, Record
from tests.parity.dealt import COMPONENTS, LAST, Dealer


def issues(deal: Dealer) -> Iterator[Record]:
    for number in range(120):
        day = deal.rng.choice(deal.days)
        created = deal.at(day)
        resolved = deal.maybe(
            [created + timedelta(days=3), created, created - timedelta(days=1)], 0.4
        )
        for version in range(1 + number % 2):
            yield Issue(
                day=day + timedelta(days=version),
                key=f"SHOP-{number}",
                project="SHOP",
                type=deal.maybe(["Bug", "Support", "Incident", "Story", "Odd `type`"]),
                title=deal.word("Payment provider is slow", "Search finds nothing", odd=0.3),
                labels_json=deal.maybe(['["regression"]', "[]", '["escaped:prod"]', '["it\'s"]']),
                severity=deal.maybe(["S1 - Critical", "S3 - Minor", "katastrophal"], 0.4),
                priority=deal.maybe(["High", "P1"], 0.3),
                status=deal.maybe(["Open", "Done"]),
                status_category=deal.maybe(["new", "done"]),
                component=deal.maybe(["payments", "Site Search", "cart", "mystery"]),
                flow_hint=deal.maybe(["payment", "search"], 0.8),
                failure_mode=deal.maybe(["Timeout"], 0.8),
                started_at=deal.maybe([created - timedelta(minutes=20)], 0.7),
                created_at=created,
                resolved_at=resolved,
                updated_at=deal.maybe([created + timedelta(hours=version)], 0.2),
                extra_json=json.dumps({"points": "three", "components": ["a", "b"]}),
            )
        for change, to in enumerate(("In Progress", "Done", "Reopened")[: number % 4]):
            yield IssueChange(
                day=day,
                key=f"SHOP-{number}",
                change_id=f"{number}-{change}",
                field="status",
                from_value=deal.maybe(["Open"]),
                to_value=to,
                changed_at=created + timedelta(hours=change),
            )


def incidents(deal: Dealer) -> Iterator[Record]:
    for number in range(60):
        day = deal.rng.choice(deal.days[20:])
        began = deal.at(day)
        detected = deal.maybe([began + timedelta(minutes=12), began - timedelta(minutes=1)], 0.1)
        for version in range(1 + number % 2):
            yield Incident(
                day=min(day + timedelta(days=version), LAST),
                incident_id=f"INC-{number}",
                service=deal.maybe(["shop-web", "backoffice", "cdn"], 0.3),
                component=deal.maybe(["payments", "cart", "Search", "orders", "paymnts"]),
                failure_mode=deal.maybe(["timeout", "data"], 0.4),
                severity=deal.maybe(["SEV1", "sev3", "low"]),
                title=deal.word("Payments time out", "Payment queue time out again", odd=0.2),
                status=deal.maybe(["open", "resolved"]),
                started_at=deal.maybe([began]),
                detected_at=detected or began,
                resolved_at=deal.maybe(
                    [began + timedelta(minutes=14), began + timedelta(days=400)], 0.3
                ),
                updated_at=deal.maybe([began + timedelta(hours=version)], 0.3),
            )


def deployments(deal: Dealer) -> Iterator[Record]:
    for number in range(80):
        day = deal.rng.choice(deal.days)
        at = deal.at(day)
        yield Deployment(
            day=day,
            repo=deal.maybe(["shop-web", "backoffice"]),
            deployment_id=f"D-{number}",
            service=deal.maybe(["shop-web", "backoffice", "payments"]),
            version=deal.maybe(["1.9.0", "1.10.0", "2026.06"]),
            sha=deal.maybe(deal.shas),
            environment=deal.maybe(["production", "Prod", "staging"]),
            deployed_at=at,
            status=deal.maybe(["success", "failed"]),
            updated_at=deal.maybe([at]),
        )


def commits(deal: Dealer) -> Iterator[Record]:
    for sha in deal.shas:
        day = deal.rng.choice(deal.days)
        repo = deal.rng.choice(["shop-web", "backoffice"])
        at = deal.at(day)
        for component in deal.rng.sample(COMPONENTS[repo], 3):
            file = (
                f"src/shop/{component}/{deal.rng.choice(['a.py', 'b c.py'])}"
                if repo == "shop-web"
                else f"x/com/example/backoffice/{component}/A.java"
            )
            yield Commit(
                day=day,
                repo=repo,
                sha=sha,
                committed_at=at,
                author_hash=deal.maybe(["a1", "b2", "c3"]),
                bot=deal.rng.random() < 0.1,
                merge=deal.rng.random() < 0.1,
                file=file,
                lines_added=deal.maybe([0, 5, 10_000]),
                lines_removed=deal.maybe([0, 2]),
            )
    for repo, components in COMPONENTS.items():
        for component in components:
            file = (
                f"src/shop/{component}/a.py"
                if repo == "shop-web"
                else f"x/com/example/backoffice/{component}/A.java"
            )
            yield ComponentSize(
                day=LAST,
                repo=repo,
                sha=deal.shas[0],
                file=file,
                lines=deal.maybe([0, 10, 4000]),
            )
