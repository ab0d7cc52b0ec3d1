"""What happens in the demo world before anything is written: commits and CI runs.

The plan reaches further back than the files do and does not depend on how many days are written.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cached_property
from random import Random
from typing import Literal

import msgspec

from gapsight.demo.planted import planted
from gapsight.demo.rhythm import runs_before, utc
from gapsight.demo.seasons import change
from gapsight.demo.suites import PROJECTS, Suite
from gapsight.demo.world import Component, Product, Repo, components, world

HISTORY_DAYS = 220
Stage = Literal["merge", "nightly", "release"]
AUTHORS = (
    "Ada Demo",
    "Bela Demo",
    "Chidi Demo",
    "Dana Demo",
    "Emre Demo",
    "Freya Demo",
    "Gita Demo",
    "Hugo Demo",
)
BOT = "dependabot[bot]"

_SLOTS = ((7, 40), (11, 10), (14, 30))
_CLOCK = {"nightly": (1, 5), "release": (17, 15)}
_MONDAY = 0
_BUILDS_BEGIN = date(2024, 1, 1)
_EXTRA, _BRANCHED, _BOT_SHARE = 0.3, 0.12, 0.05


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """One commit; `mark` is its number in the repository, `branch` is empty on the main line."""

    mark: int
    day: date
    at: datetime
    author: str
    subject: str
    files: tuple[str, ...]
    slot: int = -1
    """Number of the day's push it came with."""
    branch: str = ""
    merges: int = 0
    """Mark of the branch commit that this one merges."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One CI run of a commit."""

    repo: Repo
    build: int
    day: date
    started: datetime
    stage: Stage
    mark: int
    commit_day: date
    index: int = -1
    """Number among the merge runs of the repository; -1 for the others."""
    suites: tuple[Suite, ...]
    projects: tuple[str, ...]
    coverage: bool
    noisy: bool = False
    missing: str = ""

    @property
    def environment(self) -> str:
        """Where its tests ran."""
        return "staging" if self.stage == "release" else "ci"


class Plan:
    """Commits and runs of one product's repository up to a day."""

    def __init__(
        self, product: Product, *, seed: int, until: date, days: int, seasons: bool = False
    ) -> None:
        self.product, self.repo = product, product.repo
        self.seed, self.until, self.seasons = seed, until, seasons
        self.begin = until - timedelta(days=max(HISTORY_DAYS, days + 20))

    def days(self) -> Iterator[date]:
        """Every day of the plan."""
        for ordinal in range(self.begin.toordinal(), self.until.toordinal() + 1):
            yield date.fromordinal(ordinal)

    @cached_property
    def commits(self) -> tuple[Commit, ...]:
        """The history; the first commit brings all files."""
        everything = [path for component in self._components for path in component.files]
        first = Commit(
            mark=1, day=self.begin, at=utc(self.begin, 6), author=AUTHORS[0],
            subject="Begin", files=tuple(everything),
        )  # fmt: skip
        found = [first]
        for day in self.days():
            for slot in range(self.product.merges[day.weekday()]):
                found += self._pushed(day, slot, len(found) + 1)
        return tuple(found)

    @cached_property
    def _components(self) -> tuple[Component, ...]:
        return tuple(component for component in components() if component.repo == self.repo)

    def _pushed(self, day: date, slot: int, mark: int) -> list[Commit]:
        """Make the commits of one push; the last is the one that CI runs."""
        rng = Random(f"{self.seed}/push/{self.repo}/{day}/{slot}")
        at = utc(day, *_SLOTS[slot]) + timedelta(
            minutes=rng.randrange(18), seconds=rng.randrange(60)
        )
        kinds = [BOT] if rng.random() < _BOT_SHARE else []
        kinds += ["work"] if rng.random() < _EXTRA else []
        branched = rng.random() < _BRANCHED
        kinds += ["branch", "branch", "merge"] if branched else ["work"]
        pushed = []
        for number, kind in enumerate(kinds):
            when = at - timedelta(minutes=7 * (len(kinds) - number))
            pushed.append(self._commit(rng, kind, at=when, mark=mark + number, slot=slot))
        return pushed

    def _commit(self, rng: Random, kind: str, *, at: datetime, mark: int, slot: int) -> Commit:
        author = BOT if kind == BOT else rng.choice(AUTHORS)
        weights: list[float] = [component.change for component in self._components]
        if self.seasons:
            weights = [change(self.seed, component, at.date()) for component in self._components]
        component = rng.choices(self._components, weights)[0]
        touched = tuple(sorted(rng.sample(component.files, rng.choice((1, 1, 2)))))
        files = {BOT: ("requirements.lock",), "merge": ()}.get(kind, touched)
        subject = {
            BOT: "Bump the lock file",
            "merge": f"Merge branch 'topic-{mark - 2}'",
        }.get(kind, f"{component.name}: change {touched[0].rpartition('/')[2]}")
        return Commit(
            mark=mark, day=at.date(), at=at, author=author, subject=subject, files=files,
            slot=slot,
            branch=f"topic-{mark}" if kind == "branch" else "",
            merges=mark - 1 if kind == "merge" else 0,
        )  # fmt: skip

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """Every CI run, in the order of their starts."""
        pushed = {(commit.day, commit.slot): commit for commit in self.commits}
        head, found = self.commits[0], []
        for day in self.days():
            first = self._builds_before(day)
            found.append(self._run(head, "nightly", day=day, build=first))
            merges = self.product.merges[day.weekday()]
            for slot in range(merges):
                head = pushed[day, slot]
                found.append(self._run(head, "merge", day=day, build=first + slot + 1))
            if day.weekday() == _MONDAY:
                found.append(self._run(head, "release", day=day, build=first + merges + 1))
        return tuple(found)

    def _run(self, head: Commit, stage: Stage, *, day: date, build: int) -> Run:
        index = runs_before(self.product, day) + head.slot if stage == "merge" else -1
        return Run(
            repo=self.repo,
            build=build,
            day=day,
            started=head.at + timedelta(minutes=2)
            if stage == "merge"
            else utc(day, *_CLOCK[stage]),
            stage=stage,
            mark=head.mark,
            commit_day=head.day,
            index=index,
            suites=("pytest", "playwright") if self.repo == "shop-web" else ("surefire", "pytest"),
            projects=PROJECTS[:1] if stage == "merge" else PROJECTS,
            coverage=stage != "merge" or head.slot == 0,
            noisy=index in self._noisy,
            missing=self._missing.get(index, ""),
        )

    def _builds_before(self, day: date) -> int:
        """Count the builds since a fixed day: merges, one nightly a day, one release a Monday."""
        days = day.toordinal() - _BUILDS_BEGIN.toordinal()
        return runs_before(self.product, day) + days + (days + 6) // 7 + 1

    def lost(self, index: int, suite: str) -> bool:
        """Tell whether that merge run says nothing of a suite: an outage, or no report."""
        return index in self._noisy or self._missing.get(index) == suite

    @cached_property
    def _noisy(self) -> set[int]:
        return {self._last_index(noisy.day) for noisy in planted().noisy if noisy.repo == self.repo}

    @cached_property
    def _missing(self) -> dict[int, str]:
        mine = (missing for missing in planted().missing if missing.repo == self.repo)
        return {self._last_index(missing.day): missing.suite for missing in mine}

    def _last_index(self, ago: int) -> int:
        """Index of the last merge run up to that many days before the end."""
        return runs_before(self.product, self.until - timedelta(days=ago - 1)) - 1


def plans(*, seed: int, until: date, days: int, seasons: bool = False) -> dict[Repo, Plan]:
    """Make the plan of every repository; with `seasons` components have busy quarters."""
    return {
        product.repo: Plan(product, seed=seed, until=until, days=days, seasons=seasons)
        for product in world().product
    }
