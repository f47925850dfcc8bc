"""The plots of a page with the words that stand beside them."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from harness.findings import Difference, Findings
from harness.findings.wording import knob_name, quantity_words, score_words
from harness.judge import Ending
from harness.report.page import Association, Key, Page, to_first
from harness.report.plots import (
    Frame,
    forest,
    leaves_frame,
    loss_curves,
    loss_frame,
    score_curves,
    score_frame,
)
from harness.report.scatter import knob_scatter, leaves_picture
from harness.report.wording import knob_meaning, loss_words


@dataclass(frozen=True, kw_only=True)
class Frames:
    """The ranges that all panels of a page share."""

    loss: Frame
    score: Frame


@dataclass(frozen=True, kw_only=True)
class Panel:
    """The curves of one setting; `cut` where its loss leaves the picture."""

    key: Key
    loss: Markup
    score: Markup | None
    cut: bool


@dataclass(frozen=True, kw_only=True)
class Scatter:
    """One knob against loss and gap; `cut` where a point lies above the picture."""

    title: str
    meaning: str
    plot: Markup
    lines: tuple[str, ...]
    cut: bool


@dataclass(frozen=True, kw_only=True)
class Forest:
    """Every arm against the first, in one quantity."""

    title: str
    against: str
    plot: Markup
    sentences: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Drawings:
    """Every plot of one study's page."""

    panels: tuple[Panel, ...]
    forests: tuple[Forest, ...]
    scatters: tuple[Scatter, ...]


def drawings(findings: Findings, page: Page, *, salt: str) -> Drawings:
    """All plots; `salt` keeps the ids inside them apart from those of other studies."""
    return Drawings(
        panels=panels(findings, page.keys, frames=frames(page.keys), salt=salt),
        forests=forests(findings, salt=salt),
        scatters=scatters(findings, page.associations, salt=salt),
    )


def frames(keys: Sequence[Key]) -> Frames:
    """The ranges that fit the curves of all `keys`."""
    settings = [key.setting for key in keys]
    return Frames(loss=loss_frame(settings), score=score_frame(settings))


def panels(
    findings: Findings, keys: Sequence[Key], *, frames: Frames, salt: str
) -> tuple[Panel, ...]:
    """Curves side by side on shared scales; settings whose runs all failed are left out."""
    loss, score = loss_words(findings.loss_name), score_words(findings.score_name)
    drawn = [key for key in keys if any(r.ending is not Ending.FAILED for r in key.setting.runs)]
    return tuple(
        Panel(
            key=key,
            loss=loss_curves(key.setting, frame=frames.loss, loss=loss, salt=salt),
            score=score_curves(key.setting, frame=frames.score, score=score, salt=salt)
            if score
            else None,
            cut=leaves_frame(key.setting, frames.loss),
        )
        for key in drawn
    )


def forests(findings: Findings, *, salt: str) -> tuple[Forest, ...]:
    """Differences to the first arm, a forest for each quantity."""
    against = to_first(findings)
    return tuple(
        _forest(findings, [d for d in against if d.quantity == quantity], salt=salt)
        for quantity in dict.fromkeys(d.quantity for d in against)
    )


def scatters(
    findings: Findings, associations: Sequence[Association], *, salt: str
) -> tuple[Scatter, ...]:
    """A plot for each searched knob, in the findings' order."""
    loss = loss_words(findings.loss_name)
    return tuple(
        Scatter(
            title=knob_name(item.knob),
            meaning=knob_meaning(item.knob),
            plot=knob_scatter(findings, item.knob, loss=loss, salt=salt),
            lines=item.lines,
            cut=leaves_picture(findings, item.knob),
        )
        for item in associations
    )


def _forest(findings: Findings, members: Sequence[Difference], *, salt: str) -> Forest:
    words = quantity_words(members[0].quantity, findings.score_name)
    return Forest(
        title=words,
        against=members[0].a,
        plot=forest(members, quantity=words, salt=salt),
        sentences=tuple(d.sentence for d in members),
    )
