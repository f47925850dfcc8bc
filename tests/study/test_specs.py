from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from harness.errors import StudyError
from harness.study import (
    KNOBS,
    OBJECTIVES,
    RECORDED_LOSSES,
    Arm,
    Choice,
    DataSource,
    GivenLayer,
    Points,
    Range,
    Search,
    Study,
    Training,
    settings_from,
)
from harness.study.specs import RANGED, combination_faults, settled, spec_faults

STUDY = Study(
    name="digits",
    question="How much capacity?",
    data=DataSource(source="digits"),
    training=Training(seeds=5),
    knobs={"units": Range(low=4, high=512)},
    search=Search(trials=64),
)
RANGED_KNOBS = sorted(name for name, knob in KNOBS.items() if knob.kind in RANGED)
DEPTHS = st.one_of(
    st.none(),
    st.integers(0, 3),
    st.lists(st.integers(0, 3), min_size=2, max_size=3, unique=True).map(
        lambda values: Choice(values=tuple(values))
    ),
    st.tuples(st.integers(0, 2), st.integers(1, 2)).map(
        lambda ends: Range(low=ends[0], high=ends[0] + ends[1], integer=True)
    ),
)
SHAPES = st.lists(
    st.one_of(st.just(8), st.lists(st.just(4), min_size=1, max_size=3).map(tuple)),
    min_size=1,
    max_size=3,
    unique=True,
).map(lambda values: Choice(values=tuple(values)))


@settings(deadline=None)
@given(layers=DEPTHS, units=SHAPES)
def test_shapes_are_refused_exactly_where_a_search_could_meet_an_impossible_one(layers, units):
    knobs = {"units": units} | ({} if layers is None else {"layers": layers})
    match layers:
        case None:
            depths = [{}]
        case Choice(values=values):
            depths = [{"layers": value} for value in values]
        case Range(low=low, high=high):
            depths = [{"layers": value} for value in range(int(low), int(high) + 1)]
        case _:
            depths = [{"layers": layers}]
    met = [depth | {"units": value} for depth in depths for value in units.values]
    assert bool(combination_faults(knobs)) == any(map(impossible, met))


def impossible(values) -> bool:
    try:
        settings_from(values)
    except StudyError:
        return True
    return False


ENDS = st.one_of(
    st.lists(st.integers(0, 60), min_size=2, max_size=2, unique=True),
    st.lists(st.floats(0, 1), min_size=2, max_size=2, unique=True),
    st.tuples(st.just(0.5), st.just(1)),
).map(sorted)


@settings(deadline=None)
@given(
    name=st.sampled_from(RANGED_KNOBS),
    ends=ENDS,
    scale=st.sampled_from(["linear", "log"]),
    share=st.floats(0, 1),
)
def test_what_a_faultless_range_draws_is_a_value_of_its_knob(name, ends, scale, share):
    knob = KNOBS[name]
    spec = Range(low=ends[0], high=ends[1], scale=scale)
    assume(not spec_faults(knob, spec, place="knobs.it"))
    spec = settled(knob, spec)
    drawn = spec.low + share * (spec.high - spec.low)
    drawn = round(drawn) if spec.integer else min(drawn, spec.high)
    assert spec_faults(knob, drawn, place="knobs.it") == []


@settings(deadline=None)
@given(name=st.sampled_from(RANGED_KNOBS), low=st.integers(1, 50), high=st.integers(1, 50))
def test_settling_twice_changes_nothing(name, low, high):
    for spec in (Range(low=low, high=high), Choice(values=(low, high)), low):
        once = settled(KNOBS[name], spec)
        assert settled(KNOBS[name], once) == once


@pytest.mark.parametrize(
    ("knobs", "fault"),
    [
        ({"unts": 8}, r"knobs.unts is not a knob; did you mean units\?"),
        ({"units": Range(low=8, high=4)}, r"knobs.units.from must be below to \(4\), got 8"),
        ({"dropout": Range(low=0, high=2)}, r"knobs.dropout.to must lie in 0..1, got 2"),
        ({"bias": Range(low=0, high=1)}, r"knobs.bias cannot be a range"),
        ({"optimizer": Choice(values=())}, r"knobs.optimizer must list at least one value"),
        ({"layers": Range(low=0, high=3, scale="log")}, r"above 0 on a log scale, got 0"),
        ({"optimizer": "adam"}, r"a search needs at least one knob with a range or a list"),
        (
            {"units": Range(low=4, high=8), "initialization": (GivenLayer(weights=((1.0,),)),)},
            r"knobs.initialization must give weights for 1 hidden layers|layers may be 1, got 1",
        ),
    ],
)
def test_a_study_made_in_python_follows_the_same_rules(knobs, fault):
    with pytest.raises(StudyError, match=fault):
        replace(STUDY, knobs=knobs)


def test_a_search_needs_examples_to_look_at():
    points = DataSource(points=Points(x=((0.0,), (1.0,)), y=(0, 1)))
    with pytest.raises(StudyError, match=r"needs validation examples, got points, which all train"):
        replace(STUDY, data=points)
    search = Search(trials=3, objective="train_loss_end")
    assert replace(STUDY, data=points, search=search).data.points is not None


@pytest.mark.parametrize("objective", RECORDED_LOSSES)
def test_a_search_for_a_loss_minimizes_it_unless_told(objective):
    assert Search(trials=3, objective=objective).direction == "minimize"
    told = Search(trials=3, objective=objective, direction="maximize")
    assert told.direction == "maximize"


@pytest.mark.parametrize("objective", sorted(OBJECTIVES.keys() - RECORDED_LOSSES))
def test_a_search_for_anything_else_must_say_its_direction(objective):
    rule = f'^search.direction must be said with objective {objective}: "minimize" or "maximize"$'
    with pytest.raises(StudyError, match=rule):
        Search(trials=3, objective=objective)
    assert Search(trials=3, objective=objective, direction="minimize").objective == objective


def test_two_arms_of_one_name_are_refused():
    each_way = [settings_from({"units": units}) for units in (8, 9)]
    arms = tuple(Arm(name="a", settings=each) for each in each_way)
    with pytest.raises(StudyError, match=r"arms\.a is named twice"):
        replace(STUDY, knobs={}, search=None, arms=arms)


def test_the_default_of_a_number_of_examples_is_the_most():
    study = replace(STUDY, knobs={"train_size": Range(low=50, high=500)})
    assert study.default_settings().train_size == 500


def test_given_weights_set_the_layers_and_units():
    hidden = GivenLayer(weights=((1.0, 2.0), (3.0, 4.0)))
    output = GivenLayer(weights=((1.0,), (2.0,)))
    found = settings_from({"initialization": (hidden, output)})
    assert (found.layers, found.widths) == (1, (2,))


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"units": 3}, r"initialization\[0\].weights must have 3 columns, one per unit, got 2"),
        ({"layers": 2, "units": 2}, r"must give weights for 2 hidden layers and the output, got 2"),
        ({"bias": False}, r"initialization\[0\].bias must be left out with bias = false"),
    ],
)
def test_given_weights_must_fit_the_network(values, fault):
    hidden = GivenLayer(weights=((1.0, 2.0),), bias=(0.0, 0.0))
    output = GivenLayer(weights=((1.0,), (2.0,)))
    with pytest.raises(StudyError, match=fault):
        settings_from({"initialization": (hidden, output), **values})


def test_given_layers_must_follow_on_each_other():
    layers = (GivenLayer(weights=((1.0, 2.0),)), GivenLayer(weights=((1.0,),)))
    rule = r"initialization\[1\].weights must have 2 rows, one per unit before, got 1"
    with pytest.raises(StudyError, match=rule):
        settings_from({"initialization": layers})


def test_every_pair_of_rules_between_tables_is_named_together():
    both = {"search": None, "arms": (), "question": " ", "knobs": {"l1": -1.0, "l2": -1.0}}
    with pytest.raises(StudyError) as error:
        replace(STUDY, **both)
    starts = [fault.split(" ")[0] for fault in error.value.faults]
    assert starts == ["knobs.l1", "knobs.l2", "question", "a"]
