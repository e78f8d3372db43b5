"""Everything that was evaluated in one folder, as one HTML file with the pictures in it."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

from engine.errors import EvaluationError
from engine.evaluation.arguments import EVALUATIONS
from engine.evaluation.results import Row, read_result
from engine.io.files import written_beside

REPORT = "report.html"
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72em; margin: 2em auto; padding: 0 1em; color: #222; }
img { max-width: 100%; } table { border-collapse: collapse; margin: .5em 0; }
td, th { border: 1px solid #ccc; padding: .15em .6em; text-align: left; } td.number { text-align: right; }
.missed { background: #fbdcdc; } .met { background: #e6f4d7; } .aim { background: #c9ecc9; }
nav a { margin-right: 1em; } summary { cursor: pointer; color: #555; } .note { color: #555; }
"""


def write_report(out: Path) -> Path:
    """Write ``report.html`` from the evaluations that lie in ``out``. Raises `EvaluationError` if there are none, and
    `BadFileError` if one is damaged."""
    found = {name: read_result(out, name) for name in EVALUATIONS}
    records = {name: record for name, record in found.items() if record is not None}
    if not records:
        raise EvaluationError(f"{out} holds no evaluation; make one first, for example volume-control.")
    with written_beside(out / REPORT) as path:
        path.write_text("\n".join(_page(records, out)), encoding="utf-8")
    return out / REPORT


def _page(records: Mapping[str, Row], out: Path) -> Iterator[str]:
    yield f"<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>Evaluation</title><style>{_STYLE}</style>"
    yield "</head><body><h1>How good the models are</h1>"
    packs = {_named(record) for record in records.values()}
    yield f"<p>{escape('; '.join(sorted(packs)))}</p>"
    if len(packs) > 1:
        yield "<p class='missed'>These evaluations are of different model packs.</p>"
    yield "<p class='note'>Not a medical device. Label maps and images called synthetic belong to nobody.</p>"
    yield "<nav>" + "".join(f"<a href='#{name}'>{name}</a>" for name in records) + "</nav>"
    yield from _targets([target for record in records.values() for target in record["targets"]])
    for name, record in records.items():
        yield from _section(name, record, out / f"{name}.png")
    yield "</body></html>"


def _named(record: Row) -> str:
    pack = record.get("pack", {})
    return f"{pack.get('name', 'unnamed pack')} {pack.get('version', '')} ({str(pack.get('sha256', ''))[:12]})"


def _targets(targets: list[Row]) -> Iterator[str]:
    if not targets:
        return
    heads = ("what", "measured", "at least (or most)", "aim", "")
    yield f"<h2>Targets</h2><table><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>"
    for target in targets:
        cells = "".join(f"<td class='number'>{_value(target[key])}</td>" for key in ("value", "at_least", "aim"))
        verdict = escape(target["verdict"])
        yield f"<tr class='{verdict}'><td>{escape(target['what'])}</td>{cells}<td>{verdict}</td></tr>"
    yield "</table>"


def _section(name: str, record: Row, picture: Path) -> Iterator[str]:
    yield f"<h2 id='{name}'>{name}</h2><p class='note'>{escape(EVALUATIONS[name])}</p>"
    yield "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in record["summary"]) + "</ul>"
    if picture.is_file():
        data = base64.b64encode(picture.read_bytes()).decode("ascii")
        yield f"<img alt='{name}' src='data:image/png;base64,{data}'>"
    made = ", ".join(f"{key} {_value(record[key])}" for key in ("device", "seconds") if key in record)
    yield f"<details><summary>All figures ({made})</summary>{_table(record['figures'])}</details>"


def _table(figures: Any) -> str:
    """Nested figures as nested tables."""
    if isinstance(figures, Mapping):
        rows = (f"<tr><th>{escape(str(key))}</th><td>{_table(part)}</td></tr>" for key, part in figures.items())
        return f"<table>{''.join(rows)}</table>"
    if isinstance(figures, list):
        return "<br>".join(_table(part) for part in figures) or "none"
    return _value(figures)


def _value(value: Any) -> str:
    if value is None:
        return "&ndash;"
    return f"{value:.4g}" if isinstance(value, float) else escape(str(value))
