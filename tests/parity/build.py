"""The whole dbt project built by one engine over one lake, as `gapsight run` does it."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from orchestration import dbt_home, history, spark_tables
from orchestration.dbt_run import run_dbt
from orchestration.settings import Settings
from orchestration.workspace_file import Engine

_MODELS = ("--exclude-resource-type", "test", "unit_test")


@dataclass(frozen=True)
class Built:
    """What a build left."""

    settings: Settings
    manifest: dict[str, Any]
    problems: list[str]


def engine_of(settings: Settings, engine: Engine) -> Settings:
    """The same workspace on another engine, with a warehouse of its own."""
    place = settings.paths.data_dir / engine
    paths = replace(
        settings.paths, warehouse=place / "warehouse.duckdb", published=place / "published"
    )
    return replace(settings, paths=paths, engine=engine)


def build(settings: Settings, *select: str) -> Built:
    """Build seeds and models, not the tests on them."""
    manifest = json.loads(dbt_home.prepare(settings).read_bytes())
    history.prepare(settings.paths.lake, history.kept_marts(manifest))
    if settings.engine == "spark":
        spark_tables.empty_folder(settings)
    chosen = ("--select", *select) if select else ()
    outcome = run_dbt(settings, "build", (*chosen, *_MODELS))
    if settings.engine == "spark" and not outcome.problems:
        spark_tables.take_over(settings, manifest)
    return Built(settings, manifest, outcome.problems)


def workspace(folder: Path, seeds: Path) -> Path:
    """A workspace with the demo's seeds and nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "gapsight.toml").write_text(
        '[workspace]\nname = "parity"\nreporting_zone = "Europe/Berlin"\nfirst_day = 2026-01-01\n'
    )
    (folder / "seeds").symlink_to(seeds)
    return folder
