import pytest

from harness.errors import StudyError
from harness.study import settings_from, settings_from_json


def test_a_list_of_units_sets_the_layers():
    assert settings_from({"units": (8, 4)}).widths == (8, 4)


def test_settings_survive_json():
    settings = settings_from({"layers": 2, "units": 8, "optimizer": "nesterov", "momentum": 0.5})
    assert settings_from_json(settings.to_json()) == settings


def test_settings_of_before_a_knob_joined_have_the_json_they_had():
    first = (
        "layers units activation bias dropout l1 l2 weight_decay optimizer learning_rate momentum "
        "batch train_size label_noise epochs initialization order"
    )
    settings = settings_from({"units": 8})
    assert set(settings.to_json()) == set(first.split())
    changed = settings_from({"units": 8, "patience": 3, "clip_norm": 1.0})
    assert changed.to_json() == settings.to_json() | {"patience": 3, "clip_norm": 1.0}
    assert settings_from_json(changed.to_json()) == changed


def test_knobs_that_do_not_act_hold_their_default():
    settings = settings_from({"layers": 0, "dropout": 0.5, "momentum": 0.1})
    assert (settings.dropout, settings.momentum) == (0.0, 0.9)
    assert "dropout" not in settings.acting()


def test_adamw_decays_unless_told_otherwise():
    assert settings_from({"optimizer": "adamw"}).weight_decay == 0.01
    assert settings_from({"optimizer": "adamw", "weight_decay": 0.0}).weight_decay == 0.0


@pytest.mark.parametrize(
    ("knob", "value", "rule"),
    [
        ("dropout", 1.5, r"knobs.dropout must lie in 0..1, got 1.5"),
        ("learning_rate", 0.0, r"knobs.learning_rate must be above 0, got 0.0"),
        ("layers", 1.5, r"knobs.layers must lie in 0..64 and be a whole number, got 1.5"),
        ("batch", "half", r'knobs.batch must be .*"stochastic" or "full", got "half"'),
        ("optimizer", "sdg", r'knobs.optimizer must be one of sgd, .*, got "sdg"'),
        ("train_size", 1.5, r"knobs.train_size must be a share in 0..1, or a whole number"),
    ],
)
def test_a_value_outside_its_rule_is_named(knob, value, rule):
    with pytest.raises(StudyError, match=rule):
        settings_from({knob: value})


@pytest.mark.parametrize(
    ("elsewhere", "here"),
    [
        ("kaiming_uniform", "he_uniform"),
        ("kaiming_normal_", "he_normal"),
        ("xavier_uniform_", "glorot_uniform"),
        ("XavierNormal", "glorot_normal"),
        ("orthogonal_", "orthogonal"),
        ("LecunNormal", "lecun_normal"),
    ],
)
def test_a_first_weights_rule_by_its_name_elsewhere_is_hinted_at(elsewhere, here):
    with pytest.raises(StudyError, match=rf'got "{elsewhere}"; did you mean {here}\?'):
        settings_from({"initialization": elsewhere})


def test_all_faults_are_named_at_once():
    with pytest.raises(StudyError) as error:
        settings_from({"dropout": 2.0, "l1": -1.0})
    assert len(error.value.faults) == 2
