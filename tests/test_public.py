"""The package from Python, without a file or a terminal."""

from pathlib import Path

import harness


def test_every_public_name_is_there():
    for name in harness.__all__:
        assert getattr(harness, name) is not None


def test_a_training_log_is_judged(tmp_path: Path):
    path = tmp_path / "history.csv"
    path.write_text("loss,val_loss\n" + "".join(f"{9 - i},{9 + i}\n" for i in range(8)))
    (log,) = harness.read_logs(path)
    assert harness.judge_log(log).kind is harness.Kind.TRAINED_TOO_LONG


def test_a_study_made_in_python_is_conducted_and_answered(tmp_path: Path):
    study = harness.Study(
        name="by-hand",
        question="Do two units learn the irises?",
        data=harness.DataSource(source="iris"),
        training=harness.Training(seeds=2),
        arms=(
            harness.Arm(name="two", settings=harness.settings_from({"units": 2, "epochs": 3})),
            harness.Arm(name="many", settings=harness.settings_from({"units": 32, "epochs": 3})),
        ),
    )
    outcome = harness.conduct_study(
        harness.prepare_study(study),
        progress=harness.Silence(),
        workers=1,
        store=tmp_path / "mlruns",
        reports=tmp_path / "reports",
    )
    assert outcome.trained == 4
    assert "two" in outcome.findings.answer
    assert outcome.report is not None
    assert outcome.report.read_text(encoding="utf-8").startswith("<!doctype html>")
