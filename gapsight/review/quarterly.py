"""The quarterly suite health review: what the incidents of the quarter say of the suite, and what it costs."""

from gapsight.review import loop, suite
from gapsight.review.document import Ask, Section


def sections(ask: Ask) -> list[Section]:
    """The parts of the quarterly pack."""
    return [
        loop.gaps(ask),
        loop.patterns(ask),
        loop.metrics(ask),
        suite.load_bearing(ask),
        suite.dead_weight(ask),
        suite.flake_triage(ask),
        suite.budgets(ask),
        loop.privacy(ask),
        loop.precision(ask),
    ]
