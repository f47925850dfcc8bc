import pytest

from harness.report.wording import duration, knob_value, loss_words


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "yes"), (0.00123456, "0.00123"), (32, "32"), ("adam", "adam"), ((64, 32), "64-32")],
)
def test_knob_values_read_as_people_write_them(value, text):
    assert knob_value(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(3.14159, "3.14 s"), (42.2, "42 s"), (185, "3 min 5 s"), (7860, "2 h 11 min")],
)
def test_durations_have_two_units_at_most(seconds, text):
    assert duration(seconds) == text


def test_a_loss_without_a_name_of_ours_keeps_its_own():
    names = ("categorical_crossentropy", "mse", "hinge")
    assert [loss_words(name) for name in names] == ["cross-entropy", "mean squared error", "hinge"]
