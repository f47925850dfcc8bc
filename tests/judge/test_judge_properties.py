from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.curves import Curves, Estimate
from harness.judge import (
    RULES,
    Kind,
    Levels,
    agree,
    judge,
    judge_all,
    read,
    smoothed,
)
from harness.judge.calls import sharpened, undecidable
from harness.judge.forest import forest
from harness.judge.seeds import of_most
from harness.judge.signs import signs
from harness.study import Thresholds
from tests.judge.planted import level, made, planted, ran

LOSS = st.floats(0.01, 5, allow_nan=False)
SEEN = st.dictionaries(st.sampled_from(list(Kind)), st.floats(0.01, 1), min_size=1)


@st.composite
def some_curves(draw: st.DrawFn) -> Curves:
    length = draw(st.integers(1, 40))
    validation = draw(st.lists(LOSS, min_size=length, max_size=length))
    train = draw(st.lists(LOSS, min_size=length, max_size=length))
    error = draw(st.floats(0.001, 0.5))
    rise = Estimate(mean=draw(st.floats(-1, 3)), standard_error=error, n=100)
    with_evidence = draw(st.booleans())
    return made(
        validation,
        train,
        constant=draw(st.one_of(st.just(float("nan")), LOSS)),
        rise=rise if with_evidence else None,
        gap_error=error,
    )


def kind_of(curves, reference=None, thresholds=None):
    verdict = judge(curves, reference=reference, thresholds=thresholds or Thresholds())
    return verdict.kind


def scaled(curves: Curves, factor: float) -> Curves:
    return made(
        curves.validation_loss * factor,
        curves.train_loss * factor,
        constant=curves.constant_loss * factor,
        rise=None if curves.evidence is None else times(curves.evidence.rise, factor),
        gap_error=(
            0.0
            if curves.evidence is None
            else curves.evidence.train_loss_end.standard_error * factor * 2**0.5
        ),
    )


def times(estimate: Estimate, factor: float) -> Estimate:
    error = estimate.standard_error * factor
    return Estimate(mean=estimate.mean * factor, standard_error=error, n=estimate.n)


@given(some_curves(), st.one_of(st.none(), LOSS), st.integers(-8, 8))
def test_the_unit_of_the_loss_changes_no_verdict(curves, floor, power):
    # Powers of two, so that not even rounding differs.
    factor = 2.0**power
    before = kind_of(curves, None if floor is None else level(floor))
    after = kind_of(scaled(curves, factor), None if floor is None else level(floor * factor))
    assert after is before


@given(some_curves(), st.sampled_from(RULES), st.floats(0, 3))
def test_more_of_what_speaks_for_a_kind_never_makes_it_less_likely(curves, rule, more):
    reading = read(curves, reference=level(0.22), thresholds=Thresholds())
    if undecidable(reading):
        return
    found, trees = signs(reading, Thresholds()), forest("reference")
    raised = found | {name: found[name] + more for name in rule.grows_with}
    lowered = raised | {name: found[name] - more for name in rule.falls_with}
    assert trees.answers(lowered)[rule.kind] >= trees.answers(found)[rule.kind] - 1e-6


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("rise", Kind.TRAINED_TOO_LONG),
        ("memorises", Kind.MEMORISES),
    ],
)
def test_a_higher_bar_makes_a_kind_less_likely(name, kind):
    rng = np.random.default_rng(4)
    low = Thresholds()
    high = replace(low, **{name: 0.5})
    falls = 0
    for _ in range(10):
        curves, best = planted(kind, rng), level(0.22)
        answers = [
            forest("reference").answers(signs(reading, bounds))[kind]
            for bounds in (low, high)
            for reading in [read(curves, reference=best, thresholds=bounds)]
        ]
        assert answers[1] <= answers[0]
        falls += answers[1] < answers[0]
    assert falls > 5


@given(some_curves(), st.one_of(st.none(), LOSS), st.floats(0.5, 0.99))
def test_who_must_be_surer_says_less_and_nothing_else(curves, floor, sure):
    reference = None if floor is None else level(floor)
    usual = Thresholds(sure=0.5)
    strict = kind_of(curves, reference, replace(usual, sure=sure))
    assert strict in (Kind.UNCLEAR, kind_of(curves, reference, usual))


@given(some_curves(), st.one_of(st.none(), LOSS))
def test_a_training_loss_that_only_falls_below_a_constants_never_diverged(curves, floor):
    train = np.sort(curves.train_loss)[::-1]
    reference = None if floor is None else level(floor)
    falling = made(curves.validation_loss, train, constant=float(train[0]))
    assert kind_of(falling, reference) is not Kind.DIVERGED


@given(some_curves())
def test_a_training_loss_that_shares_the_whole_rise_is_never_trained_too_long(curves):
    together = made(curves.train_loss + 0.01, curves.train_loss, constant=6.0)
    assert kind_of(together) is not Kind.TRAINED_TOO_LONG


@given(some_curves(), st.one_of(st.none(), LOSS))
def test_the_chances_are_probabilities_and_the_best_one_is_named(curves, floor):
    reference = None if floor is None else level(floor)
    verdict = judge(curves, reference=reference, thresholds=Thresholds())
    if not verdict.chances:
        assert verdict.kind is Kind.UNCLEAR
        return
    assert sum(verdict.chances.values()) == pytest.approx(1)
    assert list(verdict.chances.values()) == sorted(verdict.chances.values(), reverse=True)
    assert verdict.kind in (next(iter(verdict.chances)), Kind.UNCLEAR)


@given(some_curves(), st.one_of(st.none(), LOSS))
def test_where_to_stop_lies_within_its_own_bounds(curves, floor):
    reference = None if floor is None else level(floor)
    stop = judge(curves, reference=reference, thresholds=Thresholds()).stop_at
    if stop is not None:
        assert curves.epochs[0] <= stop.low <= stop.epoch <= stop.high <= curves.epochs[-1]


@given(some_curves(), st.floats(0.05, 0.9), st.sampled_from([1, 3, 5, 7]))
def test_other_thresholds_read_the_same_curves_anew(curves, share, window):
    before, other = Thresholds(), Thresholds(loss_share=share, smoothing=window)
    judge(curves, reference=None, thresholds=before)
    fresh = scaled(curves, 1.0)
    again = judge(curves, reference=None, thresholds=other)
    assert again == judge(fresh, reference=None, thresholds=other)


@given(st.floats(0.1, 0.9), st.floats(0, 0.2), st.floats(0.01, 0.9), st.floats(0.1, 1))
def test_a_better_best_level_never_turns_weak_into_fit(end, gap, floor, factor):
    falling = end + (1 - end) * 2.0 ** -np.arange(20)
    curves = made(falling, falling - gap * (1 - 2.0 ** -np.arange(20)))
    high, low = kind_of(curves, level(floor)), kind_of(curves, level(floor * factor))
    assert not (high is Kind.TOO_WEAK and low is Kind.FITS)


@given(some_curves())
def test_a_run_that_stays_level_for_as_long_again_was_not_stopped_early(curves):
    more = len(curves.epochs)
    longer = made(
        np.concatenate([curves.validation_loss, np.full(more, curves.validation_loss[-1])]),
        np.concatenate([curves.train_loss, np.full(more, curves.train_loss[-1])]),
        constant=curves.constant_loss,
    )
    assert kind_of(longer) is not Kind.STOPPED_EARLY


@given(some_curves())
def test_without_reference_no_run_fits_or_is_too_weak(curves):
    assert kind_of(curves) not in (Kind.FITS, Kind.TOO_WEAK)


@given(some_curves(), st.one_of(st.none(), LOSS))
def test_every_verdict_has_figures_and_a_confidence(curves, floor):
    reference = None if floor is None else level(floor)
    verdict = judge(curves, reference=reference, thresholds=Thresholds())
    assert verdict.why
    assert "\n" not in verdict.why
    assert "nan" not in verdict.why
    assert 0 <= verdict.confidence <= 1
    assert verdict.calibrated == bool(verdict.chances)
    assert {"rise", "gap"} <= {quantity.name for quantity in verdict.quantities}


@given(st.lists(LOSS, min_size=1, max_size=50), st.sampled_from([1, 3, 5, 7]))
def test_smoothing_invents_nothing_beyond_what_was_measured(values, window):
    values = np.array(values)
    smooth = smoothed(values, window=window)
    assert len(smooth) == len(values)
    assert values.min() <= smooth.min() <= smooth.max() <= values.max()


@given(st.lists(LOSS, min_size=20, max_size=50), st.sampled_from([3, 5, 7]))
def test_smoothing_is_the_median_of_each_window(values, window):
    values, half = np.array(values), min(window, len(values) // 4) // 2
    parts = [values[max(i - half, 0) : i + half + 1] for i in range(len(values))]
    assert list(smoothed(values, window=window)) == [np.median(part) for part in parts]


@given(st.lists(LOSS, min_size=1, max_size=50))
def test_smoothing_keeps_the_order_of_a_monotone_curve(values):
    assert np.all(np.diff(smoothed(np.sort(values), window=5)) >= 0)


@given(st.lists(some_curves(), min_size=6, max_size=12), st.randoms())
def test_the_order_of_runs_and_seeds_changes_nothing(many, random):
    runs = [ran(c, trial=i % 3, seed=i, units=8 + i % 3) for i, c in enumerate(many)]
    mixed = random.sample(runs, len(runs))
    thresholds = Thresholds()
    verdicts = {run.name: run.verdict for run in judge_all(runs, thresholds=thresholds)}
    assert verdicts == {run.name: run.verdict for run in judge_all(mixed, thresholds=thresholds)}


@given(st.lists(some_curves(), min_size=2, max_size=7), st.randoms())
def test_a_setting_is_the_same_in_any_order_of_seeds(many, random):
    thresholds = Thresholds()
    runs = judge_all([ran(c, seed=i) for i, c in enumerate(many)], thresholds=thresholds)
    levels = Levels(runs, thresholds=thresholds)
    mixed = random.sample(runs, len(runs))
    one, other = agree(runs, levels=levels), agree(mixed, levels=levels)
    assert (one.kind, one.counts, one.collapsed) == (other.kind, other.counts, other.collapsed)


@given(st.lists(SEEN, min_size=1, max_size=6), st.randoms())
def test_what_is_likely_of_most_seeds_is_a_probability_and_the_same_in_any_order(parts, random):
    every = [{kind: p / sum(part.values()) for kind, p in part.items()} for part in parts]
    mean = of_most(every)
    assert sum(mean.values()) == pytest.approx(1)
    assert list(mean.values()) == sorted(mean.values(), reverse=True)
    assert mean == of_most(random.sample(every, len(every)))
    assert list(mean) == list(of_most(random.sample(every, len(every))))


def test_what_is_likely_of_most_seeds_by_hand():
    fits, weak = {Kind.FITS: 0.8, Kind.TOO_WEAK: 0.2}, {Kind.FITS: 0.3, Kind.TOO_WEAK: 0.7}
    assert of_most([fits])[Kind.FITS] == pytest.approx(0.8)
    assert of_most([fits, weak])[Kind.FITS] == pytest.approx((0.8 + 0.3) / 2)
    assert of_most([fits] * 3)[Kind.FITS] == pytest.approx(0.8**3 + 3 * 0.8**2 * 0.2)
    sure = [{Kind.FITS: 1.0}, {Kind.TOO_WEAK: 1.0}]
    assert of_most(sure * 2) == {Kind.TOO_WEAK: 0.5, Kind.FITS: 0.5}
    assert of_most([{kind: 1.0} for kind in (Kind.FITS, Kind.TOO_WEAK, Kind.MEMORISES)]) == {
        Kind.UNCLEAR: 1.0
    }


@given(some_curves())
def test_a_setting_of_one_seed_says_what_its_run_says(curves):
    thresholds = Thresholds()
    runs = judge_all([ran(curves)], thresholds=thresholds)
    found, verdict = agree(runs, levels=Levels(runs, thresholds=thresholds)), runs[0].verdict
    assert verdict is not None
    assert (found.kind, found.why) == (verdict.kind, verdict.why)
    assert found.chances == verdict.chances
    assert not verdict.chances or found.confidence == verdict.confidence


@given(some_curves(), st.one_of(st.none(), LOSS))
def test_signs_are_bounded_and_every_forest_looks_at_them(curves, floor):
    reference = None if floor is None else level(floor)
    reading = read(curves, reference=reference, thresholds=Thresholds())
    if undecidable(reading):
        return
    found = signs(reading, Thresholds())
    assert all(abs(value) <= 12 for value in found.values())
    for knowing in ("reference", "alone", "curves"):
        trees = forest(knowing)
        assert list(trees.kinds) == [rule.kind for rule in RULES][: len(trees.kinds)]
        assert {*trees.signs} == {*found}
        assert all(0 < p < 1 for p in trees.answers(found).values())


CHANCES = st.lists(st.floats(0.01, 1), min_size=3, max_size=3)


@given(CHANCES, st.floats(0.7, 1.5), st.floats(0, 0.5))
def test_sharpening_moves_the_first_chance_and_shares_out_the_rest(drawn, slope, offset):
    kinds = (Kind.TRAINED_TOO_LONG, Kind.MEMORISES, Kind.SETTLED)
    before = {kind: p / sum(drawn) for kind, p in zip(kinds, drawn, strict=True)}
    after = sharpened(before, slope, offset)
    first, second, third = after
    assert first is max(before, key=lambda kind: before[kind])
    assert sum(after.values()) == pytest.approx(1)
    odds = np.log(before[first] / (1 - before[first]))
    assert after[first] == pytest.approx(1 / (1 + np.exp(-slope * odds - offset)))
    assert after[second] / after[third] == pytest.approx(before[second] / before[third])
    assert sharpened(before, 1.0, 0.0)[first] == pytest.approx(before[first])


def test_a_curve_that_jumps_more_tells_less_exactly_where_to_stop():
    rng = np.random.default_rng(8)
    course = np.interp(np.arange(61), [0, 20, 60], [1.0, 0.3, 0.8])
    train = np.linspace(1, 0.05, 61)
    widths, inside = [], []
    for jump in (0.002, 0.01, 0.05):
        stops = [
            judge(
                made(course + jump * rng.standard_normal(61), train),
                reference=None,
                thresholds=Thresholds(),
            ).stop_at
            for _ in range(60)
        ]
        widths.append(np.mean([stop.high - stop.low for stop in stops]))
        inside.append(np.mean([stop.low <= 20 <= stop.high for stop in stops]))
    assert widths == sorted(widths)
    assert widths[0] + 1 < widths[2]
    assert min(inside) >= 0.7
