"""A handout: several lessons in their order, as one page of HTML and as a plain PDF."""

from collections.abc import Sequence
from pathlib import Path

from harness.findings import Findings
from harness.report.files import replace_bytes, replace_text
from harness.report.lessons import lesson_page, statement_rows, tally
from harness.report.palette import css_variables
from harness.report.pdf import handout_pdf
from harness.report.render import templates


def write_handout(
    lessons: Sequence[Findings], folder: Path, *, name: str, title: str
) -> tuple[Path, Path]:
    """Write `<name>.html` and `<name>.pdf` into `folder`, which is made where missing.

    Args:
        lessons: in the order of the handout.
        title: of the page.

    Raises:
        OSError: the folder cannot be written.
    """
    pages = tuple(map(lesson_page, lessons))
    rows = statement_rows(pages)
    folder.mkdir(parents=True, exist_ok=True)
    template = templates().get_template("handout.html.jinja")
    text = template.render(
        title=title, pages=pages, rows=rows, tally=tally(rows), variables=css_variables
    )
    html = replace_text(folder / f"{name}.html", text)
    paper = handout_pdf(pages, rows, title=title)
    return html, replace_bytes(folder / f"{name}.pdf", paper)
