"""Whatever of a file holds a secret or a person: nothing of it is in the lake, whichever source read it."""

import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from ingest import sources
from ingest.privacy import keyed_hash
from ingest.records import TABLES
from orchestration.loading import LoadReport, load_family
from orchestration.settings import Settings
from tests.unit import planted
from tests.unit.lake_support import DAY, workspace
from tests.unit.planted_inbox import MANIFEST, context_of, put_planted

KEY = b"a key for the planted files"
PROSE = {"message", "title", "excerpt", "reason", "warnings_json", "extra_json"}


def load_planted(settings: Settings, name: str) -> LoadReport:
    report = load_family(settings, sources.get(name).family)
    assert report.warnings == []
    return report


def texts(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Table, column and each different value of the whole lake."""
    for table in TABLES:
        parts = (
            f"read_parquet('{settings.paths.lake}/{table}/*/*--*.parquet', union_by_name = true)"
        )
        if not list((settings.paths.lake / table).glob("*/*--*.parquet")):
            continue
        with duckdb.connect() as memory:
            for column, *_ in memory.execute(f"describe from {parts}").fetchall():
                query = f'select distinct cast("{column}" as varchar) from {parts}'
                for (value,) in memory.execute(query).fetchall():
                    if value:
                        yield table, column, value


def leaks(settings: Settings) -> Counter[tuple[str, str, str]]:
    """Where something planted is, and what."""
    found: Counter[tuple[str, str, str]] = Counter()
    for table, column, value in texts(settings):
        needles = {name: mark for name, (_, mark) in planted.EVERYWHERE.items()}
        needles |= {"person": "Plantedname", "user id": "planteduser"}
        if column in PROSE:
            needles |= {name: mark for name, (_, mark) in planted.IN_PROSE.items()}
        for name, mark in needles.items():
            if mark in value and not (column == "path" and table in {"loads", "rejects"}):
                found[
                    table,
                    column,
                    f"{name}: {value[max(0, value.find(mark) - 200) : value.find(mark) + 60]}",
                ] += 1
    return found


@pytest.mark.parametrize("name", [name for name in sources.NAMES if name != "ci_bundle"])
def test_nothing_planted_in_a_file_reaches_the_lake(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    by_options: dict[str, list[planted.Variant]] = {}
    for variant in planted.variants(name):
        options = json.dumps(context_of(variant.case).get("options", {}))
        by_options.setdefault(options, []).append(variant)
    everything = b"".join(v.content for files in by_options.values() for v in files)
    assert by_options, "no golden file of a kind that tests/unit/planted.py can plant"
    for what, mark in (*planted.EVERYWHERE.values(), *planted.IN_PROSE.values()):
        assert mark.encode() in everything, what
    tables: Counter[str] = Counter()
    for number, (options, files) in enumerate(by_options.items()):
        settings = workspace(tmp_path / str(number))
        settings = replace(settings, hash_key=KEY, sources={name: json.loads(options)})
        put_planted(settings, name, files)
        tables += load_planted(settings, name).rows
        found = leaks(settings)
        assert not found, f"{len(found)} leaks: " + "\n".join(
            f"{table}.{column} {what}" for table, column, what in list(found)[:15]
        )
    wanted = {table.TABLE for table in sources.get(name).tables}
    assert wanted & tables.keys(), "nothing was read at all: the test would show nothing"
    said = caplog.text + "".join(capfd.readouterr())
    assert [mark for _, mark in planted.EVERYWHERE.values() if mark in said] == []


def test_nothing_planted_in_a_bundle_reaches_the_lake(tmp_path: Path) -> None:
    settings = workspace(tmp_path)
    folder = settings.paths.inbox / "ci_bundle" / str(DAY)
    folder.mkdir(parents=True)
    report = '<testsuite name="s"><testcase classname="c" name="t"/></testsuite>'
    manifests = list(planted.plant_json(MANIFEST.read_text()))
    for number, manifest in enumerate(manifests):
        with zipfile.ZipFile(folder / f"{number}.zip", "w") as bundle:
            bundle.writestr("manifest.json", manifest)
            bundle.writestr("results/pytest.xml", report)
            for text, _ in planted.EVERYWHERE.values():
                bundle.writestr(f"{text}/junit-{text}.xml", report)
                bundle.writestr(f"results/test-{text}.txt", "own")
    report_of = load_planted(settings, "ci_bundle")
    assert report_of.rows["ci_runs"] > len(manifests) / 3
    assert not (found := leaks(settings)), list(found)[:10]


def test_persons_of_every_tracker_are_dropped_or_hashed(tmp_path: Path) -> None:
    settings = replace(workspace(tmp_path), hash_key=KEY)
    mail, commit = planted.EVERYWHERE["e-mail"][0], b"Kim Beispiel"
    for name in ("git", "jira", "github_deployments", "pagerduty", "opsgenie", "linear", "sentry"):
        folder = settings.paths.inbox / name / str(DAY)
        folder.mkdir(parents=True)
        for case in (planted.GOLDEN / name).iterdir():
            for place in case.glob("input.*"):
                text = place.read_bytes().replace(commit, planted.PERSON.encode())
                text = text.replace(b"Kim@Example.com", mail.encode())
                (folder / f"{case.name}{place.suffix}").write_bytes(text)
        load_planted(settings, name)
    assert not (found := leaks(settings)), list(found)[:10]
    hashes = {value for table, column, value in texts(settings) if column == "author_hash"}
    assert {keyed_hash(mail, KEY), keyed_hash("kim@example.com", KEY)} <= hashes
    assert not any("Beispiel" in value for _, _, value in texts(settings))


def test_a_user_of_an_access_log_is_counted_and_not_kept(tmp_path: Path) -> None:
    settings = replace(workspace(tmp_path), hash_key=KEY)
    place = settings.paths.inbox / "access_log" / str(DAY) / "web.log"
    place.parent.mkdir(parents=True)
    line = '203.0.113.77 - {} [30/Jun/2026:12:00:00 +0000] "GET /cart{} HTTP/1.1" 200 5 "{}" "{}"\n'
    blob = planted.BLOB.replace('"', "")
    lines = [
        line.format(planted.USER, "?q=PlantedBquery", f"https://x/?mail={planted.USER}", "Mozilla"),
        line.format(planted.USER, f"/{planted.EVERYWHERE['e-mail'][0]}/x", "-", blob),
        line.format(
            planted.PERSON.replace(" ", "."), f"/{planted.EVERYWHERE['card'][0]}", "-", "x"
        ),
        f"203.0.113.77 - {planted.USER} [30/Jun/2026:12:00:00 +0000] broken {blob}\n",
    ]
    place.write_text("".join(lines))
    assert load_planted(settings, "access_log").rows["usage_counts"] >= 1
    assert not (found := leaks(settings)), list(found)[:10]
    assert not any("203.0.113" in value for _, _, value in texts(settings))
