"""A report as PDF on A4: the same words and pictures as in HTML, one page for the usual case."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from engine.reporting.content import RESEARCH, CaseReport, MeasureEntry, Table
from engine.reporting.pictures import Picture

#: In mm: the page's margins, the band at its top and bottom, and the room between columns.
MARGIN, BAND, GAP = 11.0, 6.0, 6.0
WIDTH, HEIGHT = 210.0, 297.0
INNER = WIDTH - 2 * MARGIN
REGULAR, BOLD = "VentriSynthSans", "VentriSynthSans-Bold"
BAND_COLOURS = {True: "#ffb02e", False: "#c9d6e2"}
INK, DIM, HEADING, WARM, RULE = "#16202a", "#52606c", "#2a5573", "#8a5200", "#e4e9ed"
TEXT_PT, SMALL_PT = 6.3, 5.3


def as_pdf(report: CaseReport) -> bytes:
    """The report as the bytes of a PDF file."""
    from reportlab.lib.units import mm
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Spacer

    _register_fonts()
    stream = io.BytesIO()
    document = BaseDocTemplate(
        stream,
        pagesize=(WIDTH * mm, HEIGHT * mm),
        title=f"{report.title} - {report.mark}",
        author="VentriSynth",
        subject=report.meaning,
        invariant=True,
    )
    bottom = MARGIN - 3 + BAND + 1
    frame = Frame(MARGIN * mm, bottom * mm, INNER * mm, (HEIGHT - 2 * bottom) * mm, 0, 0, 0, 0)
    document.addPageTemplates(PageTemplate("page", [frame], onPage=partial(_draw_bands, report)))
    half = (INNER - GAP) / 2
    story = [
        _text(report.title, size=12, bold=True),
        _text(report.facts, size=SMALL_PT, colour=DIM),
        Spacer(0, 1.2 * mm),
        _pictures(report.pictures, 4),
        _side_by_side(
            [*_numbers(report.structures, half), *_origin(report.quality, half)],
            [*_numbers(report.totals, half), *_numbers(report.groups, half), *_origin(report.provenance, half)],
        ),
        _heading("Measures"),
        *_lines(report.measures),
        _measures(report.measures),
        *(part for table in report.by_hand for part in _origin(table, INNER)),
        *([_heading("Notes"), *(_text(note) for note in report.notes)] if report.notes else []),
        _heading("References"),
        _references(report.references),
        *(part for table in report.comparisons for part in _numbers(table, INNER)),
    ]
    document.build(story)
    return stream.getvalue()


def _references(references: Sequence[str]) -> Any:
    """All of them in one paragraph, which takes least room."""
    listed = (f"<b>[{number}]</b> {escape(reference)}" for number, reference in enumerate(references, start=1))
    return _markup(" ".join(listed), size=SMALL_PT, colour=DIM)


def _register_fonts() -> None:
    """DejaVu Sans, which matplotlib brings along: PDF's own fonts know Western European letters only."""
    import matplotlib
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    if REGULAR in pdfmetrics.getRegisteredFontNames():
        return
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    pdfmetrics.registerFont(TTFont(REGULAR, str(folder / "DejaVuSans.ttf")))
    pdfmetrics.registerFont(TTFont(BOLD, str(folder / "DejaVuSans-Bold.ttf")))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)


def _draw_bands(report: CaseReport, canvas: Any, document: Any) -> None:
    """The mark at the top and the bottom of a page."""
    from reportlab.lib.colors import HexColor
    from reportlab.lib.units import mm

    canvas.saveState()
    for y in (HEIGHT - (MARGIN - 3) - BAND, MARGIN - 3):
        canvas.setFillColor(HexColor(BAND_COLOURS[report.mark != RESEARCH]))
        canvas.rect(MARGIN * mm, y * mm, INNER * mm, BAND * mm, stroke=0, fill=1)
        canvas.setFillColor(HexColor(INK))
        base = (y + 2.1) * mm
        canvas.setFont(BOLD, 7.5)
        canvas.drawString((MARGIN + 2) * mm, base, report.mark)
        canvas.setFont(REGULAR, 6.5)
        start = (MARGIN + 5) * mm + canvas.stringWidth(report.mark, BOLD, 7.5)
        canvas.drawString(start, base, report.meaning)
        canvas.drawRightString((WIDTH - MARGIN - 2) * mm, base, f"Page {document.page}")
    canvas.restoreState()


def _text(words: str, *, size: float = TEXT_PT, bold: bool = False, colour: str = INK, right: bool = False) -> Any:
    return _markup(escape(words), size=size, bold=bold, colour=colour, right=right)


def _markup(words: str, *, size: float = TEXT_PT, bold: bool = False, colour: str = INK, right: bool = False) -> Any:
    """A paragraph; ``words`` may hold reportlab's tags."""
    from reportlab.lib.colors import HexColor
    from reportlab.lib.enums import TA_LEFT, TA_RIGHT
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    style = ParagraphStyle(
        "text",
        fontName=BOLD if bold else REGULAR,
        fontSize=size,
        leading=1.22 * size,
        textColor=HexColor(colour),
        alignment=TA_RIGHT if right else TA_LEFT,
        splitLongWords=True,
    )
    return Paragraph(words, style)


def _heading(words: str) -> Any:
    """Words that stay with what follows them."""
    heading = _text(words, size=7.5, bold=True, colour=HEADING)
    heading.style.spaceBefore, heading.style.spaceAfter, heading.style.keepWithNext = 4, 1.5, 1
    return heading


def _grid(rows: Sequence[Sequence[Any]], widths: Sequence[float], *, ruled: bool = True, pad: float = 0.3) -> Any:
    """A table with columns of ``widths`` mm and cells ``pad`` mm apart."""
    from reportlab.lib.colors import HexColor
    from reportlab.lib.units import mm
    from reportlab.platypus import Table as Layout
    from reportlab.platypus import TableStyle

    style: list[tuple[Any, ...]] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), pad * mm),
        ("BOTTOMPADDING", (0, 0), (-1, -1), pad * mm),
    ]
    if ruled:
        style.append(("LINEBELOW", (0, 0), (-1, -1), 0.4, HexColor(RULE)))
    return Layout([list(row) for row in rows], [width * mm for width in widths], style=TableStyle(style), hAlign="LEFT")


def _side_by_side(left: Sequence[Any], right: Sequence[Any]) -> Any:
    half = (INNER - GAP) / 2
    return _grid([[left, "", right]], (half, GAP, half), ruled=False, pad=0)


def _numbers(table: Table, width: float) -> tuple[Any, Any]:
    """A table of numbers with its heading."""
    count = len(table.columns) - 1
    column = 16.0 if count < 5 else 20.0
    head = [_text(name, colour=DIM, right=place > 0) for place, name in enumerate(table.columns)]
    rows = [[_text(row.name), *(_text(cell, right=True) for cell in row.cells)] for row in table.rows]
    return _heading(table.heading), _grid([head, *rows], (width - count * column, *[column] * count))


def _origin(table: Table, width: float) -> tuple[Any, Any]:
    rows = [[_text(row.name, colour=DIM), _text(row.cells[0])] for row in table.rows]
    return _heading(table.heading), _grid(rows, (22, width - 22), ruled=False)


def _pictures(pictures: Iterable[Picture], columns: int) -> Any:
    from reportlab.lib.units import mm
    from reportlab.platypus import Image

    width = INNER / columns
    cells: list[Any] = [
        [Image(io.BytesIO(picture.png), (width - 1.4) * mm, (width - 1.4) * mm), _text(picture.caption, size=SMALL_PT)]
        for picture in pictures
    ]
    rows = [cells[n : n + columns] for n in range(0, len(cells), columns)]
    rows[-1] += [""] * (columns - len(rows[-1]))
    table = _grid(rows, [width] * columns, ruled=False, pad=0.2)
    table.spaceAfter = 3
    return table


def _lines(entries: Iterable[MeasureEntry]) -> list[Any]:
    """A picture for each slice that a line was taken from."""
    pictures = [picture for entry in entries for picture in entry.pictures]
    return [_pictures(pictures, 8)] if pictures else []


def _measures(entries: Iterable[MeasureEntry]) -> Any:
    rows = []
    for entry in entries:
        about = f'<font size="{SMALL_PT}" color="{DIM}">{escape(entry.cited)}</font>'
        if entry.reason:
            about = f'<font color="{WARM}">{escape(entry.reason)}</font> {about}'
        value = _text(
            entry.value or "not given", right=True, bold=bool(entry.value), colour=INK if entry.value else WARM
        )
        rows.append([_text(entry.name), value, _markup(about)])
    return _grid(rows, (42, 17, INNER - 59))
