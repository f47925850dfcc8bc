from io import StringIO

import pandas as pd
import pytest

from harness.report import RUN_COLUMNS, SETTING_COLUMNS, csv, runs_csv


def test_a_csv_has_one_row_a_setting_with_the_numbers_unrounded(searched):
    table = pd.read_csv(StringIO(csv(searched))).query("stage != 'baseline'")
    assert list(table["trial"]) == [s.trial.number for s in searched.settings]
    for row, setting in zip(table.itertuples(), searched.settings, strict=True):
        assert row.setting == setting.label
        assert row.learning_rate == setting.trial.settings.learning_rate
        assert row.validation_loss == pytest.approx(setting.validation_loss.mean, rel=1e-12)
        assert row.gap_n == setting.gap.n
        assert row.verdict == setting.kind.value


def test_a_csv_has_how_likely_each_kind_is(searched):
    table = pd.read_csv(StringIO(csv(searched))).query("stage != 'baseline'")
    chances = table[[name for name in SETTING_COLUMNS if name.startswith("chance_")]]
    weighed = [bool(setting.chances) for setting in searched.settings]
    assert any(weighed)
    assert list(chances.notna().all(axis=1)) == weighed
    assert chances.sum(axis=1)[weighed].tolist() == pytest.approx([1.0] * sum(weighed))
    for row, setting in zip(table.itertuples(), searched.settings, strict=True):
        for kind, chance in setting.chances.items():
            assert getattr(row, f"chance_{kind.value}") == pytest.approx(chance)


def test_every_column_of_a_csv_is_described(searched):
    assert list(pd.read_csv(StringIO(csv(searched))).columns) == list(SETTING_COLUMNS)
    assert list(pd.read_csv(StringIO(runs_csv(searched))).columns) == list(RUN_COLUMNS)
    assert all([*SETTING_COLUMNS.values(), *RUN_COLUMNS.values()])


def test_what_was_not_measured_is_empty(searched):
    table = pd.read_csv(StringIO(csv(searched)), dtype=str)
    diverged = next(s for s in searched.settings if s.gap.n == 0)
    row = table[table["setting"] == diverged.label].iloc[0]
    assert pd.isna(row["gap"])
    assert row["gap_n"] == "0"


def test_a_run_table_has_one_row_a_run(searched):
    table = pd.read_csv(StringIO(runs_csv(searched)))
    assert list(table["run"]) == [run.name for run in searched.runs]
    assert (table["ending"] == "failed").sum() == len(searched.failed)
    finished = table[table["ending"] == "finished"]
    assert finished["gap"].notna().all()
    assert finished["verdict"].notna().all()
