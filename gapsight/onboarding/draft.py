"""The draft itself: rows for the seeds, each with the reason it is there."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gapsight.onboarding.facts import Facts, Place
from gapsight.onboarding.paths import Claim, bare_folders, claims, is_code, is_test
from gapsight.onboarding.routes import Group, LeftOut, group_routes, most_requested
from gapsight.onboarding.words import FlowIndex, flow_name, role, subject, title
from gapsight.seeds import effective_seed

MAX_EVENT_FLOWS = 40


@dataclass(frozen=True)
class Row:
    """One row of a seed: its values by column, and why it is there."""

    values: Mapping[str, str]
    reason: str


@dataclass
class Draft:
    """Rows by seed, most volume first, and what they leave out."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    requests: int = 0
    mapped: int = 0
    events: int = 0
    mapped_events: int = 0
    lines: int = 0
    mapped_lines: int = 0
    tests: int = 0
    mapped_tests: int = 0

    def add(self, seed: str, reason: str, **values: str) -> None:
        """Add a row to a seed."""
        self.rows.setdefault(seed, []).append(Row(values, reason))


def make_draft(facts: Facts, product: str, existing: Mapping[str, str] | None = None) -> Draft:
    """Rows for everything seen. Flows that a workspace has (key -> title) are kept to, none is added."""
    return _Drafter(facts, product, existing).draft()


class _Drafter:
    def __init__(self, facts: Facts, product: str, existing: Mapping[str, str] | None) -> None:
        self._facts, self._product = facts, product
        self._may_add = existing is None
        self._index = FlowIndex(existing or {})
        self._draft = Draft(
            requests=facts.requests.total(),
            events=facts.events.total(),
            lines=facts.lines.total(),
            tests=facts.tests.total(),
        )

    def draft(self) -> Draft:
        """Flows by requests first, for they are most of what is used; then what meets them."""
        groups, left = group_routes(self._facts)
        self._draft.left_out += left
        services = {route.service for route in self._facts.requests}
        for group in groups:
            self._route_rows(group, names_services=len(services) > 1)
        self._event_rows()
        self._tag_rows()
        self._test_rows()
        self._component_rows()
        self._threshold_rows()
        return self._draft

    def _flow(self, name: str, reason: str) -> str | None:
        """The flow of a name: one that is there, or a new row of the catalogue."""
        if not self._may_add:
            return self._index.find(name)
        if name not in self._index:
            self._index.add(name)
            self._draft.add(
                "flow_catalog",
                reason,
                flow=name,
                title=title(name),
                product=self._product,
                status="active",
            )
        return name

    def _leave(self, kind: str, name: str, volume: int, *, reason: str = "") -> None:
        reason = reason or "no flow of flow_catalog.csv, which is kept, has these words"
        self._draft.left_out.append(LeftOut(kind, name, volume, reason))

    def _route_rows(self, group: Group, *, names_services: bool) -> None:
        share = group.volume / self._draft.requests
        most = most_requested(group.routes)
        reason = f"{group.volume:,} user requests, {share:.1%} of all; most: {most}"
        flow = self._flow(group.name, reason)
        if flow is None:
            self._leave("route", most, group.volume)
            return
        self._draft.mapped += group.volume
        for service, pattern in group.patterns():
            self._draft.add(
                "route_patterns",
                f"'{flow}' by the words of the path",
                service=service if names_services and service else "*",
                method="*",
                pattern=pattern,
                flow=flow,
                priority="0",
            )

    def _event_rows(self) -> None:
        counts: Counter[str] = Counter()
        for (_, event), count in self._facts.events.items():
            counts[event] += count
        added = 0
        for event, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            about = subject(event)
            if event.startswith(("$", "(")) or not about:
                self._leave("event", event, count, reason="its name says nothing of a flow")
                continue
            flow = self._index.find(about)
            if flow is None and added < MAX_EVENT_FLOWS:
                share = count / self._draft.events
                reason = f"{count:,} events '{event}', {share:.1%} of all; no path has its words"
                flow = self._flow(about, reason)
                added += 1
            if flow is None:
                self._leave("event", event, count)
                continue
            self._draft.mapped_events += count
            what = f"{count:,} events; '{flow}' and the role by the words of the name"
            self._draft.add("event_catalogue", what, event=event, flow=flow, role=role(event))

    def _tag_rows(self) -> None:
        """What tests say of themselves is a person's word: a flow, or another name of one."""
        for tag, count in self._facts.tags.most_common():
            if tag in self._index:
                continue
            reason = f"{count:,} test results are tagged with it"
            found = self._index.find(tag)
            name = flow_name(tag)
            flow = found or (self._flow(name, reason) if name else None)
            if flow is None:
                self._leave("test flow tag", tag, count)
            elif flow != tag:
                self._draft.add("flow_aliases", reason, source="test", alias=tag, flow=flow)

    def _test_rows(self) -> None:
        tests: Counter[Place] = Counter(self._facts.tests)
        # Where there are results they say how a runner names its tests; files may lie elsewhere.
        known = {place.repo for place in tests}
        for place in self._facts.tracked:
            if place.repo not in known and is_test(place.path) and is_code(place.path):
                tests[place] += 1
        for claim in claims(tests, self._index):
            reason = f"{claim.volume:,} results or files, such as {claim.example}"
            values = _values(claim)
            self._draft.add("test_paths", reason, **values)
        self._draft.mapped_tests = _volume(claims(self._facts.tests, self._index))

    def _component_rows(self) -> None:
        lines = {place: n for place, n in self._facts.lines.items() if not is_test(place.path)}
        files = lines or {
            place: n
            for place, n in self._facts.tracked.items()
            if is_code(place.path) and not is_test(place.path)
        }
        unit = "lines" if lines else "files"
        found = claims(files, self._index)
        for claim in [*found, *bare_folders(files, self._index)]:
            why = "by the words of the path" if claim.flow else "no flow has its words: fill it in"
            reason = f"{claim.volume:,} {unit}, such as {claim.example}; {why}"
            self._draft.add("component_flows", reason, **_values(claim))
        if lines:
            self._draft.mapped_lines = _volume(found)

    def _threshold_rows(self) -> None:
        """With the default, a first log of a few days would leave every flow's use unknown."""
        days = self._facts.whole_days
        wanted = default_threshold("usage_min_loaded_days")
        if 0 < days < wanted:
            self._draft.add(
                "thresholds",
                f"{days} whole days of use are there; delete this row once {wanted} are loaded",
                name="usage_min_loaded_days",
                value=str(days),
                valid_from="2000-01-01",
            )


def default_threshold(name: str, seeds: Path | None = None) -> int:
    """The value of a threshold that is counted in days: of these seeds if they say it, else the package's."""
    own = effective_seed("thresholds", seeds).rows if seeds else []
    values = [row.values for row in (*own, *effective_seed("thresholds", None).rows)]
    said = (value.get("value", "") for value in values if value.get("name") == name)
    return next(int(text) for text in said if text.isdecimal())


def _values(claim: Claim) -> dict[str, str]:
    return {
        "repo": claim.repo,
        "path_glob": claim.glob,
        "component": claim.component,
        "flow": claim.flow,
    }


def _volume(found: list[Claim]) -> int:
    return sum(claim.volume for claim in found)
