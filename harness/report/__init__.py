"""Findings as pages. In: `Findings` and how they were obtained. Out: HTML, Markdown, CSV.

Every plot is drawn here. It reads findings and nothing else: it never trains, judges,
concludes or stores.
"""

from harness.report.comparison import comparison_csv, comparison_html, comparison_markdown
from harness.report.exports import RUN_COLUMNS, SETTING_COLUMNS, runs_csv
from harness.report.files import FORMATS, write, write_comparison
from harness.report.provenance import Provenance
from harness.report.rates import write_rates
from harness.report.render import csv, html, markdown

__all__ = [
    "FORMATS",
    "RUN_COLUMNS",
    "SETTING_COLUMNS",
    "Provenance",
    "comparison_csv",
    "comparison_html",
    "comparison_markdown",
    "csv",
    "html",
    "markdown",
    "runs_csv",
    "write",
    "write_comparison",
    "write_rates",
]
