"""A workspace of a large company: thousands of flows on several platforms, with a year of days."""

import csv
import json
import random
import subprocess
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

from ingest.files.zips import zipped

LAST_DAY = date(2026, 6, 30)
PLATFORMS = ("web", "ios", "android", "tablet", "api")
REPO = "big"
_COMMITS_A_DAY, _DEFECTS_A_DAY = 20, 5
_TESTS_OF_A_FLOW = 3


def write_workspace(folder: Path, *, flows: int, days: int, seed: int = 7) -> Path:
    """Settings, seeds, inbox and a repository; every flow has a component, tests and coverage."""
    rng = random.Random(seed)
    names = [f"flow_{n:05}" for n in range(flows)]
    first = LAST_DAY - timedelta(days=days - 1)
    folder.mkdir(parents=True)
    (folder / "gapsight.toml").write_text(
        f'[workspace]\nname = "big"\nfirst_day = "{first}"\n\n'
        f'[[repos]]\nname = "{REPO}"\npath = "repo"\nbranch = "main"\n'
    )
    _seeds(folder / "seeds", names, rng)
    every = [first + timedelta(days=n) for n in range(days)]
    inbox = folder / "var" / "inbox"
    _usage(inbox, names, every, rng)
    _issues(inbox, names, every, rng)
    _repository(folder / "repo", names, every, rng)
    sha = subprocess.check_output(["git", "-C", folder / "repo", "rev-parse", "main"], text=True)
    for back in range(30):
        _bundle(inbox, names, LAST_DAY - timedelta(days=back), sha.strip())
    return folder


def _seeds(folder: Path, names: Sequence[str], rng: random.Random) -> None:
    folder.mkdir()
    catalogue = [
        (n, "big", f"team_{i % 40}", round(rng.random(), 2), 0.5, 0.25, 0.5, "active", 8)
        for i, n in enumerate(names)
    ]
    head = "flow product owner business_criticality impact_revenue impact_support impact_sla status effort_hours"
    _csv(folder / "flow_catalog.csv", head.split(), catalogue)
    _csv(
        folder / "owners.csv",
        ["owner", "kind", "members", "lead"],
        [(f"team_{n}", "team", f"@m{n}", f"@m{n}") for n in range(40)],
    )
    _csv(
        folder / "component_flows.csv",
        ["repo", "path_glob", "component", "flow"],
        [(REPO, f"src/{n}/**", f"c_{n}", n) for n in names],
    )


def _usage(inbox: Path, names: Sequence[str], days: Sequence[date], rng: random.Random) -> None:
    means = {name: rng.lognormvariate(5, 2) for name in names}
    for start in range(0, len(days), 20):
        part = days[start : start + 20]
        _csv(
            inbox / "counts" / str(part[-1]) / f"usage-{part[-1]}.csv",
            ["day", "flow", "platform", "tier", "count"],
            (
                (day, name, platform, "smb", max(1, round(means[name] * rng.uniform(0.7, 1.3))))
                for day in part
                for name in names
                for platform in PLATFORMS
            ),
        )


def _issues(inbox: Path, names: Sequence[str], days: Sequence[date], rng: random.Random) -> None:
    number = 0
    for day in days:
        issues = []
        for _ in range(_DEFECTS_A_DAY):
            number += 1
            stamp = f"{day}T10:00:00.000+0000"
            fields = {
                "summary": "Loses the last change",
                "issuetype": {"name": "Bug"},
                "project": {"key": "BIG"},
                "priority": {"name": rng.choice(("High", "Medium", "Low"))},
                "status": {"name": "Done", "statusCategory": {"key": "done"}},
                "labels": [f"flow:{rng.choice(names)}"],
                "created": stamp,
                "updated": stamp,
            }
            issues.append({"id": str(number), "key": f"BIG-{number}", "fields": fields})
        place = inbox / "jira" / str(day) / f"search-{day}.json"
        place.parent.mkdir(parents=True)
        place.write_text(json.dumps({"isLast": True, "issues": issues}))


def _repository(
    folder: Path, names: Sequence[str], days: Sequence[date], rng: random.Random
) -> None:
    folder.mkdir()
    subprocess.run(["git", "init", "-q", "-b", "main", folder], check=True)
    lines, mark = [], 0
    for day in days:
        for n in range(_COMMITS_A_DAY):
            mark += 1
            at = int((day - date(1970, 1, 1)).total_seconds()) + 36_000 + n
            who = f"Jo <jo@example.com> {at} +0000"
            lines.append(f"commit refs/heads/main\nmark :{mark}\nauthor {who}\ncommitter {who}\n")
            lines.append("data 6\nchange\n")
            touched = names if mark == 1 else rng.sample(names, 3)
            for name in touched:
                text = f"x = {mark}\n"
                lines.append(f"M 100644 inline src/{name}/api.py\ndata {len(text)}\n{text}\n")
    subprocess.run(
        ["git", "-C", folder, "fast-import", "--quiet"], input="".join(lines).encode(), check=True
    )


def _bundle(inbox: Path, names: Sequence[str], day: date, sha: str) -> None:
    cases = "".join(
        f'<testcase classname="tests.{name}" name="test_{n}" time="0.1"><properties>'
        f'<property name="flow" value="{name}"/></properties></testcase>'
        for name in names
        for n in range(_TESTS_OF_A_FLOW)
    )
    classes = "".join(
        f'<class name="c" filename="src/{name}/api.py"><methods/><lines>'
        + "".join(f'<line number="{n}" hits="{int(n % 4 > 0)}"/>' for n in range(1, 21))
        + "</lines></class>"
        for name in names
    )
    manifest = {
        "gapsight_bundle": 1,
        "repo": REPO,
        "sha": sha,
        "branch": "main",
        "build": day.strftime("%Y%m%d"),
        "attempt": 1,
        "pipeline": "nightly",
        "stage": "nightly",
        "blocking": True,
        "started_at": f"{day}T02:00:00Z",
    }
    place = inbox / "ci_bundle" / str(day) / f"big-{day}-1.zip"
    place.parent.mkdir(parents=True)
    place.write_bytes(
        zipped(
            {
                "manifest.json": json.dumps(manifest).encode(),
                "results/junit.xml": f"<testsuite>{cases}</testsuite>".encode(),
                "coverage/coverage.xml": (
                    '<coverage line-rate="0.75"><packages><package name="p"><classes>'
                    f"{classes}</classes></package></packages></coverage>"
                ).encode(),
            }
        )
    )


def _csv(place: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
