"""A short exam, drawn by a seed that nothing was tuned on; the full one is `make exam`."""

import math
from dataclasses import replace

import numpy as np
import pytest

from harness.judge import Ending, Kind
from harness.study import Thresholds
from tests.exam.__main__ import drawn, scored
from tests.exam.drawing import Sheet
from tests.exam.drawing import drawn as drawn_sheet
from tests.exam.oracle import MIDDLE, oracle_answers
from tests.exam.peers import PEERS, above_minimum, patience, rises_in_a_row
from tests.exam.records import Course, item_from_json
from tests.exam.scoring import answers, procedure, too_long
from tests.exam.truth import BOUNDS, Flag, truth, truths
from tests.judge.planted import made, ran

SHORT_SEED = 3
SHORT_SHEETS = (1, 2)


@pytest.fixture(scope="module")
def short():
    """Two small studies: a mixture, and an overlapping one."""
    return [item for n in SHORT_SHEETS for item in drawn_sheet(Sheet(number=n, seed=SHORT_SEED))]


def test_the_judge_decides_most_of_a_short_exam_and_is_mostly_right(short):
    found = procedure(answers(short, truths(short), thresholds=Thresholds()))
    assert found["items"] == 56
    assert found["decides"] >= 0.6
    assert found["right"] >= 0.85


def test_the_judge_calls_more_of_them_rightly_too_long_than_its_peers(short):
    ours = {"ours": answers(short, truths(short), thresholds=Thresholds())}
    rows = {row["judge"]: row["F1 all"] for row in too_long(ours)}
    assert rows["ours"] >= 0.85
    assert rows["ours"] >= np.median([score for name, score in rows.items() if name != "ours"])


def test_an_oracle_that_lacks_only_the_fresh_examples_is_right_where_they_agree(short):
    known = truths(short)
    seen = [
        replace(item, course=Course(epochs=item.run.curves.epochs, loss=loss))
        for item in short
        for loss in [item.run.curves.validation_loss]
    ]
    true_of_seen = truths(seen)
    assert all(each.right is not False for each in oracle_answers(seen, true_of_seen))
    found = procedure(oracle_answers(short, known))
    assert found["decides"] > procedure(answers(short, known, thresholds=Thresholds()))["decides"]
    assert 0.8 <= found["right"] < 1


def test_examples_that_are_harder_for_all_runs_do_not_mislead_the_oracle(short):
    known = truths(short)
    harder = [
        replace(item, run=replace(item.run, curves=replace(curves, validation_loss=harder)))
        for item in short
        for curves in [item.run.curves]
        for harder in [curves.validation_loss + 0.4]
    ]
    said, again = (
        [each.verdict.kind for each in oracle_answers(items, known)] for items in (short, harder)
    )
    assert said == again
    assert len(set(said)) >= 4


def test_the_oracles_bounds_leave_nothing_grey():
    for kind, bound in MIDDLE.items():
        assert BOUNDS[kind].no < bound.yes < BOUNDS[kind].yes
        assert Flag.GREY not in {bound.flag(share) for share in np.linspace(-0.5, 0.5, 1001)}


def test_an_item_comes_back_from_its_json(short):
    item = short[0]
    again = item_from_json(item.to_json())
    assert again.run.curves.equals(item.run.curves)
    assert again.run.trial == item.run.trial
    assert np.array_equal(again.course.loss, item.course.loss)
    assert truth(again, floor=0.1) == truth(item, floor=0.1)


def test_the_judge_never_sees_the_second_half(short):
    for item in short:
        epochs = item.run.trial.settings.epochs
        assert item.run.curves.epochs[-1] <= epochs
        assert item.course.epochs[-1] == epochs
        assert item.continued.epochs[-1] == 2 * epochs


def flags(validation, train, *, later=None, constant=1.0, floor=0.2):
    """The truth about a run with this true loss, floor and training loss."""
    run = ran(made(validation, train, constant=constant))
    epochs = np.arange(len(train))
    after = validation[-1:] * 2 if later is None else later
    item = item_from_json(
        {
            "task": "by hand",
            "sheet": 0,
            "run": run.to_json(),
            "constant_loss": constant,
            "course": Course(epochs=epochs, loss=np.array(validation)).to_json(),
            "continued": Course(epochs=np.arange(len(after)), loss=np.array(after)).to_json(),
        }
    )
    return truth(item, floor=floor)


FALL = [1.0, 0.6, 0.4, 0.3, 0.25]


@pytest.mark.parametrize(
    ("validation", "train", "later", "kind"),
    [
        ([*FALL, 0.3, 0.4, 0.4, 0.4], [*FALL, 0.2, 0.2, 0.2, 0.2], None, Kind.TRAINED_TOO_LONG),
        ([1.0, 0.9, 0.8, 0.7, 0.6], [1.0, 0.9, 0.8, 0.7, 0.6], [0.5, 0.4, 0.3], Kind.STOPPED_EARLY),
        ([1.0] * 9, [1.0] * 9, None, Kind.CONSTANT),
        ([*FALL, 0.25, 0.25], [*FALL[:3], 0.1, 0.07, 0.07, 0.07], None, None),
        ([*FALL[:4], 0.3, 0.3], [*FALL[:3], 0.02, 0.02, 0.02], None, Kind.MEMORISES),
        ([1.0, 0.7, 0.5, 0.5, 0.5], [1.0, 0.7, 0.5, 0.5, 0.5], None, Kind.TOO_WEAK),
        ([*FALL, 0.25, 0.25], [*FALL, 0.25, 0.25], None, Kind.FITS),
        ([1.0, 1.2, 1.5, 1.5, 1.5], [1.0, 1.2, 1.5, 1.5, 1.5], None, Kind.DIVERGED),
        ([*FALL, 0.9, 0.9, 0.9], [*FALL, 0.9, 0.9, 0.9], None, Kind.DIVERGED),
    ],
)
def test_the_truth_by_hand(validation, train, later, kind):
    # S = 1 - 0.2; the fourth lies between the bounds of memorising.
    assert flags(validation, train, later=later).kind is kind


def test_a_rise_that_training_shares_is_not_trained_too_long():
    shared = flags([*FALL, 0.35, 0.35, 0.35], [*FALL, 0.32, 0.32, 0.32])
    assert shared.flags[Kind.TRAINED_TOO_LONG] is Flag.NO


def test_a_later_kind_is_wrong_where_an_earlier_one_is_true():
    found = flags([*FALL, 0.4, 0.6, 0.6, 0.6], [*FALL[:3], 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    assert found.flags[Kind.MEMORISES] is Flag.YES
    assert found.right(Kind.MEMORISES) is False
    assert found.right(Kind.TRAINED_TOO_LONG) is True
    assert set(found.flags) == set(BOUNDS)


def test_a_run_that_ended_diverged_is_of_no_other_kind():
    run = ran(made([1.0, 0.5], [1.0, 0.5]), ending=Ending.DIVERGED)
    content = {"task": "", "sheet": 0, "run": run.to_json(), "constant_loss": 1.0}
    course = Course(epochs=np.arange(2), loss=np.array([1.0, math.nan])).to_json()
    found = truth(item_from_json({**content, "course": course, "continued": course}), floor=0.2)
    assert found.kind is Kind.DIVERGED
    assert not asks_too_long_of(found)


def asks_too_long_of(found):
    return found.flags[Kind.DIVERGED] is not Flag.YES


def test_the_peers_by_hand():
    rising = made([1.0, 0.5, 0.4, 0.41, 0.42, 0.43], [1.0, 0.5, 0.3, 0.2, 0.1, 0.05])
    assert above_minimum(0.05)(rising)
    assert not above_minimum(0.10)(rising)
    assert rises_in_a_row(3)(rising)
    assert not patience(4)(rising)
    assert patience(3)(rising)
    falling = made([1.0, 0.9, 0.8, 0.7, 0.6, 0.5], [1.0, 0.9, 0.8, 0.7, 0.6, 0.5])
    assert [peer.name for peer in PEERS if peer.overfit(falling)] == ["always overfit"]


def test_sheets_once_drawn_are_kept_and_scored_alike(short, tmp_path):
    folder = tmp_path / str(SHORT_SEED)
    folder.mkdir()
    import json

    for number in SHORT_SHEETS:
        lines = [json.dumps(item.to_json()) for item in short if item.sheet == number]
        (folder / f"{number - 1:04d}.jsonl").write_text("\n".join(lines) + "\n")
    items = drawn(SHORT_SEED, sheets=2, folder=tmp_path, workers=1)
    results = scored(items)
    assert json.loads(json.dumps(results))["procedure"][0]["items"] == 56
    assert 0 <= results["stopping"]["inside"] <= 1
    assert {row["judge"] for row in results["too long"]} >= {peer.name for peer in PEERS}


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_the_judge_passes_an_exam_of_every_task(tmp_path):
    """One round of the tasks at each validation size, 36 small studies."""
    items = drawn(SHORT_SEED, sheets=36, folder=tmp_path, workers=2)
    results = scored(items)
    found = results["procedure"][0]
    assert found["decides"] >= 0.75
    assert found["right"] >= 0.90
    assert results["calibration error"]["ours, in a study"] <= 0.05
    best = {row["judge"]: row["F1 all"] for row in results["too long"]}
    ours = best["ours, in a study"]
    assert ours >= 0.93
    assert ours > max(score for name, score in best.items() if not name.startswith("ours"))
