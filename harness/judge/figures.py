"""Numbers as people read them, wherever the harness writes one into a sentence or a table."""

import math

NOT_MEASURED = "–"
MINUS = "−"


def number(value: float) -> str:
    """Three significant digits: 0.0421, 1.30, −1230, 2.50e-05; a dash where not measured."""
    if math.isnan(value):
        return NOT_MEASURED
    sign, size = MINUS if value < 0 else "", abs(value)
    if math.isinf(size):
        return f"{sign}∞"
    if size != 0 and not 1e-4 <= size < 1e6:
        return f"{sign}{size:.2e}"
    return f"{sign}{size:.{decimals(size)}f}"


def decimals(size: float) -> int:
    """How many decimals `number` gives to a size that it writes without an exponent."""
    if size == 0:
        return 0
    return max(2 - math.floor(math.log10(float(f"{size:.2e}"))), 0)


def percent(share: float) -> str:
    """A share as people write it: "31 %"."""
    return f"{100 * share:.0f} %"


def score(value: float) -> str:
    """Accuracy or R², to a tenth of a point."""
    return f"{value:.3f}"
