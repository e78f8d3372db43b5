"""A report as one HTML file that needs no other: its pictures are inside, and it prints on A4."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape

from engine.reporting.content import RESEARCH, CaseReport, MeasureEntry, Table
from engine.reporting.pictures import Picture

#: The band with the mark: amber where the brain is not as a person's, blue-grey otherwise.
BAND = {True: "#ffb02e", False: "#c9d6e2"}
#: What the page is wide in pixels where a viewer knows attributes only and no style sheet.
PAGE_WIDTH = 690
STYLE = """
@page { size: A4; margin: 10mm 11mm 12mm 11mm; }
* { box-sizing: border-box; }
body { font: 11px/1.35 "DejaVu Sans", "Segoe UI", Helvetica, Arial, sans-serif; color: #16202a; background: #fff;
  max-width: 188mm; margin: 0 auto; padding: 4mm 0 10mm; }
.mark { background: BAND; color: #16202a; padding: 4px 10px; print-color-adjust: exact;
  -webkit-print-color-adjust: exact; }
.foot { margin-top: 10px; }
@media print { body { font-size: 8px; } h2 { margin: 4px 0 1px; } td, th { padding-top: 0.5px; padding-bottom: 0.5px; }
  .foot { position: fixed; bottom: 0; left: 0; right: 0; } body { padding: 0 0 8mm; } }
h1 { font-size: 1.7em; margin: 8px 0 1px; overflow-wrap: anywhere; }
h2 { font-size: 1.1em; margin: 9px 0 3px; color: #2a5573; }
p { margin: 0 0 4px; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; padding: 1.5px 6px 1.5px 0; }
th { font-weight: normal; color: #52606c; }
.numbers td, .numbers th, .measures td { border-bottom: 1px solid #e4e9ed; }
.numbers td + td, .numbers th + th, td.value { text-align: right; white-space: nowrap;
  font-variant-numeric: tabular-nums; }
.layout > tbody > tr > td { padding: 0 14px 0 0; width: 50%; }
.layout > tbody > tr > td:last-child { padding-right: 0; }
.origin td:first-child { white-space: nowrap; color: #52606c; }
.origin td { overflow-wrap: anywhere; }
.layout, .pictures, .lines { table-layout: fixed; }
.pictures td { padding: 0 4px 0 0; width: 25%; }
.lines td { padding: 0 3px 0 0; width: 12.5%; }
img { width: 100%; display: block; background: #000; }
.caption, .small { font-size: 0.82em; color: #52606c; }
.missing { color: #8a5200; }
ol { margin: 0; padding-left: 18px; font-size: 0.82em; color: #52606c; }
"""


def as_html(report: CaseReport) -> str:
    """The report as the text of an HTML file."""
    style = STYLE.replace("BAND", BAND[report.mark != RESEARCH])
    band = f"<b>{escape(report.mark)}</b> &nbsp; {escape(report.meaning)}"
    parts = [
        f'<div class="mark">{band}</div>',
        f"<h1>{escape(report.title)}</h1>",
        f'<p class="small">{escape(report.facts)}</p>',
        _pictures("pictures", report.pictures, 4),
        '<table class="layout" width="100%"><tr><td width="50%">',
        _numbers(report.structures),
        _origin(report.quality),
        '</td><td width="50%">',
        _numbers(report.totals),
        _numbers(report.groups),
        _origin(report.provenance),
        "</td></tr></table>",
        "<h2>Measures</h2>",
        _lines(report.measures),
        _measures(report.measures),
        *(_origin(table) for table in report.by_hand),
        _notes(report),
        "<h2>References</h2>",
        "<ol>" + "".join(f"<li>{escape(reference)}</li>" for reference in report.references) + "</ol>",
        *(_numbers(table) for table in report.comparisons),
        f'<div class="mark foot">{band}</div>',
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(report.title)} – {escape(report.mark)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        + "\n".join(part for part in parts if part)
        + "\n</body>\n</html>\n"
    )


def _pictures(kind: str, pictures: Iterable[Picture], columns: int) -> str:
    width = PAGE_WIDTH // columns - 4
    cells = [
        f'<td><img alt="{escape(picture.caption)}" width="{width}" src="data:image/png;base64,'
        f'{base64.b64encode(picture.png).decode("ascii")}"><div class="caption">{escape(picture.caption)}</div></td>'
        for picture in pictures
    ]
    if not cells:
        return ""
    cells += ["<td></td>"] * (-len(cells) % columns)
    rows = ("<tr>" + "".join(cells[n : n + columns]) + "</tr>" for n in range(0, len(cells), columns))
    return f'<table class="{kind}">{"".join(rows)}</table>'


def _lines(entries: Iterable[MeasureEntry]) -> str:
    """A picture for each slice that a line was taken from."""
    return _pictures("lines", [picture for entry in entries for picture in entry.pictures], 8)


def _numbers(table: Table) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in table.columns)
    rows = "".join(
        f"<tr><td>{escape(row.name)}</td>{''.join(f'<td>{escape(cell)}</td>' for cell in row.cells)}</tr>"
        for row in table.rows
    )
    return f'<h2>{escape(table.heading)}</h2><table class="numbers" width="100%"><tr>{head}</tr>{rows}</table>'


def _origin(table: Table) -> str:
    rows = "".join(f"<tr><td>{escape(row.name)}</td><td>{escape(row.cells[0])}</td></tr>" for row in table.rows)
    return f'<h2>{escape(table.heading)}</h2><table class="origin" width="100%">{rows}</table>'


def _measures(entries: Iterable[MeasureEntry]) -> str:
    rows = []
    for entry in entries:
        about = f'<span class="small">{escape(entry.cited)}</span>'
        if entry.reason:
            about = f'<span class="missing">{escape(entry.reason)}</span> {about}'
        value = escape(entry.value) or '<span class="missing">not given</span>'
        rows.append(f'<tr><td>{escape(entry.name)}</td><td class="value">{value}</td><td>{about}</td></tr>')
    return f'<table class="measures" width="100%">{"".join(rows)}</table>'


def _notes(report: CaseReport) -> str:
    if not report.notes:
        return ""
    return "<h2>Notes</h2>" + "".join(f"<p>{escape(note)}</p>" for note in report.notes)
