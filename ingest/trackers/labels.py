"""What labels of an issue say beside their own names."""

import re
from collections.abc import Iterable

_FLOW = re.compile(r"flow[:=-]\s*(\S.*)", re.IGNORECASE)
_COMPONENT = re.compile(r"(?:component|area|service)[:=/]\s*(\S.*)", re.IGNORECASE)
_FAILURE_MODE = re.compile(r"failure[_-]mode[:=]\s*(\S.*)", re.IGNORECASE)


def failure_mode_hint(labels: Iterable[str]) -> str | None:
    """Return how it failed by the first label that says so: `failure_mode:timeout`."""
    return _named(_FAILURE_MODE, labels)


def flow_hint(labels: Iterable[str]) -> str | None:
    """Return the flow of the first label that names one: `flow:checkout`."""
    return _named(_FLOW, labels)


def component_hint(labels: Iterable[str]) -> str | None:
    """Return the component of the first label that names one: `component:cart`, `area/cart`."""
    return _named(_COMPONENT, labels)


def _named(pattern: re.Pattern[str], labels: Iterable[str]) -> str | None:
    return next((found[1] for label in labels if (found := pattern.fullmatch(label))), None)
