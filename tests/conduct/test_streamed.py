"""What a study cannot ask of a training part that is streamed."""

from dataclasses import replace

import numpy as np

from harness.conduct.streamed import streamed_faults
from harness.data import BlockFile, StreamedPart
from harness.judge import Ending
from harness.study import Arm, Choice, Range, settings_from
from tests.training.conftest import make_dataset, make_study

STUDY = """
question = "Does it stream?"

[data]
source = "large.npz"
stream = true

[training]
epochs = 2
seeds = 2

[arms]
small = {{ units = 2 }}
large = {{ units = 16{more} }}
"""


def streamed(tmp_path):
    held = make_dataset(train=90)
    part = StreamedPart(
        x=BlockFile(path=tmp_path / "none", features=7, sizes=(30, 30, 30)), y=held.train.y
    )
    return replace(held, train=part)


def test_whole_batches_parts_of_the_examples_and_their_own_order_are_refused(tmp_path):
    knobs = {
        "train_size": Range(low=0.1, high=1.0),
        "batch": Choice(values=(16, 31, "full")),
        "order": "given",
    }
    found = list(streamed_faults(replace(make_study(), knobs=knobs), streamed(tmp_path)))
    assert found == [
        "knobs.train_size must be 1.0, all examples, where data.stream is on, got 0.1",
        'knobs.order must be shuffled where data.stream is on, got "given"',
        "knobs.batch must be at most 30, a block's examples, where data.stream is on, got 31",
        'knobs.batch must be at most 30, a block\'s examples, where data.stream is on, got "full"',
    ]


def test_arms_are_named_and_what_streams_is_not_refused(tmp_path):
    arms = tuple(
        Arm(name=name, settings=settings_from(table))
        for name, table in {"one": {"batch": 30}, "two": {"batch": "stochastic", "train_size": 9}}
        .items()
    )  # fmt: skip
    study = replace(make_study(), knobs={}, search=None, arms=arms)
    found = list(streamed_faults(study, streamed(tmp_path)))
    two = "arms.two.train_size must be 1.0, all examples, where data.stream is on, got 9"
    assert found == [two]
    assert list(streamed_faults(study, make_dataset(train=90))) == []


def test_a_streamed_study_trains_in_workers_and_goes_on(workshop):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3))
    np.savez(workshop.root / "studies" / "large.npz", x=x, y=(x[:, 0] > 0).astype(int))
    workshop.write("large", STUDY.format(more=""))
    done = workshop.conduct("large", workers=2)
    assert done.trained == 4
    assert {run.ending for run in workshop.runs("large").values()} == {Ending.FINISHED}
    assert workshop.conduct("large").trained == 0
    workshop.write("bad", STUDY.format(more=', batch = "full"'))
    said = workshop.say("study", "bad")
    assert said.exit_code == 2
    pattern = "arms.large.batch must be at most 120, a block's examples, where data.stream is on"
    assert pattern in said.output.replace("\n", " ")
