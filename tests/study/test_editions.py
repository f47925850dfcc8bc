from dataclasses import fields, replace
from typing import get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.study import (
    KNOBS,
    Arm,
    Choice,
    DataSource,
    Lesson,
    Points,
    Range,
    Search,
    Split,
    Study,
    Thresholds,
    Training,
    edition,
    settings_from,
)

DATA = "ab12"
SEARCH = Study(
    name="digits",
    question="How much capacity?",
    data=DataSource(source="digits"),
    training=Training(seeds=5),
    knobs={
        "layers": 2,
        "units": Range(low=4, high=512, scale="log"),
        "optimizer": Choice(values=("sgd", "adam")),
    },
    search=Search(trials=64),
)
ARMS = Study(
    name="moons",
    question="Does it memorise?",
    data=DataSource(source="moons"),
    training=Training(seeds=10),
    knobs={"dropout": 0.5},
    arms=(Arm(name="small", settings=settings_from({"units": 8})),),
)
OTHER_DATA = {
    "source": "iris",
    "split": Split(train=0.5),
    "target": "y",
    "features": ("a",),
    "missing": "mean",
    "standardize": False,
    "group": "g",
    "time": "t",
    "task": "regression",
    "examples": 100,
    "noise": 0.25,
    "degree": 3,
    "modulus": 7,
    "dimensions": 4,
}
OTHER_SEARCH = {
    "sampler": "random",
    "batch": 8,
    "objective": "validation_loss_end",
    "direction": "maximize",
}
OTHER_SPECS = {
    "units": [
        Range(low=4, high=256, scale="log"),
        Range(low=8, high=512, scale="log"),
        Range(low=4, high=512),
        Choice(values=(4, 512)),
        64,
        (64, 64),
    ],
    "optimizer": [
        Choice(values=("adam", "sgd")),
        Choice(values=("sgd", "adam", "adamw")),
        "sgd",
    ],
    "layers": [3, Range(low=1, high=2)],
    "dropout": [0.1],
    "train_size": [1, 0.5],
    "weight_decay": [0.0],
}


def with_knob(study: Study, name: str, spec) -> Study:
    return replace(study, knobs={**study.knobs, name: spec})


def test_an_edition_is_twelve_hex_digits_and_the_same_everywhere():
    # Written down once: a change here parts every stored study from its runs.
    assert edition(SEARCH, DATA) == "6b83e99d18fb"
    assert edition(ARMS, DATA) == "e23ff43ab113"


def test_other_examples_make_another_edition():
    assert edition(SEARCH, DATA) != edition(SEARCH, "ab13")


@pytest.mark.parametrize("study", [SEARCH, ARMS])
@pytest.mark.parametrize("name", sorted(OTHER_DATA))
def test_every_field_of_the_data_counts(study, name):
    other = replace(study, data=replace(study.data, **{name: OTHER_DATA[name]}))
    assert edition(study, DATA) != edition(other, DATA)


def test_no_field_of_the_data_is_forgotten_here():
    assert set(OTHER_DATA) | {"points", "stream"} == {field.name for field in fields(DataSource)}


def test_how_the_data_are_held_is_left_to_their_fingerprint():
    streamed = replace(ARMS, data=replace(ARMS.data, stream=True))
    assert edition(streamed, DATA) == edition(ARMS, DATA)


def test_points_count():
    points = [Points(x=((0.0,), (1.0,)), y=y) for y in [(0, 1), (1, 0), ("0", "1")]]
    studies = [replace(ARMS, data=DataSource(points=each)) for each in points]
    assert len({edition(study, DATA) for study in studies}) == 3


@pytest.mark.parametrize("study", [SEARCH, ARMS])
def test_the_loss_and_the_seed_count(study):
    loss = replace(study, training=replace(study.training, loss="mse"))
    seed = replace(study, seed=1)
    assert len({edition(each, DATA) for each in (study, loss, seed)}) == 3


@pytest.mark.parametrize("name", sorted(OTHER_SEARCH))
def test_how_the_search_goes_counts(name):
    other = replace(SEARCH, search=replace(SEARCH.search, **{name: OTHER_SEARCH[name]}))
    assert edition(SEARCH, DATA) != edition(other, DATA)


def test_every_change_of_a_knob_counts_and_no_two_are_alike():
    changed = [with_knob(SEARCH, n, spec) for n, specs in OTHER_SPECS.items() for spec in specs]
    found = {edition(study, DATA) for study in [SEARCH, *changed]}
    assert len(found) == len(changed) + 1


@settings(deadline=None)
@given(seeds=st.integers(1, 100), question=st.text(min_size=1).filter(str.strip))
def test_the_question_seeds_and_thresholds_do_not_count(seeds, question):
    for study in (SEARCH, ARMS):
        other = replace(
            study,
            name="other",
            question=question,
            training=replace(study.training, seeds=seeds),
            thresholds=Thresholds(fits=0.5),
            folder=study.folder / "elsewhere",
        )
        assert edition(study, DATA) == edition(other, DATA)


@settings(deadline=None)
@given(trials=st.integers(1, 10_000))
def test_the_number_of_trials_does_not_count(trials):
    other = replace(SEARCH, search=replace(SEARCH.search, trials=trials))
    assert edition(SEARCH, DATA) == edition(other, DATA)


def test_arms_and_their_names_do_not_count():
    small = replace(ARMS.arms[0], name="tiny")
    large = Arm(name="large", settings=settings_from({"units": 512}))
    assert edition(ARMS, DATA) == edition(replace(ARMS, arms=(small, large)), DATA)


def test_the_steps_of_a_range_count_in_a_grid_only():
    for sampler, counts in [("grid", True), ("random", False)]:
        study = replace(SEARCH, search=replace(SEARCH.search, sampler=sampler))
        finer = with_knob(study, "units", Range(low=4, high=512, scale="log", steps=9))
        assert (edition(study, DATA) != edition(finer, DATA)) is counts


@settings(deadline=None)
@given(order=st.permutations(sorted(SEARCH.knobs)))
def test_the_order_of_the_knobs_does_not_count(order):
    other = replace(SEARCH, knobs={name: SEARCH.knobs[name] for name in order})
    assert edition(SEARCH, DATA) == edition(other, DATA)
    assert list(other.searched) == list(SEARCH.searched)


@pytest.mark.parametrize("name", sorted(KNOBS.keys() - {"weight_decay", *SEARCH.knobs}))
def test_a_default_written_out_does_not_count(name):
    written_out = with_knob(SEARCH, name, KNOBS[name].default)
    assert edition(SEARCH, DATA) == edition(written_out, DATA)


def test_one_example_is_not_all_of_them():
    one, whole = with_knob(SEARCH, "train_size", 1), with_knob(SEARCH, "train_size", 1.0)
    assert edition(one, DATA) != edition(whole, DATA) == edition(SEARCH, DATA)


def test_whole_numbers_are_the_same_as_their_floats():
    assert edition(with_knob(SEARCH, "dropout", 1), DATA) == edition(
        with_knob(SEARCH, "dropout", 1.0), DATA
    )


def test_a_new_field_of_a_study_is_given_a_place():
    # Whoever adds one decides here whether it makes results.
    known = {
        Study: "name question data training network knobs search arms seed thresholds shows lesson"
        " folder",
        Search: "trials sampler batch objective direction",
        Training: "seeds loss trace",
        Range: "low high scale integer steps",
    }
    for record, names in known.items():
        assert set(get_type_hints(record)) == set(names.split())


def test_what_is_shown_and_taught_makes_no_results():
    told = replace(ARMS, shows="shows.py:picture", lesson=Lesson(predict="Up or down?"))
    assert edition(told, DATA) == edition(ARMS, DATA)


def test_what_is_traced_is_part_of_what_is_stored():
    found = {
        edition(replace(ARMS, training=replace(ARMS.training, trace=trace)), DATA)
        for trace in (None, "steps", "epochs", "ends")
    }
    assert len(found) == 4
