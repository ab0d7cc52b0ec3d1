"""Whether what a workspace's engine needs is there, asked before anything is loaded."""

import re
import shutil
import socket
import subprocess
from importlib.util import find_spec
from pathlib import Path

from orchestration.settings import ConfigError, Settings, environment

_OLDEST_JAVA = 17
_MASTER = re.compile(
    r"local(?:-cluster)?(?:\[[^\]]+\])?|yarn|k8s://\S+|spark://[^\s,/]+:\d{1,5}(?:,[^\s,/]+:\d{1,5})*"
)
_ANSWER_SECONDS = 5
_JAVA_SECONDS = 60
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
    if not _MASTER.fullmatch(settings.spark_master):
        raise ConfigError(
            f"GAPSIGHT_SPARK_MASTER is '{settings.spark_master}'.\n"
            "Set it to spark://HOST:PORT, local[*], yarn or k8s://..., or leave it out."
        )
    home = environment().get("JAVA_HOME")
    java = str(Path(home, "bin", "java")) if home else shutil.which("java")
    if problem := _wrong_with(java):
        raise ConfigError(
            f"The engine spark needs Java {_OLDEST_JAVA} or newer, and {problem}.\n"
            "Install it (Debian: apt-get install openjdk-17-jre-headless) and let JAVA_HOME, if it is set, name its"
            " folder; or choose --engine duckdb."
        )


def require_master(settings: Settings) -> None:
    """Raise ConfigError if no standalone master answers: Spark takes a minute, and says it in its own log only."""
    master = settings.spark_master
    if settings.engine != "spark" or not master.startswith("spark://"):
        return
    problems = []
    for place in master.removeprefix("spark://").split(","):
        host, _, port = place.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), _ANSWER_SECONDS).close()
        except (OSError, OverflowError) as error:
            problems.append(f"{place}: {error}")
        else:
            return
    raise ConfigError(
        f"No Spark master answers at {master} (GAPSIGHT_SPARK_MASTER): {'; '.join(problems)}.\n"
        "Is it up, and is this the address that it logs at its start? Nothing was built; --engine duckdb needs none."
    )


def _wrong_with(java: str | None) -> str | None:
    """What keeps this program from running Spark; None if nothing does."""
    if java is None:
        return "there is no java in PATH and no JAVA_HOME"
    try:
        said = subprocess.run(
            [java, "-version"], capture_output=True, text=True, check=True, timeout=_JAVA_SECONDS
        ).stderr
    except (OSError, subprocess.SubprocessError) as error:
        return f"{java} cannot be run ({error})"
    found = _VERSION.search(said)
    if found is None or int(found[1]) < _OLDEST_JAVA:
        return f"{java} is another: {said.partition(chr(10))[0] or 'it names no version'}"
    return None
