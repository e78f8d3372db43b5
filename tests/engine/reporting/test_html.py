import re
from dataclasses import replace

from engine.reporting.content import MEANINGS, RESEARCH, SYNTHETIC, Row, Table
from engine.reporting.html import as_html


def test_everything_is_in_one_file(report):
    html = as_html(report)
    count = len(report.pictures) + sum(len(entry.pictures) for entry in report.measures)
    assert count >= 12
    assert len(re.findall(r'src="data:image/png;base64,', html)) == count
    assert re.findall(r'(?:src|href)="(?!data:)', html) == []


def test_the_mark_stands_at_the_top_and_on_every_printed_page(report):
    html = as_html(replace(report, mark=SYNTHETIC, meaning=MEANINGS[SYNTHETIC]))
    assert html.count("<b>SYNTHETIC</b>") == 2
    assert html.count("belongs to no real person") == 2
    assert re.search(r"@media print \{[^@]*\.foot \{ position: fixed", html)
    assert f"<b>{RESEARCH}</b>" in as_html(report)


def test_every_word_of_the_report_is_there(report):
    html = as_html(report)
    for row in (*report.structures.rows, *report.totals.rows, *report.groups.rows):
        assert f"<td>{row.name}</td>{''.join(f'<td>{cell}</td>' for cell in row.cells)}" in html
    for entry in report.measures:
        assert f'<td>{entry.name}</td><td class="value">{entry.value}</td>' in html
    assert html.count("<li>") == len(report.references)


def test_names_from_outside_are_never_read_as_html(report):
    html = as_html(replace(report, title="Ventricles of <script>alert(1)</script>"))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_a_comparison_stands_in_the_report_if_there_is_one(report):
    table = Table("Compared with before", ("", "before mL"), (Row("Ventricular volume", ("12.30",)),))
    assert "Compared with before" in as_html(replace(report, comparisons=(table,)))
    assert "Compared" not in as_html(report)


def test_a_measure_that_is_not_given_says_why(report):
    entry = replace(report.measures[0], value="", reason="The skull is missing.", pictures=())
    html = as_html(replace(report, measures=(entry,)))
    assert "not given" in html
    assert "The skull is missing." in html


def test_what_was_measured_by_hand_stands_in_the_report(report):
    table = Table("Measured by hand", ("", ""), (Row("1. Distance", ("5.00 mm",)),))
    html = as_html(replace(report, by_hand=(table,)))
    assert "<td>1. Distance</td><td>5.00 mm</td>" in html
