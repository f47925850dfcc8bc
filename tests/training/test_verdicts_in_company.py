"""Trainings in several processes: rank zero measures, and nobody waits for it forever."""

import json
import os
import subprocess
import sys

import pytest

SCRIPT = """
import json, sys, warnings
import torch, torchmetrics
import harness
from tests.training.lightnings import Plain, loaders, trainer

warnings.filterwarnings("ignore")
torch.set_num_threads(1)


class Metered(Plain):
    def __init__(self):
        super().__init__()
        self.accuracy = torchmetrics.Accuracy(task="multiclass", num_classes=2)

    def validation_step(self, batch, batch_idx):
        self.accuracy(self.net(batch[0]), batch[1])
        self.log("val_accuracy", self.accuracy.compute(), sync_dist=True)
        return super().validation_step(batch, batch_idx)


if __name__ == "__main__":
    callback = harness.VerdictCallback(stop=True)
    runs = trainer(
        *([callback] if sys.argv[1] == "watched" else []),
        epochs=int(sys.argv[2]),
        strategy="ddp",
        devices=2,
    )
    torch.manual_seed(7)
    module = Metered()
    torch.manual_seed(3)
    runs.fit(module, *loaders())
    if runs.is_global_zero:
        weights = sum(float(p.double().sum()) for p in module.state_dict().values())
        curves = callback.curves
        told = {"weights": weights, "epochs": runs.current_epoch}
        if curves is not None:
            told |= {"examples": [curves.train_examples, curves.validation_examples]}
            told |= {"kind": callback.verdict.kind}
        print(json.dumps(told))
"""


@pytest.mark.long
def test_two_processes_train_as_without_it_and_stop_together(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")

    def run(how, epochs):
        found = subprocess.run(
            [sys.executable, script, how, str(epochs)],
            env={**os.environ, "PYTHONPATH": os.getcwd()},
            capture_output=True,
            text=True,
            timeout=200,
            check=True,
        )
        return json.loads(found.stdout.splitlines()[-1])

    alone, watched = run("alone", 5), run("watched", 5)
    assert watched["weights"] == alone["weights"]
    assert watched["examples"] == [80, 200]
    stopped = run("watched", 40)
    assert stopped["kind"] == "trained_too_long"
    assert stopped["epochs"] < 40
