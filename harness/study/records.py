"""A study: a question and everything needed to answer it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from harness.errors import StudyError, raise_all
from harness.study.knobs import KNOBS, Choice, Knob, KnobSpec, KnobValue, Range, is_own
from harness.study.lessons import Lesson
from harness.study.objectives import RECORDED_LOSSES, objective_fault
from harness.study.settings import Settings, settings_from, settings_from_json
from harness.study.sources import DataSource, function_faults, network_faults
from harness.study.specs import in_order, knob_named, knobs_faults, settled, unknown_knob
from harness.study.thresholds import Thresholds
from harness.study.wording import written, written_key

Loss = Literal["mse", "mae", "huber", "binary_crossentropy", "categorical_crossentropy", "output"]
Sampler = Literal["tpe", "random", "grid", "qmc", "gp"]
Direction = Literal["minimize", "maximize"]
Stage = Literal["search", "arms"]
Traced = Literal["steps", "epochs", "ends"]

SEARCH_SEEDS = 5
ARM_SEEDS = 10


@dataclass(frozen=True, kw_only=True)
class Training:
    """How runs are made.

    Args:
        seeds: runs per trial, their seeds 0, 1, ...
        loss: None takes what fits the data: mse for numbers, binary crossentropy for two
            classes, categorical crossentropy for more.
        trace: when every weight is kept beside the curves, for small networks: after each
            "steps", after each "epochs", or at both "ends" of training; None keeps none.
    """

    seeds: int
    loss: Loss | None = None
    trace: Traced | None = None

    def __post_init__(self) -> None:
        if self.seeds < 1:
            raise StudyError(f"training.seeds must be at least 1, got {self.seeds}")


@dataclass(frozen=True, kw_only=True)
class Search:
    """How trials are chosen.

    Args:
        trials: settings tried; None only for a grid, which knows its own number.
        sampler: "tpe", "random", "grid", "qmc" or "gp".
        batch: trials asked for at once; they train side by side.
        objective: the quantity searched for, a mean over seeds. `OBJECTIVES` lists them.
        direction: whether less or more of it is better; None takes "minimize" for a loss, any
            other objective must say it.
    """

    trials: int | None
    sampler: Sampler = "tpe"
    batch: int = 16
    objective: str = "cross_fitted_loss"
    direction: Direction | None = None

    def __post_init__(self) -> None:
        faults: list[str] = []
        if self.trials is None and self.sampler != "grid":
            faults.append(f"search.trials is needed with sampler {self.sampler}")
        if self.trials is not None and self.trials < 1:
            faults.append(f"search.trials must be at least 1, got {self.trials}")
        if self.batch < 1:
            faults.append(f"search.batch must be at least 1, got {self.batch}")
        fault = objective_fault(self.objective)
        if fault is not None:
            faults.append(f"search.objective {fault}")
        elif self.direction is None and self.objective not in RECORDED_LOSSES:
            rule = f"must be said with objective {self.objective}"
            faults.append(f'search.direction {rule}: "minimize" or "maximize"')
        raise_all(StudyError, faults)
        object.__setattr__(self, "direction", self.direction or "minimize")


@dataclass(frozen=True, kw_only=True)
class Arm:
    """A named setting to compare: the study's fixed knobs with some changed."""

    name: str
    settings: Settings


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One configuration, all knobs set.

    Args:
        number: counts up within a study's edition.
        settings: every knob.
        stage: which step of the procedure asked for it.
        name: the arm's name; None in a search.
    """

    number: int
    settings: Settings
    stage: Stage
    name: str | None = None

    @property
    def label(self) -> str:
        """What people call it: the arm's name, or "trial 12"."""
        return self.name if self.name is not None else f"trial {self.number}"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON from which `trial_from_json` makes an equal trial."""
        return {
            "number": self.number,
            "settings": self.settings.to_json(),
            "stage": self.stage,
            "name": self.name,
        }


def trial_from_json(content: Mapping[str, Any]) -> Trial:
    """The trial whose `to_json` gave `content`."""
    return Trial(**{**content, "settings": settings_from_json(content["settings"])})


def _network_words(network: str | None) -> str:
    return "the built-in network" if network is None else written(network)


@dataclass(frozen=True, kw_only=True)
class Study:
    """A question and everything needed to answer it.

    Args:
        name: the study file's name without its ending; the MLflow experiment's name.
        question: what is asked, in a sentence.
        data: where the examples come from.
        training: seeds and loss.
        network: the user's own, "my_nets.py:build", in a file beside the study: a function
            of (features, outputs, settings) that returns a torch.nn.Module; None trains the
            built-in multi-layer perceptron.
        knobs: fixed values, ranges and lists, by knob; what is left out takes its default.
            With a network of the user's own, names that are not the training's are its own.
        search: how trials are chosen, or None where `arms` are named.
        arms: named settings to compare, or empty where there is a search.
        seed: of the split, the sampler and all streams of randomness.
        thresholds: the judge's bounds.
        shows: a function of (findings, dataset), "shows.py:momentum", in a file beside the
            study, that adds pictures, tables and claims to its report; None adds nothing.
        lesson: what the study teaches; None where it is not a lesson.
        folder: what paths in `data` are relative to.

    Raises:
        StudyError: a rule is broken; one line for each fault.
    """

    name: str
    question: str
    data: DataSource
    training: Training
    network: str | None = None
    knobs: Mapping[str, KnobSpec] = field(default_factory=dict)
    search: Search | None = None
    arms: tuple[Arm, ...] = ()
    seed: int = 0
    thresholds: Thresholds = field(default_factory=Thresholds)
    shows: str | None = None
    lesson: Lesson | None = None
    folder: Path = Path()

    def __post_init__(self) -> None:
        faults = [*network_faults(self.network), *knobs_faults(self.knobs, network=self.network)]
        shown = function_faults("shows", self.shows, like="shows.py:picture")
        if not faults:
            specs = {
                n: settled(self.knob(n), spec) for n, spec in in_order(self.knobs, self.network)
            }
            object.__setattr__(self, "knobs", specs)
            faults.extend(self._default_faults() if self.search is not None else ())
        faults.extend(shown)
        if not self.question.strip():
            faults.append("question must be a sentence, got nothing")
        if (self.search is None) == (not self.arms):
            given = "neither" if self.search is None else "both"
            faults.append(f"a study needs either [search] or [arms], got {given}")
        faults.extend(self._search_faults() if self.search is not None else ())
        faults.extend(self._arms_faults() if self.arms else ())
        raise_all(StudyError, faults)

    def knob(self, name: str) -> Knob:
        """The knob of this name, of the table or the network's own.

        Raises:
            StudyError: there is no such knob.
        """
        found = knob_named(name, self.knobs.get(name), network=self.network)
        if found is None:
            raise StudyError(unknown_knob(name, "knobs"))
        return found

    @property
    def knob_names(self) -> tuple[str, ...]:
        """Every knob of the study: the network's own, then those of the table that it leaves."""
        own = {name for name in self.knobs if is_own(name, self.network)}
        own |= {name for arm in self.arms for name, _ in arm.settings.own}
        left = (name for name in KNOBS if not is_own(name, self.network))
        return (*sorted(own), *left)

    @property
    def searched(self) -> dict[str, Range | Choice]:
        """The knobs that a search varies, in the order of the table of knobs."""
        return {n: s for n, s in self.knobs.items() if isinstance(s, Range | Choice)}

    @property
    def fixed(self) -> dict[str, KnobValue]:
        """The knobs that the study sets to one value, in the order of the table of knobs."""
        return {n: s for n, s in self.knobs.items() if not isinstance(s, Range | Choice)}

    def _default_faults(self) -> list[str]:
        try:
            self.default_settings()
        except StudyError as error:
            return list(error.faults)
        return []

    def _search_faults(self) -> list[str]:
        faults: list[str] = []
        if not self.searched:
            faults.append("knobs: a search needs at least one knob with a range or a list")
        objective = self.search.objective if self.search is not None else ""
        if not objective.startswith("train") and not self.data.validated:
            got = "points, which all train" if self.data.points else "data.split.validation = 0"
            faults.append(f"search.objective {objective} needs validation examples, got {got}")
        return faults

    def _arms_faults(self) -> list[str]:
        rule = "must be a single value in a study with arms"
        faults = [f"knobs.{name} {rule}" for name in self.searched]
        for at, arm in enumerate(self.arms):
            place = f"arms.{written_key(arm.name)}"
            if arm.settings.network != self.network:
                asked, got = _network_words(self.network), _network_words(arm.settings.network)
                faults.append(f"{place} must be a setting of {asked}, got one of {got}")
            if not arm.name.strip():
                faults.append("arms must each have a name, got an empty one")
            for other in self.arms[:at]:
                if arm.name == other.name:
                    faults.append(f"{place} is named twice")
                elif arm.settings == other.settings:
                    twin = written_key(other.name)
                    faults.append(f"{place} must differ from arms.{twin}, got the same settings")
        return faults

    def default_settings(self) -> Settings:
        """The fixed knobs, and each searched one at its default, moved into its range.

        A list without the knob's default gives its first value, numbers of training examples
        give the most.
        """
        values: dict[str, KnobValue] = dict(self.fixed)
        for name, spec in self.searched.items():
            default = self.knob(name).default
            if isinstance(spec, Choice):
                values[name] = default if default in spec.values else spec.values[0]
            elif name == "train_size" and spec.integer:
                values[name] = int(spec.high)
            else:
                inside = min(max(float(default), spec.low), spec.high)  # pyright: ignore[reportArgumentType]
                values[name] = round(inside) if spec.integer else inside
        return settings_from(values, network=self.network)
