"""TensorBoard's event files: what is in them, and how measures apart become one run."""

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.curves.logs import read_logs
from harness.curves.logs.series import MOST, Series
from harness.curves.logs.tfrecords import masked_crc32c
from harness.errors import LogError
from tests.curves.events import event, framed, write_events
from tests.curves.written import course

SAMPLES = Path(__file__).parent / "samples"
TRAIN = [1.0, 0.5, 0.25, 0.125]
VALIDATION = [1.0, 0.75, 0.625, 0.875]
STEPS = [0.0, 1.0, 2.0, 3.0]


def pairs(*, train="Loss/train", validation="Loss/val", first=0, time=0.0):
    """Both losses at the end of each epoch."""
    for i, (a, b) in enumerate(zip(TRAIN, VALIDATION, strict=True), start=first):
        yield event(train, i, a, time=time + i)
        yield event(validation, i, b, time=time + i + 0.1)


def test_checksums_are_those_of_the_standard():
    crc = (masked_crc32c(b"123456789") - 0xA282EAD8) & 0xFFFFFFFF
    assert (crc >> 17 | crc << 15) & 0xFFFFFFFF == 0xE3069283


def test_a_hugging_face_run_is_read_with_its_score():
    (log,) = read_logs(SAMPLES / "events.out.tfevents.1744227257.host.1")
    assert log.format == "tensorboard events"
    assert log.columns == {
        "epoch": "train/epoch",
        "train_loss": "train/loss",
        "validation_loss": "eval/loss",
        "validation_score": "eval/accuracy",
    }
    assert len(log.curves.epochs) == 12
    assert log.curves.train_loss[:2] == pytest.approx([1.3975, 1.3926], abs=1e-6)
    assert log.notes == ("left out since they were logged once: train/train_loss",)


def test_losses_of_equal_steps_meet(tmp_path):
    (log,) = read_logs(write_events(tmp_path, *pairs()))
    assert course(log) == (STEPS, TRAIN, VALIDATION)
    assert log.columns["epoch"] == "step"


def test_a_file_is_known_by_its_first_bytes_whatever_its_name(tmp_path):
    (log,) = read_logs(write_events(tmp_path, *pairs(), name="board"))
    assert course(log) == (STEPS, TRAIN, VALIDATION)


def test_folders_called_as_parts_are_one_run(tmp_path):
    for part, losses in (("train", TRAIN), ("val", VALIDATION)):
        measured = [event("loss", i, loss) for i, loss in enumerate(losses)]
        write_events(tmp_path / "loss" / part, *measured)
        write_events(tmp_path / f"accuracy_{part}", event("acc", 0, 0.5))
    write_events(tmp_path)
    (log,) = read_logs(tmp_path)
    assert log.source == str(tmp_path)
    assert course(log) == (STEPS, TRAIN, VALIDATION)
    assert log.columns["validation_loss"] == "loss/val/loss"


def test_keras_epochs_are_read_and_its_batches_are_not(tmp_path):
    for part, losses in (("train", TRAIN), ("validation", VALIDATION)):
        epochs = [
            event(f"epoch_{name}", i, value, time=10 * i + 9, tensor=True)
            for i, loss in enumerate(losses)
            for name, value in (("loss", loss), ("accuracy", 1 - loss / 2))
        ]
        name = "batch_loss" if part == "train" else "evaluation_loss_vs_iterations"
        batches = [event(name, 10 * i, 9.0, time=10 * i, tensor=True) for i in range(4)]
        write_events(tmp_path / "fit" / part, *epochs, *batches)
    (log,) = read_logs(tmp_path)
    assert log.source == str(tmp_path / "fit")
    assert course(log) == (STEPS, TRAIN, VALIDATION)
    assert log.curves.score_name == "accuracy"
    assert log.curves.validation_score.tolist() == [1 - loss / 2 for loss in VALIDATION]


def test_each_folder_of_a_folder_is_a_run(tmp_path):
    for name in ("a", "b"):
        write_events(tmp_path / name, *pairs())
    write_events(tmp_path / "died_at_once")
    logs = read_logs(tmp_path)
    assert [log.source for log in logs] == [str(tmp_path / "a"), str(tmp_path / "b")]
    assert course(logs[0]) == course(logs[1])


def test_a_run_in_two_files_is_one_run(tmp_path):
    written = list(pairs())
    write_events(tmp_path, *written[:4], name="events.out.tfevents.1.host")
    write_events(tmp_path, *written[4:], name="events.out.tfevents.2.host")
    (log,) = read_logs(tmp_path)
    assert course(log) == (STEPS, TRAIN, VALIDATION)


def test_a_run_logged_twice_into_one_folder_is_two(tmp_path):
    write_events(tmp_path, *pairs(), name="events.out.tfevents.1.host")
    write_events(tmp_path, *pairs(time=100.0), name="events.out.tfevents.2.host")
    logs = read_logs(tmp_path)
    assert [course(log) for log in logs] == [(STEPS, TRAIN, VALIDATION)] * 2
    assert "step begins again at step 0: read as 2 runs" in logs[0].notes


def test_batches_and_epochs_as_steps_meet_by_time(tmp_path):
    batches = [event("train_loss", i, TRAIN[i // 5], time=i) for i in range(20)]
    epochs = [event("val_loss", i, loss, time=5 * i + 4.5) for i, loss in enumerate(VALIDATION)]
    scores = [event("val_acc", i, i / 4, time=5 * i + 4.7) for i in range(4)]
    (log,) = read_logs(write_events(tmp_path, *batches, *epochs, *scores))
    assert course(log) == (STEPS, TRAIN, VALIDATION)
    assert log.columns["epoch"] == "step of val_loss"
    assert log.curves.validation_score.tolist() == [0, 0.25, 0.5, 0.75]
    assert any("val_loss has steps of its own" in note for note in log.notes)


def test_a_loss_logged_after_training_meets_by_step(tmp_path):
    train = [event("train_loss", i, loss, time=i) for i, loss in enumerate(TRAIN)]
    after = [event("val_loss", i, loss, time=100 + i) for i, loss in enumerate(VALIDATION)]
    (log,) = read_logs(write_events(tmp_path, *train, *after))
    assert course(log) == (STEPS, TRAIN, VALIDATION)


def test_lightning_counts_by_its_epoch(tmp_path):
    measured = []
    for i, (a, b) in enumerate(zip(TRAIN, VALIDATION, strict=True)):
        step = 50 * i + 49
        named = {"val_loss": b, "epoch": i, "train_loss_epoch": a}
        measured += [event("train_loss_step", step - 20, 7.0, time=step - 20)]
        measured += [event("epoch", step - 20, i, time=step - 20)]
        measured += [event(name, step, value, time=step) for name, value in named.items()]
    (log,) = read_logs(write_events(tmp_path, *measured))
    assert course(log) == (STEPS, TRAIN, VALIDATION)
    assert (log.columns["epoch"], log.columns["train_loss"]) == ("epoch", "train_loss_epoch")


def test_losses_of_ultralytics_are_summed(tmp_path):
    measured = [
        event(f"{part}/{name}_loss", i, loss / 2, time=i)
        for i in range(4)
        for part, losses in (("train", TRAIN), ("val", VALIDATION))
        for name, loss in (("box", losses[i]), ("cls", losses[i]))
    ]
    (log,) = read_logs(write_events(tmp_path, *measured))
    assert course(log) == (STEPS, TRAIN, VALIDATION)
    assert log.columns["train_loss"] == "train/box_loss + train/cls_loss"


def test_measures_without_steps_are_counted_in_order(tmp_path):
    measured = [event("Loss/train", 0, loss, time=i) for i, loss in enumerate(TRAIN)]
    measured += [event("Loss/val", 0, loss, time=i + 0.1) for i, loss in enumerate(VALIDATION)]
    (log,) = read_logs(write_events(tmp_path, *measured))
    assert course(log) == (STEPS, TRAIN, VALIDATION)
    assert "logged without steps: counted in the order of writing" in log.notes


def test_a_loss_that_is_nan_from_some_step_on_diverged(tmp_path):
    lost = [event("Loss/train", i, math.nan, time=i) for i in range(4, 7)]
    (log,) = read_logs(write_events(tmp_path, *pairs(), *lost))
    assert log.diverged == "Loss/train is nan from step 4 on"
    assert course(log) == (STEPS, TRAIN, VALIDATION)


def test_pictures_and_texts_are_passed_over(tmp_path):
    picture = framed(b"\x2a" + b"\xff\xff\x03" + b"\x00" * 65535)
    (log,) = read_logs(write_events(tmp_path, picture, *pairs(), picture))
    assert course(log) == (STEPS, TRAIN, VALIDATION)


ENDS = list(itertools.accumulate(len(record) for record in pairs()))


@given(length=st.integers(min_value=0, max_value=ENDS[-1]))
def test_a_file_cut_anywhere_is_read_up_to_its_last_whole_record(tmp_path_factory, length):
    path = write_events(tmp_path_factory.mktemp("cut"), b"".join(pairs())[:length])
    whole = sum(end <= length for end in ENDS)
    if whole == 0:
        with pytest.raises(LogError, match="holds no measure that is called a loss"):
            read_logs(path)
        return
    (log,) = read_logs(path)
    assert log.curves.train_loss[0] == TRAIN[0]
    # With seven whole records the last of them is a training loss without its validation loss.
    assert len(log.curves.validation_loss) == whole // 2


def test_a_damaged_file_is_refused_with_its_place(tmp_path):
    path = write_events(tmp_path, *pairs())
    content = bytearray(path.read_bytes())
    content[-8] ^= 1
    path.write_bytes(content)
    with pytest.raises(LogError, match=r"byte \d+ must have the checksum of its data, got anoth"):
        read_logs(path)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"version https://git-lfs.github.com/spec/v1\n", "the record at byte 0 must have the ch"),
        (framed(b"\xff" * 30), "record 0 must be a TensorBoard event, and is none"),
        (framed(b"\x09" + b"\x00" * 8), "holds no measure that is called a loss"),
        (event("lr", 0, 0.1) + event("lr", 1, 0.1), "holds no measure that is called a loss"),
        (event("acc", 0, 0.1) + event("acc", 1, 0.1), "has no loss, only scores .acc."),
    ],
)
def test_events_without_a_loss_are_refused(tmp_path, content, line):
    path = tmp_path / "events.out.tfevents.1"
    path.write_bytes(content)
    with pytest.raises(LogError, match=line) as error:
        read_logs(path)
    assert error.value.faults[0].startswith(f"{path}: ")


def test_a_folder_without_losses_is_refused(tmp_path):
    with pytest.raises(
        LogError, match="is a directory without files of TensorBoard or CatBoost; name a"
    ):
        read_logs(tmp_path)
    write_events(tmp_path / "run")
    with pytest.raises(LogError, match="no event file in it holds a loss"):
        read_logs(tmp_path)


def test_a_long_measure_is_kept_in_bounded_memory():
    series = Series()
    for i in range(5 * MOST):
        series.add(i, i, 1.0 if i % 2 else 3.0)
    times, steps, values = series.arrays()
    assert MOST <= len(times) <= 2 * MOST
    assert np.array_equal(times, steps)
    assert np.all(values == 2.0)
    assert steps[-1] == 5 * MOST - 1
