"""The callback in real Lightning trainings: what it says, and that it leaves no trace."""

import copy
import random
import shutil
import sys

import lightning.pytorch as pl
import numpy as np
import pytest
import torch
import torchmetrics
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger, MLFlowLogger
from lightning.pytorch.loggers.logger import DummyLogger
from torch import nn
from torch.utils.data import DataLoader, IterableDataset, SubsetRandomSampler

import harness
from harness.errors import CallbackError
from harness.judge import Fit, Kind
from harness.training.verdicts import VerdictCallback
from tests.training.lightnings import HINTS, Jittered, Plain, examples, fit, loaders, trainer

pytestmark = [pytest.mark.filterwarnings(hint) for hint in HINTS]


def each(module, batch):
    return nn.functional.cross_entropy(module.net(batch[0]), batch[1], reduction="none")


def quiet(**options):
    """A callback and the lines that it says."""
    lines = []
    return VerdictCallback(say=lines.append, **options), lines


def seeded(**options):
    """The same module each time."""
    with torch.random.fork_rng():
        torch.manual_seed(7)
        return Plain(**options)


def same(one, other):
    """Whether two modules have equal weights and buffers, bit for bit."""
    mine, others = one.state_dict(), other.state_dict()
    return all(torch.equal(mine[name], others[name]) for name in mine)


def test_the_public_name_is_the_callback():
    assert harness.VerdictCallback is VerdictCallback


def test_an_overfitting_training_is_judged_and_told_while_it_runs():
    callback, lines = quiet()
    fit(seeded(), callback, epochs=25)
    assert callback.verdict.kind is Kind.TRAINED_TOO_LONG
    early, last = lines
    assert "trained too long already" in early
    assert "go back to the weights of epoch" in early
    assert "overfit: trained too long" in last
    assert list(callback.curves.epochs) == list(range(26))
    assert callback.curves.score_name == "accuracy"


def test_a_training_that_fits_is_not_called_overfit():
    data = loaders(train=600, validation=300, noise=0.0, batch=32)
    callback, lines = quiet()
    fit(seeded(units=4, dropout=0.0), callback, epochs=15, data=data)
    assert callback.verdict.kind.fit is not Fit.OVERFIT
    assert len(lines) == 1
    assert callback.curves.validation_score[-1] > 0.9


def test_losses_of_every_example_give_evidence():
    callback, _ = quiet(loss=each, loss_name="categorical_crossentropy")
    module = fit(seeded(), callback, epochs=12)
    curves = callback.curves
    assert curves.evidence.rise.n == 200
    assert curves.train_examples == 80
    assert curves.validation_examples == 200
    assert curves.evidence.validation_loss_end.mean == pytest.approx(curves.validation_loss[-1])
    train, validation = loaders()
    module.eval()
    for part, measured in ((train, curves.train_loss), (validation, curves.validation_loss)):
        x, y = part.dataset.tensors
        with torch.no_grad():
            wanted = nn.functional.cross_entropy(module.net(x), y)
        assert measured[-1] == pytest.approx(float(wanted), rel=1e-5)


def test_the_own_step_and_a_function_measure_the_same():
    own, _ = quiet()
    given, _ = quiet(loss=each)
    fit(seeded(), own, given, epochs=4)
    assert own.curves.train_loss == pytest.approx(given.curves.train_loss, rel=1e-5)
    assert own.curves.validation_loss == pytest.approx(given.curves.validation_loss, rel=1e-5)


@pytest.mark.parametrize("every", [1, 3])
def test_weights_are_the_same_bit_for_bit_with_and_without_it(every):
    def data():
        train = DataLoader(Jittered(examples(80, seed=0)), 16, shuffle=True)
        return train, DataLoader(Jittered(examples(60, seed=1)), 30)

    callback, _ = quiet(every_n_epochs=every)
    with_it, without = data(), data()
    watched = fit(seeded(), callback, epochs=5, data=with_it)
    states = torch.get_rng_state(), np.random.get_state()[1], random.getstate()
    alone = fit(seeded(), epochs=5, data=without)
    assert same(watched, alone)
    assert torch.equal(states[0], torch.get_rng_state())
    assert np.array_equal(states[1], np.random.get_state()[1])
    assert watched.seen == alone.seen
    for mine, others in zip(with_it, without, strict=True):
        assert mine.dataset.reads == others.dataset.reads
        assert mine.dataset.generator.random() == others.dataset.generator.random()


def test_a_loader_and_a_sampler_keep_their_own_generators():
    def data():
        parts = examples(100, seed=0)
        chosen = SubsetRandomSampler(range(10, 90), generator=torch.Generator().manual_seed(1))
        train = DataLoader(parts, 16, sampler=chosen, generator=torch.Generator().manual_seed(2))
        return train, DataLoader(parts, 50)

    callback, _ = quiet()
    first, second = data(), data()
    assert same(fit(seeded(), callback, epochs=4, data=first), fit(seeded(), epochs=4, data=second))
    assert callback.curves.train_examples == 80
    assert torch.equal(first[0].generator.get_state(), second[0].generator.get_state())
    assert torch.equal(
        first[0].sampler.generator.get_state(), second[0].sampler.generator.get_state()
    )


class Metered(Plain):
    """Logs metric objects, and keeps some parts in eval mode while it trains."""

    def __init__(self):
        super().__init__()
        self.accuracy = torchmetrics.Accuracy(task="multiclass", num_classes=2)
        self.history = []

    def on_train_epoch_start(self):
        self.net[1].eval()
        self.history.append([module.training for module in self.modules()])

    def training_step(self, batch, batch_idx):
        outputs = self.net(batch[0])
        self.accuracy(outputs, batch[1])
        self.log("train_accuracy", self.accuracy, on_step=False, on_epoch=True)
        return nn.functional.cross_entropy(outputs, batch[1])

    def validation_step(self, batch, batch_idx):
        outputs = self.net(batch[0])
        self.accuracy(outputs, batch[1])
        self.log("val_loss", nn.functional.cross_entropy(outputs, batch[1]))


def test_metrics_and_modes_are_as_they_were():
    def metered():
        with torch.random.fork_rng():
            torch.manual_seed(7)
            return Metered()

    seen = []
    for callbacks in ([], [quiet()[0]]):
        module = metered()
        runs = trainer(*callbacks, epochs=4)
        torch.manual_seed(1)
        runs.fit(module, *loaders())
        seen.append((runs.callback_metrics, module.history, module.accuracy.update_count, module))
    (plain, modes, updates, one), (watched, other_modes, other_updates, other) = seen
    assert plain == watched
    assert modes == other_modes
    assert updates == other_updates
    assert same(one, other)


def test_a_fixed_share_of_the_training_part_is_measured():
    callback, _ = quiet(train_examples=48, loss=each)
    fit(seeded(), callback, epochs=2)
    assert callback.curves.train_examples == 48
    callback, _ = quiet(loss=each)
    fit(seeded(), callback, epochs=1, data=loaders(train=300, validation=100))
    assert callback.curves.train_examples == 100


def test_it_can_stop_the_training():
    callback, lines = quiet(stop=True)
    fit(seeded(), callback, epochs=40)
    assert callback.curves.epochs[-1] < 40
    assert callback.verdict.kind is Kind.TRAINED_TOO_LONG
    assert len(lines) == 2


def test_a_training_that_breaks_is_diverged_and_measured_no_more():
    class Breaking(Plain):
        def training_step(self, batch, batch_idx):
            loss = super().training_step(batch, batch_idx)
            return loss * (float("nan") if self.current_epoch == 4 else 1)

    callback, lines = quiet()
    fit(Breaking(), callback, epochs=8)
    assert callback.verdict.kind is Kind.DIVERGED
    assert list(callback.curves.epochs) == [0, 1, 2, 3, 4]
    assert callback.verdict.why == "the training loss was no finite number after epoch 5"
    assert lines[-1].startswith("VerdictCallback: diverged (confidence")


def test_a_training_that_begins_broken_has_no_verdict():
    module = seeded()
    with torch.no_grad():
        module.net[4].bias.fill_(float("nan"))
    callback, lines = quiet()
    fit(module, callback, epochs=1)
    assert callback.verdict is None
    wanted = "no verdict: the training loss was no finite number after epoch 0"
    assert lines == [f"VerdictCallback: {wanted}"]


def test_the_last_epoch_is_measured_whatever_the_interval():
    callback, _ = quiet(every_n_epochs=4)
    fit(seeded(), callback, epochs=6)
    assert list(callback.curves.epochs) == [0, 4, 6]


def test_nothing_to_train_is_said():
    callback, lines = quiet()
    fit(seeded(), callback, epochs=0)
    assert callback.curves is None
    assert callback.verdict is None
    assert lines == ["VerdictCallback: no verdict: nothing was trained"]


def test_a_fast_development_run_is_unclear():
    callback, lines = quiet()
    fit(seeded(), callback, epochs=9, fast_dev_run=True)
    assert callback.verdict.kind is Kind.UNCLEAR
    assert "2 measured epochs show no course" in lines[-1]


def test_sanity_checks_and_accumulated_gradients_change_nothing():
    callback, _ = quiet()
    options = {"num_sanity_val_steps": 2, "accumulate_grad_batches": 3, "epochs": 3}
    assert same(fit(seeded(), callback, **options), fit(seeded(), **options))
    assert list(callback.curves.epochs) == [0, 1, 2, 3]


def test_validation_that_is_rare_is_measured_all_the_same():
    callback, _ = quiet()
    options = {"check_val_every_n_epoch": 3, "epochs": 4}
    assert same(fit(seeded(), callback, **options), fit(seeded(), **options))
    assert len(callback.curves.validation_loss) == 5


def test_without_validation_data_the_training_loss_alone_is_judged_and_that_is_said():
    callback, lines = quiet()
    runs = trainer(callback, epochs=6)
    runs.fit(seeded(), loaders()[0])
    wanted = "no validation data: what the training loss alone shows is judged"
    assert lines[0] == f"VerdictCallback: {wanted}"
    assert len(callback.curves.train_loss) == 7
    assert callback.verdict.kind is Kind.UNCLEAR
    assert len(lines) == 2


def test_of_several_validation_loaders_the_first_is_judged_and_said():
    class Several(Plain):
        def validation_step(self, batch, batch_idx, dataloader_idx=0):
            return super().validation_step(batch, batch_idx)

    callback, lines = quiet(loss=each)
    train, validation = loaders()
    fit(Several(), callback, epochs=1, data=(train, [validation, train]))
    assert "2 validation loaders: the first is judged" in lines[0]
    assert callback.curves.validation_examples == 200


class Stream(IterableDataset):
    def __iter__(self):
        yield from examples(32, seed=0)


def test_a_stream_wants_data_of_its_own_to_measure_on():
    data = (DataLoader(Stream(), 16), loaders()[1])
    callback, _ = quiet()
    with pytest.raises(CallbackError, match=r"train data: a stream .* give train_data="):
        fit(seeded(), callback, epochs=1, data=data)
    callback, _ = quiet(train_data=DataLoader(examples(32, seed=0), 16), loss=each)
    fit(seeded(), callback, epochs=1, data=data)
    assert callback.curves.train_examples == 32


def test_what_cannot_be_measured_is_refused_in_a_line():
    class Bare(Plain):
        validation_step = pl.LightningModule.validation_step

    class Silent(Plain):
        def validation_step(self, batch, batch_idx):
            self.log("one_loss", 1.0)
            self.log("other_loss", 2.0)

    callback, _ = quiet()
    with pytest.raises(CallbackError, match="Bare has no validation_step; give loss="):
        trainer(callback, epochs=1).fit(Bare(), loaders()[0])
    with pytest.raises(CallbackError, match=r"logs one_loss, other_loss; name the loss"):
        fit(Silent(), callback, epochs=1)
    wrong, _ = quiet(loss="third_loss")
    with pytest.raises(CallbackError, match='loss="third_loss" is no number that valid'):
        fit(Silent(), wrong, epochs=1)
    mean, _ = quiet(loss=lambda module, batch: each(module, batch).mean())
    with pytest.raises(
        CallbackError, match=r"one loss for each example of a batch, \[16\], got \["
    ):
        fit(seeded(), mean, epochs=1)
    named, _ = quiet(loss="other_loss")
    fit(Silent(), named, epochs=1)
    assert named.curves.validation_loss == pytest.approx([2, 2])


def test_counts_below_one_are_refused():
    with pytest.raises(CallbackError, match="every_n_epochs must be at least 1, got 0"):
        VerdictCallback(every_n_epochs=0)
    with pytest.raises(CallbackError, match="train_examples must be at least 1, got -1"):
        VerdictCallback(train_examples=-1)


@pytest.mark.parametrize("at_epoch_end", [True, False])
def test_a_resumed_training_goes_on_with_its_curves(tmp_path, at_epoch_end):
    def saving():
        return ModelCheckpoint(
            tmp_path, save_top_k=-1, filename="{epoch}", save_on_train_epoch_end=at_epoch_end
        )

    whole, _ = quiet(loss=each)
    fit(seeded(), whole, saving(), epochs=6, enable_checkpointing=True)
    resumed, lines = quiet(loss=each)
    runs = trainer(resumed, saving(), epochs=6, enable_checkpointing=True)
    checkpoint = next(tmp_path.glob("epoch=2.ckpt"))
    runs.fit(seeded(), *loaders(), ckpt_path=checkpoint)
    assert list(resumed.curves.epochs) == list(range(7))
    before = slice(None, 4)
    for name in ("train_loss", "validation_loss"):
        kept, first = getattr(resumed.curves, name), getattr(whole.curves, name)
        assert np.array_equal(kept[before], first[before])
    assert resumed.curves.evidence.rise.n == 200
    assert len(lines) >= 1


def test_a_checkpoint_of_other_data_is_not_gone_on_with():
    first, _ = quiet(loss=each)
    fit(seeded(), first, epochs=3)
    later, lines = quiet(loss=each)
    later.load_state_dict(first.state_dict())
    runs = trainer(later, epochs=5)
    runs.fit_loop.epoch_progress.current.processed = 3
    runs.fit_loop.epoch_progress.current.completed = 3
    runs.fit(seeded(), *loaders(validation=120))
    assert "other data than in the checkpoint: the curves begin at epoch 4" in lines[0]
    assert list(later.curves.epochs) == [4, 5]
    assert later.curves.evidence.rise.n == 120


def test_after_an_interrupt_what_there_is_is_judged():
    class Interrupted(Plain):
        def training_step(self, batch, batch_idx):
            if self.current_epoch == 5:
                raise KeyboardInterrupt
            return super().training_step(batch, batch_idx)

    callback, lines = quiet()
    with pytest.raises(SystemExit):
        fit(Interrupted(), callback, epochs=9)
    assert list(callback.curves.epochs) == list(range(6))
    assert len([line for line in lines if "confidence" in line]) == 1


def test_a_second_fit_begins_new_curves():
    callback, _ = quiet()
    fit(seeded(), callback, epochs=3)
    first = callback.curves
    fit(seeded(), callback, epochs=2)
    assert list(callback.curves.epochs) == [0, 1, 2]
    assert callback.curves.validation_loss[0] == first.validation_loss[0]


def test_a_csv_logger_gets_losses_and_verdict(tmp_path):
    callback, _ = quiet()
    logger = CSVLogger(tmp_path, name="", version="")
    fit(seeded(), callback, epochs=5, logger=logger)
    table = (tmp_path / "metrics.csv").read_text(encoding="utf-8")
    for name in ("train_loss", "validation_loss", "validation_score", "confidence", "gap"):
        assert f"verdict/{name}" in table
    assert f"verdict: {callback.verdict.kind}" in (tmp_path / "hparams.yaml").read_text("utf-8")


def test_mlflow_gets_losses_as_metrics_and_the_verdict_as_tags(tmp_path, empty_store):
    root = tmp_path / "mlruns"
    shutil.copytree(empty_store, root)
    callback, _ = quiet()
    logger = MLFlowLogger("mine", tracking_uri=f"sqlite:///{root / 'mlflow.db'}")
    fit(seeded(), callback, epochs=5, logger=logger)
    run = logger.experiment.get_run(logger.run_id)
    assert run.data.tags["verdict"] == callback.verdict.kind
    assert run.data.tags["fit"] == callback.verdict.kind.fit
    assert run.data.tags["why"] == callback.verdict.why
    history = logger.experiment.get_metric_history(logger.run_id, "verdict/validation_loss")
    assert [point.value for point in history] == pytest.approx(callback.curves.validation_loss)
    assert [point.step for point in history] == [5 * epoch for epoch in range(6)]


class Written:
    """What TensorBoard's writer and Weights & Biases' run take, kept."""

    def __init__(self):
        self.texts = {}

    def add_text(self, name, text):
        self.texts[name] = text


class Summarised:
    def __init__(self):
        self.summary = {}


@pytest.mark.parametrize(
    ("place", "kept"),
    [
        (Written(), lambda place: place.texts["verdict/verdict"]),
        (Summarised(), lambda place: place.summary["verdict"]),
    ],
)
def test_the_words_go_where_a_logger_takes_words(place, kept):
    class Own(DummyLogger):
        experiment = place

    callback, _ = quiet()
    fit(seeded(), callback, epochs=5, logger=Own())
    assert kept(place) == callback.verdict.kind


def test_the_callback_can_be_copied_and_saved():
    callback, _ = quiet(loss=each)
    fit(seeded(), callback, epochs=3)
    other, _ = quiet(loss=each)
    other.load_state_dict(copy.deepcopy(callback.state_dict()))
    assert other.curves.equals(callback.curves)
    assert other.verdict == callback.verdict


@pytest.mark.parametrize(
    ("library", "room", "ask"),
    [
        ("keras", "of_keras", lambda: harness.keras_callback()),
        ("transformers", "of_huggingface", lambda: harness.huggingface_callback(None)),
    ],
)
def test_a_library_that_is_not_installed_is_named_with_its_extra(monkeypatch, library, room, ask):
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, f"harness.training.verdicts.{room}", raising=False)
    with pytest.raises(CallbackError, match=rf"{library} is needed .* pip install \.\["):
        ask()
