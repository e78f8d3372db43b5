"""The ``compare`` command: two cases as a table, as JSON, as CSV, and as a folder with difference maps."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.case import Case
from engine.comparing.comparison import Comparison
from engine.comparing.difference import difference_map, everything
from engine.comparing.itk import itk_transform
from engine.comparing.jobs import CompareJob, PairJob
from engine.comparing.pair import Pair
from engine.comparing.texts import comparison_as_data, comparison_as_text, csv_rows
from engine.errors import BadFileError, BadLabelsError
from engine.events import Event
from engine.io import nifti
from engine.io.case_folder import check_new_folder, mark_of, open_any, write_json
from engine.io.files import refused_in_words, written_beside
from engine.io.itk import simpleitk
from engine.labels import VENTRICLES

#: Drives a job to its end and gives its result.
Run = Callable[[Generator[Event, None, Any]], Any]


def compare(
    first: Path,
    second: Path | None,
    *,
    run: Run,
    read_back: Callable[[Case], Generator[Event, None, Case]],
    align: bool = False,
    as_json: bool = False,
    table: Path | None = None,
    out: Path | None = None,
) -> None:
    """Compare two cases, or a synthetic one with what ``read_back`` finds in its image, and print the result.

    ``table``: a CSV file, ``out``: a new folder to write as well. Raises what opening, aligning and measuring raise,
    and `OutputError`.
    """
    if out is not None:
        check_new_folder(out)
    a, notes = _opened(first, alone=second is None)
    if second is None:
        b = replace(run(read_back(a)), name=f"{a.name}, read from its image")
    else:
        b, more = _opened(second)
        notes += more
    pair: Pair = run(PairJob(a, b, align).run())
    found: Comparison = run(CompareJob(pair).run())
    data = comparison_as_data(found, pair)
    print(json.dumps(data, indent=2, ensure_ascii=False) if as_json else comparison_as_text(found), flush=True)
    for note in (*notes, *found.notes):
        print(note, file=sys.stderr)
    if table is not None:
        _write_table(table, found)
    if out is not None:
        _write_folder(out, pair, found, data)


def _opened(path: Path, *, alone: bool = False) -> tuple[Case, tuple[str, ...]]:
    case, notes = open_any(path)
    case = replace(case, provenance={**case.provenance, "source": str(path)})
    if alone and not (case.synthetic and case.image is not None and case.labels is not None):
        raise BadFileError(
            f"{path} is no synthetic case with an image and a label map, so there is nothing to read back; give two "
            "cases."
        )
    if case.labels is None:
        raise BadLabelsError(f"{path} has no label map; segment the scan first, and give the folder that this writes.")
    return case, notes


def _write_table(path: Path, found: Comparison) -> None:
    rows = csv_rows(found)
    with (
        refused_in_words(path),
        written_beside(path) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _write_folder(folder: Path, pair: Pair, found: Comparison, data: dict[str, Any]) -> None:
    """The record comes last: where it is, everything is."""
    first, second = pair.first.labels, pair.second.labels
    assert first is not None
    assert second is not None
    with refused_in_words(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for name, values in (("difference", everything(first.table)), ("difference_ventricles", VENTRICLES)):
        nifti.write_label_map(folder / f"{name}.nii.gz", difference_map(first, second, values), _mark(pair))
    if pair.resampled:
        for name, case in (("first", pair.first), ("second", pair.second)):
            if case.labels is not None:
                nifti.write_label_map(folder / f"{name}_labels.nii.gz", case.labels, mark_of(case))
            if case.image is not None:
                nifti.write_volume(folder / f"{name}_image.nii.gz", case.image, mark_of(case))
    if pair.registration is not None:
        path = folder / "first_to_second.tfm"
        with refused_in_words(path), written_beside(path) as temporary:
            simpleitk().WriteTransform(itk_transform(pair.registration.movement), str(temporary))
    _write_table(folder / "comparison.csv", found)
    with refused_in_words(folder / "comparison.json"):
        write_json(folder / "comparison.json", data)


def _mark(pair: Pair) -> str:
    synthetic = [case for case in (pair.first, pair.second) if case.synthetic]
    return mark_of(synthetic[0]) if synthetic else "VentriSynth, gained 1, lost 2, relabelled 3"
