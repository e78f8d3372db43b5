"""The ``measure`` command: files, case folders or whole folders of them, as a table, as JSON and as CSV."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.console import volumes_as_data, volumes_as_text
from engine.errors import BadFileError, BadLabelsError, EngineError, OutputError
from engine.io import nifti
from engine.io.case_folder import LABELS, RECORD
from engine.io.files import TEMPORARY, written_beside
from engine.io.formats import read_any, suffix_of
from engine.measuring.by_hand import KEY, with_moved
from engine.measuring.head import HeadMeasures, measure_head
from engine.measuring.texts import csv_row, measures_as_data, measures_as_text
from engine.volume import LabelMap


def measure(paths: Sequence[Path], *, as_json: bool = False, table: Path | None = None) -> None:
    """Measure every label map of ``paths`` and print what was found; ``table``: a CSV file with a line for each.

    JSON is one object for a single file or case folder, otherwise a list. Of many, a bad one gets its sentence on
    stderr and the rest goes on; `BadFileError` is raised at the end then. Raises `OutputError` if the table cannot be
    written.
    """
    many = len(paths) > 1 or any(_is_folder_of_cases(path) for path in paths)
    data: list[dict[str, Any]] = []
    rows: list[dict[str, str]] = []
    bad = 0
    for path in _label_files(paths):
        try:
            labels, notes = _read(path)
        except EngineError as error:
            if not many:
                raise
            print(error, file=sys.stderr, flush=True)
            bad += 1
            continue
        measured = measure_head(labels)
        record = _record(path)
        found = with_moved(replace(measured, notes=notes + measured.notes), record)
        rows.append(csv_row(str(path), found, labels.table))
        if as_json:
            data.append(_as_data(path, labels, found) | {KEY: record.get(KEY, [])})
        else:
            print(_as_text(path, labels, found, many=many), flush=True)
        for note in found.notes:
            print(f"{path}: {note}" if many and path.name not in note else note, file=sys.stderr)
    if as_json:
        print(json.dumps(data if many else data[0], indent=2, ensure_ascii=False), flush=True)
    if table is not None and rows:
        _write_table(table, rows)
    if bad:
        raise BadFileError(f"{bad} of {bad + len(rows)} files could not be measured; the sentences above say why.")


def _read(path: Path) -> tuple[LabelMap, tuple[str, ...]]:
    """A label map of any format, and the notes the user should see. Raises `EngineError`."""
    if suffix_of(path) in ("", *nifti.SUFFIXES):
        return nifti.read_labels(path)
    opened = read_any(path)
    if not isinstance(opened.content, LabelMap):
        raise BadLabelsError(f"{path.name} is a scan and not a label map; segment it first.")
    return opened.content, opened.notes


def _is_folder_of_cases(path: Path) -> bool:
    return path.is_dir() and not (path / LABELS).is_file()


def _label_files(paths: Sequence[Path]) -> Iterator[Path]:
    """The label maps that the paths stand for. Raises `BadFileError` where a folder holds none."""
    for path in paths:
        if not path.is_dir():
            yield path
        elif not _is_folder_of_cases(path):
            yield path / LABELS
        else:
            inside = sorted(part for part in path.iterdir() if not part.name.startswith((TEMPORARY, ".")))
            found = [part / LABELS if part.is_dir() else part for part in inside]
            found = [part for part in found if suffix_of(part) and part.is_file()]
            if not found:
                raise BadFileError(
                    f"{path} holds no label maps; give NIfTI files (.nii, .nii.gz) or MGZ files, case folders or a "
                    "folder of them."
                )
            yield from found


def _record(path: Path) -> Mapping[str, Any]:
    """The record beside the label map of a case's folder, with what was measured by hand; nothing where there is none
    or it cannot be read, since the label map is what is measured."""
    if path.name != LABELS:
        return {}
    try:
        record = json.loads(path.with_name(RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _as_data(path: Path, labels: LabelMap, found: HeadMeasures) -> dict[str, Any]:
    return {
        "file": str(path),
        **volumes_as_data(found.volumes, labels.table),
        **measures_as_data(found, labels.table),
    }


def _as_text(path: Path, labels: LabelMap, found: HeadMeasures, *, many: bool) -> str:
    text = f"{volumes_as_text(found.volumes, labels.table)}\n\n{measures_as_text(found)}"
    return f"{path}\n{text}\n" if many else text


def _write_table(path: Path, rows: Sequence[dict[str, str]]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    try:
        with written_beside(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(rows)
    except OSError as error:
        raise OutputError(f"{path} could not be written ({error.strerror or error}); check the folder.") from error
