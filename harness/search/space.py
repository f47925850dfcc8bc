"""The searched knobs in Optuna's terms.

A parameter is what Optuna holds for a knob: the number itself for a range, the position in
the list for a choice, which may hold what Optuna does not take (a list of units).
"""

from collections.abc import Mapping

from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import BaseTrial

from harness.study import KNOBS, Choice, Knob, KnobValue, Range, Settings, Study, settings_from

Parameter = int | float
Distribution = IntDistribution | FloatDistribution | CategoricalDistribution


def space_of(study: Study) -> dict[str, Distribution]:
    """The searched knobs, each after those that decide whether it acts."""
    order = sorted(study.searched, key=lambda name: _depth(study.knob(name)))
    return {name: _distribution(study.searched[name]) for name in order}


def draw_settings(study: Study, trial: BaseTrial) -> Settings:
    """The settings of one Optuna trial; a knob is asked for only where it acts."""
    parameters: dict[str, Parameter] = {}
    for name, distribution in space_of(study).items():
        if acts(study, name, parameters):
            parameters[name] = _draw(trial, name, distribution)
    return settings_from(values_of(study, parameters), network=study.network)


def acts(study: Study, name: str, parameters: Mapping[str, Parameter]) -> bool:
    """Whether a knob changes anything beside the fixed knobs and the `parameters` so far."""
    return study.knob(name).acts(values_of(study, parameters))


def values_of(study: Study, parameters: Mapping[str, Parameter]) -> dict[str, KnobValue]:
    """The fixed knobs and those of `parameters`, by their values."""
    values: dict[str, KnobValue] = dict(study.fixed)
    for name, parameter in parameters.items():
        spec = study.searched[name]
        values[name] = spec.values[int(parameter)] if isinstance(spec, Choice) else parameter
    return values


def default_parameters(study: Study) -> dict[str, Parameter]:
    """The parameters of the study's default settings."""
    acting = study.default_settings().acting()
    parameters: dict[str, Parameter] = {}
    for name in space_of(study):
        if name in acting:
            spec, value = study.searched[name], acting[name]
            found = spec.values.index(value) if isinstance(spec, Choice) else value
            parameters[name] = found  # pyright: ignore[reportArgumentType]
    return parameters


def _depth(knob: Knob) -> int:
    """How many knobs stand in a row before this one acts."""
    return max((1 + _depth(KNOBS[other]) for other, _ in knob.acts_with), default=0)


def _distribution(spec: Range | Choice) -> Distribution:
    if isinstance(spec, Choice):
        return CategoricalDistribution(tuple(range(len(spec.values))))
    log = spec.scale == "log"
    if spec.integer:
        return IntDistribution(int(spec.low), int(spec.high), log=log)
    return FloatDistribution(spec.low, spec.high, log=log)


def _draw(trial: BaseTrial, name: str, distribution: Distribution) -> Parameter:
    match distribution:
        case IntDistribution(low=low, high=high, log=log):
            return trial.suggest_int(name, low, high, log=log)
        case FloatDistribution(low=low, high=high, log=log):
            return trial.suggest_float(name, low, high, log=log)
        case CategoricalDistribution(choices=choices):
            return int(trial.suggest_categorical(name, choices))  # pyright: ignore[reportArgumentType]
