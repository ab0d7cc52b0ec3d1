"""The laws of the architecture that the dbt project is held to, parsed and compiled."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ingest.records import TABLES

ROOT = Path(__file__).parents[2]
MAX_SQL_LINES = 110
LAYERS = {"staging": 1, "intermediate": 2, "marts": 3}
NAMES = {
    "staging": r"stg_[a-z0-9]+__[a-z0-9_]+",
    "intermediate": r"int_[a-z0-9_]+__[a-z0-9_]+",
    "marts": r"(?:dim|fct|rpt)_[a-z0-9_]+",
}
KEYLESS = {
    # Several files may bring equal rows: said in their first line.
    "int_test_reports__last",
    "int_usage__flow_counts",
    # Views of kept files, one for each day, whose rows were tested as marts before they were kept: of three years, to
    # test them each night took a quarter of the night's CPU time.
    "int_history__inputs",
    "int_history__scores",
    # Views that add a column of a test to what is stored by day, and tested there.
    "int_test_attempts__keyed",
    "int_test_runs__outcomes",
}

# Constructs that only one engine knows (engines.md): compiled SQL must do without them.
FORBIDDEN_SQL = {
    "clock": r"\b(?:current_date|current_timestamp|now\s*\(|today\s*\(|getdate)",
    "DISTINCT ON": r"\bdistinct\s+on\b",
    "ASOF JOIN": r"\basof\b",
    "EXCLUDE": r"\bexclude\s*\(",
    "generate_series": r"\bgenerate_series\b",
    "strftime": r"\bstrftime\b",
    "quantile_cont": r"\b(?:approx_)?quantile(?:_cont|_disc)?\b",
    "arg_max": r"\barg_(?:max|min)\b",
    "list function": r"\blist_[a-z]+\s*\(",
    "unnest": r"\bunnest\b",
    "lgamma": r"\blgamma\b",
    "hugeint": r"\bhugeint\b",
    "varchar": r"\bvarchar\b",
    "32-bit float": r"\bas\s+(?:float|real)\b",
    "lateral values": r"\blateral\s*\(\s*values\b",
    "lag ignore nulls": r"\bignore\s+nulls\b",
    r"\d in a pattern": r"\\d",
    "POSIX class": r"\[\[:",
}
# Constructs that our dispatched macros and dbt's own may write, but a model may not.
MACRO_ONLY_SQL = {
    "json function": r"\bjson_[a-z_]+\s*\(|->>",
    "time zone": r"\bat\s+time\s+zone\b",
    "epoch": r"\bepoch\s*\(",
    "read_parquet": r"\bread_parquet\b",
    "regular expression": r"\bregexp_[a-z_]+\s*\(",
    "interval": r"\binterval\b",
    "date difference": r"\b(?:date_diff|datediff|dateadd|date_add)\s*\(",
    "round() (engines differ a hair off the half: half_up)": r"\bround\s*\(",
    "string aggregate": r"\b(?:string_agg|listagg|group_concat)\s*\(",
}


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The compiled project. It is compiled for an in-memory warehouse: nothing is built."""
    target = tmp_path_factory.mktemp("target")
    environment = dict(os.environ, GAPSIGHT_WAREHOUSE=":memory:", GAPSIGHT_LAKE="")
    done = subprocess.run(
        [
            Path(sys.executable).with_name("dbt"),
            "compile",
            "--no-introspect",
            *("--profiles-dir", "."),
            *("--target-path", str(target)),
            *("--log-path", str(target)),
        ],
        cwd=ROOT / "dbt_project",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    result: dict[str, Any] = json.loads((target / "manifest.json").read_text())
    return result


@pytest.fixture(scope="session")
def models(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }


def layer(model: dict[str, Any]) -> str:
    return str(model["fqn"][1])


def test_models_are_named_by_their_layer(models: dict[str, dict[str, Any]]) -> None:
    assert not [n for n, m in models.items() if not re.fullmatch(NAMES[layer(m)], n)]


def test_models_depend_one_way(manifest: dict[str, Any], models: dict[str, dict[str, Any]]) -> None:
    problems = []
    for name, model in models.items():
        for parent in model["depends_on"]["nodes"]:
            kind, _, *rest = parent.split(".")
            if kind == "source" and layer(model) != "staging":
                problems.append(f"{name} reads a source")
            if kind == "model" and LAYERS[layer(models[rest[-1]])] > LAYERS[layer(model)]:
                problems.append(f"{name} depends on the later {rest[-1]}")
            if kind == "model" and layer(model) == "marts" and layer(models[rest[-1]]) == "staging":
                allowed = model["fqn"][2] == "trust"  # the ledger is shown as it is
                problems += [] if allowed else [f"{name} skips the intermediate layer"]
    assert not problems


def test_every_raw_table_is_a_source(manifest: dict[str, Any]) -> None:
    raw = {s["name"] for s in manifest["sources"].values() if s["source_name"] == "raw"}
    assert raw == set(TABLES)


def test_every_kept_mart_is_a_source_of_its_history(manifest: dict[str, Any]) -> None:
    nodes = [n for n in manifest["nodes"].values() if n["resource_type"] == "model"]
    kept = {n["name"] for n in nodes if n["config"]["meta"].get("keep_history")}
    sources = manifest["sources"].values()
    assert {s["name"] for s in sources if s["source_name"] == "history"} == kept
    assert "fct_risk_scores" in kept


def test_the_rows_of_every_raw_table_are_counted(models: dict[str, dict[str, Any]]) -> None:
    counted = set(re.findall(r"raw\"?\.\"?(\w+)", models["stg_ledger__rows"]["compiled_code"]))
    assert counted == set(TABLES) - {"loads", "rejects"}


def test_models_say_their_grain_first(models: dict[str, dict[str, Any]]) -> None:
    assert not [n for n, m in models.items() if not m["raw_code"].lstrip().startswith("-- Grain: ")]


def test_models_stay_small(models: dict[str, dict[str, Any]]) -> None:
    assert not [n for n, m in models.items() if m["raw_code"].count("\n") > MAX_SQL_LINES]


def test_marts_have_contracts_and_described_columns(models: dict[str, dict[str, Any]]) -> None:
    problems = []
    for name, model in models.items():
        if layer(model) != "marts":
            continue
        if not model["config"]["contract"]["enforced"]:
            problems.append(f"{name}: no contract")
        if not model["description"]:
            problems.append(f"{name}: no description")
        problems += [
            f"{name}.{column}"
            for column, said in model["columns"].items()
            if not said["description"]
        ]
        if re.search(r"^select\s+\*", model["raw_code"].split("\n)\n")[-1].strip()):
            problems.append(f"{name}: select * out of a mart")
    assert not problems


def test_every_table_and_mart_has_a_tested_key(
    manifest: dict[str, Any], models: dict[str, dict[str, Any]]
) -> None:
    keyed = {
        node["attached_node"].split(".")[-1]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        and (node.get("test_metadata") or {}).get("name")
        in ("unique", "unique_combination", "at_least_one_row")
        and node.get("attached_node")
    }
    missing = {n for n, m in models.items() if layer(m) != "staging"} - keyed
    assert missing == KEYLESS


def test_one_model_alone_reads_the_day(models: dict[str, dict[str, Any]]) -> None:
    """A replay runs the others as they were compiled for another day."""
    reading = {n for n, m in models.items() if re.search(r"var\(.as_of.\)", m["raw_code"])}
    assert reading == {"int_run__as_of", "rpt_reconciliation"}
    assert not models["rpt_reconciliation"]["config"]["meta"].get("keep_history")


def test_a_model_tests_its_key_and_what_is_never_empty_at_once(manifest: dict[str, Any]) -> None:
    """Each test of a build costs 20 to 40 ms in dbt and Dagster, whatever it asks."""
    apart = [
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        and (node.get("test_metadata") or {}).get("name") in ("unique", "not_null")
        and (node.get("attached_node") or "").startswith("model.")
    ]
    assert not apart


def test_every_seed_is_described_and_typed(manifest: dict[str, Any]) -> None:
    problems = []
    for node in manifest["nodes"].values():
        if node["resource_type"] != "seed":
            continue
        header = (
            (ROOT / "dbt_project" / node["original_file_path"])
            .read_text()
            .splitlines()[0]
            .split(",")
        )
        if set(header) != set(node["config"]["column_types"]) or set(header) != set(
            node["columns"]
        ):
            problems.append(f"{node['name']}: header, column_types and columns differ")
        problems += [
            f"{node['name']}.{c}" for c, said in node["columns"].items() if not said["description"]
        ]
    assert not problems


def without_comments(sql: str) -> str:
    sql = re.sub(r"\{#.*?#\}", "", sql, flags=re.DOTALL)
    return re.sub(r"--[^\n]*", "", sql)


def test_compiled_sql_is_portable(manifest: dict[str, Any]) -> None:
    problems = []
    for node in manifest["nodes"].values():
        own = node["resource_type"] == "model" or node["original_file_path"].startswith("tests/")
        if not own or "compiled_code" not in node:
            continue
        sql = without_comments(node["compiled_code"])
        sql = sql.replace(f'"{node["database"]}"."', "").replace('"."', ".")
        problems += [
            f"{node['name']}: {what}"
            for what, rule in FORBIDDEN_SQL.items()
            if re.search(rule, sql, re.IGNORECASE)
        ]
        raw = re.sub(
            r"\{\{.*?\}\}|\{%.*?%\}", "", without_comments(node["raw_code"]), flags=re.DOTALL
        )
        problems += [
            f"{node['name']}: {what}"
            for what, rule in MACRO_ONLY_SQL.items()
            if re.search(rule, raw, re.IGNORECASE)
        ]
        # Of 0.5 Spark makes a decimal, of six digits at most beside a whole number; 0.5e0 is a double to everybody.
        bare = re.sub(r"'(?:[^']|'')*'", "''", sql)
        problems += [
            f"{node['name']}: {found} is no double: write {found}e0"
            for found in re.findall(r"(?<![\w.])\d+\.\d+(?![\de])", bare)
        ]
        problems += [f'{node["name"]}: "x" is text to other engines'] if '"' in raw else []
    assert not problems


def test_dispatched_macros_are_used_in_staging_only(models: dict[str, dict[str, Any]]) -> None:
    engine = (ROOT / "dbt_project" / "macros" / "engine.sql").read_text()
    dispatched = set(re.findall(r"adapter\.dispatch\('(\w+)'", engine))
    assert dispatched
    used = re.compile(r"\b(?:" + "|".join(dispatched) + r")\(")
    assert not [
        n for n, m in models.items() if layer(m) != "staging" and used.search(m["raw_code"])
    ]


def test_exposures_name_what_the_code_reads(manifest: dict[str, Any]) -> None:
    exposed = {
        parent.split(".")[-1]
        for exposure in manifest["exposures"].values()
        for parent in exposure["depends_on"]["nodes"]
    }
    read = {
        name
        for package in ("gapsight", "orchestration")
        for path in (ROOT / package).rglob("*.py")
        for name in re.findall(r"\b(?:marts\.)?((?:fct|rpt|dim)_[a-z_]+)\b", path.read_text())
    }
    assert read - exposed == set(), "read, but in no exposure"
    assert exposed - read == set(), "in an exposure, but read by nobody"
