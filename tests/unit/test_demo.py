"""The demo: same seed, same bytes; files as the vendors write them; a truth that holds."""

import csv
import gzip
import io
import json
import math
import subprocess
import sys
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from lxml import etree

from gapsight import demo
from gapsight.demo import coverage
from gapsight.demo.access_logs import PARTNER_FORMAT, log_file
from gapsight.demo.days import Job, background
from gapsight.demo.mixpanel import event_file
from gapsight.demo.outcomes import failures, is_red
from gapsight.demo.planted import planted
from gapsight.demo.reckoning import Reckoning
from gapsight.demo.requests import filler
from gapsight.demo.rhythm import ZONE, LocalDay
from gapsight.demo.suites import case_of, cases, risk_of
from gapsight.demo.world import Component, components, world
from gapsight.seeds import check_seeds
from gapsight.seeds.check import DEFAULTS
from ingest import sources
from ingest.records import FileCoverage, Record, TestAttempt
from ingest.source import Context, Item, Reject, Tally, Warn
from orchestration import settings

SHOP = Path(__file__).parents[2] / "examples" / "shop"
DAYS, FULL = 14, 200


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The last fourteen days of the demo."""
    target = tmp_path_factory.mktemp("demo")
    demo.generate(target, days=DAYS)
    return target


@pytest.fixture(scope="module")
def truth(made: Path) -> demo.Truth:
    found = demo.read_truth(made)
    assert found
    return found


@pytest.fixture(scope="module")
def full() -> Reckoning:
    """The truth of the long demo, of its plan alone: commits stand for their hashes."""
    shared = background(demo.SEED, demo.UNTIL, FULL)
    shas = {
        repo: {c.mark: f"{c.mark:040x}" for c in plan.commits}
        for repo, plan in shared.plans.items()
    }
    return Reckoning(Job("", demo.SEED, FULL, demo.UNTIL, shas), shared)


def inbox(target: Path) -> dict[str, bytes]:
    root = target / "inbox"
    return {
        str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()
    }


def parsed(target: Path, name: str) -> Iterator[tuple[Path, Item]]:
    """Every item of a source's files, as the pipeline would read them."""
    workspace = settings.load(SHOP, environ={"GAPSIGHT_HASH_KEY": "a key for the demo"})
    source = sources.get(name)
    for path in sorted((target / "inbox" / name).glob("*/*")):
        day = date.fromisoformat(path.parent.name)
        context = workspace.context(name, folder_day=day, name=path.name)
        if source.form == "tables":
            given: Path | io.BytesIO = path
        else:
            content = path.read_bytes()
            given = io.BytesIO(gzip.decompress(content) if path.suffix == ".gz" else content)
        for item in source.parse(given, context):
            yield path, item


def reports(target: Path) -> Iterator[tuple[dict[str, object], str, str, bytes]]:
    """Each report of each bundle: manifest, format, path, content."""
    for path in sorted((target / "inbox" / "ci_bundle").glob("*/*.zip")):
        with zipfile.ZipFile(path) as bundle:
            manifest = json.loads(bundle.read("manifest.json"))
            for name in bundle.namelist()[1:]:
                kind = "playwright" if name.endswith(".json") else "junit"
                yield (
                    manifest,
                    "cobertura" if name.startswith("coverage/") else kind,
                    name,
                    bundle.read(name),
                )


@pytest.fixture(scope="module")
def attempts(made: Path) -> list[tuple[dict[str, object], TestAttempt]]:
    """Every test attempt of the short demo with its manifest; nothing is refused on the way."""
    found = []
    for manifest, kind, name, content in reports(made):
        day = datetime.fromisoformat(str(manifest["started_at"])).astimezone(ZONE).date()
        context = Context(folder_day=day, name=name, reporting_zone=str(ZONE))
        for item in sources.get(kind).parse(io.BytesIO(content), context):
            assert isinstance(item, TestAttempt | FileCoverage), (manifest["build"], name, item)
            if isinstance(item, TestAttempt):
                found.append((manifest, item))
    return found


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two", "other")]
    for folder, seed in zip(folders, (1, 1, 2), strict=True):
        demo.generate(folder, days=2, seed=seed)
    one, two, other = map(inbox, folders)
    assert one == two
    assert one.keys() & other.keys()
    logs = [name for name in one if name.startswith(("access_log", "mixpanel", "ci_bundle"))]
    assert logs
    assert not [name for name in logs if one[name] == other.get(name)]


def test_a_short_demo_is_the_end_of_a_longer_one(tmp_path: Path, made: Path) -> None:
    demo.generate(tmp_path, days=3)
    short, long = inbox(tmp_path), inbox(made)
    assert {name.split("/")[1] for name in short} == {f"2026-06-{day}" for day in (28, 29, 30)}
    assert {name: long.get(name) == content for name, content in short.items()} == dict.fromkeys(
        short, True
    )


def test_files_of_two_processes_are_those_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo.generate(tmp_path / "one", days=3)
    monkeypatch.setattr(demo, "_ALONE", 1)
    demo.generate(tmp_path / "two", days=3)
    assert inbox(tmp_path / "one") == inbox(tmp_path / "two")
    assert demo.read_truth(tmp_path / "one") == demo.read_truth(tmp_path / "two")


def test_a_demo_that_broke_off_is_no_demo_and_leaves_nothing_behind(tmp_path: Path) -> None:
    demo.generate(tmp_path, days=2)
    demo.truth_path(tmp_path).unlink()
    assert demo.begun(tmp_path)
    assert demo.read_truth(tmp_path) is None
    own = tmp_path / "inbox" / "jira" / "2026-06-29" / "ours.json"
    own.write_text("[]")
    said: list[tuple[str, int, int]] = []
    demo.generate(tmp_path, days=1, progress=lambda *told: said.append(told))
    assert {Path(name).parts[1] for name in inbox(tmp_path)} == {"2026-06-29", "2026-06-30"}
    assert [name for name in inbox(tmp_path) if "06-29" in name] == ["jira/2026-06-29/ours.json"]
    assert said[-1] == ("days", 1, 1)


@pytest.mark.parametrize("text", ["", "{", '{"version": 0}'])
def test_a_truth_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    demo.truth_path(tmp_path).parent.mkdir()
    demo.truth_path(tmp_path).write_text(text)
    assert demo.read_truth(tmp_path) is None


def test_a_demo_has_at_least_one_day(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one day"):
        demo.generate(tmp_path, days=0)


def test_the_repositories_hold_the_commits_that_ci_ran(made: Path) -> None:
    heads = {}
    for repo in ("shop-web", "backoffice"):
        listed = subprocess.run(
            ["git", "log", "--format=%H %cd", "--date=format:%F"],
            cwd=made / "demo" / "repos" / repo,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.splitlines()
        heads[repo] = dict(line.split(" ") for line in listed)
    for manifest, *_ in reports(made):
        assert manifest["sha"] in heads[str(manifest["repo"])]
        assert manifest["base_sha"] is None or manifest["base_sha"] in heads[str(manifest["repo"])]
    assert max(heads["shop-web"].values()) == "2026-06-30"
    assert min(heads["shop-web"].values()) < "2025-12-13", "a clone has more history than the inbox"


def test_the_seeds_of_the_workspace_are_sound_and_its_settings_load() -> None:
    assert not check_seeds(SHOP / "seeds").problems
    workspace = settings.load(SHOP, environ={})
    assert workspace.first_day == demo.UNTIL - timedelta(days=FULL - 1)
    assert {repo.name for repo in workspace.repos} == {product.repo for product in world().product}
    formats = {f["service"]: f["log_format"] for f in workspace.sources["access_log"]["files"]}
    assert formats["partner-api"] == PARTNER_FORMAT


def seed(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((SHOP / "seeds" / f"{name}.csv").open()))


def test_the_seeds_say_of_the_world_what_a_team_would_know() -> None:
    flows = {flow.name: flow for flow in world().flow}
    catalogue = {row["flow"]: row for row in seed("flow_catalog")}
    assert list(catalogue) == list(flows)
    for name, row in catalogue.items():
        flow = flows[name]
        assert (row["product"], row["owner"], row["status"]) == (
            flow.product,
            flow.owner,
            flow.status,
        )
        assert float(row["impact_revenue"]) == flow.impact[0]
        assert (row["stable_surface"] == "") == (flow.answers is None)
    routes = {(f"{row['method']} {row['pattern']}", row["flow"]) for row in seed("route_patterns")}
    assert routes == {(route, flow.name) for flow in world().flow for route in flow.routes}
    events = {(row["event"], row["flow"], row["role"]) for row in seed("event_catalogue")}
    assert events == {(e, f.name, role) for f in world().flow for role, e in f.track.items()}
    owners = {row["owner"] for row in seed("owners")}
    assert owners == {owner.name for owner in world().owner}
    rules = {(row["component"], row["flow"], row["repo"]) for row in seed("component_flows")}
    assert rules == {(c.name, flow, c.repo) for c in components() for flow in c.flows}
    paths = Counter(
        (row["repo"], row["flow"], row["risk"], row["component"]) for row in seed("test_paths")
    )
    repo_of = world().repo_of
    assert paths == Counter(
        (repo_of(flow), flow.name, risk_of(flow), flow.component)
        for flow in world().flow
        for _ in flow.tests
    )


def test_seeds_that_stand_in_for_defaults_leave_none_of_them_out() -> None:
    for name in ("thresholds", "score_weights", "severities"):
        defaults = list(csv.DictReader((DEFAULTS / f"{name}.csv").open()))
        assert defaults[0].keys() == seed(name)[0].keys()
        first = next(iter(defaults[0])) if name != "severities" else "severity"
        assert {row[first] for row in defaults} <= {row[first] for row in seed(name)}, name


def test_what_is_planted_as_unknown_is_in_no_seed() -> None:
    patterns = {row["pattern"] for row in seed("route_patterns")}
    assert not patterns & {route.split(" ")[1] for route in world().unmapped.routes}
    assert not {row["event"] for row in seed("event_catalogue")} & set(world().unmapped.events)
    special = {flow.name: flow for flow in world().flow}
    assert special["recommendations"].coverage is None
    assert special["gift_cards"].owner == ""
    assert special["store_locator"].tests == {}
    assert special["tax_filing"].usage.requests == special["tax_filing"].usage.events == 0


def test_there_are_six_hundred_tests_in_three_suites(
    attempts: list[tuple[dict[str, object], TestAttempt]],
) -> None:
    assert len(cases()) == 600
    ids = {(m["repo"], a.suite, a.file, a.class_name, a.name, a.params) for m, a in attempts}
    assert len(ids) == 600
    kinds = Counter("playwright" if a.environment else a.suite == a.class_name for _, a in attempts)
    assert len(kinds) == 3
    assert sum(case.flow == "" for case in cases()) == world().unmapped.tests


@pytest.mark.parametrize("name", ["access_log", "mixpanel"])
def test_every_line_of_a_file_has_the_class_it_was_written_with(
    made: Path, truth: demo.Truth, name: str
) -> None:
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for path, item in parsed(made, name):
        counts = seen[str(path.relative_to(made / "inbox"))]
        assert not isinstance(item, Warn), (path, item)
        if isinstance(item, Tally):
            counts.update(
                {
                    "lines": item.read,
                    **{k: v for k, v in msgspec.structs.asdict(item).items() if k != "read"},
                }
            )
        counts["rejected"] += isinstance(item, Reject)
    expected = {
        path: msgspec.structs.asdict(c)
        for path, c in truth.traffic.items()
        if path.startswith(name)
    }
    assert {
        path: {k: counts[k] for k in expected[path]} for path, counts in seen.items()
    } == expected
    for path in expected:
        content = gzip.decompress((made / "inbox" / path).read_bytes())
        assert content.count(b"\n") == expected[path]["lines"]


@pytest.mark.parametrize("name", ["jira", "incidents", "deployments"])
def test_other_files_are_read_without_a_remark(made: Path, name: str) -> None:
    items = [item for _, item in parsed(made, name)]
    assert items
    assert all(isinstance(item, Record) for item in items), [
        i for i in items if not isinstance(i, Record)
    ]


def test_bundles_are_read_without_a_remark(
    made: Path, attempts: list[tuple[dict[str, object], TestAttempt]]
) -> None:
    items = [item for _, item in parsed(made, "ci_bundle")]
    odd = [item for item in items if isinstance(item, Reject | Warn)]
    assert len([item for item in items if isinstance(item, TestAttempt)]) == len(attempts)
    assert len(odd) <= len(planted().missing), odd


def test_secrets_are_in_the_inbox_and_in_nothing_that_is_read_from_it(
    made: Path, truth: demo.Truth
) -> None:
    landed = b"".join(
        gzip.decompress(content) if name.endswith(".gz") else content
        for name, content in inbox(made).items()
        if not name.endswith(".zip")
    ) + b"".join(content for *_, content in reports(made))
    kept = "".join(
        repr(item)
        for name in ("access_log", "mixpanel", "ci_bundle", "jira", "incidents", "deployments")
        for _, item in parsed(made, name)
    )
    assert {needle: needle.encode() in landed for needle in truth.secrets} == dict.fromkeys(
        truth.secrets, True
    )
    assert [needle for needle in truth.secrets if needle in kept] == []


def flaky_probability(mixed: int, shas: int) -> float:
    """scores.md, section 2, step 4, with its a, b and r0."""
    odds = math.log(0.036 / 0.964) + sum(math.log(0.5 + j) for j in range(mixed))
    odds += 0.5 * math.log(10 / (10 + shas)) + mixed * math.log(shas / (10 + shas))
    odds += -mixed * math.log(1e-4 * shas) + 1e-4 * shas
    return 1 / (1 + math.exp(-odds))


def test_flaky_tests_of_five_percent_and_more_can_be_confirmed(full: Reckoning) -> None:
    flaky = full.truth([]).flaky_tests
    assert {found.rate for found in flaky} == {0.01, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3}
    for found in flaky:
        assert found.must_be_confirmed == (found.rate >= 0.05), found
        if found.must_be_confirmed:
            assert flaky_probability(found.mixed_shas, found.shas) >= 0.9, found


@pytest.mark.parametrize("number", range(8))
def test_flaky_tests_can_be_confirmed_whatever_the_seed_and_the_last_day(number: int) -> None:
    until = demo.UNTIL + timedelta(days=number)
    shared = background(number, until, FULL)
    shas = {repo: {c.mark: "" for c in plan.commits} for repo, plan in shared.plans.items()}
    found = Reckoning(Job("", number, FULL, until, shas), shared).truth([]).flaky_tests
    assert [f for f in found if f.rate >= 0.05 and not f.must_be_confirmed] == []


def test_the_reports_show_the_flaky_tests_and_nothing_else_as_mixed(
    truth: demo.Truth, attempts: list[tuple[dict[str, object], TestAttempt]]
) -> None:
    noisy = {(run.repo, run.build) for run in truth.noisy_runs}
    seen: dict[tuple[object, ...], set[bool]] = defaultdict(set)
    for manifest, a in attempts:
        if a.status != "skipped" and (manifest["repo"], manifest["build"]) not in noisy:
            test = (manifest["repo"], a.file, a.class_name, a.name, a.params)
            seen[test, manifest["sha"], a.environment or manifest["environment"]].add(
                a.status == "failed"
            )
    mixed: dict[object, set[object]] = defaultdict(set)
    for (test, sha, _), outcomes in seen.items():
        if len(outcomes) > 1:
            mixed[test].add(sha)
    expected = {
        (t.repo, t.file, t.class_name, t.name, t.params): f.mixed_shas
        for f in truth.flaky_tests
        if (t := f.test) and f.mixed_shas
    }
    assert {test: len(shas) for test, shas in mixed.items()} == expected


def test_noisy_runs_fail_much_at_first_and_nothing_in_the_end(
    truth: demo.Truth, attempts: list[tuple[dict[str, object], TestAttempt]]
) -> None:
    assert truth.noisy_runs
    for run in truth.noisy_runs:
        last: dict[tuple[object, ...], tuple[int, str]] = {}
        first: Counter[bool] = Counter()
        for manifest, a in attempts:
            if (manifest["repo"], manifest["build"]) == (
                run.repo,
                run.build,
            ) and a.status != "skipped":
                if manifest["attempt"] == a.attempt == 1:
                    first[a.status == "failed"] += 1
                last[a.file, a.class_name, a.name] = (
                    int(str(manifest["attempt"])) * 10 + a.attempt,
                    a.status,
                )
        assert first[True] == run.failed_first
        assert first[True] / first.total() > 0.1
        red = {test for test, (_, status) in last.items() if status == "failed"}
        known = {t.name for regression in truth.regressions for t in regression.tests}
        assert {name for *_, name in red} <= known


def test_regressions_are_red_in_every_attempt_and_green_before_and_after(full: Reckoning) -> None:
    for regression in planted().regression:
        plan = full.background.plans[case_of(regression.tests[0]).repo]
        red = [run for run in plan.runs if is_red(plan, run, regression)]
        assert len({run.mark for run in red if run.stage == "merge"}) >= 2, regression
        for run in red:
            found = failures(plan, run)
            kinds = {
                found[key].kind
                for key in found
                if key[0] in regression.tests and key[1] != "chromium"
            }
            assert kinds <= {"regression"}
    flaky = {found.test for found in planted().flaky}
    assert not flaky & {test for regression in planted().regression for test in regression.tests}


def test_incidents_were_warned_of_by_the_tests_that_truth_names(full: Reckoning) -> None:
    homes = {flow.name: flow.component for flow in world().flow}
    starts: dict[str, set[date]] = defaultdict(set)
    for regression in planted().regression:
        plan = full.background.plans[case_of(regression.tests[0]).repo]
        first = next(run.day for run in plan.runs if is_red(plan, run, regression))
        for test in regression.tests:
            starts[test].add(first)
    for incident in full.background.incidents:
        day = incident.started.date()
        week = {day - timedelta(days=ago) for ago in range(1, 8)}
        warned = {
            t
            for t, days in starts.items()
            if homes[case_of(t).flow] == incident.component and days & week
        }
        assert warned == set(incident.planted.warned_by), incident


def test_the_gaps_are_those_of_busy_flows(full: Reckoning, truth: demo.Truth) -> None:
    busiest = sorted(truth.usage, key=lambda flow: -max(truth.usage[flow].values()))[:10]
    planned = full.truth([]).gaps
    assert {gap.flow for gap in planned} <= set(busiest)
    assert {gap.gap_type for gap in planned} == {
        "high_usage_low_coverage",
        "high_usage_unmeasured_coverage",
        "high_usage_high_defects",
        "high_revenue_any_risk",
    }
    assert len(truth.gaps) < len(planned), "defects need more days than the short demo has"
    low = {gap.flow for gap in planned if gap.gap_type == "high_usage_low_coverage"}
    for flow, found in truth.coverage.items():
        counts = [
            sum(part) for part in zip(*(c["lines"] for c in found.components.values()), strict=True)
        ]
        if flow in busiest and counts:
            assert (counts[0] / counts[1] < 0.8) == (flow in low), flow
    assert not truth.coverage["recommendations"].components


def test_backoffice_can_be_released_and_the_shop_cannot(full: Reckoning) -> None:
    for repo, plan in full.background.plans.items():
        run = [run for run in plan.runs if run.stage == "release"][-1]
        assert (demo.UNTIL - run.day).days <= 14
        red = {test for (test, _), failure in failures(plan, run).items() if failure.fails >= 3}
        assert red == ({"shop-web/playwright/cart/0"} if repo == "shop-web" else set())


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2025, 10, 26), date(2026, 1, 15)])
def test_stamps_are_right_where_clocks_change(day: date) -> None:
    text = log_file("backoffice", day, seed=7, incidents=()).text
    stamps = [
        datetime.strptime(line.split("[")[1].split("]")[0], "%d/%b/%Y:%H:%M:%S %z")
        for line in text.splitlines()
        if "]" in line
    ]
    assert {stamp.astimezone(ZONE).date() for stamp in stamps} == {day}
    assert all(
        stamp.utcoffset() == stamp.astimezone(ZONE).utcoffset()
        for stamp in stamps
        if stamp.hour != 2
    )
    for line in event_file(day, seed=7, last=False).lines:
        if b'"app_version"' in line:
            at = datetime.fromtimestamp(json.loads(line)["properties"]["time"], UTC)
            assert at.date() == day
    assert (
        LocalDay(day).utc(12 * 3600)
        == datetime(day.year, day.month, day.day, 12, tzinfo=ZONE).timestamp()
    )


def test_ids_take_their_places_in_routes() -> None:
    from random import Random

    request = filler("POST /api/cart/{hex}/items/{id}")(Random(1))
    assert request.startswith("POST /api/cart/")
    assert "{" not in request
    assert request.rpartition("/")[2].isdigit()


def shape(element: etree._Element) -> tuple[str, tuple[str, ...]]:
    return element.tag, tuple(element.attrib)


def test_our_pytest_report_has_the_shape_of_pytest_s_own(tmp_path: Path, made: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "def test_good(record_property): record_property('flow', 'x')\n"
        "def test_plain(): pass\n"
        "def test_bad(): assert 1 == 2\n"
        "@pytest.mark.skip(reason='later')\ndef test_skipped(): pass\n"
    )
    words = ["-p", "no:cacheprovider", "-o", "junit_family=xunit1", "--junitxml=own.xml"]
    subprocess.run(
        [sys.executable, "-m", "pytest", *words], cwd=tmp_path, check=False, capture_output=True
    )
    own = {shape(element) for element in etree.parse(tmp_path / "own.xml").iter(etree.Element)}
    ours: set[tuple[str, tuple[str, ...]]] = set()
    for _, _, name, content in reports(made):
        if name == "results/pytest.xml":
            ours |= {shape(element) for element in etree.fromstring(content).iter(etree.Element)}
    assert ours == own


def test_our_coverage_report_has_the_shape_of_coverage_s_own(tmp_path: Path, made: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "it.py").write_text(
        "def f(x):\n    if x:\n        return 1\n    return 2\nf(1)\nf(0)\n"
        "def g(y):\n    if y:\n        return 3\n    return 4\n"
    )
    for words in (["run", "--branch", "--source=.", "package/it.py"], ["xml", "-o", "own.xml"]):
        subprocess.run(
            [sys.executable, "-m", "coverage", *words],
            cwd=tmp_path,
            check=True,
            capture_output=True,
        )
    own = {shape(element) for element in etree.parse(tmp_path / "own.xml").iter(etree.Element)}
    content = next(
        content for _, _, name, content in reports(made) if name == "coverage/coverage.xml"
    )
    ours = {shape(element) for element in etree.fromstring(content).iter(etree.Element)}
    assert ours == own


def test_coverage_reports_say_what_truth_says(made: Path, truth: demo.Truth) -> None:
    last: dict[str, FileCoverage] = {}
    for _, kind, name, content in reports(made):
        if kind == "cobertura":
            context = Context(folder_day=demo.UNTIL, name=name)
            for item in sources.get("cobertura").parse(io.BytesIO(content), context):
                assert isinstance(item, FileCoverage)
                last[item.file] = item
    for component in components():
        found = [row for path, row in last.items() if belongs(path, component)]
        if component.coverage is None:
            assert not found
            continue
        counts = truth.coverage[component.flows[0]].components[component.name]
        assert (
            sum(r.lines_covered or 0 for r in found),
            sum(r.lines_total or 0 for r in found),
        ) == counts["lines"]
        assert (
            sum(r.branches_covered or 0 for r in found),
            sum(r.branches_total or 0 for r in found),
        ) == counts["branches"]
        if component.language == "java":
            assert sum(r.functions_total or 0 for r in found) == counts["functions"][1]
        measured = coverage.measured(component, seed=demo.SEED, week=1)
        assert (
            abs(coverage.summed(component, measured)["lines"][0] / 120 - component.coverage[0])
            < 0.02
        )


def belongs(path: str, component: Component) -> bool:
    return any(file.endswith(path) for file in component.files)
