from dataclasses import replace

import pytest

from harness.errors import InputError
from harness.findings import compare, find
from harness.study import DataSource
from tests.findings.studied import arm_runs, over, under, with_arms
from tests.judge.planted import made, ran


def study(name, ends, **changes):
    arms = {"plain": [under(end) for end in ends], "sick": [over(end + 0.2) for end in ends]}
    return find(replace(with_arms(tuple(arms), name=name), **changes), arm_runs(arms))


ENDS = (0.2, 0.21, 0.22, 0.2, 0.19, 0.2)
FIRST = study("first", ENDS)


def test_two_studies_are_compared_by_their_bests_in_pairs_of_seeds():
    found = compare(FIRST, study("second", [end + 0.1 + end / 10 for end in ENDS]))
    assert found.difference is not None
    assert found.difference.difference.mean == pytest.approx(0.12, abs=1e-3)
    assert found.answer.startswith(
        "first's best is plain, validation loss 0.203 ± 0.011 over 6 seeds; second's best is plain"
    )
    assert "After the last epoch: the validation loss of plain (second) is 0.12" in found.answer
    assert "higher than that of plain (first) (95 %: " in found.answer


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"data": DataSource(source="wine")},
            "first and other cannot be compared: data.source is digits in first and wine in other",
        ),
        ({"seed": 3}, "seed, which decides the split, is 0 and 3"),
    ],
)
def test_other_data_are_refused(changes, reason):
    with pytest.raises(InputError, match=reason):
        compare(FIRST, study("other", ENDS, **changes))


def test_examples_that_changed_under_one_name_are_refused():
    with pytest.raises(InputError, match="the examples differ, though both studies name the same"):
        compare(FIRST, study("other", ENDS), fingerprints=("a", "b"))


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"loss_name": "mse"}, "their losses are categorical_crossentropy and mse"),
        ({"examples": 50}, "their validation parts hold 400 and 50 examples"),
        ({"constant": 2.0}, "a constant prediction's validation loss is 1 and 2"),
    ],
)
def test_other_measures_are_refused(options, reason):
    curves = under(0.2)
    other = made(curves.validation_loss, curves.train_loss, cross_fitted=0.2, **options)
    found = find(with_arms(("plain",), name="other"), [ran(other, name="plain", stage="arms")])
    with pytest.raises(InputError, match=reason):
        compare(FIRST, found)


def test_a_study_without_validation_losses_is_refused():
    with pytest.raises(InputError, match="other measured no validation loss"):
        compare(FIRST, find(with_arms(("plain",), name="other"), []))


def test_all_reasons_are_given_at_once():
    with pytest.raises(InputError) as error:
        compare(FIRST, study("other", ENDS, seed=3, data=DataSource(source="wine")))
    assert len(error.value.faults) == 2
