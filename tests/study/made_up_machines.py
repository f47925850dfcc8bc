"""The table that `studies/my-data.toml` learns from: made up, every row of it.

400 office coffee machines, and whether each broke down in the month after it was looked at.
The odds rise with age, with hard water on machines long without service, and with cups beyond
what a model is built for; what a machine really does is drawn from them, so nothing can
predict all of it.
"""

from io import StringIO

import numpy as np
import pandas as pd

ROWS = 400
BUILT_FOR = {"Compact": 40, "Barista": 80, "Grande": 140}
"""Cups a day that each model bears."""


def machines() -> pd.DataFrame:
    """The table, the same on every call."""
    draw = np.random.default_rng(20260)
    model = draw.choice(list(BUILT_FOR), ROWS, p=[0.45, 0.35, 0.2])
    built_for = np.array([BUILT_FOR[each] for each in model])
    cups = draw.gamma(6, built_for / 6).round()
    age = draw.uniform(1, 96, ROWS).round()
    hardness = draw.normal(12, 5, ROWS).clip(1, 30).round(1)
    service = draw.exponential(90, ROWS).clip(1, 400).round()
    logit = 0.06 * (age - 60) + 4 * (cups / built_for - 1)
    logit += np.where(hardness > 12, 0.015, 0.002) * service - 1
    broke = draw.random(ROWS) < 1 / (1 + np.exp(-logit))
    seen = draw.random(ROWS) > 0.03
    return pd.DataFrame(
        {
            "machine": [f"M-{number:04d}" for number in range(1, ROWS + 1)],
            "model": model,
            "age_months": age.astype(int),
            "cups_per_day": cups.astype(int),
            "water_hardness": np.where(seen, hardness, np.nan),
            "days_since_service": service.astype(int),
            "broke_down": np.where(broke, "yes", "no"),
        }
    )


def machines_csv() -> str:
    """The text of `studies/machines.csv`."""
    text = StringIO()
    machines().to_csv(text, index=False, lineterminator="\n")
    return text.getvalue()
