"""Which TPE setting searches our own studies better: one density per knob, or a joint one.

    python -m tests.bench.samplers [--seeds 6] [--trials 48]

For each study and study seed (which draws another split too) the same search runs with both
settings and with random trials; compared is the best trial found, by the objective's seeds
(what the search itself sees) and by fresh seeds, in pairs of equal study seeds.
"""

import argparse
import multiprocessing
import statistics
from pathlib import Path

from scipy import stats

from harness.data import load
from harness.search import Asker, samplers
from harness.study import Choice, DataSource, Range, Search, Study, Training
from harness.training import Member, one_thread, plan, train

SEARCHED = {
    "units": Range(low=4, high=256, scale="log"),
    "dropout": Range(low=0.0, high=0.6),
    "optimizer": Choice(values=("sgd", "momentum", "adam")),
    "learning_rate": Range(low=1e-4, high=1e-1, scale="log"),
    "l2": Range(low=1e-6, high=1e-1, scale="log"),
}
STUDIES = {
    "digits": (DataSource(source="digits"), {"layers": 2, "train_size": 300, "epochs": 30}),
    "moons": (
        DataSource(source="moons", examples=600, noise=0.3),
        {"layers": Range(low=0, high=3), "epochs": 40, "label_noise": 0.1},
    ),
}
WAYS = {"per knob": False, "joint": True, "random": None}
SEEDS = 3


def main() -> None:
    """Measure and print."""
    words = argparse.ArgumentParser(prog="python -m tests.bench.samplers")
    words.add_argument("--seeds", type=int, default=6)
    words.add_argument("--trials", type=int, default=48)
    asked = words.parse_args()
    jobs = [
        (name, seed, way, asked.trials)
        for name in STUDIES
        for seed in range(asked.seeds)
        for way in WAYS
    ]
    with multiprocessing.get_context("spawn").Pool() as pool:
        found = dict(zip(jobs, pool.starmap(_search, jobs, chunksize=1), strict=True))
    for name in STUDIES:
        for index, what in enumerate(("as the search saw it", "on fresh seeds")):
            print(f"{name}, best of {asked.trials} trials, {what}:")
            levels = {
                way: [found[name, seed, way, asked.trials][index] for seed in range(asked.seeds)]
                for way in WAYS
            }
            for way, values in levels.items():
                print(f"  {way:9} {statistics.mean(values):.4f}")
            pairs = zip(levels["joint"], levels["per knob"], strict=True)
            _difference([joint - single for joint, single in pairs])


def _difference(values: list[float]) -> None:
    mean, n = statistics.mean(values), len(values)
    half = stats.t.ppf(0.975, n - 1) * statistics.stdev(values) / n**0.5
    print(f"  joint less per knob: {mean:+.4f} ± {half:.4f} (95 %, {n} pairs)")


def _search(name: str, seed: int, way: str, trials: int) -> tuple[float, float]:
    """The best trial's objective over the search's seeds, and over as many fresh ones."""
    source, fixed = STUDIES[name]
    multivariate = WAYS[way]
    study = Study(
        name=name,
        question="Which sampler?",
        data=source,
        training=Training(seeds=SEEDS),
        knobs={**SEARCHED, **fixed},
        search=Search(trials=trials, sampler="random" if multivariate is None else "tpe"),
        seed=seed,
    )
    samplers.TPE_MULTIVARIATE = bool(multivariate)
    dataset = load(source, folder=Path(), seed=seed)
    asker = Asker(study)
    told = {}
    while batch := asker.ask():
        values = {
            trial.number: _objective([trial], range(SEEDS), dataset, study) for trial in batch
        }
        asker.tell(values)
        told |= {trial: values[trial.number] for trial in batch}
    best = min(told, key=lambda trial: told[trial])
    fresh = _objective([best], range(100, 100 + SEEDS), dataset, study)
    return told[best], fresh


def _objective(trials, seeds, dataset, study) -> float:
    members = [Member(trial=trial, seed=seed) for trial in trials for seed in seeds]
    with one_thread():
        runs = [
            run for chunk in plan(members, dataset, study) for run in train(chunk, dataset, study)
        ]
    return statistics.mean(run.objective("cross_fitted_loss") for run in runs)


if __name__ == "__main__":
    main()
