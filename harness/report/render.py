"""Findings → the text of a page: HTML, Markdown, CSV."""

import re

from jinja2 import Environment, PackageLoader, StrictUndefined

from harness.findings import Findings
from harness.report.drawings import drawings
from harness.report.exports import settings_csv
from harness.report.meanings import MEANINGS
from harness.report.page import page
from harness.report.palette import LOOKS, css_variables, glyph
from harness.report.provenance import Provenance
from harness.report.verdicts import certainty, kind_of, verdict_words

_SPECIAL = re.compile(r"([\\`*_{}\[\]|])")


def html(findings: Findings, provenance: Provenance) -> str:
    """One self-contained page: no outside resources, light and dark, the same bytes each time."""
    text = page(findings, provenance)
    plots = drawings(findings, text, salt=text.study)
    return templates().get_template("report.html.jinja").render(page=text, plots=plots)


def markdown(findings: Findings, provenance: Provenance) -> str:
    """The page's words and tables, without plots."""
    text = page(findings, provenance)
    return templates().get_template("report.md.jinja").render(page=text)


def csv(findings: Findings) -> str:
    """One row a setting; `harness.report.SETTING_COLUMNS` says what the columns hold."""
    return settings_csv(findings)


def templates() -> Environment:
    """The pages' templates; what fills HTML is escaped, what fills Markdown goes by `plain`."""
    environment = Environment(
        loader=PackageLoader("harness.report", "templates"),
        autoescape=lambda name: name is not None and name.endswith(".html.jinja"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["plain"] = _plain
    environment.globals.update(looks=LOOKS, meanings=MEANINGS, glyph=glyph, variables=css_variables)
    environment.globals.update(certainty=certainty, kind_of=kind_of, verdict_words=verdict_words)
    return environment


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, on one line, with no HTML in it."""
    joined = " ".join(str(text).split())
    escaped = joined.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", escaped)
