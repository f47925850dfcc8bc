"""A matplotlib figure as SVG that lives inside a page and follows its light or dark mode."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import StringIO
from itertools import count
from typing import Any, cast

import matplotlib
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from harness.report.palette import TONES

_STYLE = {
    "svg.fonttype": "none",
    "path.simplify_threshold": 0.3,
    "font.size": 8,
    "axes.edgecolor": TONES["line"].ink,
    "axes.labelcolor": TONES["quiet"].ink,
    "axes.titlecolor": TONES["quiet"].ink,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.formatter.useoffset": False,
    "grid.color": TONES["line"].ink,
    "grid.linewidth": 0.4,
    "text.color": TONES["text"].ink,
    "xtick.color": TONES["line"].ink,
    "ytick.color": TONES["line"].ink,
    "xtick.labelcolor": TONES["quiet"].ink,
    "ytick.labelcolor": TONES["quiet"].ink,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
}
_LONG = re.compile(r"-?\d+\.\d{3,}")
_VARIABLES = {tone.ink: f"var(--{tone.name})" for tone in TONES.values()}


@contextmanager
def paper() -> Iterator[None]:
    """The same style in the light page's colours, for pictures that stand by themselves."""
    light = {tone.ink: tone.light for tone in TONES.values()}
    style = {key: light.get(value, value) for key, value in _STYLE.items()}
    with matplotlib.rc_context(cast(Any, style)):
        yield


@contextmanager
def drawing(name: str) -> Iterator[None]:
    """The style in which a figure is made *and* turned to SVG; `name` salts its ids."""
    with matplotlib.rc_context(cast(Any, {**_STYLE, "svg.hashsalt": name})):
        yield


def inline(
    figure: Figure, *, label: str, tips: Mapping[str, Sequence[str]] | None = None
) -> Markup:
    """The figure as an `<svg>` element; call it inside `drawing`.

    Args:
        figure: drawn in the inks of `palette`.
        label: what a person who does not see it is told.
        tips: for the artist with that gid, one text per point, shown under the pointer.
    """
    buffer = StringIO()
    empty = {"Date": None, "Creator": None, "Format": None, "Type": None}
    figure.savefig(buffer, format="svg", metadata=empty)
    text = _without_leaks(buffer.getvalue())
    for gid, texts in (tips or {}).items():
        text = _with_tips(text, gid, texts)
    text = re.sub(r'<g id="[^"]*"', "<g", text)
    text = re.sub(r"<(?:path|use|g|clipPath|rect|text)\b[^>]*>", lambda tag: _shorter(tag[0]), text)
    for ink, variable in _VARIABLES.items():
        text = text.replace(ink, variable)
    opening = f'<svg class="plot" role="img" aria-label="{escape(label)}"'
    return Markup(text.replace("<svg", opening, 1).strip())


def _shorter(tag: str) -> str:
    """The tag with coordinates to a hundredth of a point: finer than any screen."""
    return _LONG.sub(lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), tag)


def _without_leaks(text: str) -> str:
    """Drops what would reach the page around it: declarations, global CSS, sizes, addresses."""
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", text, flags=re.S)
    text = re.sub(r"<defs>\s*</defs>", "", text)
    head, body = text.split(">", 1)
    head = re.sub(r'\s(xmlns(:\w+)?|width|height|version)="[^"]*"', "", head)
    body = body.replace("xlink:href", "href")
    body = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font: \1px var(--sans)", body)
    return re.sub(r"\n\s*", "\n", f"{head}>{body}")


def _with_tips(text: str, gid: str, texts: Sequence[str]) -> str:
    """Puts a `<title>` into each point of the group `gid`."""
    start = text.index(f'<g id="{gid}"')
    place = count()

    def titled(found: re.Match[str]) -> str:
        tip = escape(texts[next(place)])
        return f"{found[1]}><title>{tip}</title></use>"

    rest = re.sub(r"(<use [^>]*?)/>", titled, text[start:], count=len(texts))
    return text[:start] + rest
