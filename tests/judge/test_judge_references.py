"""References, and what the seeds of a setting say together, by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from harness.judge import (
    Ending,
    Kind,
    Levels,
    Verdict,
    agree,
    judge,
    judge_all,
    reference_key,
    references,
)
from harness.study import Thresholds
from tests.judge.planted import cheap, down, made, ran


def finished(trial: int, seed: int, loss: float, **knobs):
    return ran(down_to(loss), trial=trial, seed=seed, **knobs)


def test_the_reference_is_the_lowest_mean_over_seeds_and_not_the_lucky_seed():
    runs = [finished(0, 0, 0.1), finished(0, 1, 0.5), finished(1, 0, 0.2), finished(1, 1, 0.24)]
    found = references(runs)[400, 0.0]
    assert found.loss - found.luck == pytest.approx(0.22)
    assert (found.trial, found.runs, found.settings) == (1, 4, 2)


def test_the_best_of_many_equal_settings_owes_its_lead_to_luck():
    rng = np.random.default_rng(0)
    leads, lucks = [], []
    for _ in range(200):
        losses = 0.5 + 0.01 * rng.standard_normal((50, 5))
        runs = [finished(t, s, losses[t, s]) for t in range(50) for s in range(5)]
        found = references(runs)[400, 0.0]
        leads.append(0.5 - (found.loss - found.luck))
        lucks.append(found.luck)
    # 2.25 deviations of a mean of five: 2.25 x 0.01 / sqrt(5) = 0.0101.
    assert np.mean(leads) == pytest.approx(0.0101, rel=0.05)
    assert np.mean(lucks) == pytest.approx(np.mean(leads), rel=0.1)


def test_one_setting_far_ahead_of_all_others_owes_nothing_to_luck():
    runs = [finished(t, s, 0.1 + 0.3 * t + 0.001 * s) for t in range(10) for s in range(5)]
    assert references(runs)[400, 0.0].luck == 0


def test_other_data_has_its_own_reference():
    runs = [finished(0, 0, 0.1), finished(1, 0, 0.3, label_noise=0.2)]
    found = references(runs)
    assert found[reference_key(runs[0])].loss == pytest.approx(0.1)
    assert found[reference_key(runs[1])].loss == pytest.approx(0.3)


def test_a_diverged_seed_counts_as_the_constant_or_worse():
    runs = [finished(0, 0, 0.1), finished(1, 0, 0.3)]
    runs.append(ran(made([1, 0.5], [1, 0.5]), seed=1, ending=Ending.DIVERGED))
    assert references(runs)[400, 0.0].trial == 1


@pytest.mark.parametrize(("runs", "kind"), [(4, Kind.SETTLED), (6, Kind.FITS)])
def test_a_reference_needs_four_runs_beside_the_one_judged(runs, kind):
    several = [finished(i % 2, i, 0.2) for i in range(runs)]
    assert {run.verdict.kind for run in judge_all(several, thresholds=Thresholds())} == {kind}


def test_one_setting_alone_is_no_reference_for_itself():
    several = [finished(0, i, 0.2) for i in range(10)]
    kinds = {run.verdict.kind for run in judge_all(several, thresholds=Thresholds())}
    assert kinds == {Kind.SETTLED}


def kinds_beside(runs, *baselines):
    judged = judge_all(runs, thresholds=Thresholds(), baselines=baselines)
    return {run.verdict.kind for run in judged}


def test_a_cheap_model_is_a_reference_for_a_run_without_others():
    assert kinds_beside([finished(0, 0, 0.2)], cheap(0.19)) == {Kind.FITS}
    assert kinds_beside([finished(0, 0, 0.7)], cheap(0.1)) == {Kind.TOO_WEAK}
    assert kinds_beside([finished(0, 0, 0.2)]) == {Kind.SETTLED}


def test_of_runs_and_cheap_models_the_lower_level_counts():
    alike = [finished(i % 2, i, 0.6) for i in range(6)]
    assert kinds_beside(alike) == {Kind.FITS}
    assert kinds_beside(alike, cheap(0.9), cheap(0.1)) == {Kind.TOO_WEAK}
    without = judge_all(alike, thresholds=Thresholds())
    assert judge_all(alike, thresholds=Thresholds(), baselines=[cheap(0.7)]) == without


def test_a_cheap_model_of_other_data_or_one_that_learned_nothing_is_none():
    assert kinds_beside([finished(0, 0, 0.2)], cheap(0.1, examples=50)) == {Kind.SETTLED}
    assert kinds_beside([finished(0, 0, 0.2)], cheap(0.99)) == {Kind.SETTLED}


def test_the_line_why_names_the_cheap_model():
    weak, fits, below = (
        judge_all([finished(0, 0, loss)], thresholds=Thresholds(), baselines=[cheap(level)])
        for loss, level in ((0.7, 0.1), (0.2, 0.19), (0.2, 0.5))
    )
    assert "both far above the best level known, 0.100 (gradient boosting): " in weak[0].verdict.why
    assert "near the best level known, 0.190 (gradient boosting): 99 % " in fits[0].verdict.why
    assert "below the best level known, 0.500 (gradient boosting): 100 % " in below[0].verdict.why


def why_settled(runs):
    (why,) = {run.verdict.why for run in judge_all(runs, thresholds=Thresholds())}
    return why


def test_a_run_that_nothing_can_be_compared_with_says_what_is_missing():
    ends = "validation loss ends at 0.200, training loss at 0.200, level; "
    same = "the same number of training examples and label noise"
    unsure = "so nothing tells how low they could end"
    other_data = [finished(i, i, 0.2, label_noise=0.1 * i) for i in range(6)]
    assert why_settled(other_data) == f"{ends}no other setting has {same}, {unsure}"
    few = [finished(i, i, 0.2) for i in range(3)]
    assert why_settled(few) == (
        f"{ends}too few other runs with {same} have learned anything, {unsure}"
    )
    log = judge(down_to(0.2), reference=None, thresholds=Thresholds())
    assert log is not None
    assert log.why == f"{ends}with nothing to compare, fit and weak look alike"


def down_to(loss: float):
    return made(down(loss), down(loss), cross_fitted=loss)


def test_failed_runs_have_no_verdict():
    runs = [finished(0, 0, 0.2), ran(None, seed=1, ending=Ending.FAILED)]
    judged = judge_all(runs, thresholds=Thresholds())
    assert judged[1].verdict is None
    assert judged[0].verdict is not None


def test_a_setting_says_why_with_the_mean_of_the_seeds_that_say_so():
    curves = [made(down(0.43 + 0.01 * i), down(0.02)) for i in range(5)]
    curves.append(made(down(0.3), down(0.3)))
    thresholds = Thresholds()
    runs = judge_all([ran(c, seed=i) for i, c in enumerate(curves)], thresholds=thresholds)
    found = agree(runs, levels=Levels(runs, thresholds=thresholds))
    assert found.kind is Kind.MEMORISES
    assert found.counts == {Kind.MEMORISES: 5, Kind.SETTLED: 1}
    assert found.why == (
        "mean of 5 seeds: training loss ends at 0.0200, validation loss at 0.450; that gap is 78 % "
        "of what there is to learn, as far as these curves alone show; 5 of 6 seeds "
        "overfit (memorising), 1 has settled (nothing to compare with)"
    )


def test_seeds_that_collapsed_are_counted():
    flat = made([1.0] * 20, [1.0] * 20)
    runs = [ran(flat, seed=0), ran(flat, seed=1, ending=Ending.DIVERGED)]
    runs += [ran(None, seed=2, ending=Ending.FAILED), ran(made(down(0.3), down(0.3)), seed=3)]
    thresholds = Thresholds()
    judged = judge_all(runs, thresholds=thresholds)
    found = agree(judged, levels=Levels(judged, thresholds=thresholds))
    assert found.collapsed == 0.75
    assert found.kind is Kind.UNCLEAR
    assert found.why == (
        "the seeds disagree: 1 of 3 seeds diverged, 1 underfits (nothing learned so far), "
        "1 has settled (nothing to compare with)"
    )
    assert found.decide_by == "more seeds of this setting"


def of(*chances, asks=""):
    """What a setting says whose seeds have these probabilities of kinds, the likeliest first."""
    runs = [
        ran(made(down(0.3), down(0.3)), seed=seed).judged(
            Verdict(kind=next(iter(each)), why=f"reason {seed}", chances=each, decide_by=asks)
        )
        for seed, each in enumerate(chances)
    ]
    return agree(runs, levels=Levels(runs, thresholds=Thresholds()))


OVERFIT = (Kind.TRAINED_TOO_LONG, Kind.MEMORISES)


def test_seeds_that_disagree_are_counted():
    long, memorises, fits = ({kind: 1.0} for kind in (*OVERFIT, Kind.FITS))
    found = of(long, fits, fits, memorises, long, fits)
    assert found.kind is Kind.UNCLEAR
    assert found.why == (
        "the seeds disagree: 3 of 6 seeds fit, 2 overfit (trained too long), "
        "1 overfits (memorising)"
    )


def test_seeds_that_are_each_unsure_of_the_same_kind_are_sure_of_it_together():
    unsure = {Kind.FITS: 0.7, Kind.TOO_WEAK: 0.2, Kind.UNCLEAR: 0.1}
    alone, four = of(unsure), of(*[unsure] * 4)
    assert (alone.kind, alone.confidence) == (Kind.UNCLEAR, 0.7)
    assert four.kind is Kind.FITS
    assert 0.75 < four.confidence < of(*[unsure] * 9).confidence < 1
    assert alone.chances == unsure
    assert sum(four.chances.values()) == pytest.approx(1)


def test_a_setting_is_sure_of_the_fit_where_its_seeds_are_only_in_doubt_of_the_kind():
    found = of(*[dict(zip(OVERFIT, (0.45, 0.4), strict=True)) | {Kind.FITS: 0.15}] * 2)
    assert found.kind is Kind.TRAINED_TOO_LONG
    assert found.confidence < 0.75
    assert "; perhaps memorises (" in found.why


def test_a_setting_sure_only_together_tells_what_a_seed_alone_may_be():
    unsure = {Kind.FITS: 0.7, Kind.TRAINED_TOO_LONG: 0.2, Kind.UNCLEAR: 0.1}
    found = of_unclear(unsure, 5)
    assert found.kind is Kind.FITS
    assert found.why.endswith("; of one seed alone perhaps trained too long (20 %)")
    assert "alone" not in of(*[{Kind.FITS: 0.8, Kind.TRAINED_TOO_LONG: 0.2}] * 5).why


def of_unclear(chances, seeds: int):
    """What a setting says of seeds that are each unclear, with these probabilities."""
    verdict = Verdict(kind=Kind.UNCLEAR, why="in doubt", chances=chances)
    runs = [ran(made(down(0.3), down(0.3)), seed=s).judged(verdict) for s in range(seeds)]
    return agree(runs, levels=Levels(runs, thresholds=Thresholds()))


def test_a_setting_of_which_nothing_could_be_weighed_says_why_its_first_seed_does():
    runs = [
        ran(made(down(0.3), down(0.3)), seed=i).judged(
            Verdict(kind=Kind.UNCLEAR, why=f"reason {i}", decide_by="more epochs")
        )
        for i in (2, 1)
    ]
    levels = Levels(runs, thresholds=Thresholds())
    found = agree(runs, levels=levels)
    assert (found.kind, found.chances) == (Kind.UNCLEAR, {})
    assert math.isnan(found.confidence)
    assert found.why == "2 of 2 seeds are unclear; seed 1: reason 1"
    assert found.decide_by == "more epochs"
    assert agree(runs[:1], levels=levels).why == "reason 2"


def test_a_verdict_of_earlier_runs_is_replaced():
    runs = [finished(i % 2, i, 0.2) for i in range(6)]
    earlier = judge_all(runs[:1], thresholds=Thresholds())
    later = judge_all([*earlier, *runs[1:]], thresholds=Thresholds())
    assert [run.verdict.kind for run in (earlier[0], later[0])] == [Kind.SETTLED, Kind.FITS]


def test_a_setting_that_diverged_tells_the_reason_of_a_seed_that_did():
    thresholds = Thresholds()
    runs = [ran(made(down(0.3), down(0.3)), seed=0)]
    runs += [
        replace(ran(made(down(0.3), down(0.3)), seed=s, ending=Ending.DIVERGED), reason=f"at {s}")
        for s in (1, 2, 3, 4)
    ]
    judged = judge_all(runs, thresholds=thresholds)
    found = agree(judged, levels=Levels(judged, thresholds=thresholds))
    assert found.kind is Kind.DIVERGED
    assert found.why.startswith("seed 1: at 1; 4 of 5 seeds diverged, 1 ")


def test_an_unclear_setting_says_what_most_of_its_doubts_need():
    unsure = {Kind.STOPPED_EARLY: 0.4, Kind.TOO_WEAK: 0.3, Kind.FITS: 0.3}
    assert of(unsure, unsure, asks="more epochs").decide_by == "more epochs"
    assert of(unsure, unsure).decide_by == "more seeds of this setting"
    sure = {Kind.STOPPED_EARLY: 0.95, Kind.TOO_WEAK: 0.05}
    assert of(sure, sure, asks="more epochs").decide_by == ""
