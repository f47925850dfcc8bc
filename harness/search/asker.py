"""Batches of trials, asked of Optuna and told back."""

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import optuna

from harness.errors import ReplayError
from harness.search.grid import grid_trials
from harness.search.samplers import draws_every_knob, sampler_for
from harness.search.space import default_parameters, draw_settings, space_of
from harness.study import KNOBS, Settings, Study, Trial, written


class Asker:
    """A search held open: `ask` for a batch, train it, `tell` its values, until none comes.

    Trial 0 is the study's default setting. Batches are always asked whole of the sampler, so
    that a search of more trials begins with the same trials: those beyond `search.trials`
    are held back and come first when it is raised.

    Replay: ask a batch, tell what is stored of it, until a batch is not stored.

    Args:
        study: one that has a search.

    Raises:
        StudyError: a grid that is too large.
    """

    def __init__(self, study: Study) -> None:
        if study.search is None:
            raise ValueError(f"{study.name}: a study with arms has no search to ask")
        self._study = study
        self._search = study.search
        grid = study.search.sampler == "grid"
        self._planned = grid_trials(study) if grid else [default_parameters(study)]
        limit = len(self._planned) if grid else math.inf
        self._trials = min(limit, math.inf if self._search.trials is None else self._search.trials)
        self._asked = 0
        self._open: dict[int, optuna.trial.Trial] = {}
        with _quiet():
            self._optuna = optuna.create_study(
                sampler=sampler_for(study), direction=self._search.direction
            )

    @property
    def total(self) -> int:
        """Trials of the whole search."""
        return int(self._trials)

    def ask(self) -> tuple[Trial, ...]:
        """The next batch, numbers counting up; empty when the search is done.

        Raises:
            ValueError: the batch before has not been told.
        """
        if self._open:
            waiting = ", ".join(map(str, self._open))
            raise ValueError(f"trials {waiting} must be told before the next batch is asked")
        if self._asked >= self._trials:
            return ()
        with _quiet():
            batch = [self._next() for _ in range(self._search.batch)]
        kept = [trial for trial in batch if trial.number < self._trials]
        self._open = {trial.number: self._open[trial.number] for trial in kept}
        return tuple(kept)

    def tell(self, values: Mapping[int, float]) -> None:
        """Steer the search by the objective of each trial of the batch asked last.

        Args:
            values: by trial number, in any order; NaN where a trial has none, which then
                does not steer.

        Raises:
            ValueError: `values` are not exactly those of the batch.
        """
        if set(values) != set(self._open):
            asked, told = (", ".join(map(str, sorted(n))) or "none" for n in (self._open, values))
            raise ValueError(f"values must be told of trials {asked}, got {told}")
        with _quiet():
            for number in sorted(self._open):
                self._tell_one(self._open[number], values[number])
        self._open = {}

    def _next(self) -> Trial:
        number = self._asked
        if number < len(self._planned):
            self._optuna.enqueue_trial(self._planned[number])
        every = draws_every_knob(self._search.sampler)
        trial = self._optuna.ask(fixed_distributions=space_of(self._study) if every else None)  # pyright: ignore[reportArgumentType]
        self._open[number] = trial
        self._asked += 1
        settings = draw_settings(self._study, trial)
        return Trial(number=number, settings=settings, stage="search")

    def _tell_one(self, trial: optuna.trial.Trial, value: float) -> None:
        if math.isnan(value):
            self._optuna.tell(trial, state=optuna.trial.TrialState.FAIL)
        else:
            self._optuna.tell(trial, value)


def check_replay(asked: Sequence[Trial], stored: Mapping[int, Settings]) -> None:
    """Prove that the trials asked again are those stored.

    Args:
        asked: a batch of the replay.
        stored: settings by trial number; a trial that is not stored is not checked.

    Raises:
        ReplayError: one line for the first trial that differs, with its knobs.
    """
    for trial in asked:
        before = stored.get(trial.number, trial.settings)
        now, then = _written(trial.settings), _written(before)
        pairs = {n: (now.get(n, "nothing"), then.get(n, "nothing")) for n in {**then, **now}}
        differ = [f"{n} asked {now}, stored {was}" for n, (now, was) in pairs.items() if now != was]
        if differ:
            why = "the search changed, or a library it rests on; forget the study to start anew"
            raise ReplayError(f"trial {trial.number}: {'; '.join(differ)} ({why})")


def _written(settings: Settings) -> dict[str, str]:
    """Every knob's value, written: 1 example and a share of 1.0 are equal to Python."""
    names = [*(name for name, _ in settings.own), *KNOBS]
    return {name: written(settings.value(name)) for name in names}


@contextmanager
def _quiet() -> Iterator[None]:
    """Optuna without log lines and remarks on its own state, for the time of a call only."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            # A diverged trial's infinite loss: GP cuts it to the largest finite one.
            warnings.filterwarnings("ignore", message="Clip non-finite")
            yield
    finally:
        optuna.logging.set_verbosity(before)
