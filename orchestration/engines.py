"""Whether what a workspace's engine needs is there, asked before anything is loaded."""

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from orchestration.settings import ConfigError, Settings, environment

_OLDEST_JAVA = 17
_VERSION = re.compile(r'version "(\d+)')


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
    home = environment().get("JAVA_HOME")
    java = str(Path(home, "bin", "java")) if home else shutil.which("java")
    if problem := _wrong_with(java):
        raise ConfigError(
            f"The engine spark needs Java {_OLDEST_JAVA} or newer, and {problem}.\n"
            "Install it (Debian: apt-get install openjdk-17-jre-headless) and let JAVA_HOME, if it is set, name its"
            " folder; or choose --engine duckdb."
        )


def _wrong_with(java: str | None) -> str | None:
    """What keeps this program from running Spark; None if nothing does."""
    if java is None:
        return "there is no java in PATH and no JAVA_HOME"
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, check=True).stderr
    except (OSError, subprocess.CalledProcessError) as error:
        return f"{java} cannot be run ({error})"
    found = _VERSION.search(said)
    if found is None or int(found[1]) < _OLDEST_JAVA:
        return f"{java} is another: {said.partition(chr(10))[0] or 'it names no version'}"
    return None
