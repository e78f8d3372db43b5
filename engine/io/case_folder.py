"""Cases as folders: ``image.nii.gz``, ``labels.nii.gz``, ``case.json``, and ``volumes.csv``; and opening anything."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.case import Case
from engine.errors import BadFileError, OutputError
from engine.io import nifti
from engine.io.contents import Opened
from engine.io.files import refused_in_words, temporary_folder, written_beside
from engine.io.header import HEADER
from engine.measures import Volumes, measure_volumes
from engine.progress import result_of
from engine.volume import LabelMap

IMAGE, LABELS, RECORD, VOLUMES = "image.nii.gz", "labels.nii.gz", "case.json", "volumes.csv"
SYNTHETIC_MARK, MORPHED_MARK = "SYNTHETIC", "MORPHED"


def open_any(path: Path) -> tuple[Case, tuple[str, ...]]:
    """Open a scan, a label map, a saved case's folder or a DICOM folder with one series; also the notes the user should
    see.

    A file of whole numbers that all stand in the label table, several of them, is taken for a label map. A file
    whose header says SYNTHETIC or MORPHED stays so, also without its case's folder.
    """
    from engine.io.scans import open_one

    return result_of(open_one(path))


def case_of(opened: Opened, path: Path, name: str) -> tuple[Case, tuple[str, ...]]:
    """The case that was read from ``path``; also the notes the user should see."""
    provenance: dict[str, Any] = {"source": str(path), HEADER: opened.header.to_json()}
    if opened.description.startswith(SYNTHETIC_MARK):
        provenance["synthetic"] = True
    if MORPHED_MARK in opened.description:
        provenance["morphed"] = True
    if isinstance(opened.content, LabelMap):
        notes = (f"{path.name} was opened as a label map.", *measure_volumes(opened.content).notes)
        return Case(name, None, opened.content, provenance), opened.notes + notes
    return Case(name, opened.content, None, provenance), opened.notes


def open_case(folder: Path) -> Case:
    """Open a folder written by `save_case`. Raises `BadFileError`."""
    record = folder / RECORD
    if not record.is_file():
        raise BadFileError(f"{folder} is not a case (it has no {RECORD}); choose a NIfTI file or a case's folder.")
    try:
        provenance = json.loads(record.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadFileError(f"{record} is damaged ({error}); restore it from a copy.") from error
    if not isinstance(provenance, dict):
        raise BadFileError(f"{record} is damaged (it does not hold a record); restore it from a copy.")
    image, labels = folder / IMAGE, folder / LABELS
    if not image.exists() and not labels.exists():
        raise BadFileError(f"{folder} holds neither {IMAGE} nor {LABELS}; restore them from a copy.")
    return Case(
        folder.resolve().name,
        nifti.read_volume(image) if image.exists() else None,
        nifti.read_label_map(labels) if labels.exists() else None,
        provenance,
    )


def check_new_folder(folder: Path) -> None:
    """Raises `OutputError` if something is there already or the folder cannot be made."""
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file, not a folder; choose another name.")
    if folder.is_dir() and any(folder.iterdir()):
        raise OutputError(f"{folder} exists already and is not empty; choose another name, or remove it first.")
    there = next((place for place in (folder, *folder.absolute().parents) if place.exists()), folder)
    if not there.is_dir():
        raise OutputError(f"{folder} cannot be made because {there} is a file; choose another name.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise OutputError(f"{folder} cannot be made because you may not write to {there}; choose another place.")


def save_case(case: Case, folder: Path) -> Path:
    """Write a case as a new folder, or into an empty one, complete or not at all. Raises `OutputError`."""
    check_new_folder(folder)
    temporary: Path | None = None
    try:
        with refused_in_words(folder):
            there = folder.is_dir()
            folder.parent.mkdir(parents=True, exist_ok=True)
            temporary = temporary_folder(folder if there else folder.parent)
            _write_parts(case, temporary)
            if there:
                # It may be the current folder or a mount, so it stays and the files move in.
                _move_up(temporary, folder)
            else:
                os.replace(temporary, folder)
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
    return folder


def _write_parts(case: Case, folder: Path) -> None:
    mark = mark_of(case)
    if case.image is not None:
        nifti.write_volume(folder / IMAGE, case.image, mark)
    if case.labels is not None:
        nifti.write_label_map(folder / LABELS, case.labels, mark)
        write_volumes(folder / VOLUMES, case.labels, measure_volumes(case.labels))
    write_json(folder / RECORD, record_of(case))


def record_of(case: Case) -> dict[str, Any]:
    """The case's provenance with its name, and whether it is synthetic, as plain data."""
    own = {"name": case.name, "synthetic": case.synthetic}
    return own | dict(case.provenance) | own


def mark_of(case: Case) -> str:
    """What the headers of a case's files say of it: SYNTHETIC, MORPHED, or who wrote them."""
    if case.synthetic:
        return f"{SYNTHETIC_MARK} - VentriSynth, no real person" + (f", {MORPHED_MARK}" if case.morphed else "")
    return f"{MORPHED_MARK} - VentriSynth, not as it was scanned" if case.morphed else "VentriSynth"


def _move_up(temporary: Path, folder: Path) -> None:
    moved = []
    try:
        for part in sorted(temporary.iterdir()):
            os.replace(part, folder / part.name)
            moved.append(folder / part.name)
    except OSError:
        for part in moved:
            part.unlink(missing_ok=True)
        raise


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write plain data as JSON, complete or not at all."""
    with written_beside(path) as temporary:
        temporary.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_volumes(path: Path, labels: LabelMap, volumes: Volumes) -> None:
    """Write mL per structure, the ventricular and lateral totals and the ICV as CSV; what was not found stays empty."""
    rows: list[tuple[str, str, float | None]] = [
        (str(value), labels.table[value].name, ml) for value, ml in volumes.structures
    ]
    totals = [
        ("", "Ventricular volume", volumes.ventricular_ml),
        ("", "Lateral ventricles", volumes.lateral_ml),
        ("", "Intracranial volume", volumes.icv_ml),
    ]
    with written_beside(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("label", "structure", "volume_ml"))
        writer.writerows((value, name, "" if not ml else f"{ml:.3f}") for value, name, ml in rows + totals)
