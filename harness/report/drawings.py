"""The plots of a page with the words that stand beside them."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from harness.findings import Difference, Findings, SettingFinding
from harness.findings.wording import knob_name, quantity_words, score_words
from harness.judge import Ending, number
from harness.report.frames import Frame, leaves_frame, loss_frame, own_loss_frame, score_frame
from harness.report.page import Association, Key, Page, to_first
from harness.report.plots import forest, loss_curves, score_curves
from harness.report.scatter import knob_scatter, leaves_picture
from harness.report.wording import knob_meaning, loss_words


@dataclass(frozen=True, kw_only=True)
class Frames:
    """The ranges that all panels of a page share."""

    loss: Frame
    score: Frame


@dataclass(frozen=True, kw_only=True)
class Panel:
    """The curves of one setting.

    Args:
        key: the setting.
        loss, score: its plots.
        scale: says that the loss has a scale of its own, or leaves the picture; else empty.
    """

    key: Key
    loss: Markup
    score: Markup | None
    scale: str


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
    """Curves side by side; settings whose runs all failed are left out.

    They share their scales, but for a loss that would hardly be seen on the shared one.
    """
    loss, score = loss_words(findings.loss_name), score_words(findings.score_name)
    drawn = [key for key in keys if any(r.ending is not Ending.FAILED for r in key.setting.runs)]
    return tuple(
        Panel(
            key=key,
            loss=loss_curves(key.setting, frame=own or frames.loss, loss=loss, salt=salt),
            score=score_curves(key.setting, frame=frames.score, score=score, salt=salt)
            if score
            else None,
            scale=_scale(key.setting, shared=frames.loss, own=own),
        )
        for key in drawn
        for own in [own_loss_frame(key.setting, frames.loss)]
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
            meaning=knob_meaning(findings.study, item.knob),
            plot=knob_scatter(findings, item.knob, loss=loss, salt=salt),
            lines=item.lines,
            cut=leaves_picture(findings, item.knob),
        )
        for item in associations
    )


def _scale(setting: SettingFinding, *, shared: Frame, own: Frame | None) -> str:
    """What a reader must know of the loss's scale before comparing panels by eye."""
    if own is None:
        return "The loss goes on above the picture." if leaves_frame(setting, shared) else ""
    orders = ", and rises by orders of magnitude" if own.logarithmic else ""
    return (
        f"This loss has a scale of its own{orders}: it lies above the {number(shared.high)} at "
        "which the others end."
    )


def _forest(findings: Findings, members: Sequence[Difference], *, salt: str) -> Forest:
    words = quantity_words(members[0].quantity, findings.score_name)
    return Forest(
        title=words,
        against=members[0].a,
        plot=forest(members, quantity=words, salt=salt),
        sentences=tuple(d.sentence for d in members),
    )
