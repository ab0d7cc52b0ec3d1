"""Deployments as JSON (one object, a list, `{"deployments": [...]}`, JSON lines) or as CSV.

Read from what a deploy script writes or an API answers; environment and status stay its own words.
Other fields go to `extra_json`. What has an id and says neither when nor what or where was deployed
is another tool's record.
"""

import re
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from ingest.files.json_documents import unpacked
from ingest.records import Deployment
from ingest.source import Context, Item, Reject, Source
from ingest.trackers import exports
from ingest.vendor_fields import VendorRecord

_ID = ("id", "deployment_id", "deploymentId", "deployment", "key")
_DEPLOYED = (
    *("deployed_at", "deployedAt", "deployed", "deployed_on", "at", "finished_at", "finishedAt"),
)
_CREATED = ("created_at", "createdAt", "timestamp", "date", "time")
_SHA = ("sha", "commit", "commit_sha", "commitSha", "git_sha", "revision")
_SERVICE = ("service", "app", "application", "component")
_ENVIRONMENT = ("environment", "env", "stage")

_HEXES = re.compile(r"[0-9a-fA-F]{7,64}")


def parse(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Yield a Deployment per record; one without an id, a time, or what or where is a Reject."""
    yield from exports.read(stream, context, _EXPORT)


def _deployment(record: VendorRecord, context: Context) -> Deployment | Reject:
    deployment_id = record.word(*_ID)
    if deployment_id is None:
        return record.reject("no id")
    deployed = record.stamp(*_DEPLOYED, *_CREATED)
    if deployed is None:
        return record.reject("no time at which it was deployed")
    sha, service, environment = (record.word(*n) for n in (_SHA, _SERVICE, _ENVIRONMENT))
    if not (sha or service or environment):
        return record.reject("no environment, service or sha: is it a deployment?")
    updated = record.stamp("updated_at", "updatedAt")
    return Deployment(
        day=context.day_of(updated or deployed),
        repo=record.word("repo", "repository"),
        deployment_id=deployment_id,
        service=service,
        version=record.word("version", "release", "tag", "ref"),
        # Commits are joined by it, and git writes lower case.
        sha=sha.lower() if sha and _HEXES.fullmatch(sha) else sha,
        environment=environment,
        deployed_at=deployed,
        status=record.word("status", "state", "result"),
        updated_at=updated,
        extra_json=record.extra(),
    )


_EXPORT = exports.Export(
    _deployment,
    partial(unpacked, lists=("deployments", "deployment")),
    (_ID, (*_DEPLOYED, *_CREATED), (*_ENVIRONMENT, *_SERVICE, *_SHA)),
)

SOURCE = Source("deployments", "deployments", (Deployment,), exports.GLOB, parse, version=2)
