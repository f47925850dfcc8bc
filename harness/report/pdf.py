"""Lessons as a plain PDF: words, pictures and tables one after the other, answers at the end."""

from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path, PurePath

import matplotlib
from fpdf import FPDF
from fpdf.enums import TableCellFillMode
from fpdf.fonts import FontFace

from harness.findings import Map, Picture
from harness.report.lessons import LessonPage, StatementRow, tally
from harness.report.showings import ShownTable, figure_of, table_of
from harness.report.svg import paper

_WIDTH = 174
"""Millimetres of text on A4."""
_DPI = 170
_NO_DAY = datetime(2000, 1, 1, tzinfo=UTC)
"""In place of the day it was made: equal lessons make equal files."""


def handout_pdf(pages: Sequence[LessonPage], rows: Sequence[StatementRow], *, title: str) -> bytes:
    """The handout as the bytes of a PDF file; the same lessons give the same bytes."""
    pdf = _Paper(title)
    pdf.heading(title, size=20)
    count = f"{len(pages)} {'study' if len(pages) == 1 else 'studies'}"
    pdf.words(f"{count}, {len(rows)} statements: {tally(rows)}.", quiet=True)
    for page in pages:
        _add_lesson(pdf, page)
    _add_statements(pdf, rows)
    _add_answers(pdf, pages)
    return bytes(pdf.output())


class _Paper(FPDF):
    """A4 pages in one font, which has every sign that statements use."""

    def __init__(self, title: str) -> None:
        super().__init__(format="A4")
        self.set_margins(18, 16)
        self.set_auto_page_break(True, margin=16)
        fonts = Path(matplotlib.get_data_path(), "fonts", "ttf")
        self.add_font("text", "", fonts / "DejaVuSans.ttf")
        self.add_font("text", "B", fonts / "DejaVuSans-Bold.ttf")
        self.add_font("code", "", fonts / "DejaVuSansMono.ttf")
        self.set_title(title)
        self.set_creation_date(_NO_DAY)
        self.add_page()

    def footer(self) -> None:
        """The number of the page."""
        self.set_y(-12)
        self.set_font("text", size=8)
        self.set_text_color(110)
        self.cell(0, 5, str(self.page_no()), align="C")

    def heading(self, text: str, *, size: float = 13) -> None:
        """A heading that stays with what follows."""
        if self.get_y() > self.h - 60:
            self.add_page()
        self.ln(4)
        self.set_font("text", "B", size)
        self.set_text_color(25)
        self.multi_cell(_WIDTH, size * 0.5, text, align="L", new_x="LMARGIN", new_y="NEXT")
        self.ln(1.5)

    def words(self, text: str, *, lead: str = "", quiet: bool = False) -> None:
        """A paragraph, its first words bold."""
        self.set_text_color(100 if quiet else 25)
        if lead:
            self.set_font("text", "B", 9)
            self.write(4.6, f"{lead} ")
        self.set_font("text", size=9)
        self.write(4.6, text)
        self.ln(6)

    def code(self, text: str) -> None:
        """Lines as they are."""
        self.set_font("code", size=7.5)
        self.set_text_color(25)
        self.set_fill_color(245)
        self.multi_cell(
            _WIDTH, 3.8, text.strip("\n"), fill=True, align="L", new_x="LMARGIN", new_y="NEXT"
        )
        self.set_fill_color(255)  # tables would be filled as well
        self.ln(2)

    def picture(self, part: Picture | Map) -> None:
        """A plot at two thirds of the width."""
        with paper():
            figure, buffer = figure_of(part, paint=lambda tone: tone.light), BytesIO()
            figure.savefig(buffer, format="png", dpi=_DPI, metadata={"Software": None})
        width = 112
        inches = figure.get_size_inches()
        if self.get_y() + 8 + width * inches[1] / inches[0] > self.h - 18:
            self.add_page()
        self._title(part.title)
        self.image(buffer, w=width)
        self.note(part.note)

    def note(self, text: str) -> None:
        """Small words under a plot or table."""
        if text:
            self.set_font("text", size=8)
            self.set_text_color(100)
            self.multi_cell(_WIDTH, 4.2, text, align="L", new_x="LMARGIN", new_y="NEXT")
        self.ln(2.5)

    def _title(self, text: str) -> None:
        self.set_font("text", "B", 9)
        self.set_text_color(25)
        self.multi_cell(_WIDTH, 5, text, align="L", new_x="LMARGIN", new_y="NEXT")

    def sheet(self, shown: ShownTable) -> None:
        """A table with its title and note."""
        if self.get_y() > self.h - 50:
            self.add_page()
        self._title(shown.title)
        self.grid([shown.columns, *shown.rows])
        self.note(shown.note)

    def grid(self, rows: Sequence[Sequence[str]], *, widths: Sequence[int] | None = None) -> None:
        """Cells in rows; the first row is the head."""
        self.set_font("text", size=7 if len(rows[0]) > 5 else 8)
        self.set_text_color(25)
        head = FontFace(emphasis="BOLD", color=90)
        with self.table(
            rows,
            col_widths=widths or _widths(rows),
            width=_WIDTH,
            align="LEFT",
            text_align="LEFT",
            line_height=4.2,
            borders_layout="HORIZONTAL_LINES",
            cell_fill_mode=TableCellFillMode.NONE,
            headings_style=head,
            padding=0.8,
        ):
            pass
        self.ln(2)


def _widths(rows: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """Shares of the width by the longest cell, at least by the longest word, at most a third."""
    columns = list(zip(*rows, strict=True))
    cells = [max(len(cell) for cell in column) for column in columns]
    words = [
        max(len(word) for cell in column for word in cell.split() or [""]) for column in columns
    ]
    third = max(sum(cells) // 3, 12)
    return tuple(3 + max(word, min(cell, third)) for cell, word in zip(cells, words, strict=True))


def _add_lesson(pdf: _Paper, page: LessonPage) -> None:
    pdf.heading(f"{page.number}  {page.statement}")
    if page.lesson.predict:
        pdf.words(page.lesson.predict, lead="Predict:")
    for part in page.showing.parts:
        if isinstance(part, Picture | Map):
            pdf.picture(part)
        else:
            pdf.sheet(table_of(part))
    claims = [(one.says, one.measured, one.outcome.value) for one in page.showing.claims]
    if claims:
        pdf.grid([("statement", "measured", "outcome"), *claims], widths=(44, 40, 14))
    if page.lesson.remark:
        pdf.words(page.lesson.remark, lead="What the measurement adds:")
    if page.lesson.attempt:
        pdf.words(page.lesson.attempt, lead="Try this:")
    if page.lesson.keras:
        pdf.words("", lead="The same in Keras:")
        pdf.code(page.lesson.keras)


def _add_statements(pdf: _Paper, rows: Sequence[StatementRow]) -> None:
    pdf.add_page()
    pdf.heading("Every statement, its study and its test")
    cells = [
        (row.number, row.says, row.outcome, *(PurePath(path).name for path in (row.file, row.test)))
        for row in rows
    ]
    head = ("item", "statement", "outcome", "study", "test")
    pdf.grid([head, *cells], widths=(8, 50, 15, 30, 36))
    pdf.note("Studies lie in studies/lecture/, tests in tests/lecture/.")


def _add_answers(pdf: _Paper, pages: Sequence[LessonPage]) -> None:
    pdf.add_page()
    pdf.heading("The answers")
    for page in pages:
        if page.lesson.predict:
            pdf.words(page.lesson.reveal, lead=f"{page.number}")
