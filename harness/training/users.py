"""Users' networks before they train: loaded, looked over, measured."""

from collections.abc import Callable, Iterator
from itertools import groupby

from torch import Tensor

from harness.data import Dataset, batch_size, training_examples
from harness.errors import NetworkError, raise_all
from harness.networks import Build, Carriage, carriage, load_build, perceptron, watched
from harness.study import Choice, KnobValue, Range, Settings, Study, settings_from, written
from harness.training.chunks import CACHE_BYTES, DISPATCH_BYTES, Size
from harness.training.examples import sample_batches
from harness.training.losses import loss_function, loss_name

Named = tuple[str, Carriage]
"""Who carries the settings that the words before name."""


def build_of(study: Study, dataset: Dataset) -> Build | None:
    """The study's own build function; None where it trains the built-in network.

    Raises:
        NetworkError: there is no such file or function, or the file raises.
    """
    if study.network is None:
        return None
    loss = loss_function(dataset, loss_name(dataset, study.training.loss))
    return load_build(
        study.network,
        folder=study.folder,
        features=dataset.features,
        outputs=loss.outputs,
        study_seed=study.seed,
    )


def users_size(build: Build, dataset: Dataset) -> Callable[[Settings, int], Size]:
    """How large the user's network is, by settings and examples a step.

    One that cannot be trained has no size: its runs will fail, each with the reason.
    """
    known: dict[object, Size] = {}

    def size_of(settings: Settings, batch: int) -> Size:
        key = (settings.own, batch)
        if key not in known:
            try:
                seen = watched(build, settings, _batches(settings, dataset)[:1])
                bound = CACHE_BYTES if perceptron(seen.module) else DISPATCH_BYTES
                known[key] = Size(parameters=seen.parameters, made=seen.made, bound=bound)
            except NetworkError:
                known[key] = Size(parameters=1, made=1)
        return known[key]

    return size_of


def numbers_made(study: Study, dataset: Dataset) -> Callable[[Settings], int]:
    """How many numbers a training step of the study's own network makes, by settings."""
    build = build_of(study, dataset)
    assert build is not None
    size_of = users_size(build, dataset)

    def made(settings: Settings) -> int:
        examples = training_examples(settings, len(dataset.train))
        return size_of(settings, batch_size(settings, examples)).made

    return made


def check_network(study: Study, dataset: Dataset) -> tuple[str, ...]:
    """Build the study's own network and see that it trains; lines on it for people.

    Every arm is tried, or the default settings and each own knob's values (a range's ends)
    beside them.

    Raises:
        NetworkError: it cannot be trained, or does not read a knob that the study gives it.
    """
    build = build_of(study, dataset)
    if build is None:
        return ()
    found: list[Named] = []
    for name, settings in _tried(study):
        try:
            found.append((name, carriage(build, settings, _batches(settings, dataset))))
        except NetworkError as error:
            raise NetworkError(*(f"{fault}{_where(name)}" for fault in error.faults)) from None
    unread = [name for name in _own_names(study) if name not in build.read]
    known = f"; it reads {', '.join(sorted(build.read))}" if build.read else "; it reads none"
    raise_all(
        NetworkError, [f"knobs.{name} is never read by {build.place}{known}" for name in unread]
    )
    return tuple(_lines(build, found))


def _batches(settings: Settings, dataset: Dataset) -> list[Tensor]:
    examples = training_examples(settings, len(dataset.train))
    return sample_batches(dataset, examples=examples, batch=batch_size(settings, examples))


def _tried(study: Study) -> Iterator[tuple[str, Settings]]:
    """Settings with the words that tell them from the others."""
    if study.search is None:
        yield from ((f"arm {arm.name}", arm.settings) for arm in study.arms)
        return
    default = study.default_settings()
    yield "", default
    values = {**study.fixed, **{name: default.value(name) for name in study.searched}}
    for name in _own_names(study):
        for value in _ends(study.searched.get(name)):
            if value != default.value(name):
                settings = settings_from({**values, name: value}, network=study.network)
                yield f"{name} = {written(value)}", settings


def _own_names(study: Study) -> list[str]:
    if study.search is None:
        return sorted({name for arm in study.arms for name, _ in arm.settings.own})
    return [name for name, _ in study.default_settings().own]


def _ends(spec: Range | Choice | None) -> tuple[KnobValue, ...]:
    match spec:
        case None:
            return ()
        case Choice(values=values):
            return values
        case Range(integer=True):
            return int(spec.low), int(spec.high)
        case _:
            return spec.low, spec.high


def _where(name: str) -> str:
    return f" (with {name})" if name else ""


def _lines(build: Build, found: list[Named]) -> Iterator[str]:
    ways = sorted({one.line for _, one in found})
    if len(ways) == 1:
        yield f"network: {build.place}, carried by {ways[0]}"
    else:
        first = found[0][1].line
        yield f"network: {build.place}, carried by {first}"
        others = sorted((one.line, name) for name, one in found if one.line != first)
        for line, named in groupby(others, key=lambda other: other[0]):
            yield f"network: with {', '.join(name for _, name in named)} carried by {line}"
    if any(one.lightning for _, one in found):
        unused = "its own training_step, loss and optimizer are not"
        yield f"network: {build.place} returns a LightningModule: its forward is used, {unused}"
    if build.absent:
        names = ", ".join(sorted(build.absent))
        yield f"network: {build.place} also reads {names}, which [knobs] leaves to its defaults"
