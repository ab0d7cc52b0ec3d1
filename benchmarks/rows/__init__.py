"""The rows of the table by name, in its order. Each makes its data in a folder and returns its figures."""

from collections.abc import Callable
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.rows import (
    access_log,
    backtest,
    coverage,
    dagster_steps,
    engines,
    history,
    hostile,
    incidents,
    junit,
    nightly,
    portfolio,
    routes,
    years,
)

Row = Callable[[Path, float], list[Figure]]
"""Called with an empty folder and the share of the full size that is asked for."""

ROWS: dict[str, Row] = {
    "access_log": access_log.measure,
    "routes": routes.measure,
    "junit": junit.many_files,
    "junit_large": junit.one_file,
    "cobertura": coverage.cobertura,
    "jacoco": coverage.jacoco,
    "istanbul": coverage.istanbul,
    "lcov": coverage.lcov,
    "clover": coverage.clover,
    "hostile": hostile.measure,
    "replace": history.measure,
    "nightly": nightly.measure,
    "steps": dagster_steps.steps,
    "location": dagster_steps.location,
    "backtest": backtest.measure,
    "portfolio": portfolio.measure,
    "incidents": incidents.measure,
    "years": years.measure,
    "engines": engines.measure,
}
