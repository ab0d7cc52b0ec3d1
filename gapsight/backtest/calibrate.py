"""Other weights, proposed: never applied, and refused where the past says too little (scores.md, section 4).

Without an optimiser among the dependencies: each weight in turn is tried at some multiples of itself, as long as the
mean area under the curve of the quarters trained on rises by more than the move costs. The cost pulls towards the
weights in force, as the ridge of a regression would.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean

from gapsight.backtest.cases import INPUTS, Quarter, Rules
from gapsight.backtest.measures import auc

MULTIPLIERS = (0.5, 0.75, 1.0, 1.33, 2.0)
_COST = 0.004
"""Of area under the curve, for a weight doubled or halved."""
_ROUNDS = 4
_FIRST_TRAINED = 3
"""Quarters before the first one that is validated."""
_BETTER_IN = 2 / 3
_LEAST_VALIDATED = 2

Weights = Mapping[str, float]


@dataclass(frozen=True)
class Validated:
    """One quarter that the weights of the quarters before it were tried on."""

    begins: date
    auc_now: float
    auc_proposed: float

    @property
    def gain(self) -> float:
        """What the proposed weights would have gained there."""
        return self.auc_proposed - self.auc_now


@dataclass(frozen=True)
class Proposal:
    """Weights that a person may write into the seed, or the reason why there are none."""

    now: Weights
    proposed: Weights
    """Rescaled to the sum of 100; those in force where it is refused."""
    validated: Sequence[Validated]
    quarters: int
    events: int
    refused: str | None

    def rows(self) -> list[dict[str, str | float]]:
        """One per input: the weight in force and the proposed one, both of a sum of 100."""
        return [
            {"input": name, "weight_now": self.now[name], "weight_proposed": self.proposed[name]}
            for name in INPUTS
        ]

    def document(self) -> dict[str, object]:
        """All of it, for other programs."""
        return {
            "refused": self.refused,
            "weights": self.rows(),
            "quarters": self.quarters,
            "events": self.events,
            "gain": self.gain,
            "validated": [{**vars(one), "gain": one.gain} for one in self.validated],
        }

    @property
    def gain(self) -> float | None:
        """Mean gain over the validated quarters."""
        return fmean(one.gain for one in self.validated) if self.validated else None


def propose(quarters: Sequence[Quarter], rules: Rules) -> Proposal:
    """Fit weights to all quarters, after each was tried on what followed it (walk-forward)."""
    now = _rescaled(rules.weights)
    events = sum(quarter.events for quarter in quarters)
    usable = [q for q in quarters if auc(q.risk, q.outcomes) is not None]
    refused = _too_few(quarters, usable, rules.thresholds)
    validated = () if refused else tuple(_walked(usable, now))
    refused = refused or _no_gain(validated, rules.thresholds["calibration_min_gain"])
    proposed = now if refused else _rescaled(_fitted(usable, now))
    return Proposal(now, proposed, validated, len(quarters), events, refused)


def _too_few(
    quarters: Sequence[Quarter], usable: Sequence[Quarter], thresholds: Mapping[str, float]
) -> str | None:
    flows = max((len(quarter.flows) for quarter in quarters), default=0)
    counted = (
        (len(usable), "quarters in which some flows had an outcome and some had none", "quarters"),
        (sum(quarter.events for quarter in quarters), "defects and incidents", "events"),
        (flows, "flows", "flows"),
    )
    for number, what, name in counted:
        least = int(thresholds[f"calibration_min_{name}"])
        if number < least:
            return f"{number} {what}; it takes {least}"
    return None


def _walked(quarters: Sequence[Quarter], now: Weights) -> Iterator[Validated]:
    for place in range(_FIRST_TRAINED, len(quarters)):
        found, quarter = _fitted(quarters[:place], now), quarters[place]
        before = auc(quarter.weighted(now), quarter.outcomes)
        after = auc(quarter.weighted(found), quarter.outcomes)
        if before is not None and after is not None:
            yield Validated(quarter.begins, before, after)


def _no_gain(validated: Sequence[Validated], least: float) -> str | None:
    if len(validated) < _LEAST_VALIDATED:
        return f"{len(validated)} quarters to validate on; it takes {_LEAST_VALIDATED}"
    gain, better = fmean(one.gain for one in validated), sum(one.gain > 0 for one in validated)
    if gain <= least or better < _BETTER_IN * len(validated):
        return (
            f"other weights would have gained {gain:+.3f} of area under the curve on average, and in"
            f" {better} of {len(validated)} quarters; it takes more than {least:g}, in two thirds of them"
        )
    return None


def _fitted(quarters: Sequence[Quarter], now: Weights) -> Weights:
    chosen = dict.fromkeys(INPUTS, 1.0)
    best = _worth(quarters, now, chosen)
    for _ in range(_ROUNDS):
        before = dict(chosen)
        for name in INPUTS:
            for multiplier in MULTIPLIERS:
                tried = chosen | {name: multiplier}
                if (worth := _worth(quarters, now, tried)) > best:
                    chosen, best = tried, worth
        if chosen == before:
            break
    return {name: now[name] * chosen[name] for name in INPUTS}


def _worth(quarters: Sequence[Quarter], now: Weights, multiples: Weights) -> float:
    weights = {name: now[name] * multiples[name] for name in INPUTS}
    areas = [auc(quarter.weighted(weights), quarter.outcomes) for quarter in quarters]
    cost = _COST * sum(abs(math.log2(multiple)) for multiple in multiples.values())
    return fmean(area for area in areas if area is not None) - cost


def _rescaled(weights: Weights) -> dict[str, float]:
    total = sum(weights[name] for name in INPUTS)
    return {name: round(100 * weights[name] / total, 2) for name in INPUTS}
