"""The quarterly suite health review: what the incidents of the quarter say of the suite, and what it costs."""

from gapsight.pages.document import Ask, Section
from gapsight.review import loop, suite


def sections(ask: Ask) -> list[Section]:
    """The parts of the quarterly pack."""
    return [
        loop.gaps(ask),
        loop.patterns(ask),
        loop.metrics(ask),
        suite.actions(ask),
        suite.load_bearing(ask),
        suite.dead_weight(ask),
        suite.flake_triage(ask),
        suite.budgets(ask),
        loop.privacy(ask),
        loop.precision(ask),
    ]
