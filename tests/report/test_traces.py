import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.report.traces import POINTS, Traces, traces
from tests.report.made_up import arm_runs, arms_study


def test_seeds_that_stop_early_leave_the_mean_to_the_others():
    values = np.array([[4.0, 2.0, np.nan], [2.0, 1.0, 0.5]])
    curve = Traces(epochs=np.arange(3.0), values=values)
    assert curve.mean.tolist() == [3.0, 1.5, 0.5]
    assert curve.lowest.tolist() == [2.0, 1.0, 0.5]
    assert curve.highest.tolist() == [4.0, 2.0, 0.5]


def test_seeds_are_laid_on_the_union_of_their_epochs():
    curves = [run.curves for run in arm_runs(arms_study(), seeds=2)[:2]]
    found = traces(curves, "validation_loss")
    assert np.array_equal(found.epochs, curves[0].epochs)
    assert np.array_equal(found.values[1], curves[1].validation_loss)


@given(length=st.integers(1, 900), seed=st.integers(0, 99))
def test_thinning_keeps_both_ends_and_the_minimum(length, seed):
    values = np.random.default_rng(seed).normal(size=(3, length))
    whole = Traces(epochs=np.arange(length, dtype=float), values=values)
    thin = whole.thinned()
    assert len(thin.epochs) <= POINTS + 1
    assert {0.0, length - 1.0, whole.epochs[whole.bottom]} <= set(thin.epochs)
    assert thin.mean.min() == whole.mean.min()
