import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.curves import Curves
from harness.findings import find
from harness.findings.knobs import among, ordinal, ranked, spearman
from harness.judge import Ending, Kind
from harness.study import Choice, Range
from tests.findings.studied import arm_runs, over, searching, under, with_arms
from tests.judge.planted import down, made, ran

JITTER = (0.0, 0.01, -0.01, 0.02, -0.02, 0.0)
THREE = {
    "small": [under(0.6 + x) for x in JITTER],
    "right": [under(0.2 + x) for x in JITTER],
    "large": [over(0.3 + 2 * x) for x in JITTER],
}


def test_three_arms_too_small_right_and_too_large_are_told_apart():
    found = find(with_arms(tuple(THREE)), arm_runs(THREE))
    assert [s.kind for s in found.settings] == [Kind.TOO_WEAK, Kind.FITS, Kind.MEMORISES]
    assert found.answer == (
        "small underfits (too weak), right fits and large overfits (memorising). Best is right: "
        "validation loss 0.200 ± 0.015 over 6 seeds at its best epoch, accuracy 0.900 at the end. "
        "At the end the validation loss of right is 0.100 lower than that of large (95 %: 0.0796 "
        "to 0.120, 6 pairs of equal seeds)."
    )
    assert found.best is found.settings[1]
    assert found.sickest is found.settings[2]
    assert (found.default, found.knobs) == (None, ())


def falling_back(end: float = 1.0) -> Curves:
    """Learns down to 0.5 and falls back to a constant's loss."""
    curve = [*np.linspace(1, 0.5, 10), *np.linspace(0.6, end, 5), *[end] * 6]
    return made(curve, curve, cross_fitted=0.5, accuracy=np.full(21, 0.5))


def rising(end: float) -> Curves:
    """Overfits: validation falls to 0.2 and rises to `end`."""
    curve = [*down(0.2)[:10], *np.linspace(0.2, end, 11)]
    return made(curve, down(0.0), cross_fitted=end / 3, accuracy=np.full(21, 0.8))


def test_an_arm_that_is_best_only_if_stopped_is_told_so():
    arms = {"right": [under(0.3 + x) for x in JITTER], "large": [rising(0.6 + x) for x in JITTER]}
    found = find(with_arms(tuple(arms)), arm_runs(arms))
    assert found.answer == (
        "right fits and large overfits (trained too long). Stopped at its best epoch (about 10), "
        "large reaches the lowest validation loss, 0.200 ± 0.005 over 6 seeds; trained on, it "
        "ends at 0.600. At the end the validation loss of right is 0.300 lower than that of large "
        "(95 %: 0.300 to 0.300, 6 pairs of equal seeds)."
    )


def test_the_sickest_is_overfit_or_else_diverged_or_else_underfit():
    well = [ran(under(0.2), trial=0, seed=s) for s in range(3)]
    weak = [ran(under(0.7), trial=1, seed=s, units=4) for s in range(3)]
    fallen = [ran(falling_back(), trial=2, seed=s, learning_rate=0.5) for s in range(3)]
    sick = [ran(over(0.5), trial=3, seed=s, units=512) for s in range(3)]
    assert label_of_sickest([*well, *weak, *fallen, *sick]) == ("trial 3", Kind.MEMORISES)
    assert label_of_sickest([*well, *weak, *fallen]) == ("trial 2", Kind.DIVERGED)
    assert label_of_sickest([*well, *weak]) == ("trial 1", Kind.TOO_WEAK)
    assert find(searching(), well).sickest is None


def test_the_best_setting_is_never_called_the_sickest():
    arms = {"right": [under(0.3 + x) for x in JITTER], "large": [rising(0.6 + x) for x in JITTER]}
    found = find(with_arms(tuple(arms)), arm_runs(arms))
    assert found.best is found.settings[1]
    assert found.best.kind is Kind.TRAINED_TOO_LONG
    assert found.sickest is None


def label_of_sickest(runs):
    sickest = find(searching(), runs).sickest
    return sickest.label, sickest.kind


def test_a_setting_holds_the_means_and_intervals_of_its_seeds():
    setting = find(with_arms(tuple(THREE)), arm_runs(THREE)).settings[2]
    ends = [0.3 + 2 * x for x in JITTER]
    assert setting.validation_loss.mean == pytest.approx(np.mean(ends), abs=1e-5)
    bounds = stats.ttest_1samp(ends, 0).confidence_interval()
    assert setting.validation_loss.low == pytest.approx(bounds.low, abs=1e-5)
    assert setting.gap.mean == pytest.approx(np.mean(ends), abs=1e-5)
    assert setting.rise.mean == 0
    assert setting.stop_epoch.mean == 20
    assert setting.counts == {Kind.MEMORISES: 6}
    assert (setting.seeds, setting.collapsed) == (tuple(range(6)), 0)


def test_the_true_loss_is_no_surer_than_the_examples_allow():
    curves = [
        made(under(e).validation_loss, under(e).train_loss, cross_fitted=e, gap_error=0.1)
        for e in (0.2, 0.22)
    ]
    runs = [ran(c, seed=i) for i, c in enumerate(curves)]
    setting = find(searching(), runs).settings[0]
    # var(seeds)/S = 0.02²/2/2; a gap error of 0.1 is 0.1/√2 of the validation part.
    assert setting.true_loss_error == pytest.approx(math.sqrt(0.0001 + 0.005), rel=1e-3)


def test_differences_are_paired_by_equal_seeds():
    found = find(with_arms(tuple(THREE)), arm_runs(THREE))
    first = found.differences[1]
    assert (first.a, first.b, first.quantity) == ("small", "large", "validation_loss")
    pairs = [2 * x - x - 0.3 for x in JITTER]
    bounds = stats.ttest_1samp(pairs, 0).confidence_interval(1 - 0.05 / 3)
    assert first.difference.low == pytest.approx(bounds.low, abs=1e-5)
    assert first.enough
    assert first.holm_p < 1e-4
    assert first.sentence == (
        "The validation loss of large is 0.300 lower than that of small (95 % for all 3 "
        "comparisons at once: 0.280 to 0.320, 6 pairs of equal seeds, Holm p < 0.001)."
    )
    scores = [one.sentence for one in found.differences if one.quantity == "validation_score"]
    assert scores[0].startswith("The validation accuracy of right is 0.200 higher than that of ")


def test_below_six_pairs_nothing_is_claimed():
    few = {arm: many[:5] for arm, many in THREE.items()}
    found = find(with_arms(tuple(few)), arm_runs(few))
    for difference in found.differences:
        assert not difference.enough
        assert difference.sentence.startswith("Too few seeds to claim a difference in ")
        assert difference.sentence.endswith("over 5 pairs of equal seeds, 6 are needed.")
    assert found.answer.endswith(
        " With fewer than 6 seeds no difference between them can be claimed."
    )


def test_equal_arms_show_no_clear_difference():
    rng = np.random.default_rng(0)
    arms = {name: [under(0.3 + x) for x in rng.normal(0, 0.02, 10)] for name in ("a", "b")}
    found = find(with_arms(("a", "b")), arm_runs(arms))
    assert found.differences[0].sentence.startswith(
        "No clear difference in validation loss: b minus a is "
    )
    assert found.answer.endswith(
        "At the end no difference in validation loss between them is clear."
    )


def test_many_arms_are_compared_with_the_first_only():
    arms = {name: [under(0.3), under(0.31)] for name in "abcdefg"}
    found = find(with_arms(tuple(arms)), arm_runs(arms))
    losses = [d for d in found.differences if d.quantity == "validation_loss"]
    assert [(d.a, d.b) for d in losses] == [("a", name) for name in "bcdefg"]


def searched():
    units = (4, 8, 16, 32, 64, 128, 256, 512)
    runs = [
        ran(over(0.25 + 0.01 * i) if i > 3 else under(0.6 - 0.1 * i), trial=i, seed=s, units=u)
        for i, u in enumerate(units)
        for s in range(3)
    ]
    return find(searching(), runs)


def test_a_search_names_the_knob_that_goes_with_the_gap():
    found = searched()
    assert [knob.knob for knob in found.knobs] == ["units"]
    gaps, units = [s.gap.mean for s in found.settings], range(8)
    assert found.knobs[0].gap_correlation == pytest.approx(stats.spearmanr(units, gaps).statistic)
    assert found.knobs[0].loss_correlation < 0
    assert found.answer == (
        "Of the 8 settings 4 overfit, 1 fits, 2 underfit and 1 is unclear. The gap between "
        "training and validation loss differs most by units: the larger, the wider (rank "
        "correlation +0.94). Best is trial 4: validation loss 0.290 ± 0 over 3 seeds at its best "
        "epoch, accuracy 0.855 at the end."
    )


def test_a_search_without_overfitting_says_so_and_names_what_goes_with_the_loss():
    rates = (0.001, 0.002, 0.004, 0.008, 0.016, 0.5)
    curves = [*[under(0.7 - 0.1 * i) for i in range(5)], falling_back()]
    runs = [
        ran(one, trial=i, seed=s, learning_rate=rate)
        for i, (one, rate) in enumerate(zip(curves, rates, strict=True))
        for s in range(3)
    ]
    found = find(searching(learning_rate=Range(low=1e-4, high=1.0, scale="log")), runs)
    assert found.answer.startswith(
        "None of the 6 settings overfits: 2 fit, 3 underfit and 1 diverged. The "
        "validation loss does not differ clearly by any searched knob. Best is trial 4: "
    )
    rising = find(searching(learning_rate=Range(low=1e-4, high=1.0, scale="log")), runs[:15])
    assert "The validation loss differs most by learning rate: the larger, the lower (rank " in (
        rising.answer
    )


def test_a_knob_without_an_order_is_named_where_its_values_lie_apart():
    optimizer = Choice(values=("sgd", "adam"))
    study = searching(units=Range(low=4, high=512, scale="log"), optimizer=optimizer)
    ends = {"sgd": (0.75, 0.7, 0.72, 0.73), "adam": (0.2, 0.24, 0.21, 0.25)}
    units = (8, 64, 16, 32)
    pairs = [(u, o, e) for o, many in ends.items() for u, e in zip(units, many, strict=True)]
    runs = [ran(under(e), trial=i, units=u, optimizer=o) for i, (u, o, e) in enumerate(pairs)]
    found = find(study, runs)
    assert "loss differs most by optimizer: on average 0.225 with adam and 0.725 with sgd." in (
        found.answer
    )


def test_a_link_of_too_few_settings_is_not_named():
    momentum = Range(low=0.0, high=0.99)
    study = searching(units=Range(low=4, high=512, scale="log"), momentum=momentum)
    ends = (0.7, 0.62, 0.64, 0.5, 0.4, 0.3, 0.25)
    runs = [ran(under(e), trial=i, units=2 ** (i + 2)) for i, e in enumerate(ends)]
    acting = [(0.9, 0.2), (0.5, 0.4), (0.1, 0.6)]
    runs += [
        ran(under(e), trial=10 + i, units=64, optimizer="momentum", momentum=m)
        for i, (m, e) in enumerate(acting)
    ]
    found = find(study, runs)
    strongest = max(found.knobs, key=lambda knob: knob.loss.strength)
    assert (strongest.knob, strongest.n) == ("momentum", 3)
    assert "differs most by units" in found.answer


def test_the_default_setting_is_found_where_the_search_tried_it():
    found = searched()
    assert found.default is not None
    assert found.default.trial.settings.units == 64


def test_a_knob_without_an_order_has_a_mean_for_each_value():
    study = searching(optimizer=Choice(values=("sgd", "adam")))
    runs = [
        ran(curves, trial=i, optimizer=optimizer)
        for i, (curves, optimizer) in enumerate(
            [(under(0.2), "sgd"), (over(0.4), "adam"), (over(0.5), "adam")]
        )
    ]
    knob = find(study, runs).knobs[0]
    assert math.isnan(knob.gap_correlation)
    assert [(mean.value, mean.n) for mean in knob.by_value] == [('"adam"', 2), ('"sgd"', 1)]
    assert knob.by_value[0].gap == pytest.approx(0.45, abs=1e-5)


@pytest.mark.parametrize(
    ("values", "has"),
    [
        ((1, 2, 4), True),
        ((0.1, 0.5), True),
        ((16, "stochastic", "full"), True),
        (("sgd", "adam"), False),
        ((True, False), False),
        ((0.5, 200), False),
        (((8, 8), (4, 4)), False),
    ],
)
def test_an_order_is_seen_only_where_there_is_one(values, has):
    assert ordinal(Choice(values=values)) is has
    assert ordinal(Range(low=0, high=1))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=20))
def test_rank_correlation_is_spearmans(points):
    x, y = zip(*points, strict=True)
    found, p = spearman(x, y)
    if len(set(x)) < 2 or len(set(y)) < 2:
        assert math.isnan(found)
    else:
        oracle = stats.spearmanr(x, y)
        assert found == pytest.approx(oracle.statistic)
        if abs(found) < 0.999:
            assert p == pytest.approx(max(oracle.pvalue, 2 / math.factorial(len(x))))


def test_three_settings_in_a_row_prove_nothing():
    assert spearman((1, 2, 3), (4, 5, 6)) == (1.0, pytest.approx(1 / 3))


GROUPED = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9)), min_size=4, max_size=20)


@given(GROUPED)
def test_the_p_of_a_knob_without_an_order_is_kruskals(points):
    groups, y = zip(*points, strict=True)
    link = among(groups, y)
    parts = [[v for g, v in points if g == name] for name in sorted(set(groups))]
    if len(parts) < 2 or len(set(y)) < 2:
        assert math.isnan(link.strength)
    else:
        assert 0 <= link.strength <= 1
        assert link.p == pytest.approx(stats.kruskal(*parts).pvalue)


@given(st.permutations(range(12)), st.integers(1, 11))
def test_two_values_lie_apart_as_the_rank_biserial_correlation_says(y, cut):
    link = among(["a"] * cut + ["b"] * (12 - cut), y)
    u = stats.mannwhitneyu(y[:cut], y[cut:]).statistic
    assert link.strength == pytest.approx(abs(1 - 2 * u / (cut * (12 - cut))))


@given(st.lists(st.integers(0, 9), min_size=1, max_size=20))
def test_equal_values_share_their_rank(values):
    assert list(ranked(values)) == list(stats.rankdata(values))


@given(st.randoms())
def test_the_order_of_runs_changes_nothing(random):
    runs = arm_runs(THREE)
    mixed = random.sample(runs, len(runs))
    one, other = find(with_arms(tuple(THREE)), runs), find(with_arms(tuple(THREE)), mixed)
    assert one.answer == other.answer
    assert [d.sentence for d in one.differences] == [d.sentence for d in other.differences]


def test_failed_and_diverged_runs_are_named_and_counted():
    runs = [ran(under(0.3), seed=0), ran(under(0.3), seed=1, ending=Ending.DIVERGED)]
    runs += [ran(None, seed=2, ending=Ending.FAILED), ran(under(0.4), trial=1, units=8)]
    found = find(searching(), runs)
    assert [run.name for run in found.diverged] == ["0000/s1"]
    assert [run.name for run in found.failed] == ["0000/s2"]
    setting = found.settings[0]
    assert setting.collapsed == pytest.approx(2 / 3)
    # The diverged seed counts as the constant's loss, 1; the gap only as what finished.
    assert setting.validation_loss.mean == pytest.approx(0.65, abs=1e-5)
    assert setting.gap.n == 1
    assert found.best is found.settings[1]
    assert found.answer.endswith("1 run diverged and 1 run failed.")


def test_a_study_whose_runs_all_failed_says_why():
    found = find(searching(), [ran(None, ending=Ending.FAILED)])
    assert found.answer == "The only run failed: loss was not finite after epoch 3."
    assert (found.best, found.sickest) == (None, None)


UNVALIDATED = {
    "small": [made([], [1.0, 0.5, 0.45, 0.4]), made([], [1.0, 0.5, 0.4, 0.3])],
    "large": [made([], [1.0, 0.5, 0.3, 0.2]), made([], [1.0, 0.5, 0.2, 0.1])],
}


def test_without_validation_nothing_is_judged():
    found = find(with_arms(tuple(UNVALIDATED)), arm_runs(UNVALIDATED))
    assert found.answer == (
        "There is no validation part, so nothing can be said about over- or underfitting. "
        "Training loss at the end: large 0.150 and small 0.350."
    )
    assert (found.best, found.sickest, found.differences) == (None, None, ())
    setting = found.settings[1]
    assert (setting.kind, setting.fit, setting.counts) == (None, None, {})
    assert setting.why == ("no validation part, so it is not judged; training loss ends at 0.150")
    unmeasured = (setting.validation_loss, setting.gap, setting.rise, setting.cross_fitted_loss)
    assert {one.n for one in unmeasured} == {0}
    assert setting.train_loss.mean == pytest.approx(0.15)


def test_a_search_without_validation_names_the_lowest_training_losses():
    ends = [made([], [1.0, 0.5, 0.4, 0.1 + 0.1 * i]) for i in range(8)]
    found = find(searching(), [ran(one, trial=i, units=8 + i) for i, one in enumerate(ends)])
    assert "The lowest training loss at the end: trial 0 0.100, trial 1 0.200, " in found.answer
    assert "trial 6" not in found.answer


def test_a_diverged_run_without_validation_is_not_judged_either():
    runs = [ran(made([], [1.0, 9.0]), seed=0, ending=Ending.DIVERGED)]
    found = find(searching(), runs)
    assert found.settings[0].kind is None
    assert found.answer.endswith("1 run diverged.")


def test_a_setting_whose_runs_all_failed_is_not_judged_beside_others_that_are():
    few = {"small": THREE["small"], "lost": [None] * 6}
    runs = [
        ran(one, trial=i, seed=s, name=arm, units=8 * 2**i, ending=end)
        for i, (arm, many) in enumerate(few.items())
        for s, one in enumerate(many)
        for end in [Ending.FAILED if one is None else Ending.FINISHED]
    ]
    found = find(with_arms(tuple(few)), runs)
    assert found.settings[1].kind is None
    assert found.settings[1].why == "every run failed, so it is not judged"
    assert " and lost is not judged. " in found.answer
    searched = find(searching(), runs)
    assert " and 1 is not judged. " in searched.answer


def test_a_study_without_runs_has_an_answer_too():
    assert find(searching(), []).answer == "Nothing has run yet."
