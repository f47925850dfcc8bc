"""The record of what cheap models reach."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.curves import Baseline, Estimate, baseline_from_json, lowest_baselines


def baseline(loss=0.5, *, name="ridge regression", examples=100, noise=0.0, **changes):
    asked = {
        "name": name,
        "train_examples": examples,
        "label_noise": noise,
        "learned_from": examples,
        "validation_loss": Estimate(mean=loss, standard_error=0.1, n=50),
        "seeds": 1,
        "seed_error": 0.0,
        "score": 0.8,
        "score_name": "r2",
        "seconds": 0.2,
    }
    return Baseline(**{**asked, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"score": 0.25, "seeds": 3, "seed_error": 0.01},
        {"test_loss": Estimate(mean=0.6, standard_error=0.2, n=9), "test_score": 0.7},
    ],
)
def test_a_baseline_survives_json(changes):
    made = baseline(**changes)
    assert baseline_from_json(json.loads(json.dumps(made.to_json(), allow_nan=False))) == made


def test_what_is_not_defined_survives_json_too():
    one = Estimate(mean=0.6, standard_error=math.nan, n=1)
    made = baseline(validation_loss=one, score=math.nan, test_loss=one, test_score=math.nan)
    content = json.loads(json.dumps(made.to_json(), allow_nan=False))
    back = baseline_from_json(content)
    assert math.isnan(back.score)
    assert math.isnan(back.test_score)
    assert math.isnan(back.validation_loss.standard_error)
    assert back.to_json() == content


@given(
    st.lists(
        st.tuples(st.floats(0, 9), st.sampled_from([50, 100]), st.sampled_from([0.0, 0.2])),
        max_size=12,
    )
)
def test_the_lowest_of_every_group_is_found(drawn):
    every = [baseline(loss, examples=n, noise=noise) for loss, n, noise in drawn]
    found = lowest_baselines(every)
    assert found.keys() == {(n, noise) for _, n, noise in drawn}
    for key, lowest in found.items():
        group = [one for one in every if one.key == key]
        assert lowest in group
        assert lowest.validation_loss.mean == min(one.validation_loss.mean for one in group)
