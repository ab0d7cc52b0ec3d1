"""The listed differences are those that docs/decisions.md explains."""

from pathlib import Path

from tests.samples.differences import section

DECISIONS = Path(__file__).parents[2] / "docs" / "decisions.md"


def test_decisions_explain_every_difference() -> None:
    """If this fails: `python -m tests.samples.differences` prints the section as it should be."""
    assert section() in DECISIONS.read_text(encoding="utf-8")
