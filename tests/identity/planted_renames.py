"""A repository whose tests are renamed, moved, deleted and added on purpose, with the truth beside it.

What is planted to deceive is said where it is planted. Rows are those of the raw tables, so that ids
are made by the models themselves.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

BUILDS = 18
START = datetime(2026, 6, 10, 8, tzinfo=UTC)
_EVERY = timedelta(hours=9)

_VERBS = (
    "accepts", "adds", "applies", "builds", "caches", "clears", "counts", "creates", "fetches",
    "filters", "groups", "hides", "imports", "keeps", "lists", "loads", "locks", "merges", "opens",
    "parses", "prints", "reads", "retries", "rounds", "saves", "sends", "shows", "sorts", "splits",
    "stores", "strips", "updates", "writes",
)  # fmt: skip
_THINGS = (
    "account", "address", "archive", "balance", "basket", "calendar", "comment", "contract", "coupon",
    "customer", "delivery", "discount", "document", "invoice", "locale", "message", "order", "parcel",
    "payment", "picture", "price", "profile", "receipt", "refund", "report", "review", "session",
    "shipment", "stock", "ticket", "token", "voucher", "wallet", "warehouse",
)  # fmt: skip
_HOWS = (
    "after_timeout", "by_region", "for_guests", "in_bulk", "once", "on_weekends", "per_tenant", "twice",
    "when_offline", "with_history", "with_limits", "without_network", "within_budget", "under_load",
)  # fmt: skip
_GENERIC = ("create", "update", "delete", "list", "detail", "permissions", "defaults", "str")


@dataclass(frozen=True)
class Test:
    """One test as its report names it."""

    __test__ = False
    file: str
    class_name: str | None
    name: str

    def id(self, repo: str) -> str:
        """The id that the models give it."""
        return "::".join(part for part in (repo, self.file, self.class_name, self.name) if part)


@dataclass
class World:
    """One repository over its builds. `truth` is what was renamed, `kinds` says by which kind of change."""

    repo: str
    rng: Random
    tests: set[Test] = field(default_factory=set)
    truth: dict[tuple[str, str], str] = field(default_factory=dict)
    attempts: list[dict[str, Any]] = field(default_factory=list)
    commits: list[dict[str, Any]] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)
    nightly_only: set[Test] = field(default_factory=set)
    _touched: dict[str, tuple[int, int]] = field(default_factory=dict)
    _renamed: dict[Test, tuple[Test, str]] = field(default_factory=dict)
    _reported: set[Test] = field(default_factory=set)
    _lagging: set[Test] = field(default_factory=set)
    _names: set[str] = field(default_factory=set)

    def touch(self, file: str, added: int, removed: int) -> None:
        """Lines that the coming commit changes in a file."""
        before = self._touched.get(file, (0, 0))
        self._touched[file] = (before[0] + added, before[1] + removed)

    def fresh(self) -> str:
        """A name of several words that nothing else in the repository has."""
        while True:
            parts = (self.rng.choice(words) for words in (_VERBS, _THINGS, _HOWS))
            name = "test_" + "_".join(parts)
            if name not in self._names:
                self._names.add(name)
                return name

    def begin(self) -> None:
        """Files with own names, copies of one another, a class and a browser suite."""
        for number in range(10):
            file = f"tests/area{number % 3}/test_{_THINGS[number]}.py"
            own = 8 if number < 7 else 3
            self.tests |= {Test(file, None, self.fresh()) for _ in range(own)}
            # Files that were copied from one another: the same names everywhere.
            self.tests |= {Test(file, None, f"test_{word}") for word in _GENERIC}
        for number in range(4):
            file = f"tests/classes/test_{_THINGS[20 + number]}.py"
            owner = f"Test{_THINGS[20 + number].title()}"
            self.tests |= {Test(file, owner, self.fresh()) for _ in range(5)}
        for number in range(3):
            file = f"e2e/{_THINGS[12 + number]}.spec.ts"
            for _ in range(5):
                words = self.fresh().removeprefix("test_").replace("_", " ")
                title = f"{_THINGS[12 + number].title()} \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} {words}"
                self.tests.add(Test(file, None, title))

    def files(self) -> list[str]:
        """Python files, in order."""
        return sorted({test.file for test in self.tests if test.file.endswith(".py")})

    def in_file(self, file: str) -> list[Test]:
        """Its tests, in order."""
        return sorted((t for t in self.tests if t.file == file), key=lambda t: t.id(""))

    def drop(self, test: Test) -> None:
        """Take a test away."""
        self.tests.discard(test)
        self.nightly_only.discard(test)

    def rename(self, old: Test, new: Test, kind: str) -> None:
        """Plant one test under another name; names between two builds are nobody's."""
        if old in self.nightly_only:
            self.nightly_only.add(new)
        self.drop(old)
        self.tests.add(new)
        self._renamed[new] = self._renamed.pop(old, (old, kind))

    def running(self) -> set[Test]:
        """The tests of the last builds."""
        return self.tests | self.nightly_only

    def build(self, n: int) -> None:
        """Commit what was changed and run everything that the pipelines run."""
        for new, (old, kind) in self._renamed.items():
            if new in self.tests and old in self._reported:
                self.truth[old.id(self.repo), new.id(self.repo)] = kind
        self._renamed = {}
        self._reported |= self.tests | self.nightly_only
        at = START + n * _EVERY
        sha = f"{self.repo}{n:08x}".encode().hex()[-16:].rjust(40, "0")
        for file, (added, removed) in (self._touched or {"src/app.py": (3, 1)}).items():
            self.commits.append(
                {
                    "day": f"{at:%Y-%m-%d}", "repo": self.repo, "sha": sha, "file": file,
                    "committed_at": f"{at - timedelta(minutes=20):%Y-%m-%d %H:%M:%S}",
                    "lines_added": added, "lines_removed": removed, "bot": False, "merge": False,
                }
            )  # fmt: skip
        self._touched = {}
        lost = "e2e/" if n in (6, 15) else ""  # the browser suite's report did not come
        here = {t for t in self.tests - self.nightly_only if not (lost and t.file.startswith(lost))}
        self._run(f"m{n}", sha, at, here, pipeline="merge", missing=bool(lost))
        # A rerun of the build holds one test only.
        again = sorted(here, key=lambda t: t.id(""))[:1]
        self._run(f"m{n}", sha, at + timedelta(hours=1), set(again), pipeline="merge", attempt=2)
        if n == 4:
            self._lagging = here
        if 5 <= n <= 10:  # a branch that was made before, and knows none of the changes
            self._run(
                f"b{n}",
                sha,
                at + timedelta(hours=2),
                self._lagging,
                pipeline="merge",
                branch="feature",
            )
        if n % 4 == 3:
            nightly = self.nightly_only | {t for t in self.tests if t.file.endswith(".py")}
            self._run(f"n{n}", sha, at + timedelta(hours=4), nightly, pipeline="nightly")

    def _run(
        self, build: str, sha: str, at: datetime, tests: set[Test], *, pipeline: str,
        attempt: int = 1, missing: bool = False, branch: str = "main",
    ) -> None:  # fmt: skip
        day = f"{at:%Y-%m-%d}"
        run = {
            "day": day,
            "repo": self.repo,
            "sha": sha,
            "branch": branch,
            "build": build,
            "run_attempt": attempt,
        }
        lost = '["playwright"]' if missing else None
        self.runs.append(
            {**run, "pipeline": pipeline, "stage": "merge", "missing_suites_json": lost}
        )
        for test in sorted(tests, key=lambda t: t.id("")):
            browser = test.file.endswith(".ts")
            failed = self.rng.random() < 0.02
            self.attempts.append(
                {
                    **run, "source": "playwright" if browser else "pytest_json",
                    "file": test.file, "class_name": test.class_name, "name": test.name, "occurrence": 1,
                    "raw_status": "x", "status": "failed" if failed else "passed", "attempt": 1,
                    "started_at": f"{at:%Y-%m-%d %H:%M:%S}", "zone_assumed": False,
                    "duration_ms": float(self.rng.randint(20, 4000)),
                    "fingerprint": f"f{self.rng.randint(0, 5)}" if failed else None,
                }
            )  # fmt: skip


def rename_a_file(world: World) -> None:
    """git mv, nothing else: its tests have the names that every file has, too."""
    old = world.rng.choice(world.files()[:3])
    new = old.replace("test_", "test_new_", 1)
    lines = 100 + world.rng.randint(0, 400)
    world.touch(old, 0, lines)
    world.touch(new, lines, 0)
    for test in world.in_file(old):
        world.rename(test, Test(new, test.class_name, test.name), "file renamed")


def move_a_file_with_edits(world: World) -> None:
    """Another folder, and its imports changed: git's line counts differ."""
    old = world.rng.choice([f for f in world.files() if "/area1/" in f])
    new = old.replace("/area1/", "/moved/")
    world.touch(old, 0, 211)
    world.touch(new, 214, 0)
    for test in world.in_file(old):
        world.rename(test, Test(new, test.class_name, test.name), "file moved with edits")


def move_one_test(world: World) -> None:
    """From one file into another, both of which stay."""
    old, new = world.rng.sample([f for f in world.files() if "/area2/" in f or "/area0/" in f], 2)
    test = world.rng.choice([t for t in world.in_file(old) if t.name.count("_") >= 3])
    world.touch(old, 0, 9)
    world.touch(new, 9, 0)
    world.rename(test, Test(new, None, test.name), "one test moved")


def rename_in_place(world: World) -> None:
    """The name alone: one line of the file."""
    file = world.rng.choice([f for f in world.files() if "/classes/" in f])
    test = world.rng.choice(world.in_file(file))
    new = Test(file, test.class_name, f"{test.name}_again")
    world.touch(file, 1, 1)
    world.rename(test, new, "renamed in place")


def reword_in_place(world: World) -> None:
    """A word of the name for another one: one line of the file."""
    file, test = long_named(world)
    first, _, rest = test.name.removeprefix("test_").partition("_")
    verb = world.rng.choice([v for v in _VERBS if v != first])
    world.touch(file, 1, 1)
    world.rename(test, Test(file, None, f"test_{verb}_{rest}"), "reworded in place")


def long_named(world: World) -> tuple[str, Test]:
    """A test with a name of its own, and its file."""
    of_areas = [t for t in world.tests if "/area" in t.file and t.name.count("_") >= 3]
    test = world.rng.choice(sorted(of_areas, key=lambda t: t.id("")))
    return test.file, test


def rename_with_a_new_body(world: World) -> None:
    """Another name and another body: a rename that nothing can prove."""
    file, test = long_named(world)
    world.touch(file, 12, 9)
    world.rename(test, Test(file, None, f"{test.name}_safely"), "renamed and rewritten")


def respell(world: World) -> None:
    """From snake case to camel case."""
    file = world.rng.choice([f for f in world.files() if "/classes/" in f])
    test = world.rng.choice([t for t in world.in_file(file) if "_" in t.name])
    parts = test.name.split("_")
    camel = parts[0] + "".join(part.title() for part in parts[1:])
    world.touch(file, 4, 7)
    world.rename(test, Test(file, test.class_name, camel), "respelled")


def rename_a_class(world: World) -> None:
    """All tests of a class under its new name."""
    file = world.rng.choice([f for f in world.files() if "/classes/" in f])
    world.touch(file, 1, 1)
    for test in world.in_file(file):
        world.rename(test, Test(file, f"{test.class_name}Flow", test.name), "class renamed")


def rename_a_describe_block(world: World) -> None:
    """One line, and every title below it."""
    file = world.rng.choice(sorted({t.file for t in world.tests if t.file.endswith(".ts")}))
    world.touch(file, 1, 1)
    for test in world.in_file(file):
        world.rename(test, Test(file, None, f"Renewed {test.name}"), "describe renamed")


def rename_a_browser_test(world: World) -> None:
    """A title in its file."""
    file = world.rng.choice(sorted({t.file for t in world.tests if t.file.endswith(".ts")}))
    test = world.rng.choice(world.in_file(file))
    world.touch(file, 1, 1)
    world.rename(test, Test(file, None, f"{test.name} at last"), "title renamed")


def delete_and_add_a_generic_name(world: World) -> None:
    """To deceive: a name that many files have goes here and comes there, in one commit."""
    old, new = world.rng.sample(world.files()[:6], 2)
    word = "test_" + world.rng.choice(_GENERIC)
    world.drop(Test(old, None, word))
    world.drop(Test(new, None, word))
    world.tests.add(Test(new.replace("test_", "test_x_", 1), None, word))
    world.touch(old, 0, 8)
    world.touch(new.replace("test_", "test_x_", 1), 8, 0)


def replace_by_a_like_name(world: World) -> None:
    """To deceive: a test is deleted, another one of a like name written in the same file."""
    file, test = long_named(world)
    rest = test.name.removeprefix("test_").partition("_")[2]
    world.drop(test)
    world.tests.add(Test(file, None, f"test_rejects_{rest}"))
    world.touch(file, 14, 11)


def replace_a_file_by_its_like(world: World) -> None:
    """To deceive: a file is deleted, and one copied from its sisters comes, generic names only in common."""
    old = world.rng.choice([f for f in world.files() if "/area2/" in f])
    for test in world.in_file(old):
        world.drop(test)
    new = old.replace("/area2/", "/other/")
    world.tests |= {Test(new, None, f"test_{word}") for word in _GENERIC}
    world.tests |= {Test(new, None, world.fresh()) for _ in range(4)}
    world.touch(old, 0, 160)
    world.touch(new, 163, 0)


def replace_a_file_by_its_twin(world: World) -> None:
    """To deceive: the same, and both files have as many lines."""
    old = world.rng.choice([f for f in world.files() if "/area" in f])
    for test in world.in_file(old):
        world.drop(test)
    new = old.replace("/test_", "/test_twin_")
    world.tests |= {Test(new, None, f"test_{word}") for word in _GENERIC}
    world.tests |= {Test(new, None, world.fresh()) for _ in range(3)}
    world.touch(old, 0, 77)
    world.touch(new, 77, 0)


def demote_and_add(world: World) -> None:
    """To deceive: a test now runs at night only, while one of its name's kind comes beside it."""
    file, test = long_named(world)
    world.nightly_only.add(test)
    world.tests.add(Test(file, None, f"{test.name}_fast"))
    world.touch(file, 1, 1)


def split_in_two(world: World) -> None:
    """To deceive: one test becomes two; neither is it."""
    file, test = long_named(world)
    world.drop(test)
    world.tests |= {Test(file, None, f"{test.name}_{half}") for half in ("first", "second")}
    world.touch(file, 2, 1)


def delete_some(world: World) -> None:
    """Deletions and nothing else."""
    for test in world.rng.sample(sorted(world.tests, key=lambda t: t.id("")), 3):
        world.drop(test)
        world.touch(test.file, 0, 7)


def add_some(world: World) -> None:
    """Additions and nothing else."""
    for file in world.rng.sample(world.files(), 3):
        world.tests.add(Test(file, None, world.fresh()))
        world.touch(file, 8, 0)


CHANGES: tuple[Callable[[World], None], ...] = (
    rename_a_file, move_a_file_with_edits, move_one_test, rename_in_place, reword_in_place,
    rename_with_a_new_body, respell, rename_a_class, rename_a_describe_block, rename_a_browser_test,
    delete_and_add_a_generic_name, replace_by_a_like_name, replace_a_file_by_its_like,
    replace_a_file_by_its_twin, demote_and_add,
    split_in_two, delete_some, add_some,
)  # fmt: skip


def worlds(count: int) -> Iterator[World]:
    """Repositories, each with all changes in an order and at commits of its own."""
    for number in range(count):
        world = World(f"repo{number}", Random(f"renames/{number}"))
        world.begin()
        changes = list(CHANGES)
        world.rng.shuffle(changes)
        for n in range(BUILDS):
            # Two or more a commit from the third build on, none in the last two.
            if 2 <= n < BUILDS - 3:
                for _ in range(world.rng.choice((0, 1, 2, 3))):
                    if changes:
                        changes.pop()(world)
            elif n == BUILDS - 3:
                while changes:
                    changes.pop()(world)
            world.build(n)
        yield world
