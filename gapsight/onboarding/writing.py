"""The draft as files of a workspace: settings, seeds and a report. What exists is kept."""

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from gapsight.onboarding.draft import Draft, Row
from gapsight.onboarding.facts import Facts
from gapsight.onboarding.repos import Clone
from gapsight.seeds.check import DEFAULTS
from gapsight.seeds.rules import read_rules

SEEDS = (
    "flow_catalog",
    "route_patterns",
    "event_catalogue",
    "flow_aliases",
    "component_flows",
    "test_paths",
    "thresholds",
)


_ON_LOGS = (
    "# What a log is, is seen in its lines: combined and its kin, alb, cloudfront, w3c (IIS), and JSON",
    "# of nginx, kong, envoy, caddy and traefik. Others need a line more: `log_format` with the text of",
    '# nginx.conf, or `json` with the keys: json = { stamp = "ts", method = "verb", uri = "path" }.',
    "# Without `service`, a log that names services itself (Kong, Traefik) is counted by those.",
)


@dataclass
class Written:
    """What became of each file of the draft."""

    written: list[Path] = field(default_factory=list)
    kept: dict[Path, str] = field(default_factory=dict)
    """Files that were there before, untouched, with what they would have said."""

    def put(self, path: Path, text: str) -> None:
        """Write a file unless there is one; never over another, whoever is faster."""
        if path.exists():
            if path.read_bytes() != text.encode():
                self.kept[path] = text
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}.part")
        draft.write_text(text, encoding="utf-8", newline="")
        try:
            os.link(draft, path)  # unlike a rename, this never overwrites
        except FileExistsError:
            self.kept[path] = text
        except OSError:  # a file system without links
            if path.exists():
                self.kept[path] = text
            else:
                draft.rename(path)
                self.written.append(path)
        else:
            self.written.append(path)
        with suppress(FileNotFoundError):
            draft.unlink()


def write_seeds(folder: Path, draft: Draft, into: Written) -> None:
    """Write each seed that has rows; an empty catalogue would keep the next draft from naming flows."""
    rules = read_rules(DEFAULTS)
    for name in SEEDS:
        rows = draft.rows.get(name, [])
        if rows:
            into.put(folder / f"{name}.csv", as_csv(rules[name].columns, rows))


def as_csv(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """Rows as the text of a seed file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    seen = set()
    for row in rows:
        values = tuple(row.values.get(column, "") for column in columns)
        if values not in seen:
            seen.add(values)
            writer.writerow(values)
    return text.getvalue()


@dataclass(frozen=True)
class Workspace:
    """What the settings of a new workspace say."""

    folder: Path
    name: str
    zone: str
    clones: Sequence[Clone] = ()


def settings_text(workspace: Workspace, facts: Facts) -> str:
    """The text of a new gapsight.toml; `facts` must know a first day."""
    first = facts.first_day
    lines = [
        "# Drafted by `gapsight init` from the files named in draft.md; edit it freely.",
        "",
        "[workspace]",
        f"name = {_quoted(workspace.name)}",
        f"reporting_zone = {_quoted(workspace.zone)}   # the zone in which a day is meant",
        f'first_day = "{first}"   # the first day seen; nothing before it is loaded',
        "",
        "[privacy]",
        "# The environment variable with the key under which ids are hashed; unset, they are dropped.",
        'hash_key_env = "GAPSIGHT_HASH_KEY"',
    ]
    for clone in workspace.clones:
        lines += ["", "[[repos]]", f"name = {_quoted(clone.name)}"]
        lines += [f"path = {_quoted(_place(clone.path, workspace.folder))}"]
        lines += [f"branch = {_quoted(clone.branch)}"]
    services = _services(facts)
    if services:
        lines += ["", *_ON_LOGS]
    for match, service in services:
        lines += ["", "[[sources.access_log.files]]", f"match = {_quoted(match)}"]
        lines += [f"service = {_quoted(service)}   # by the name of the file"]
    return "\n".join(lines) + "\n"


def _services(facts: Facts) -> list[tuple[str, str]]:
    """Patterns of file names and their services, the longest first: the first match wins."""
    found = {(seen.match, seen.service) for seen in facts.files if seen.match and seen.service}
    return sorted(found, key=lambda pair: (-len(pair[0]), pair))


def _place(path: Path, folder: Path) -> str:
    """Relative where the clone lies near the workspace: the settings are other machines', too."""
    near = folder.absolute().parent
    return os.path.relpath(path, folder) if path.is_relative_to(near) else str(path)


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's escapes are TOML's, too."""
    return msgspec.json.encode(text).decode()


def free_name(folder: Path, stem: str, text: str) -> Path:
    """`stem.md`, or the next number that is free, or whose file has all lines of this text already.

    A second draft of the same files lacks the flows that the first has added, and says nothing new.
    """
    said = set(text.encode().splitlines())
    path, number = folder / f"{stem}.md", 2
    while path.exists() and not said.issubset(path.read_bytes().splitlines()):
        path, number = folder / f"{stem}-{number}.md", number + 1
    return path


def known_flows(values: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Flows of an existing catalogue with their titles."""
    return {row["flow"]: row.get("title", "") for row in values if row.get("flow")}
