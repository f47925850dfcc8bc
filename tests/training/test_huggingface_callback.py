"""The Hugging Face callback: in real trainings where Transformers is installed."""

import pytest
import torch
from torch import nn

import harness
from harness.errors import CallbackError
from harness.judge import Kind
from tests.training.lightnings import examples

reason = "Transformers is an extra: pip install .[huggingface]"
transformers = pytest.importorskip("transformers", reason=reason)
pytest.importorskip("accelerate", reason=reason)

pytestmark = pytest.mark.filterwarnings("ignore:.*pin_memory.*")


class Rows(torch.utils.data.Dataset):
    def __init__(self, count, *, seed):
        self.inner = examples(count, seed=seed)

    def __len__(self):
        return len(self.inner)

    def __getitem__(self, index):
        x, y = self.inner[index]
        return {"x": x, "labels": y}


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 2))

    def forward(self, x, labels):
        logits = self.net(x)
        return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}


def each(model, inputs):
    logits = model.net(inputs["x"])
    return nn.functional.cross_entropy(logits, inputs["labels"], reduction="none")


def right(model, inputs):
    return (model.net(inputs["x"]).argmax(1) == inputs["labels"]).float()


def trained(folder, *, epochs, watched=True, evaluated=True, **options):
    torch.manual_seed(7)
    trainer = transformers.Trainer(
        Network(),
        transformers.TrainingArguments(
            str(folder),
            num_train_epochs=epochs,
            learning_rate=0.01,
            per_device_train_batch_size=16,
            per_device_eval_batch_size=64,
            report_to=[],
            save_strategy="no",
            disable_tqdm=True,
            use_cpu=True,
            logging_strategy="no",
            seed=3,
        ),
        train_dataset=Rows(80, seed=0),
        eval_dataset=Rows(200, seed=1) if evaluated else None,
    )
    lines = []
    callback = harness.huggingface_callback(trainer, say=lines.append, **options)
    if watched:
        trainer.add_callback(callback)
    trainer.train()
    return trainer.model, callback, lines


def test_an_overfitting_training_is_judged_and_told_while_it_runs(tmp_path):
    model, callback, lines = trained(tmp_path, epochs=30, loss=each, score=right)
    assert callback.verdict.kind is Kind.TRAINED_TOO_LONG
    assert "trained too long already" in lines[0]
    assert list(callback.curves.epochs) == list(range(31))
    assert callback.curves.evidence.rise.n == 200
    assert callback.curves.train_examples == 80
    model.eval()
    x, y = Rows(200, seed=1).inner.tensors
    with torch.no_grad():
        wanted = float(model(x, y)["loss"])
    assert callback.curves.validation_loss[-1] == pytest.approx(wanted, rel=1e-5)


def test_weights_are_the_same_bit_for_bit_with_and_without_it(tmp_path):
    watched, callback, _ = trained(tmp_path, epochs=3)
    alone, _, _ = trained(tmp_path, epochs=3, watched=False)
    for mine, others in zip(watched.parameters(), alone.parameters(), strict=True):
        assert torch.equal(mine, others)
    assert len(callback.curves.train_loss) == 4


def test_it_can_stop_the_training(tmp_path):
    _, callback, _ = trained(tmp_path, epochs=60, stop=True, every_n_epochs=2)
    assert callback.curves.epochs[-1] < 60


def test_without_evaluation_data_the_training_loss_alone_is_judged(tmp_path):
    _, callback, lines = trained(tmp_path, epochs=2, evaluated=False)
    assert callback.verdict.kind is Kind.UNCLEAR
    wanted = "no eval_dataset: what the training loss alone shows is judged"
    assert lines[0] == f"VerdictCallback: {wanted}"


def test_a_loss_that_is_a_mean_is_refused(tmp_path):
    with pytest.raises(CallbackError, match="one loss for each example of a batch"):
        trained(tmp_path, epochs=1, loss=lambda model, inputs: each(model, inputs).mean())
