"""Preflight: a network on its data, looked over before anything trains for long."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

from harness.conduct.preparing import study_path
from harness.errors import InputError, NetworkError, StudyError, raise_all
from harness.findings.checks import Check, failed
from harness.study import DataSource, Loss, Settings, Study, settings_from
from harness.study.files import read_study
from harness.study.sources import network_faults

SEED = 0
"""Of all that is drawn where no study has one."""


@dataclass(frozen=True, kw_only=True)
class Flight:
    """What the checks of one network say.

    Args:
        network: as it was asked for, "my_nets.py:build", with the arm's name where there are
            several.
        data: where the examples come from.
        checks: in the order in which to mend what failed.
    """

    network: str
    data: str
    checks: tuple[Check, ...]

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that did not pass."""
        return failed(self.checks)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "network": self.network,
            "data": self.data,
            "passed": not self.failed,
            "checks": [check.to_json() for check in self.checks],
        }


def preflight_study(name: str) -> Iterator[Flight]:
    """A study's own network on its data: with default settings, or each arm's.

    Raises:
        InputError: the file, the data or the network cannot be used; one line for each fault.
    """
    study = read_study(study_path(name))
    if study.network is None:
        rule = "preflight looks at a network of one's own"
        raise StudyError(f"{study_path(name)}: {rule}, and this study trains the built-in one")
    try:
        yield from _flights(study)
    except InputError as error:
        raise error.at(str(study_path(name))) from None


def preflight_network(
    network: str,
    data: str,
    *,
    target: str | None = None,
    loss: str | None = None,
    knobs: str = "",
) -> Flight:
    """Any network on any data.

    Args:
        network: "my_nets.py:build", a function or class that takes (features, outputs,
            settings) or some of them, and gives a torch.nn.Module.
        data: a table, a function ("my_data.py:load") or a built-in set.
        target: the table's column to predict.
        loss: by name; None takes what fits the data.
        knobs: settings as a study file writes them, "units = 32, dropout = 0.1"; with a
            learning_rate, it is held against its range test.

    Raises:
        InputError: something cannot be used; one line for each fault.
    """
    from harness.data import load
    from harness.training.preflight import load_lenient, preflight_build

    faults = network_faults(network)
    if loss is not None and loss not in get_args(Loss):
        faults.append(f'loss must be one of {", ".join(get_args(Loss))}, got "{loss}"')
    raise_all(NetworkError, faults)
    values = _values(knobs)
    settings = settings_from(values, network=network)
    named = cast(Loss | None, loss)
    dataset = load(_source(data, target), folder=Path(), seed=SEED, loss=named)
    build = load_lenient(network, dataset=dataset, loss=named, folder=Path(), seed=SEED)
    checks = preflight_build(
        build,
        dataset,
        settings,
        loss=named,
        learning_rate=settings.learning_rate if "learning_rate" in values else None,
        optimizer=settings.optimizer,
    )
    unread = [own for own, _ in settings.own if own not in build.read]
    raise_all(NetworkError, [f"knobs: {own} is never read by {network}" for own in unread])
    return Flight(network=network, data=data, checks=checks)


def _flights(study: Study) -> Iterator[Flight]:
    from harness.conduct.fitting import check_fit
    from harness.data import load
    from harness.training.preflight import preflight_build
    from harness.training.users import build_of

    dataset = load(study.data, folder=study.folder, seed=study.seed, loss=study.training.loss)
    check_fit(study, dataset)
    build = build_of(study, dataset)
    assert build is not None
    for name, settings in _asked(study):
        checks = preflight_build(
            build,
            dataset,
            settings,
            loss=study.training.loss,
            learning_rate=settings.learning_rate,
            optimizer=settings.optimizer,
        )
        data = study.data.source or "points in the study file"
        yield Flight(network=f"{build.place}{name}", data=data, checks=checks)


def _asked(study: Study) -> Iterator[tuple[str, Settings]]:
    """Settings that differ in what is looked at, with what tells them apart."""
    if study.search is not None:
        yield "", study.default_settings()
        return
    seen: set[object] = set()
    for arm in study.arms:
        settings = arm.settings
        key = (settings.own, settings.learning_rate, settings.optimizer)
        if key not in seen:
            seen.add(key)
            yield f" (arm {arm.name})", settings


def _values(knobs: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(f"knobs = {{ {knobs} }}")["knobs"]
    except tomllib.TOMLDecodeError as reason:
        form = 'must be written as "units = 32, dropout = 0.1"'
        raise StudyError(f'knobs {form}, got "{knobs}" ({reason})') from None


def _source(data: str, target: str | None) -> DataSource:
    """Where examples come from; of a table what `make init` would learn from."""
    from harness.data.sources import FILE_ENDINGS

    if not data.lower().endswith(FILE_ENDINGS):
        return DataSource(source=data, target=target)
    if target is None:
        return DataSource(source=data)

    from harness.data import columns

    kept = [column for column in columns(Path(data), target) if column.role == "kept"]
    return DataSource(
        source=data,
        target=target,
        features=tuple(column.name for column in kept),
        missing="mean" if any(column.missing for column in kept) else "error",
    )
