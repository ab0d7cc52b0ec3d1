"""What tests of GitHub's interfaces share: payloads in the shape of its REST API, and a GitHub on loopback."""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from ingest import apis, sources
from ingest.apis import Access, Landed, Window
from ingest.source import Context
from tests.unit.vendor_server import Asked, Reply, Vendor, reply

TOKEN = "ghp_t0ken-value"
SHA = "06e6934c35c336b1a2bd3005fb21dc3914a45747"
KIM = {"login": "kim-beispiel", "id": 1, "type": "User"}
JUNIT = '<testsuite name="s"><testcase classname="a.B" name="t"/></testsuite>'
DAY = date(2026, 6, 2)
BUNDLE = "06-02/shop-web-1-1.zip"
RERUN = "06-02/shop-web-1-2.zip"
CI = {"name": "CI", "stage": "merge", "blocking": True, "environment": "ci"}


def account(url: str, **more: Any) -> dict[str, Any]:
    return {
        "name": "shop-web",
        "repo": "acme/web",
        "token_env": "GITHUB_TOKEN",
        "token": TOKEN,
        "base_url": f"{url}/api/v3",
        **more,
    }


def page(asked: Asked, found: list[Any], member: str | None = None, size: int = 100) -> Reply:
    """The page that was asked for, with GitHub's Link header."""
    number = int(asked.query["page"])
    part = found[(number - 1) * size : number * size]
    # The address names another host: nobody may follow it with a token.
    link = f'<https://evil.example/x?page={number + 1}>; rel="next"'
    body = part if member is None else {"total_count": len(found), member: part}
    return reply(body, Link=link if len(found) > number * size else "")


def zip_of(**members: str | bytes) -> bytes:
    """A zip as upload-artifact writes it; `unit__junit_xml` stands for unit/junit.xml."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return buffer.getvalue()


def bundle_of(**fields: Any) -> bytes:
    """What `gapsight pack` writes."""
    manifest = {"gapsight_bundle": 1, "repo": "shop-web", "sha": SHA, "build": "1", **fields}
    return zip_of(manifest_json=json.dumps(manifest), junit_xml=JUNIT)


@dataclass
class FakeGitHub:
    """A repository with runs; its downloads lie on another host, which must not see the token."""

    runs: dict[int, dict[str, Any]] = field(default_factory=dict)
    attempts: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)
    jobs: dict[tuple[int, int], list[dict[str, Any]]] = field(default_factory=dict)
    artifacts: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    files: dict[int, Reply] = field(default_factory=dict)
    storage_saw: list[Asked] = field(default_factory=list)
    storage: str = ""
    asked: list[Asked] = field(default_factory=list)
    instead: Callable[[Asked], Reply | None] | None = None
    """Asked first, where there is one; what it answers None to is answered as usual."""

    def run(self, number: int, created: str = "2026-06-02T08:00:00Z", **fields: Any) -> None:
        """Add a run, or another attempt of one."""
        repository = {"id": 1, "full_name": "acme/web"}
        run = {
            "id": number,
            "name": "CI",
            "path": ".github/workflows/ci.yml",
            "event": "push",
            "status": "completed",
            "conclusion": "success",
            "head_branch": "main",
            "head_sha": SHA,
            "run_attempt": 1,
            "created_at": created,
            "run_started_at": created,
            "updated_at": created.replace(":00Z", ":59Z"),
            "pull_requests": [],
            "actor": KIM,
            "repository": repository,
            "head_repository": repository,
            **fields,
        }
        self.runs[number] = self.attempts[number, run["run_attempt"]] = run

    def job(self, run: int, name: str, attempt: int = 1, **fields: Any) -> None:
        started = self.attempts[run, attempt]["run_started_at"]
        job = {"id": 1, "name": name, "conclusion": "success", "started_at": started, **fields}
        self.jobs.setdefault((run, attempt), []).append(job)

    def artifact(self, run: int, name: str, content: bytes, **fields: Any) -> dict[str, Any]:
        number = 100 + sum(map(len, self.artifacts.values()))
        artifact = {
            "id": number,
            "name": name,
            "size_in_bytes": len(content),
            "expired": False,
            "created_at": self.runs[run]["run_started_at"],
            "digest": f"sha256:{hashlib.sha256(content).hexdigest()}",
            **fields,
        }
        self.artifacts.setdefault(run, []).append(artifact)
        self.files[number] = reply(content, Content_Type="application/zip")
        return artifact

    def answer(self, asked: Asked) -> Reply:
        own = None if self.instead is None else self.instead(asked)
        return self.usual(asked) if own is None else own

    def usual(self, asked: Asked) -> Reply:
        """As the API does."""
        rest = asked.path.removeprefix("/api/v3/repos/acme/web/actions/")
        if rest == "runs":
            first, last = asked.query["created"].split("..")
            ended = [run for run in self.runs.values() if run["status"] == asked.query["status"]]
            found = [run for run in ended if first <= str(run["created_at"]) <= last]
            return page(asked, found, "workflow_runs")
        if match := re.fullmatch(r"runs/(\d+)/artifacts", rest):
            return page(asked, self.artifacts.get(int(match[1]), []), "artifacts")
        if match := re.fullmatch(r"runs/(\d+)/attempts/(\d+)(/jobs)?", rest):
            key = (int(match[1]), int(match[2]))
            if match[3]:
                return page(asked, self.jobs.get(key, []), "jobs")
            if key in self.attempts:
                return reply(self.attempts[key])
        if match := re.fullmatch(r"artifacts/(\d+)/zip", rest):
            there = f"{self.storage}/blob/{match[1]}?sig=s3cret"
            return reply(b"", "302 Found", Location=there)
        return reply({"message": "Not Found"}, "404 Not Found")

    def stored(self, asked: Asked) -> Reply:
        """As the storage host does."""
        self.storage_saw.append(asked)
        gone = reply({"message": "Not Found"}, "404 Not Found")
        return self.files.get(int(asked.path.rpartition("/")[2]), gone)

    @contextmanager
    def listening(self) -> Iterator[Vendor]:
        with Vendor(self.answer) as vendor, Vendor(self.stored) as storage:
            self.storage = storage.url
            vendor.asked = self.asked
            yield vendor


class Inbox(dict[str, bytes]):
    """What lies in the inbox, by day and name."""

    def held(self, day: date, name: str) -> BinaryIO | None:
        content = self.get(f"{day:%m-%d}/{name}")
        return None if content is None else io.BytesIO(content)

    def take(self, landed: Landed) -> None:
        content = landed.content
        self[f"{landed.day:%m-%d}/{landed.name}"] = (
            content if isinstance(content, bytes) else content.read()
        )

    def members(self, name: str) -> dict[str, bytes]:
        with zipfile.ZipFile(io.BytesIO(self[name])) as archive:
            return {info.filename: archive.read(info) for info in archive.infolist()}

    def manifest(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.members(name)["manifest.json"])
        return found


@dataclass
class Fetched:
    """What came of a fetch."""

    inbox: Inbox
    new: list[str]
    asked: list[str]
    """Paths of the API that were asked for, without what they share."""
    notes: list[str]


def fetch(
    github: FakeGitHub,
    inbox: Inbox | None = None,
    *,
    window: Window | None = None,
    loaded: Collection[str] = (),
    **more: Any,
) -> Fetched:
    """Fetch a day, by default 2 June in Berlin, into an inbox; `loaded`: what the lake has rows of."""
    api = apis.get("github_actions")
    found = Fetched(Inbox() if inbox is None else inbox, [], [], [])
    github.asked.clear()
    with github.listening() as vendor:
        access = Access(
            sleep=lambda _: None,
            held=found.inbox.held,
            loaded=lambda day, name: f"{day:%m-%d}/{name}" in loaded,
            note=found.notes.append,
        )
        window = window or Window(DAY, DAY, "Europe/Berlin")
        for landed in api.fetch(account(vendor.url, **more), window, access):
            found.inbox.take(landed)
            found.new.append(f"{landed.day:%m-%d}/{landed.name}")
    shared = "/api/v3/repos/acme/web/actions/"
    found.asked = [one.path.removeprefix(shared) for one in github.asked]
    return found


def said(headers: Mapping[str, str]) -> set[str]:
    """Headers that must not reach the storage host."""
    return {"authorization", "x-github-api-version", "accept"} & {
        name for name in headers if name != "accept" or "github" in headers[name]
    }


def one_run(**fields: Any) -> FakeGitHub:
    """Run 1 of that day, with one job and one artifact."""
    github = FakeGitHub()
    github.run(1, **fields)
    github.job(1, "unit")
    github.artifact(1, "unit-test-results", zip_of(unit__junit_xml=JUNIT, log_txt="x" * 1000))
    return github


def run_again(
    github: FakeGitHub, attempt: int = 2, at: str = "2026-06-03T09:00:00Z", **fields: Any
) -> None:
    """Another attempt of run 1, by default of the day after."""
    github.run(1, run_attempt=attempt, run_started_at=at, updated_at=at, **fields)


def rows(inbox: Inbox, name: str, place: Path) -> list[Any]:
    """What the source reads of a bundle."""
    path = place / "bundle.zip"
    path.write_bytes(inbox[name])
    return list(sources.get("ci_bundle").parse(path, Context(folder_day=DAY, name=path.name)))
