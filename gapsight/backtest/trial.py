"""R against simpler rankings, quarter by quarter, and two controls that must find nothing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from statistics import fmean, stdev

from gapsight.backtest.cases import INPUTS, Quarter, Rules
from gapsight.backtest.measures import auc, lift_at, recall_at

SEEDS = 200
"""How often chance is tried; the controls are drawn from these seeds, so that two runs say the same."""

Ranking = Callable[[Quarter], Sequence[float]]

RANKINGS: Mapping[str, Ranking] = {
    "risk": lambda quarter: quarter.risk,
    "equal weights": lambda quarter: quarter.weighted(dict.fromkeys(INPUTS, 1.0)),
    "usage only": lambda quarter: quarter.inputs["usage"],
    "change only": lambda quarter: quarter.inputs["change_rate"],
    "past defects only": lambda quarter: quarter.inputs["defect_density"],
}


@dataclass(frozen=True)
class Figure:
    """How one ranking did; NULL where no quarter says."""

    ranking: str
    recall: float | None
    lift: float | None
    lift_spread: float | None
    """Standard deviation: of a ranking over the quarters, of a control over the seeds."""
    auc: float | None
    spread_over: str
    """quarters or seeds."""


@dataclass(frozen=True)
class Trial:
    """The whole back-test."""

    quarters: Sequence[Quarter]
    top_n: int
    figures: Sequence[Figure]
    refused: str | None
    """Why nothing can be said; the figures are then empty."""

    @property
    def events(self) -> int:
        """Defects and incidents of all quarters."""
        return sum(quarter.events for quarter in self.quarters)


def try_out(quarters: Sequence[Quarter], rules: Rules, *, top_n: int | None = None) -> Trial:
    """Run the back-test, or say why there is too little for one."""
    top = top_n or default_top(quarters, rules.thresholds)
    told = [quarter for quarter in quarters if sum(quarter.outcomes) > 0]
    refused = _too_few(quarters, rules.thresholds)
    if refused:
        return Trial(quarters, top, (), refused)
    return Trial(quarters, top, (*_ranked(told, top), *_controls(told, top)), None)


def default_top(quarters: Sequence[Quarter], thresholds: Mapping[str, float]) -> int:
    """The Top-N of the gates, but no more than a share of the flows: half of all would hold most of anything."""
    flows = max((len(quarter.flows) for quarter in quarters), default=0)
    return max(1, min(int(thresholds["top_n"]), round(thresholds["backtest_top_share"] * flows)))


def _too_few(quarters: Sequence[Quarter], thresholds: Mapping[str, float]) -> str | None:
    least = int(thresholds["backtest_min_quarters"])
    if len(quarters) < least:
        return (
            f"{len(quarters)} quarters that are over, with scores kept at their beginning; it takes {least}"
            " (scores of months without a run: gapsight run --replay-history monthly)"
        )
    events, wanted = sum(quarter.events for quarter in quarters), thresholds["backtest_min_events"]
    if events < wanted:
        return f"{events} defects and incidents in {len(quarters)} quarters; it takes {wanted:.0f}"
    return None


def _ranked(quarters: Sequence[Quarter], top: int) -> Iterator[Figure]:
    for name, ranking in RANKINGS.items():
        scored = [(ranking(quarter), quarter.outcomes) for quarter in quarters]
        lifts = _known(lift_at(top, *pair) for pair in scored)
        yield Figure(
            name,
            _mean(_known(recall_at(top, *pair) for pair in scored)),
            _mean(lifts),
            stdev(lifts) if len(lifts) > 1 else None,
            _mean(_known(auc(*pair) for pair in scored)),
            "quarters",
        )


def _controls(quarters: Sequence[Quarter], top: int) -> Iterator[Figure]:
    """A ranking by chance, and R against outcomes dealt out anew among the flows: both must stay near 1."""

    def by_chance(rng: Random, quarter: Quarter) -> tuple[Sequence[float], Sequence[float]]:
        return [rng.random() for _ in quarter.flows], quarter.outcomes

    def shuffled(rng: Random, quarter: Quarter) -> tuple[Sequence[float], Sequence[float]]:
        return quarter.risk, rng.sample(list(quarter.outcomes), len(quarter.outcomes))

    for name, draw in (("random", by_chance), ("risk, shuffled outcomes", shuffled)):
        recalls, lifts, areas = list[float](), list[float](), list[float]()
        for seed in range(SEEDS):
            pairs = [draw(Random(f"{name}/{seed}/{q.begins}"), q) for q in quarters]
            recalls += _known([_mean(_known(recall_at(top, *pair) for pair in pairs))])
            lifts += _known([_mean(_known(lift_at(top, *pair) for pair in pairs))])
            areas += _known([_mean(_known(auc(*pair) for pair in pairs))])
        yield Figure(name, _mean(recalls), _mean(lifts), stdev(lifts), _mean(areas), "seeds")


def _known(values: "Iterator[float | None] | Sequence[float | None]") -> list[float]:
    return [value for value in values if value is not None]


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None
