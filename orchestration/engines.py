"""Whether what a workspace's engine needs is there, asked before anything is loaded."""

import shutil
from importlib.util import find_spec

from orchestration.settings import ConfigError, Settings, environment


def require(settings: Settings) -> None:
    """Raise ConfigError if the models cannot run on the engine that was chosen."""
    if settings.engine == "duckdb":
        if "'" in str(settings.paths.dbt):
            raise ConfigError(
                f"dbt-duckdb cannot read seeds in a folder with a ' in its name: {settings.paths.dbt}\n"
                "Rename that folder, or name another data_dir in gapsight.toml."
            )
        return
    if not (find_spec("pyspark") and find_spec("dbt.adapters.spark")):
        raise ConfigError(
            "The engine spark needs packages that are not installed.\n"
            "Install them: pip install 'gapsight[pipeline,spark]'; or choose --engine duckdb."
        )
    if not (environment().get("JAVA_HOME") or shutil.which("java")):
        raise ConfigError(
            "The engine spark needs Java 17 or newer, and there is no java in PATH and no JAVA_HOME.\n"
            "Install it (Debian: apt-get install openjdk-17-jre-headless), or choose --engine duckdb."
        )
