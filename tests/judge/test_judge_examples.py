"""Each verdict by hand: 21 epochs, a constant at 1, the best level known at 0.2 (so s = 0.8)."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from harness.curves import Estimate, curves_from_json
from harness.judge import (
    RULES,
    Ending,
    Fit,
    Kind,
    judge,
)
from harness.study import Thresholds
from tests.judge.planted import collapsed, down, level, made, overfit_with_a_noisy_rate, planted

DOWN = [1.0, 0.7, 0.5, 0.4, 0.35]
BEST = level(0.2)


def course(*ends: float) -> list[float]:
    """Down to 0.35 in 4 epochs, then straight through `ends`, 8 epochs each."""
    values, at = list(DOWN), DOWN[-1]
    for end in ends:
        values += list(np.linspace(at, end, 9)[1:])
        at = end
    return values


def verdict(validation, train, reference=BEST, **options):
    curves = made(validation, train, **options)
    return judge(curves, reference=reference, thresholds=Thresholds())


def test_a_rise_of_half_of_what_there_is_to_learn_is_trained_too_long():
    found = verdict(course(0.25, 0.65), down(0.01))
    assert found.kind is Kind.TRAINED_TOO_LONG
    # Medians: the lowest of five in a row is 0.275, the end of three 0.6, and
    # (0.6 - 0.275) / 0.8 = 0.41.
    assert found.why == (
        "validation loss rises from 0.275 (epoch 10) to 0.600 (epoch 20) while training loss ends "
        "at 0.0100; that is 41 % of what there is to learn"
    )


def too_long(rise: Estimate) -> float:
    found = verdict(course(0.25, 0.35), course(0.24, 0.23), rise=rise)
    return found.chances[Kind.TRAINED_TOO_LONG]


def test_a_rise_is_the_surer_the_better_the_examples_prove_it():
    proved = too_long(Estimate(mean=0.1, standard_error=0.01, n=400))
    doubtful = too_long(Estimate(mean=0.1, standard_error=0.06, n=50))
    refuted = too_long(Estimate(mean=-0.05, standard_error=0.01, n=400))
    assert proved >= doubtful >= refuted
    assert proved > refuted


def test_a_rise_at_its_bound_is_unclear_and_says_how_many_examples_would_tell():
    doubtful = Estimate(mean=0.08, standard_error=0.03, n=50)
    found = verdict(course(0.22, 0.30), course(0.2, 0.15), rise=doubtful, examples=50)
    assert found.kind is Kind.UNCLEAR
    # Two standard errors apart: 50 x (2 x 0.03 / (0.08 - 0.06 x 0.8))^2 = 176.
    assert found.decide_by == "about 180 validation examples in place of 50"
    assert found.confidence < Thresholds().sure


def test_a_rise_that_the_examples_refute_is_none():
    refuted = Estimate(mean=-0.05, standard_error=0.01, n=400)
    found = verdict(course(0.25, 0.32), course(0.24, 0.23), rise=refuted)
    assert found.kind.fit is not Fit.OVERFIT


def test_a_jump_of_the_last_epoch_alone_is_no_rise():
    jump = course(0.25, 0.25)
    jump[-1] = 0.9
    proved = Estimate(mean=0.65, standard_error=0.01, n=400)
    assert verdict(jump, course(0.24, 0.23), rise=proved).kind.fit is not Fit.OVERFIT


def test_a_curve_that_jumps_about_has_not_risen():
    jumping = [3.3, 0.9, 1.4, 1.9, 0.6, 2.3, 0.2, 1.5, 0.1, 2.8]
    found = verdict(jumping, np.linspace(2, 0.3, 10), None, constant=math.nan)
    steady = verdict(sorted(jumping), np.linspace(2, 0.3, 10), None, constant=math.nan)
    assert found.confidence < steady.confidence


def test_a_loss_that_still_falls_is_stopped_early():
    falling = list(np.linspace(1, 0.3, 21))
    found = verdict(falling, falling)
    assert found.kind is Kind.STOPPED_EARLY
    assert "of all it has fallen" in found.why


def test_a_run_that_never_learned_is_constant_and_not_stopped_early():
    flat = np.linspace(1.0, 0.985, 21)
    found = verdict(flat, flat)
    assert found.kind is Kind.CONSTANT
    assert found.kind.fit is Fit.UNDERFIT
    assert "hardly below the best constant prediction's 1.00" in found.why


@pytest.mark.parametrize(("end", "nothing"), [(0.7, False), (0.16, True)])
def test_an_accuracy_that_grew_shows_a_beginning_that_the_loss_hardly_shows(end, nothing):
    falling = np.linspace(1.0, 0.97, 21)
    found = verdict(falling, falling, accuracy=np.linspace(0.1, end, 21))
    assert (found.kind is Kind.CONSTANT) is nothing


def test_a_wide_gap_without_a_rise_is_memorising():
    found = verdict(down(0.33), down(0.02))
    assert found.kind is Kind.MEMORISES
    assert found.why == (
        "training loss ends at 0.0200, validation loss at 0.330; "
        "that gap is 39 % of what there is to learn"
    )


def test_a_gap_is_the_less_sure_the_larger_its_error():
    chances = [
        verdict(course(0.33, 0.33), course(0.1, 0.09), cross_fitted=0.33, gap_error=error).chances[
            Kind.MEMORISES
        ]
        for error in (0.01, 0.1, 0.3)
    ]
    assert chances == sorted(chances, reverse=True)


def test_both_losses_far_above_the_best_level_are_too_weak():
    found = verdict(down(0.45), down(0.44))
    assert found.kind is Kind.TOO_WEAK
    assert "31 % of what there is to learn is left" in found.why


def test_a_loss_near_the_best_level_fits():
    found = verdict(course(0.22, 0.22), course(0.18, 0.17))
    assert found.kind is Kind.FITS
    assert found.why == (
        "validation loss ends at 0.220, training loss at 0.171, near the best level known, 0.200: "
        "98 % of what there is to learn is learned"
    )


def test_a_fit_that_has_risen_a_little_says_so():
    found = verdict(course(0.22, 0.25), course(0.18, 0.17))
    assert found.kind is Kind.FITS
    assert found.why.endswith("; the lowest validation loss was 0.228 (epoch 12)")


def test_the_same_level_curve_is_only_settled_where_nothing_else_is_known():
    found = verdict(down(0.45), down(0.44), reference=None)
    assert found.kind is Kind.SETTLED


def test_a_best_level_where_nobody_learned_is_no_reference():
    assert verdict(down(0.5), down(0.5), level(0.97)).kind is Kind.SETTLED


def test_training_that_ends_worse_than_a_constant_has_diverged():
    up = np.linspace(1, 3, 21)
    found = verdict(up, up)
    assert found.kind is Kind.DIVERGED
    assert found.why == (
        "training loss ends at 2.90, above the best constant prediction's 1.00; the usual cause "
        "is too large a learning rate"
    )


def test_training_that_is_slowly_coming_down_from_above_a_constant_has_not_diverged():
    falling = list(np.linspace(3.0, 1.5, 21))
    found = verdict(falling, falling)
    assert found.kind.fit is Fit.UNDERFIT


def wavering(about: float) -> np.ndarray:
    """Level for 41 epochs, within 1.5 % of `about`, and highest at the end."""
    return about * np.interp(np.arange(41), [0, 20, 40], [1.0, 0.985, 1.015])


@pytest.mark.parametrize("reference", [BEST, None])
def test_training_examples_harder_than_validation_examples_are_no_divergence(reference):
    # Outliers in the training part only: no network gets near the constant's validation loss.
    validation = 0.0056 * np.array([*down(0.2), *down(0.2)[-1:].repeat(20)])
    best = None if reference is None else level(0.0012)
    for train in (np.linspace(1.2, 0.969, 41), wavering(0.969)):
        found = verdict(validation, train, best, constant=0.00564)
        assert found.kind in (Kind.FITS, Kind.SETTLED, Kind.UNCLEAR)


def test_training_that_breaks_down_on_harder_examples_has_diverged_all_the_same():
    validation = np.full(41, 0.0056)
    found = verdict(validation, np.linspace(1.2, 4.0, 41), None, constant=0.00564)
    assert found.kind is Kind.DIVERGED
    assert found.why.startswith(
        "training loss ends at 3.93, above its start's 1.20 and the best constant prediction's "
        "0.00564; "
    )
    back = [*np.linspace(1.2, 0.3, 20), *np.linspace(0.3, 1.1, 21)]
    likely = verdict(validation, back, None, constant=0.00564).chances
    assert Kind.DIVERGED in list(likely)[:2]


@pytest.mark.parametrize("known", [None, level(0.05), level(0.65)])
@pytest.mark.parametrize("train", [np.full(41, 0.721), wavering(0.721)])
def test_a_run_that_stays_level_above_a_constant_has_learned_nothing(known, train):
    found = verdict(np.full(41, 0.721), train, known, constant=0.693)
    assert found.kind is Kind.CONSTANT
    assert "validation loss ends at 0.721, not below the best constant prediction's 0.69" in (
        found.why
    )


@pytest.mark.parametrize("reference", [BEST, None])
@pytest.mark.parametrize("apart", [0.0, 0.5])
def test_slow_runs_whose_training_loss_only_falls_underfit(reference, apart):
    falling = np.linspace(3.0, 2.2, 21)
    found = verdict(falling + apart, falling, reference)
    assert found.kind in (Kind.STOPPED_EARLY, Kind.CONSTANT)


def test_training_that_climbs_back_to_a_constant_has_diverged_and_is_not_overfit():
    proved = Estimate(mean=0.6, standard_error=0.02, n=400)
    found = verdict(course(0.3, 1.0), course(0.28, 1.0), rise=proved)
    assert found.kind is Kind.DIVERGED
    assert found.kind.fit is Fit.UNCLEAR
    # Medians again: the lowest of five is 0.2975, the end of three 0.91, and
    # (0.91 - 0.2975) / (1 - 0.2975) = 0.87.
    assert found.why == (
        "training loss fell to 0.297 (epoch 10) and climbed back to 0.910 (epoch 20), losing "
        "87 % of what it had learned; validation loss ends at 0.912; the usual cause is too large "
        "a learning rate"
    )


def test_a_rise_that_training_shares_is_not_overfit():
    proved = Estimate(mean=0.1, standard_error=0.01, n=400)
    found = verdict(course(0.2, 0.32), course(0.2, 0.33), rise=proved)
    assert found.kind.fit is not Fit.OVERFIT
    assert Kind.TRAINED_TOO_LONG not in found.chances


def test_a_shared_rise_far_above_the_best_level_is_not_overfit():
    proved = Estimate(mean=0.1, standard_error=0.01, n=400)
    found = verdict(course(0.5, 0.62), course(0.5, 0.63), rise=proved)
    assert found.kind.fit is not Fit.OVERFIT


def test_a_rise_that_training_shares_a_little_is_overfit_all_the_same():
    proved = Estimate(mean=0.35, standard_error=0.02, n=400)
    found = verdict(course(0.25, 0.65), course(0.05, 0.15), rise=proved)
    assert found.kind is Kind.TRAINED_TOO_LONG


def test_a_run_that_ended_diverged_gives_its_own_reason():
    curves = made(course(0.22), course(0.2))
    found = judge(
        curves,
        ending=Ending.DIVERGED,
        reason="loss was not finite after epoch 3",
        reference=BEST,
        thresholds=Thresholds(),
    )
    assert (found.kind, found.why) == (Kind.DIVERGED, "loss was not finite after epoch 3")


def test_three_points_are_no_course():
    found = verdict([1, 0.5, 0.9], [1, 0.5, 0.1])
    assert found.kind is Kind.UNCLEAR
    assert found.why.startswith("3 measured epochs show no course; 4 are needed")


def test_without_validation_there_is_no_verdict():
    assert verdict([], course(0.1)) is None


def test_without_the_constants_loss_the_start_takes_its_place():
    found = verdict(course(0.25, 0.65), down(0.01), None, constant=math.nan)
    assert found.kind is Kind.TRAINED_TOO_LONG
    assert found.why.endswith("45 % of what there is to learn, as far as these curves alone show")


@pytest.mark.parametrize(("end", "says"), [(0.96, True), (0.90, False)])
def test_a_rising_loss_with_a_steady_accuracy_is_overconfident(end, says):
    accuracy = [*np.linspace(0.1, 0.96, 13), *np.linspace(0.96, end, 8)]
    found = verdict(course(0.3, 0.7), course(0.1, 0.01), accuracy=accuracy)
    assert found.kind is Kind.TRAINED_TOO_LONG
    assert (found.disagreement is not None) is says
    assert found.overconfident is says
    if says:
        assert found.disagreement == (
            "overconfident: the loss worsens while the accuracy holds "
            "(0.960 at the end, 0.960 at best)"
        )


def test_an_accuracy_that_falls_beside_a_steady_loss_is_said():
    accuracy = [*np.linspace(0.1, 0.96, 13), *np.linspace(0.96, 0.80, 8)]
    found = verdict(course(0.22, 0.22), course(0.2, 0.2), accuracy=accuracy)
    assert found.disagreement is not None
    assert found.disagreement.startswith("the loss holds while the accuracy falls")


def test_quantities_carry_their_unit_and_error():
    rise = Estimate(mean=0.4, standard_error=0.02, n=400)
    found = verdict(course(0.3, 0.7), course(0.1, 0.01), rise=rise, gap_error=0.04)
    by_name = {quantity.name: quantity for quantity in found.quantities}
    assert by_name["rise"].unit == "cross-entropy"
    assert by_name["rise"].standard_error == 0.02
    assert by_name["rise_share"].value == pytest.approx(0.3375 / 0.8)
    assert by_name["rise_share"].standard_error == pytest.approx(0.02 / 0.8)
    assert by_name["gap"].standard_error == pytest.approx(0.04)


def test_every_threshold_a_rule_names_exists():
    names = set(vars(Thresholds()))
    assert all(set(rule.thresholds) <= names for rule in RULES)
    assert all(rule.says and rule.source for rule in RULES)


PLANTED = (
    Kind.DIVERGED,
    Kind.TRAINED_TOO_LONG,
    Kind.STOPPED_EARLY,
    Kind.CONSTANT,
    Kind.MEMORISES,
    Kind.TOO_WEAK,
    Kind.FITS,
)


@pytest.mark.parametrize("evidence", [True, False])
@pytest.mark.parametrize("kind", PLANTED)
def test_at_least_nine_of_ten_planted_runs_are_seen(kind, evidence):
    rng = np.random.default_rng(PLANTED.index(kind))
    found = [
        judge(
            planted(kind, rng, evidence=evidence),
            reference=level(0.22),
            thresholds=Thresholds(),
        )
        for _ in range(40)
    ]
    # The most likely kind even where that is not likely enough to be said.
    first = [next(iter(verdict.chances)) for verdict in found]
    assert first.count(kind) >= 36
    said = [verdict.kind for verdict in found if verdict.kind is not Kind.UNCLEAR]
    assert len(said) >= 28
    assert said.count(kind) >= 0.95 * len(said)


@pytest.mark.parametrize("evidence", [True, False])
def test_planted_runs_that_collapsed_have_diverged_and_none_is_overfit(evidence):
    rng = np.random.default_rng(20)
    kinds = [kind_of(collapsed(rng, evidence=evidence)) for _ in range(100)]
    assert kinds.count(Kind.DIVERGED) >= 95
    assert all(kind.fit is not Fit.OVERFIT for kind in kinds)


@pytest.mark.parametrize("evidence", [True, False])
def test_planted_overfit_runs_with_a_noisy_training_loss_are_seen(evidence):
    rng = np.random.default_rng(21)
    kinds = [kind_of(overfit_with_a_noisy_rate(rng, evidence=evidence)) for _ in range(100)]
    assert kinds.count(Kind.TRAINED_TOO_LONG) >= 90
    assert Kind.DIVERGED not in kinds


def kind_of(curves):
    return judge(curves, reference=level(0.22), thresholds=Thresholds()).kind


def test_a_run_that_patience_stopped_is_judged_by_what_it_had_until_then():
    whole = made(course(0.22, 0.85), down(0.01))
    stopped = replace(whole, stopped_epoch=13)
    options = {"reference": BEST, "thresholds": Thresholds()}
    until = judge(stopped.counted, **options)
    found = judge(stopped, **options)
    assert (found.kind, found.quantities) == (until.kind, until.quantities)
    assert judge(whole, **options).kind is Kind.TRAINED_TOO_LONG
    assert found.kind is not Kind.TRAINED_TOO_LONG
    assert found.why == f"{until.why}; counted up to epoch 13, where patience stopped it"


def test_curves_keep_where_patience_stopped_and_read_those_of_before_there_was_any():
    whole = made(course(0.22, 0.85), down(0.01))
    stopped = replace(whole, stopped_epoch=13)
    back = curves_from_json(json.loads(json.dumps(stopped.to_json())))
    assert back.equals(stopped)
    assert (back.stopped_epoch, len(back.epochs), len(back.counted.epochs)) == (13, 21, 14)
    old = {name: value for name, value in whole.to_json().items() if name != "stopped_epoch"}
    assert curves_from_json(old).equals(whole)
    with pytest.raises(ValueError, match=r"curves.stopped_epoch must be an epoch, got 99"):
        replace(whole, stopped_epoch=99)


def test_where_only_the_kind_is_in_doubt_the_fit_is_said_and_the_other_kind_named():
    rng = np.random.default_rng(5)
    bounds = Thresholds(sure=0.99)
    found = [
        judge(planted(kind, rng), reference=level(0.22), thresholds=bounds)
        for kind in PLANTED
        for _ in range(60)
    ]
    unsure = [verdict for verdict in found if verdict.confidence < bounds.sure]
    said = [verdict for verdict in unsure if verdict.kind is not Kind.UNCLEAR]
    assert len(said) > 5
    assert len(unsure) > len(said)
    for verdict in unsure:
        first, second, *_ = verdict.chances
        alike = sum(p for kind, p in verdict.chances.items() if kind.fit is first.fit)
        either = first.fit is second.fit is not Fit.UNCLEAR and alike >= bounds.sure
        assert (verdict in said) is (either and verdict.chances[second] >= 0.15)
        assert ("; perhaps " in verdict.why) is (verdict in said)
        assert verdict.decide_by


def test_each_doubt_says_what_would_decide_it():
    falling = list(np.linspace(1, 0.3, 21))
    assert verdict(falling, falling).decide_by == ""
    assert "at least 4 measured epochs" in verdict([1, 0.5, 0.9], [1, 0.5, 0.1]).decide_by
    settled = verdict(down(0.45), down(0.44), reference=None)
    assert settled.decide_by == "runs of other settings on the same data, to compare with"
