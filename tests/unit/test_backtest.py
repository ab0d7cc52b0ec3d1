"""The back-test: what its figures say of rankings whose worth is known, and when it says nothing."""

from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapsight.backtest.calibrate import propose
from gapsight.backtest.cases import INPUTS, Quarter, Rules, quarters_of
from gapsight.backtest.measures import auc, lift_at, recall_at
from gapsight.backtest.trial import Figure, try_out

THRESHOLDS = {
    "top_n": 10.0,
    "backtest_top_share": 0.2,
    "backtest_min_quarters": 4.0,
    "backtest_min_events": 30.0,
    "calibration_min_quarters": 6.0,
    "calibration_min_events": 50.0,
    "calibration_min_flows": 12.0,
    "calibration_min_gain": 0.02,
}
RULES = Rules(THRESHOLDS, dict.fromkeys(INPUTS, 100 / 9))
FLOWS = 40


def quarter(
    seed: int, weights: dict[str, float], *, events: int = 25, noise: float = 0.0
) -> Quarter:
    """Flows drawn by chance, whose outcome follows these weights, more or less."""
    rng = Random(seed)
    inputs = {name: [rng.random() for _ in range(FLOWS)] for name in INPUTS}
    drive = [
        sum(weights.get(name, 0) * inputs[name][n] for name in INPUTS) + noise * rng.random()
        for n in range(FLOWS)
    ]
    worst = sorted(range(FLOWS), key=lambda n: -drive[n])[: FLOWS // 3]
    outcomes = [2.0 if n in worst else 0.0 for n in range(FLOWS)]
    risk = [sum(inputs[name][n] for name in INPUTS) / 9 * 100 for n in range(FLOWS)]
    names = [f"flow_{n:02}" for n in range(FLOWS)]
    return Quarter(
        date(2024, 1 + seed % 12, 1), names, inputs, risk, outcomes, events, is_replayed=False
    )


def figures(*quarters: Quarter) -> dict[str, Figure]:
    return {figure.ranking: figure for figure in try_out(quarters, RULES).figures}


@pytest.mark.parametrize(
    ("scores", "outcomes", "recall", "area"),
    [
        ([4, 3, 2, 1], [5, 3, 0, 0], 1.0, 1.0),
        ([1, 2, 3, 4], [5, 3, 0, 0], 0.0, 0.0),
        ([4, 1, 3, 2], [6, 2, 0, 0], 0.75, 0.5),
        ([1, 1, 1, 1], [5, 3, 0, 0], 0.5, 0.5),
        ([2, 1, 1, 1], [0, 6, 0, 0], 1 / 3, 1 / 3),
    ],
    ids=["right", "upside down", "half", "all equal", "a tie at the border counts in part"],
)
def test_recall_in_the_top_two_and_area(
    scores: list[float], outcomes: list[float], recall: float, area: float
) -> None:
    assert recall_at(2, scores, outcomes) == pytest.approx(recall)
    assert auc(scores, outcomes) == pytest.approx(area)
    assert lift_at(2, scores, outcomes) == pytest.approx(2 * recall)


def test_where_nothing_or_everything_happened_nothing_is_said() -> None:
    assert recall_at(2, [1, 2, 3], [0, 0, 0]) is None
    assert lift_at(2, [1, 2, 3], [0, 0, 0]) is None
    assert auc([1, 2, 3], [0, 0, 0]) is None
    assert auc([1, 2, 3], [1, 2, 3]) is None


def test_a_top_n_larger_than_the_portfolio_finds_all_and_lifts_nothing() -> None:
    assert recall_at(9, [1, 2], [1, 1]) == 1
    assert lift_at(9, [1, 2], [1, 1]) == 1


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), min_size=2, max_size=12), st.data()
)
def test_figures_stay_in_their_range_and_ignore_the_order_of_rows(
    pairs: list[tuple[int, int]], data: st.DataObject
) -> None:
    mixed = data.draw(st.permutations(pairs))
    for n in range(1, len(pairs) + 1):
        one, other = (recall_at(n, *zip(*rows, strict=True)) for rows in (pairs, mixed))
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            assert 0 <= one <= 1 + 1e-9
            assert one == pytest.approx(other)
    area = auc(*zip(*pairs, strict=True))
    assert area is None or 0 <= area <= 1
    if area is not None:
        flipped = auc([-score for score, _ in pairs], [outcome for _, outcome in pairs])
        assert flipped == pytest.approx(1 - area)


def test_a_ranking_that_knows_is_ahead_and_the_controls_find_nothing() -> None:
    found = figures(*(quarter(seed, dict.fromkeys(INPUTS, 1.0)) for seed in range(6)))
    assert found["risk"].auc == pytest.approx(1.0)
    assert found["usage only"].auc is not None
    assert 0.5 < found["usage only"].auc < 0.75
    for control in ("random", "risk, shuffled outcomes"):
        assert found[control].lift == pytest.approx(1, abs=0.05)
        assert found[control].auc == pytest.approx(0.5, abs=0.02)


def test_two_runs_say_the_same() -> None:
    quarters = [quarter(seed, {"usage": 1.0}) for seed in range(5)]
    assert try_out(quarters, RULES) == try_out(quarters, RULES)


def test_few_flows_have_a_short_top_n() -> None:
    assert try_out([quarter(1, {})] * 4, RULES).top_n == 8
    assert try_out([quarter(1, {})] * 4, RULES, top_n=3).top_n == 3


@pytest.mark.parametrize(
    ("quarters", "events", "reason"),
    [
        (0, 25, "0 quarters"),
        (3, 25, "3 quarters"),
        (4, 7, "28 defects and incidents in 4 quarters"),
    ],
)
def test_too_little_history_is_refused_with_the_reason(
    quarters: int, events: int, reason: str
) -> None:
    trial = try_out([quarter(n, {"usage": 1.0}, events=events) for n in range(quarters)], RULES)
    assert trial.refused is not None
    assert reason in trial.refused
    assert trial.figures == ()


def test_weights_that_the_past_speaks_for_are_proposed() -> None:
    quarters = [quarter(n, {"change_rate": 1.0}, events=12) for n in range(9)]
    proposal = propose(quarters, RULES)
    assert proposal.refused is None
    assert proposal.gain is not None
    assert proposal.gain > 0.02
    assert sum(proposal.proposed.values()) == pytest.approx(100, abs=0.1)
    assert max(proposal.proposed, key=lambda name: proposal.proposed[name]) == "change_rate"
    assert len(proposal.validated) == 6


def test_weights_that_are_right_already_stay() -> None:
    quarters = [quarter(n, dict.fromkeys(INPUTS, 1.0), events=12, noise=1.0) for n in range(9)]
    proposal = propose(quarters, RULES)
    assert proposal.refused is not None
    assert "would have gained" in proposal.refused
    assert proposal.proposed == proposal.now


def test_noise_proposes_nothing() -> None:
    """Outcomes that follow nothing: a fit finds something in the past, and nothing in what follows."""
    adopted = 0
    for draw in range(8):
        rng = Random(draw)
        quarters = [
            Quarter(
                one.begins,
                one.flows,
                one.inputs,
                one.risk,
                rng.sample(list(one.outcomes), FLOWS),
                one.events,
                is_replayed=False,
            )
            for one in (quarter(draw * 9 + n, {"usage": 1.0}, events=12) for n in range(8))
        ]
        adopted += propose(quarters, RULES).refused is None
    assert adopted <= 1


@pytest.mark.parametrize(
    ("quarters", "events", "reason"),
    [(5, 25, "5 quarters"), (8, 6, "48 defects and incidents; it takes 50")],
)
def test_a_proposal_is_refused_where_the_past_says_too_little(
    quarters: int, events: int, reason: str
) -> None:
    proposal = propose([quarter(n, {"usage": 1.0}, events=events) for n in range(quarters)], RULES)
    assert proposal.refused is not None
    assert reason in proposal.refused
    assert proposal.validated == ()


def test_an_unknown_input_stands_in_the_middle_as_it_does_in_the_score() -> None:
    row = dict.fromkeys(INPUTS, 1.0) | {
        "usage": None, "as_of": date(2024, 1, 1), "flow": "a", "risk": 94.4, "outcome": 0.0,
        "outcome_events": 0, "kept_by": "run",
    }  # fmt: skip
    (found,) = quarters_of([row])
    assert found.inputs["usage"] == [0.5]
    assert found.weighted(dict.fromkeys(INPUTS, 1.0)) == [8.5]
