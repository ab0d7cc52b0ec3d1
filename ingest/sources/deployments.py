"""Deployments as JSON: one object, a list, `{"deployments": [...]}` or JSON lines.

Read from what a deploy script writes or an API answers; environment and status stay its own words.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from ingest.files.json_documents import objects
from ingest.records import Deployment
from ingest.source import Context, Item, Reject, Source
from ingest.vendor_fields import Stamps, VendorRecord

_DEPLOYED = ("deployed_at", "deployedAt", "at", "finished_at", "finishedAt")
_CREATED = ("created_at", "createdAt", "timestamp")
_SHA = re.compile(r"[0-9a-fA-F]{7,64}")


def parse(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Yield a Deployment per object; an object without an id is a Reject."""
    stamps = Stamps(context)
    for found in objects(stream, ("deployments", "deployment")):
        if isinstance(found, Reject):
            yield found
            continue
        position, fields = found
        yield _deployment(VendorRecord(fields, stamps, position), context)
    yield from stamps.warnings()


def _deployment(record: VendorRecord, context: Context) -> Deployment | Reject:
    deployment_id = record.word("id", "deployment_id", "deploymentId", "key")
    if deployment_id is None:
        return record.reject("no id")
    deployed = record.stamp(*_DEPLOYED, *_CREATED)
    updated = record.stamp("updated_at", "updatedAt")
    sha = record.word("sha", "commit", "commit_sha", "commitSha", "revision")
    return Deployment(
        day=context.day_of(updated or deployed),
        repo=record.word("repo", "repository"),
        deployment_id=deployment_id,
        service=record.word("service", "app", "application", "component"),
        version=record.word("version", "release", "tag", "ref"),
        # Commits are joined by it, and git writes lower case.
        sha=sha.lower() if sha and _SHA.fullmatch(sha) else sha,
        environment=record.word("environment", "env", "stage"),
        deployed_at=deployed,
        status=record.word("status", "state", "result"),
        updated_at=updated,
        extra_json=record.extra(),
    )


SOURCE = Source(
    "deployments", "deployments", (Deployment,), ("*.json", "*.jsonl", "*.ndjson"), parse
)
