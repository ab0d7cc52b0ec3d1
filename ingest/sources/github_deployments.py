"""GitHub deployments (REST v2022-11-28, github.com and GHES) and the webhook `deployment_status`.

A landed document is one answer of `GET /repos/{owner}/{repo}/deployments` with the answers of
`GET .../deployments/{id}/statuses` beside it, by id:

    {"repo": "shop/web", "deployments": [{...}], "statuses": {"4711": [{...}, ...]}}

A bare list of deployments, one of them, or JSON lines of any of these are read as well, and a
deployment may carry its statuses in a member `statuses`. Without any, its status is not known.
`inactive` says that a later deployment took its place, not how it ended, so it counts only where
nothing else was said. Deployed is when it first succeeded, else when it was asked for.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from ingest.files.json_documents import members
from ingest.records import Deployment
from ingest.source import Context, FormatError, Item, Reject, Source
from ingest.trackers.answers import members_of, refuse_error
from ingest.trackers.exports import built
from ingest.trackers.versions import version_day
from ingest.vendor_fields import Stamps, VendorRecord, word

_READ = ("id", "sha", "ref", "environment", "created_at", "updated_at", "repo", "service")
_TOLD = ("status", "status_at", "succeeded_at")
_EXTRA = ("task", "description", "payload", "production_environment", "transient_environment")
_SUPERSEDED = "inactive"
_API = re.compile(r"/repos/([^/]+/[^/]+)(?:/|$)")


def parse(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Yield a Deployment per deployment; one without an id or its time of creation is a Reject."""
    stamps = Stamps(context)
    yield from built(members(stream, _deployments_of), context, _deployment, stamps=stamps)
    yield from stamps.warnings()


def _deployments_of(document: object) -> Iterator[Any]:
    for page in document if isinstance(document, list) else [document]:
        if not isinstance(page, dict):
            yield page
            continue
        refuse_error(page, "GitHub", unless=("id", "deployments", "deployment"))
        listed, one = page.get("deployments"), page.get("deployment")
        if isinstance(listed, list):
            by_id = page.get("statuses")
            for found in listed:
                yield _with_statuses(found, page, by_id if isinstance(by_id, dict) else {})
        elif isinstance(one, dict):
            yield _with_statuses(one, page, {str(one.get("id")): [page.get("deployment_status")]})
        elif "id" in page:
            yield _with_statuses(page, {}, {})
        else:
            what = members_of(page)
            raise FormatError(f"no answer of GitHub, expected deployments; members: {what}")


def _with_statuses(deployment: object, page: Mapping[str, Any], by_id: Mapping[str, Any]) -> object:
    """Return a deployment with what its statuses tell, under names that GitHub does not use."""
    if not isinstance(deployment, dict):
        return deployment
    listed = deployment.get("statuses") or by_id.get(str(deployment.get("id")))
    statuses = [one for one in (listed if isinstance(listed, list) else []) if _says(one)]
    # GitHub's stamps are all in UTC and of one form, so that their texts are in order.
    statuses.sort(key=lambda one: (str(one.get("created_at")), str(one.get("id")).zfill(20)))
    told = [one for one in statuses if one["state"] != _SUPERSEDED] or statuses
    succeeded = [one.get("created_at") for one in statuses if one["state"] == "success"]
    payload = deployment.get("payload")
    return {
        **deployment,
        "status": told[-1]["state"] if told else None,
        "status_at": statuses[-1].get("created_at") if statuses else None,
        "succeeded_at": succeeded[0] if succeeded else None,
        "repo": word(page.get("repo")) or _repo(page.get("repository"), deployment),
        "service": payload.get("service") if isinstance(payload, dict) else None,
    }


def _says(status: object) -> bool:
    return isinstance(status, dict) and isinstance(status.get("state"), str)


def _repo(repository: object, deployment: Mapping[str, Any]) -> str | None:
    """Return `owner/name`; a list names it only in the addresses of its members."""
    full = repository.get("full_name") if isinstance(repository, dict) else None
    if isinstance(full, str) and full:
        return full
    addresses = (str(deployment.get(name)) for name in ("repository_url", "url"))
    return next((found[1] for text in addresses if (found := _API.search(text[:500]))), None)


def _deployment(record: VendorRecord, context: Context) -> Deployment | Reject:
    if not record.has("sha", "ref", "environment"):
        return record.reject("no sha, ref or environment: is it a deployment of GitHub?")
    record = record.only(*_READ, *_TOLD, *_EXTRA)
    deployment_id, created = record.word("id"), record.stamp("created_at")
    if deployment_id is None or created is None:
        return record.reject("no id" if deployment_id is None else "no time of creation")
    changed, updated = record.stamp("status_at"), record.stamp("updated_at")
    latest = max((stamp for stamp in (changed, updated) if stamp), default=None)
    sha = record.word("sha")
    return Deployment(
        day=version_day(context, latest, created),
        repo=record.word("repo"),
        deployment_id=deployment_id,
        service=record.word("service"),
        version=record.word("ref"),
        sha=sha.lower() if sha else None,
        environment=record.word("environment"),
        deployed_at=record.stamp("succeeded_at") or created,
        status=record.word("status"),
        updated_at=latest,
        extra_json=record.extra(),
    )


SOURCE = Source(
    "github_deployments", "deployments", (Deployment,), ("*.json", "*.jsonl", "*.ndjson"), parse
)
