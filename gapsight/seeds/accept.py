"""One more row in a seed of the workspace: which seed, and the bytes around it unchanged."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gapsight.onboarding.words import role, word_set
from gapsight.seeds.check import DEFAULTS, effective_seed
from gapsight.seeds.files import SeedFile, did_you_mean, read_seed
from gapsight.seeds.rules import SeedRules, read_rules
from orchestration.inbox import write_landed

KINDS = ("route", "event", "test", "test_flow_tag", "defect", "incident_component", "coverage_path")
"""Kinds of unmapped things whose flow a seed can say, as rpt_unmapped names them."""

ALIAS = "test_alias"
"""A renamed test, as rpt_test_alias_proposals lists them: its name is the old id, its flow the new one."""

_METHODS = word_set("GET POST PUT PATCH DELETE HEAD OPTIONS CONNECT TRACE")
_ALIASES = {"test_flow_tag": "test", "defect": "jira", "incident_component": "incidents"}


class AcceptError(ValueError):
    """A row that cannot be added: what is wrong, where, and what to do."""


@dataclass(frozen=True)
class Item:
    """Something that no seed maps yet, as rpt_unmapped shows it, and the flow it belongs to.

    Of a `test_alias` the name is the old id, and what stands for the flow is the new one.
    """

    kind: str
    name: str
    flow: str
    source: str | None = None
    """Where it comes from; each kind has a usual one."""
    role: str | None = None
    component: str | None = None
    accepted_by: str | None = None
    """Who says that a renamed test is the same one."""


@dataclass(frozen=True)
class Added:
    """A row and where it stands now."""

    path: Path
    line: int
    text: str


def row_of(item: Item) -> tuple[str, dict[str, str]]:
    """The seed and the row that map an item to its flow; AcceptError if it cannot be mapped so."""
    if item.kind == ALIAS:
        return "test_aliases", _alias(item)
    if item.kind in _ALIASES:
        source = item.source or _ALIASES[item.kind]
        # The report says the format a test's tag stands in; the seed knows one word for all of them.
        source = "test" if item.kind == "test_flow_tag" else source
        return "flow_aliases", {"source": source, "alias": item.name, "flow": item.flow}
    if item.kind == "event":
        known = item.role or role(item.name)
        return "event_catalogue", {"event": item.name, "flow": item.flow, "role": known}
    if item.kind == "route":
        return "route_patterns", _route(item)
    if item.kind in {"test", "coverage_path"}:
        repo, blank, path = item.name.partition(" ")
        where = {"repo": repo, "path_glob": path} if blank else {"repo": "*", "path_glob": repo}
        if not where["path_glob"]:
            raise AcceptError(f"'{item.name}' names no path; write it as 'REPO PATH' or 'PATH'")
        component = item.component or (item.flow if item.kind == "coverage_path" else "")
        seed = "test_paths" if item.kind == "test" else "component_flows"
        return seed, {**where, "component": component, "flow": item.flow}
    raise AcceptError(
        f"no seed says the flow of a {item.kind}{did_you_mean(item.kind, (*KINDS, ALIAS)) or '.'}"
        f" There are: {', '.join(KINDS)}; and {ALIAS} for a renamed test."
    )


def _alias(item: Item) -> dict[str, str]:
    if not (item.accepted_by or "").strip():
        raise AcceptError("a renamed test is accepted by somebody; say who: --accepted-by TEAM")
    return {"old_id": item.name, "new_id": item.flow, "accepted_by": str(item.accepted_by)}


def _route(item: Item) -> dict[str, str]:
    """`[SERVICE] [METHOD] /path`, each of the first two left out for any."""
    *before, path = item.name.split(" ")
    if not path.startswith("/"):
        raise AcceptError(f"'{item.name}' names no path; write it as '[SERVICE] [METHOD] /path'")
    # A span may know its route and no method: then a service that is all capitals is none.
    is_method = before and (before[-1] in _METHODS or (len(before) > 1 and before[-1].isupper()))
    method = before.pop() if is_method else "*"
    segments = ("{id}" if part.startswith("{") else part for part in path.split("/"))
    return {
        "service": " ".join(before) or "*",
        "method": method if method in _METHODS else "*",
        "pattern": "/".join(segments),
        "flow": item.flow,
        "priority": "0",
    }


class SeedEditor:
    """Adds rows to the seeds of one workspace; nothing is written before `save`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rules = read_rules(DEFAULTS)
        catalogue = effective_seed("flow_catalog", folder)
        self._flows = [row.values["flow"] for row in catalogue.rows if "flow" in row.values]
        self._texts: dict[str, bytes] = {}
        self._keys: dict[str, dict[tuple[str, ...], int]] = {}
        self._steps: dict[str, str] = {}

    def add(self, item: Item) -> Added:
        """Add the row of an item; AcceptError for an unknown kind or flow, or a key that is there already."""
        name, values = row_of(item)
        if item.kind != ALIAS and item.flow not in self._flows:
            near = did_you_mean(item.flow, self._flows) or "; add it to flow_catalog.csv first"
            raise AcceptError(f"flow_catalog has no flow '{item.flow}'{near}")
        path, rules = self._folder / f"{name}.csv", self._rules[name]
        before = self._before(name, path)
        seed = self._read(path, before, rules)
        missing = [
            column for column, value in values.items() if value and column not in seed.header
        ]
        if missing == ["component"]:
            missing = []  # a column that a team may leave out
        if missing:
            raise AcceptError(f"{path} has no column '{missing[0]}'; add it to its first line")
        key = tuple(values.get(column, "") for column in rules.key)
        known = self._known(name, seed, rules)
        if key in known:
            shown = ", ".join(f"{c} '{v}'" for c, v in zip(rules.key, key, strict=True))
            raise AcceptError(f"{path}:{known[key]}: {shown} is there already; edit that row")
        if item.kind == ALIAS:
            self._refuse_circle(path, seed, values)
        text = _as_line(seed.header, values, "\r\n" if b"\r\n" in before else "\n")
        gap = b"" if before.endswith(b"\n") or not before else _line_end(before)
        self._texts[name] = before + gap + text.encode()
        line = (before + gap).count(b"\n") + 1
        known[key] = line
        return Added(path, line, text.rstrip("\r\n"))

    def _refuse_circle(self, path: Path, seed: SeedFile, values: Mapping[str, str]) -> None:
        """AcceptError if the new id leads back to the old one, through what stands there or was added."""
        for row in seed.rows:
            self._steps.setdefault(row.values.get("old_id", ""), row.values.get("new_id", ""))
        old, at = values["old_id"], values["new_id"]
        seen = {at}
        while at != old and self._steps.get(at, at) not in seen:
            at = self._steps[at]
            seen.add(at)
        if at == old:
            raise AcceptError(
                f"{path}: '{values['new_id']}' leads back to '{old}'; that is a circle"
            )
        self._steps[old] = values["new_id"]

    def save(self) -> None:
        """Write every file that got a row; a reader never sees half of one."""
        for name, text in self._texts.items():
            path = self._folder / f"{name}.csv"
            write_landed(path.resolve() if path.is_symlink() else path, text)

    def _before(self, name: str, path: Path) -> bytes:
        """The file as it will be; one that the workspace lacks begins as the package's default."""
        if name in self._texts:
            return self._texts[name]
        return (path if path.is_file() else DEFAULTS / f"{name}.csv").read_bytes()

    def _read(self, path: Path, content: bytes, rules: SeedRules) -> SeedFile:
        source = path if path.is_file() else DEFAULTS / path.name
        seed = read_seed(source, str(path), rules.columns)
        if seed.problems:
            raise AcceptError(f"{seed.problems[0]}; repair it first: gapsight seeds check")
        if not content.strip():
            raise AcceptError(f"{path} is empty; its first line must name the columns")
        return seed

    def _known(self, name: str, seed: SeedFile, rules: SeedRules) -> dict[tuple[str, ...], int]:
        if name not in self._keys:
            self._keys[name] = {
                tuple(row.values.get(column, "") for column in rules.key): row.line
                for row in seed.rows
            }
        return self._keys[name]


def _line_end(content: bytes) -> bytes:
    return b"\r\n" if b"\r\n" in content else b"\n"


def _as_line(header: tuple[str, ...], values: Mapping[str, str], end: str) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator=end).writerow([values.get(column, "") for column in header])
    return text.getvalue()
