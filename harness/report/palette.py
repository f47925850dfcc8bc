"""Colours and markers: what a verdict looks like, in light and in dark.

Plots are drawn once, in ink that no real plot uses; `svg` turns that ink into CSS variables,
so that one picture follows the reader's light or dark mode. Hues are those of Okabe and Ito
("Color Universal Design", 2008), darkened or lightened until text in them reaches WCAG AA
(contrast 4.5) on both pages; no verdict is told by colour alone.
"""

from dataclasses import dataclass

from harness.judge import Kind


@dataclass(frozen=True, kw_only=True)
class Tone:
    """One role of colour.

    Args:
        name: of its CSS variable, `--name`.
        light, dark: hex colours for the two pages.
        ink: the stand-in that matplotlib draws with.
    """

    name: str
    light: str
    dark: str
    ink: str


def _tones(*rows: tuple[str, str, str]) -> dict[str, Tone]:
    return {
        name: Tone(name=name, light=light, dark=dark, ink=f"#0102{index:02x}")
        for index, (name, light, dark) in enumerate(rows, start=1)
    }


TONES = _tones(
    ("page", "#ffffff", "#15171a"),
    ("card", "#f6f7f9", "#1d2025"),
    ("text", "#1c2024", "#e6e8eb"),
    ("quiet", "#59616b", "#a3abb5"),
    ("line", "#d8dce1", "#363b42"),
    ("train", "#1c2024", "#e6e8eb"),
    ("link", "#0b5cad", "#7cb8f2"),
    ("overfit", "#b34700", "#ff9a57"),
    ("underfit", "#0b5cad", "#6cb4f5"),
    ("fits", "#00704f", "#3fc79a"),
    ("unclear", "#59616b", "#a3abb5"),
    ("diverged", "#93357a", "#e39bcb"),
)


@dataclass(frozen=True, kw_only=True)
class Look:
    """How one verdict is drawn: a tone, and a marker that tells it without colour."""

    tone: Tone
    marker: str
    filled: bool = True


LOOKS = {
    Kind.TRAINED_TOO_LONG: Look(tone=TONES["overfit"], marker="^"),
    Kind.MEMORISES: Look(tone=TONES["overfit"], marker="D"),
    Kind.FITS: Look(tone=TONES["fits"], marker="o"),
    Kind.STOPPED_EARLY: Look(tone=TONES["underfit"], marker="<"),
    Kind.TOO_WEAK: Look(tone=TONES["underfit"], marker="v"),
    Kind.CONSTANT: Look(tone=TONES["underfit"], marker="s"),
    Kind.SETTLED: Look(tone=TONES["unclear"], marker="o", filled=False),
    Kind.UNCLEAR: Look(tone=TONES["unclear"], marker="D", filled=False),
    Kind.DIVERGED: Look(tone=TONES["diverged"], marker="X"),
}
"""In the order of legends and of the verdict strip: from overfit over fits to underfit."""


def look(kind: Kind | None) -> Look:
    """How a verdict is drawn; like an unclear one where there is none."""
    return LOOKS[Kind.UNCLEAR if kind is None else kind]


def css_variables(mode: str) -> str:
    """The declarations of every tone for "light" or "dark"."""
    return " ".join(f"--{tone.name}: {getattr(tone, mode)};" for tone in TONES.values())


_GLYPHS = {
    "^": "M0 -5L5 4.2H-5Z",
    "v": "M0 5L-5 -4.2H5Z",
    "<": "M-5 0L4.2 -5V5Z",
    "D": "M0 -5.4L5.4 0L0 5.4L-5.4 0Z",
    "o": "M-4.7 0A4.7 4.7 0 1 0 4.7 0A4.7 4.7 0 1 0 -4.7 0Z",
    "s": "M-4.3 -4.3H4.3V4.3H-4.3Z",
    "X": "M-5 -2.5L-2.5 -5L0 -2.5L2.5 -5L5 -2.5L2.5 0L5 2.5L2.5 5L0 2.5L-2.5 5L-5 2.5L-2.5 0Z",
}


def glyph(kind: Kind) -> str:
    """The verdict's marker as an SVG path around the origin, 10 units wide."""
    return _GLYPHS[LOOKS[kind].marker]
