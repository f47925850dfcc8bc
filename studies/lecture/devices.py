"""What the study of CPU and GPU shows: the same training on each device that there is (item 15)."""

import platform
from dataclasses import dataclass
from itertools import pairwise
from time import perf_counter

import numpy as np

from harness import Claim, Line, Outcome, Picture, Sheet, Showing, claim
from harness.judge import Run
from harness.training import Member, gpu_name, one_thread, plan, train

COMMAND = "python -m harness lecture 15"
ROUNDING = 1e-3
"""Losses of two devices that differ by less count as equal: they add up in another order."""


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What a device made of an arm.

    Args:
        arm: its name.
        device: "CPU", or the GPU's name.
        runs: by seed.
        seconds: for all of them together, side by side.
        products: multiplications of all their steps, forward and backward.
    """

    arm: str
    device: str
    runs: tuple[Run, ...]
    seconds: float
    products: float


def compared(findings, dataset):
    """All arms on the CPU, and on a GPU where PyTorch sees one."""
    gpu = gpu_name()
    return shown(findings, dataset, {"cpu": "CPU"} | ({"gpu": gpu} if gpu else {}))


def shown(findings, dataset, devices):
    """All arms on every device of `devices`: Lightning's word for it, and ours."""
    arms, trained = _arms(findings), []
    for word, name in devices.items():
        # The first training on a device also wakes it, and is not timed.
        _train(arms[0], findings.study, dataset, word, name)
        trained.append([_train(arm, findings.study, dataset, word, name) for arm in arms])
    first, *others = trained
    return Showing(
        parts=[_picture(trained), _machine(devices), _table(trained)],
        claims=[
            _again(findings, first),
            _busy(first),
            _alike(first, others),
            _faster(first, others),
        ],
    )


def _arms(findings):
    return sorted(findings.settings, key=lambda setting: _weights(setting.trial.settings, 1, 1))


def _train(setting, study, dataset, accelerator, device):
    members = [Member(trial=setting.trial, seed=run.seed) for run in setting.runs]
    chunks = plan(members, dataset, study)
    with one_thread():
        begun = perf_counter()
        runs = [run for c in chunks for run in train(c, dataset, study, accelerator=accelerator)]
        seconds = perf_counter() - begun
    settings = setting.trial.settings
    weights = _weights(settings, dataset.features, dataset.classes)
    # Three products a weight and example of a step (forward, back, the weight's slope), and one
    # for each example that is only measured.
    measured = (settings.epochs + 1) * (len(dataset.train) + len(dataset.validation))
    products = weights * len(runs) * (3 * settings.epochs * len(dataset.train) + measured)
    return Trained(
        arm=setting.label,
        device=device,
        runs=tuple(sorted(runs, key=lambda run: run.seed)),
        seconds=seconds,
        products=products,
    )


def _weights(settings, features, outputs):
    widths = [features, *settings.widths, outputs]
    return sum(a * b for a, b in pairwise(widths))


def _losses_of(runs):
    return np.array([run.curves.validation_loss for run in runs])


def _again(findings, first):
    stored = {setting.label: _losses_of(setting.runs) for setting in _arms(findings)}
    off = max(float(np.abs(_losses_of(one.runs) - stored[one.arm]).max()) for one in first)
    return claim(
        "Trained once more, the same code gives the same numbers",
        holds=off < ROUNDING,
        measured=f"the validation losses of {len(first[0].runs)} seeds and {len(first)} arms"
        + (" are the same, bit for bit" if off == 0 else f" differ by {off:.1g} at most"),
    )


def _busy(first):
    small, *_, large = first
    more, longer = large.products / small.products, large.seconds / small.seconds
    return claim(
        "A large network uses the processor better than a small one",
        holds=longer < more / 2,
        measured=f"{more:,.0f} times the multiplications take {longer:,.0f} times as long",
    )


def _alike(first, others):
    says = "A GPU gives the same results as the CPU, up to rounding"
    if not others:
        return Claim(says=says, outcome=Outcome.UNDECIDED, measured=_nothing_to_compare())
    off = max(
        float(np.abs(_losses_of(a.runs) - _losses_of(b.runs)).max())
        for other in others
        for a, b in zip(first, other, strict=True)
    )
    return claim(says, holds=off < ROUNDING, measured=f"losses differ by {off:.1g} at most")


def _faster(first, others):
    says = "A GPU is faster, the larger the network, the more"
    if not others:
        return Claim(says=says, outcome=Outcome.UNDECIDED, measured=_nothing_to_compare())
    small, *_, large = (b.seconds / a.seconds for a, b in zip(first, others[0], strict=True))
    return claim(
        says,
        holds=large < 1 and large < small,
        measured=f"the GPU takes {small:.2f} times the CPU's seconds for the small network, and"
        f" {large:.2f} times for the large one",
    )


def _nothing_to_compare():
    return f"PyTorch sees no GPU here; where it does, the same command compares: {COMMAND}"


def _picture(trained):
    """Speed by network, the smallest first; a series for each device."""
    return Picture(
        title="How busy a network keeps the device",
        x_label="network",
        y_label="billions of multiplications a second",
        lines=[
            Line(
                x=range(len(arms)),
                y=[one.products / one.seconds / 1e9 for one in arms],
                label=arms[0].device,
                style="bars",
            )
            for arms in trained
        ],
        ticks=[one.arm for one in trained[0]],
    )


def _table(trained):
    return Sheet(
        title="The same training",
        columns=[
            "device",
            "network",
            "seconds",
            "multiplications",
            "billions a second",
            "validation loss at the end",
        ],
        rows=[
            (
                one.device,
                one.arm,
                f"{one.seconds:.2f}",
                f"{one.products:.2g}",
                f"{one.products / one.seconds / 1e9:.2g}",
                f"{_losses_of(one.runs)[:, -1].mean():.5f}",
            )
            for arms in trained
            for one in arms
        ],
        note="All seeds side by side, one thread of the CPU. Seconds are this machine's, today.",
    )


def _machine(devices):
    return Sheet(
        title="Where this was",
        columns=["", ""],
        rows=[
            ("processor", platform.machine() or "unknown"),
            ("GPU that PyTorch sees", devices.get("gpu", "none")),
            ("to compare with a GPU", COMMAND),
        ],
    )
