"""Reports on disk."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from uuid import uuid4

from harness.errors import InputError
from harness.findings import Comparison, Findings
from harness.report.comparison import comparison_csv, comparison_html, comparison_markdown
from harness.report.provenance import Provenance
from harness.report.render import csv, html, markdown

FORMATS: Mapping[str, Callable[[Findings, Provenance], str]] = {
    "html": html,
    "md": markdown,
    "csv": lambda findings, _: csv(findings),
}
"""The formats by their file endings."""


def write(
    findings: Findings, provenance: Provenance, folder: Path, formats: Sequence[str]
) -> tuple[Path, ...]:
    """Writes `<study>.html`, `.md`, `.csv` into `folder`, which is made where missing.

    A file is whole or not there: it is written beside its place and then moved.

    Args:
        formats: endings out of `FORMATS`, without a dot.

    Returns:
        The files, in the order of `formats`.

    Raises:
        InputError: an unknown format; nothing is written then.
        OSError: the folder cannot be written.
    """
    makers = {name: partial(make, findings, provenance) for name, make in FORMATS.items()}
    return _write(folder / findings.study.name, makers, formats)


def write_comparison(
    comparison: Comparison,
    pa: Provenance,
    pb: Provenance,
    folder: Path,
    formats: Sequence[str],
) -> tuple[Path, ...]:
    """Writes `<a>-beside-<b>.html`, `.md`, `.csv`, as `write` does.

    Raises:
        InputError: an unknown format; nothing is written then.
        OSError: the folder cannot be written.
    """
    makers = {
        "html": partial(comparison_html, comparison, pa, pb),
        "md": partial(comparison_markdown, comparison, pa, pb),
        "csv": partial(comparison_csv, comparison),
    }
    name = f"{comparison.a.study.name}-beside-{comparison.b.study.name}"
    return _write(folder / name, makers, formats)


def check_formats(formats: Sequence[str]) -> None:
    """Raises one InputError that names every unknown format."""
    known = ", ".join(FORMATS)
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise InputError(*(f"format must be one of {known}, got {name}" for name in unknown))


def _write(
    beginning: Path, makers: Mapping[str, Callable[[], str]], formats: Sequence[str]
) -> tuple[Path, ...]:
    """One file for each format, whose names are `beginning` and the format's ending."""
    check_formats(formats)
    beginning.parent.mkdir(parents=True, exist_ok=True)
    return tuple(
        replace_text(beginning.with_name(f"{beginning.name}.{ending}"), makers[ending]())
        for ending in dict.fromkeys(formats)
    )


def replace_text(path: Path, text: str) -> Path:
    """Puts `text` in `path` in one move, so that no reader sees half of it."""
    return replace_bytes(path, text.encode())


def replace_bytes(path: Path, content: bytes) -> Path:
    """Puts `content` in `path` in one move, so that no reader sees half of it."""
    beside = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        # The reader asked for this file and never heard of the one beside it.
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        beside.unlink(missing_ok=True)
    return path
