"""How well a ranking found what happened: recall in its Top-N, lift, area under the curve (scores.md, section 4)."""

from collections.abc import Sequence
from itertools import groupby


def recall_at(n: int, scores: Sequence[float], outcomes: Sequence[float]) -> float | None:
    """Share of the whole outcome that lies in the `n` highest scores, 0 to 1; None where there was none.

    Of equal scores at the border each counts in part, as in the mean over all orders.
    """
    total, found, left = sum(outcomes), 0.0, float(n)
    if total <= 0:
        return None
    ranked = sorted(zip(scores, outcomes, strict=True), key=lambda pair: -pair[0])
    for _, group in groupby(ranked, key=lambda pair: pair[0]):
        tied = [outcome for _, outcome in group]
        found += sum(tied) * min(1.0, left / len(tied))
        left -= min(left, len(tied))
    return found / total


def lift_at(n: int, scores: Sequence[float], outcomes: Sequence[float]) -> float | None:
    """How many times more of the outcome than `n` entries drawn by chance would hold."""
    recall = recall_at(n, scores, outcomes)
    return None if recall is None else recall / min(1.0, n / len(scores))


def auc(scores: Sequence[float], outcomes: Sequence[float]) -> float | None:
    """Chance that an entry with an outcome stands above one without, equal scores half (Mann-Whitney).

    None where all or none had an outcome.
    """
    ranked = sorted(zip(scores, outcomes, strict=True), key=lambda pair: pair[0])
    below, wins, positives = 0, 0.0, 0
    for _, group in groupby(ranked, key=lambda pair: pair[0]):
        hits = [outcome > 0 for _, outcome in group]
        hit = sum(hits)
        wins += hit * (below + (len(hits) - hit) / 2)
        positives += hit
        below += len(hits) - hit
    return wins / (positives * below) if positives and below else None
