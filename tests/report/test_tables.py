from dataclasses import replace

from harness.judge import Kind
from harness.report.tables import agreement, rows, varying_knobs


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
    assert agreement(replace(split, kind=Kind.MEMORISES)) == "6 together"
