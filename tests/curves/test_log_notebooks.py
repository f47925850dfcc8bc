"""Notebooks: the trainings below their cells."""

import json

import pytest

from harness.errors import LogError
from tests.curves.written import course

SAME = ([1.0, 2.0], [0.5, 0.4], [0.6, 0.55])
KERAS = [
    "Epoch 1/2\n",
    " 5/10 [====>.....] - ETA: 1s - loss: 0.9\r",
    "10/10 [======] - 3s - loss: 0.5 - val_loss: 0.6\n",
    "Epoch 2/2\n",
    "10/10 [======] - 3s - loss: 0.4 - val_loss: 0.55\n",
]
FASTAI = (
    "<table><thead><tr style='text-align: left;'><th>epoch</th><th>train_loss</th>"
    "<th>valid_loss</th><th>time</th></tr></thead><tbody><tr><td>1</td><td>0.5</td><td>0.6</td>"
    "<td>00:12</td></tr><tr><td>2</td><td>0.4</td><td>0.55</td><td>00:12</td></tr></tbody></table>"
)
EVALUATED = {"output_type": "stream", "text": ["loss: 0.9\n"]}


def notebook(*outputs):
    """A notebook with a code cell for each output, and prose between them."""
    cells = []
    for output in outputs:
        cells += [{"cell_type": "markdown", "source": ["Loss: 3\n"]}]
        cells += [{"cell_type": "code", "source": ["fit()"], "outputs": [output]}]
    return json.dumps({"cells": cells, "nbformat": 4, "metadata": {}})


@pytest.mark.parametrize(
    "output",
    [
        {"output_type": "stream", "name": "stdout", "text": KERAS},
        {"output_type": "display_data", "data": {"text/html": [FASTAI], "text/plain": ["<HTML>"]}},
    ],
)
def test_a_training_below_a_cell_is_read_and_an_evaluation_is_not(written, output):
    log = written.log(notebook(EVALUATED, output), "net.ipynb")
    assert (log.format, course(log)) == ("notebook", SAME)


def test_trainings_below_two_cells_are_two_runs(written):
    training = {"output_type": "stream", "text": "".join(KERAS)}
    first, second = written.logs(notebook(training, training), "net.ipynb")
    assert course(first) == course(second) == SAME
    assert "epoch begins again at cell 4: read as 2 runs" in first.notes


def test_a_notebook_without_a_training_is_refused(written):
    with pytest.raises(LogError, match="no cell's output says how a loss went on"):
        written.logs(notebook(EVALUATED), "net.ipynb")
    with pytest.raises(LogError, match="must be a notebook of format 4 or later, with cells"):
        written.logs('{"worksheets": []}', "net.ipynb")
