"""What we write row by row, read by MLflow's own client."""

import math
from dataclasses import replace

import numpy as np
import pytest
from mlflow import MlflowClient

from harness.judge import Ending
from harness.store.rows import thinned
from harness.study import settings_from


@pytest.fixture
def client(root):
    client = MlflowClient(f"sqlite:///{root.as_posix()}/mlflow.db")
    yield client
    client._tracking_client.store.engine.dispose()


def found_by_name(client, name):
    experiment = client.get_experiment_by_name("digits")
    runs = client.search_runs([experiment.experiment_id])
    return next(run for run in runs if run.info.run_name == name)


def test_params_are_the_knobs_that_act(client, store, make_run):
    store.write([make_run(layers=2, units=(8, 4), dropout=0.1, optimizer="sgd")], edition="a")
    params = found_by_name(client, "0000/s0").data.params
    assert params["units"] == "[8, 4]"
    assert (params["dropout"], params["bias"], params["optimizer"]) == ("0.1", "true", "sgd")
    assert "momentum" not in params


def test_tags_say_which_run_it_is_and_what_it_means(client, store, make_run, make_verdict):
    store.write([make_run(number=12, seed=3).judged(make_verdict())], edition="a")
    run = found_by_name(client, "0012/s3")
    wanted = {
        "trial": "12",
        "seed": "3",
        "stage": "search",
        "edition": "a",
        "ending": "finished",
        "verdict": "trained_too_long",
        "fit": "overfit",
        "confidence": "0.80, uncalibrated",
        "why": "validation loss ends 0.21 above its minimum",
    }
    assert {key: run.data.tags[key] for key in wanted} == wanted
    assert run.info.status == "FINISHED"


def test_the_note_of_an_unjudged_run_says_which_reason_it_has(client, store, make_run):
    whole, taught = make_run(), make_run(seed=1)
    nothing = {"validation_loss": np.empty(0), "validation_score": np.empty(0), "evidence": None}
    taught = replace(taught, curves=replace(taught.curves, **nothing, validation_examples=0))
    store.write([whole, taught], edition="a")
    firsts = [
        found_by_name(client, name).data.tags["mlflow.note.content"].split("\n\n")[0]
        for name in ("0000/s0", "0000/s1")
    ]
    assert firsts == [
        "**not judged**: the study was interrupted",
        "**not judged**: there is no validation part",
    ]


def test_the_note_opens_with_the_verdict_and_then_says_why(client, store, make_run, make_verdict):
    store.write([make_run(dropout=0.123456).judged(make_verdict())], edition="a")
    lines = found_by_name(client, "0000/s0").data.tags["mlflow.note.content"].split("\n\n")
    assert lines[:2] == [
        "**overfit: trained too long** (confidence 0.80, uncalibrated)",
        "validation loss ends 0.21 above its minimum",
    ]
    assert lines[2].startswith("trial 0, seed 0: dropout 0.123, all other knobs at their defaults")
    assert "[train and validation loss on one chart](#/metric?runs=%5B%22" in lines[2]


def test_a_failed_run_shows_its_message(client, store, make_run):
    store.write([make_run(ending=Ending.FAILED)], edition="a")
    run = found_by_name(client, "0000/s0")
    assert (run.info.status, run.data.tags["ending"]) == ("FAILED", "failed")
    assert run.data.tags["reason"] == "RuntimeError: out of memory"
    assert run.data.metrics == {}


@pytest.mark.parametrize("epochs", [5, 1000])
def test_curves_are_metrics_by_epoch(client, store, make_run, epochs):
    run = make_run(epochs=epochs)
    store.write([run], edition="a")
    uuid = found_by_name(client, "0000/s0").info.run_id
    history = client.get_metric_history(uuid, "loss/validation")
    drawn = {point.step: point.value for point in history}
    assert drawn == {i: run.curves.validation_loss[i] for i in thinned(run.curves)}
    scores = client.get_metric_history(uuid, "accuracy/train")
    assert math.isnan(scores[0].value)
    assert [point.value for point in scores[1:]] == [
        run.curves.train_score[i] for i in thinned(run.curves)[1:]
    ]


def test_final_quantities_are_metrics(client, store, make_run):
    run = make_run()
    store.write([run], edition="a")
    metrics = found_by_name(client, "0000/s0").data.metrics
    for name, value in run.curves.quantities().items():
        assert metrics[name] == value or math.isnan(value)
    assert metrics["cross_fitted_loss"] == run.curves.evidence.cross_fitted_loss.mean
    assert metrics["roc_auc_best"] == 0.1 + 0.2
    assert metrics["loss/train"] == run.curves.train_loss[-1]


def test_the_files_are_where_mlflow_looks(client, store, make_run):
    store.write([make_run()], edition="a")
    uuid = found_by_name(client, "0000/s0").info.run_id
    assert [file.path for file in client.list_artifacts(uuid)] == ["run.parquet"]


@pytest.mark.parametrize("epochs", [1, 2, 99, 100, 101, 2000])
def test_thinning_keeps_both_ends_and_the_minima(make_run, epochs):
    curves = make_run(epochs=epochs).curves
    kept = thinned(curves)
    assert {0, epochs, curves.best, int(np.argmin(curves.train_loss))} <= set(kept)
    assert kept == sorted(set(kept))
    assert len(kept) <= min(epochs + 1, 102)


def test_params_and_notes_hold_the_knobs_of_a_users_network(client, store, make_run):
    own = {"channels": (4, 8), "pool": "max", "sizes": ("a", 0.5), "residual": True, "batch": 16}
    settings = settings_from(own, network="my_nets.py:build")
    run = make_run()
    run = replace(run, trial=replace(run.trial, settings=settings))
    store.write([run], edition="a")
    (stored,) = store.runs("a")
    assert stored.trial.settings == settings
    data = found_by_name(client, "0000/s0").data
    assert (data.params["channels"], data.params["pool"]) == ("[4, 8]", "max")
    assert (data.params["sizes"], data.params["residual"]) == ("['a', 0.5]", "true")
    assert "units" not in data.params
    assert "channels [4, 8], pool max" in data.tags["mlflow.note.content"]
