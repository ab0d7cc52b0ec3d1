"""The registry: one line per vendor format. Adding a name here needs `<name>.py` beside it and a golden folder."""

from functools import cache
from importlib import import_module

from ingest.source import Source

NAMES = (
    "access_log",
    "mixpanel",
    "amplitude",
    "otlp",
    "datadog",
    "newrelic",
    "counts",
    "database",
    "ci_bundle",
    "junit",
    "playwright",
    "pytest_json",
    "ctrf",
    "allure",
    "cobertura",
    "jacoco",
    "istanbul",
    "lcov",
    "go_cover",
    "clover",
    "coverage_py",
    "jira",
    "linear",
    "incidents",
    "pagerduty",
    "statuspage",
    "opsgenie",
    "deployments",
    "github_deployments",
    "git",
    "codeowners",
    "sentry",
    "prometheus",
)

IN_BUNDLES = (
    "junit", "playwright", "pytest_json", "ctrf", "allure", "cobertura", "jacoco", "istanbul",
    "lcov", "go_cover", "clover", "coverage_py",
)  # fmt: skip
"""Formats without a folder of their own: whoever reads CI bundles, or packs one in a CI job, imports only these."""


@cache
def get(name: str) -> Source:
    """The source of that name; KeyError names the ones there are."""
    if name not in NAMES:
        raise KeyError(f"unknown source '{name}'; there are: {', '.join(NAMES)}")
    source: Source = import_module(f"ingest.sources.{name}").SOURCE
    return source


def all_sources() -> tuple[Source, ...]:
    """Every source, in registry order."""
    return tuple(get(name) for name in NAMES)


def of_family(family: str, *, landed: bool = True) -> tuple[Source, ...]:
    """Sources of one inbox family: those with an inbox folder, or with `landed=False` those inside bundles."""
    names = NAMES if landed else IN_BUNDLES
    return tuple(s for s in map(get, names) if s.family == family and s.landed is landed)
