"""Two studies side by side: what was asked differently, and what came out."""

from dataclasses import dataclass, fields

from harness.findings import Comparison, Findings
from harness.findings.wording import knob_name
from harness.judge import NOT_MEASURED
from harness.report.drawings import frames, panels
from harness.report.exports import csv_text, own_knobs, setting_header, setting_lines
from harness.report.facts import spec
from harness.report.page import page
from harness.report.provenance import Provenance
from harness.report.render import templates
from harness.report.wording import knob_value
from harness.study import Study


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """One thing that the two studies do differently, in the words of each."""

    what: str
    a: str
    b: str


def comparison_html(comparison: Comparison, pa: Provenance, pb: Provenance) -> str:
    """Both studies on one self-contained page; the curves share their scales.

    Args:
        comparison: the studies, found fair to compare.
        pa, pb: how each was obtained.
    """
    both = (comparison.a, comparison.b)
    pages = (page(comparison.a, pa), page(comparison.b, pb))
    frame = frames([*pages[0].keys, *pages[1].keys])
    drawn = tuple(
        panels(findings, text.keys, frames=frame, salt=f"{side}/{findings.study.name}")
        for side, findings, text in zip("ab", both, pages, strict=True)
    )
    template = templates().get_template("comparison.html.jinja")
    return template.render(
        answer=comparison.answer,
        pages=pages,
        panels=drawn,
        contrasts=contrasts(comparison, pa, pb),
    )


def comparison_markdown(comparison: Comparison, pa: Provenance, pb: Provenance) -> str:
    """Both studies in words and tables."""
    pages = (page(comparison.a, pa), page(comparison.b, pb))
    template = templates().get_template("comparison.md.jinja")
    return template.render(
        answer=comparison.answer, pages=pages, contrasts=contrasts(comparison, pa, pb)
    )


def comparison_csv(comparison: Comparison) -> str:
    """One row a setting or cheap model of either study, the study's name first."""
    both = (comparison.a, comparison.b)
    own = own_knobs(*both)
    lines = [[f.study.name, *cells] for f in both for cells in setting_lines(f, own)]
    return csv_text(["study", *setting_header(own)], lines)


def contrasts(comparison: Comparison, pa: Provenance, pb: Provenance) -> tuple[Contrast, ...]:
    """Training, knobs, thresholds and versions in which the studies differ."""
    a, b = comparison.a, comparison.b
    found = [
        Contrast(what="examples", a=_held(pa), b=_held(pb)),
        Contrast(what="seeds a setting", a=_seeds(a), b=_seeds(b)),
        Contrast(what="settings", a=_chosen(a), b=_chosen(b)),
        Contrast(what="network", a=_network(a), b=_network(b)),
        *(Contrast(what=knob_name(k), a=_asked(a, k), b=_asked(b, k)) for k in _knobs(a, b)),
        *_thresholds(a.study, b.study),
        *_versions(pa, pb),
        Contrast(what="edition", a=pa.edition, b=pb.edition),
    ]
    return tuple(contrast for contrast in found if contrast.a != contrast.b)


def _network(findings: Findings) -> str:
    return findings.study.network or "multi-layer perceptron"


def _knobs(a: Findings, b: Findings) -> tuple[str, ...]:
    """Every knob of either study, own ones first."""
    return tuple(dict.fromkeys((*own_knobs(a, b), *a.study.knob_names, *b.study.knob_names)))


def _held(provenance: Provenance) -> str:
    return ", ".join(f"{name} {n}" for name, n in provenance.examples.items())


def _seeds(findings: Findings) -> str:
    return str(max((len(s.runs) for s in findings.settings), default=0))


def _chosen(findings: Findings) -> str:
    search = findings.study.search
    many = len(findings.settings)
    return f"{many} named" if search is None else f"{many} by {search.sampler} search"


def _asked(findings: Findings, knob: str) -> str:
    """The range of a searched knob, else the values that settings have."""
    if knob in findings.study.searched:
        return spec(findings.study.searched[knob])
    acting = [s.trial.settings.acting() for s in findings.settings]
    values = dict.fromkeys(knob_value(v[knob]) if knob in v else NOT_MEASURED for v in acting)
    return ", ".join(values)


def _thresholds(a: Study, b: Study) -> list[Contrast]:
    names = [field.name for field in fields(a.thresholds)]
    return [
        Contrast(
            what=f"threshold {name.replace('_', ' ')}",
            a=str(getattr(a.thresholds, name)),
            b=str(getattr(b.thresholds, name)),
        )
        for name in names
    ]


def _versions(pa: Provenance, pb: Provenance) -> list[Contrast]:
    names = dict.fromkeys([*pa.versions, *pb.versions])
    missing = NOT_MEASURED
    return [
        Contrast(what=name, a=pa.versions.get(name, missing), b=pb.versions.get(name, missing))
        for name in names
    ]
