"""Cases as folders: ``image.nii.gz``, ``labels.nii.gz``, ``case.json``, and ``volumes.csv``; and opening anything."""

from __future__ import annotations

import csv
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.case import Case
from engine.errors import BadFileError, BadLabelsError, OutputError
from engine.io import nifti
from engine.io.files import written_beside
from engine.measures import Volumes, measure_volumes
from engine.volume import LabelMap

IMAGE, LABELS, RECORD, VOLUMES = "image.nii.gz", "labels.nii.gz", "case.json", "volumes.csv"
SYNTHETIC_MARK = "SYNTHETIC"


def open_any(path: Path) -> tuple[Case, tuple[str, ...]]:
    """Open a NIfTI scan, a NIfTI label map or a saved case's folder; also the notes the user should see.

    A NIfTI file of whole numbers that all stand in the label table, several of them, is taken for a label map.
    """
    if path.is_dir():
        return open_case(path), ()
    volume = nifti.read_volume(path)
    name = path.name.removesuffix(".gz").removesuffix(".nii")
    labels = _as_label_map(path)
    if labels is not None:
        notes = (f"{path.name} was opened as a label map.", *measure_volumes(labels).notes)
        return Case(name, None, labels, {"source": str(path)}), notes
    return Case(name, volume, None, {"source": str(path)}), ()


def _as_label_map(path: Path) -> LabelMap | None:
    try:
        labels = nifti.read_label_map(path)
    except BadLabelsError:
        return None
    # A scan with few grey levels could hold table values by chance, but not most structures of a table.
    counts = {int(v) for v in set(labels.data.ravel(order="K").tolist())} - {0}
    return labels if len(counts) >= 2 else None


def open_case(folder: Path) -> Case:
    """Open a folder written by `save_case`. Raises `BadFileError`."""
    record = folder / RECORD
    if not record.is_file():
        raise BadFileError(f"{folder} is not a case (it has no {RECORD}); choose a NIfTI file or a case's folder.")
    try:
        provenance = json.loads(record.read_text())
    except ValueError as error:
        raise BadFileError(f"{record} is damaged ({error}); restore it from a copy.") from error
    image, labels = folder / IMAGE, folder / LABELS
    return Case(
        folder.name,
        nifti.read_volume(image) if image.exists() else None,
        nifti.read_label_map(labels) if labels.exists() else None,
        provenance,
    )


def check_new_folder(folder: Path) -> None:
    """Raises `OutputError` if something is there already or it cannot be made."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(f"{folder} exists already; choose another name, or remove it first.")


def save_case(case: Case, folder: Path) -> Path:
    """Write a case as a new folder, complete or not at all. Raises `OutputError`."""
    check_new_folder(folder)
    mark = f"{SYNTHETIC_MARK} - VentriSynth, no real person" if case.synthetic else "VentriSynth"
    temporary: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".part-", dir=folder.parent))
        temporary.chmod(0o777 & ~_umask())
        if case.image is not None:
            nifti.write_volume(temporary / IMAGE, case.image, mark)
        if case.labels is not None:
            nifti.write_label_map(temporary / LABELS, case.labels, mark)
            write_volumes(temporary / VOLUMES, case.labels, measure_volumes(case.labels))
        write_json(temporary / RECORD, {"name": case.name, "synthetic": case.synthetic, **case.provenance})
        if folder.is_dir():
            folder.rmdir()
        os.replace(temporary, folder)
    except OSError as error:
        raise OutputError(
            f"{folder} could not be written ({error.strerror or error}); check the disk and the folder."
        ) from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
    return folder


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


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


