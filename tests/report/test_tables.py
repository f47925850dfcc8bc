from dataclasses import replace
from io import StringIO

import pandas as pd
import pytest

from harness.judge import Kind
from harness.report import RUN_COLUMNS, SETTING_COLUMNS, csv, runs_csv
from harness.report.tables import agreement, rows, varying_knobs


def test_a_csv_has_one_row_a_setting_with_the_numbers_unrounded(searched):
    table = pd.read_csv(StringIO(csv(searched)))
    assert list(table["trial"]) == [s.trial.number for s in searched.settings]
    for row, setting in zip(table.itertuples(), searched.settings, strict=True):
        assert row.setting == setting.label
        assert row.learning_rate == setting.trial.settings.learning_rate
        assert row.validation_loss == pytest.approx(setting.validation_loss.mean, rel=1e-12)
        assert row.gap_n == setting.gap.n
        assert row.verdict == setting.kind.value


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


def test_searched_knobs_have_a_column_and_fixed_ones_none(searched):
    assert varying_knobs(searched) == ("units", "dropout", "optimizer", "learning_rate")


def test_the_best_setting_comes_first_and_arms_keep_their_order(searched, armed):
    assert rows(searched)[0].setting.trial == searched.best.trial
    assert [row.setting.label for row in rows(armed)] == ["small", "right", "large"]


def test_the_table_says_how_many_seeds_agree(armed):
    setting = replace(armed.settings[0], kind=Kind.FITS, counts={Kind.FITS: 6})
    assert agreement(setting) == "6"
    split = replace(setting, counts={Kind.FITS: 4, Kind.TOO_WEAK: 2})
    assert agreement(split) == "4 of 6"
    assert agreement(replace(split, collapsed=2 / 6)) == "4 of 6, 2 collapsed"
