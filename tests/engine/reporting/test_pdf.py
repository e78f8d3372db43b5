import re
from dataclasses import replace

import pytest
from reportlab.pdfgen.canvas import Canvas

from engine.reporting.content import MEANINGS, SYNTHETIC, Row, Table
from engine.reporting.pdf import as_pdf


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", pdf))


@pytest.fixture
def written(monkeypatch):
    """(page, words) of everything that is drawn as a line of its own."""
    lines = []
    draw = Canvas.drawString

    def record(canvas, x, y, text, *args, **options):
        lines.append((canvas.getPageNumber(), text))
        return draw(canvas, x, y, text, *args, **options)

    monkeypatch.setattr(Canvas, "drawString", record)
    return lines


def test_a_usual_report_is_one_page_of_a4(report):
    pdf = as_pdf(report)
    assert pdf.startswith(b"%PDF-")
    assert pages(pdf) == 1
    assert re.search(rb"/MediaBox \[ 0 0 595\.27\d+ 841\.88\d+ \]", pdf)


def test_a_synthetic_case_with_a_long_record_is_still_one_page(report):
    rows = (
        *report.provenance.rows,
        Row("Generated", ("anatomy seed 123, appearance seed 456, volume asked for 80 mL, guidance 1.5, steps 12",)),
        Row("Model pack", ("VentriSynth starter 0.2.0, SHA-256 " + "ab" * 32,)),
    )
    assert pages(as_pdf(replace(report, provenance=replace(report.provenance, rows=rows)))) == 1


def test_the_mark_stands_twice_on_every_page(report, written):
    rows = tuple(Row(f"Structure {number}", ("1.00", "2.00")) for number in range(60))
    comparison = Table("Compared with before", ("", "before mL", "now mL"), rows)
    pdf = as_pdf(replace(report, mark=SYNTHETIC, meaning=MEANINGS[SYNTHETIC], comparisons=(comparison,)))
    assert pages(pdf) >= 2
    for page in range(1, pages(pdf) + 1):
        assert [words for at, words in written if at == page].count(SYNTHETIC) == 2
        assert (page, MEANINGS[SYNTHETIC]) in written


def test_the_same_report_is_the_same_file(report):
    assert as_pdf(report) == as_pdf(report)


def test_letters_of_any_alphabet_and_signs_of_markup_can_be_printed(report):
    assert pages(as_pdf(replace(report, title="Ventricles of Дж <b>&"))) == 1
