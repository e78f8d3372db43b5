"""Single results in files for other programs. Where they come from goes with each: in the file as far as its format
has room, and whole in a JSON file beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.case import Case
from engine.errors import BadFileError
from engine.io import nifti
from engine.io.case_folder import mark_of, record_of, write_volumes
from engine.io.files import refused_in_words, written_beside
from engine.io.surface_files import SPACE, Mesh, write_surface
from engine.measures import measure_volumes
from resources import version

#: Comes after the whole name of the file, so that it is nobody else's.
PROVENANCE = ".provenance.json"


def provenance_of(case: Case) -> dict[str, Any]:
    """What goes with every export: the case's record, who exported it, and when."""
    return {
        "program": f"VentriSynth {version()}",
        "exported": datetime.now().astimezone().isoformat(timespec="seconds"),
        "note": mark_of(case),
        **record_of(case),
    }


def export_image(case: Case, path: Path) -> Path:
    """Write the image as NIfTI. Raises `BadFileError` if there is none, and `OutputError`."""
    if case.image is None:
        raise BadFileError(f"The case {case.name} has no image, so there is none to export; export its labels.")
    with _with_provenance(path, {"content": "image", **provenance_of(case)}) as temporary:
        nifti.write_volume(temporary, case.image, mark_of(case))
    return path


def export_labels(case: Case, path: Path) -> Path:
    """Write the label map as NIfTI. Raises `BadFileError` if there is none, and `OutputError`."""
    if case.labels is None:
        raise _no_labels(case)
    table = {"label_table": case.labels.table.name}
    with _with_provenance(path, {"content": "labels", **table, **provenance_of(case)}) as temporary:
        nifti.write_label_map(temporary, case.labels, mark_of(case))
    return path


def export_volumes(case: Case, path: Path) -> Path:
    """Write mL per structure and the totals as CSV. Raises `BadFileError` without a label map, and `OutputError`."""
    if case.labels is None:
        raise _no_labels(case)
    with _with_provenance(path, {"content": "volumes in mL", **provenance_of(case)}) as temporary:
        write_volumes(temporary, case.labels, measure_volumes(case.labels))
    return path


def export_surface(case: Case, mesh: Mesh, path: Path) -> Path:
    """Write a surface made from the label map as STL, PLY or OBJ. Raises `OutputError`."""
    record = provenance_of(case)
    remarks = (
        f"{mark_of(case)}; ventricles of {case.name}",
        f"Provenance: {json.dumps(record, ensure_ascii=True)}",
    )
    with _with_provenance(path, {"content": "surface of the ventricles", "space": SPACE, **record}) as temporary:
        write_surface(temporary, mesh, remarks)
    return path


def export_bytes(content: bytes, path: Path) -> Path:
    """Write what was made elsewhere and says itself where it comes from, as a picture does. Raises `OutputError`."""
    with refused_in_words(path), written_beside(path) as temporary:
        temporary.write_bytes(content)
    return path


@contextmanager
def _with_provenance(path: Path, record: dict[str, Any]) -> Iterator[Path]:
    """A temporary path for the file; the record lies beside it, both or neither."""
    beside = path.with_name(path.name + PROVENANCE)
    text = json.dumps({"file": path.name, **record}, indent=2, ensure_ascii=False) + "\n"
    with refused_in_words(path), written_beside(beside) as temporary_record:
        temporary_record.write_text(text, encoding="utf-8")
        with written_beside(path) as temporary:
            yield temporary


def _no_labels(case: Case) -> BadFileError:
    return BadFileError(f"The case {case.name} has no label map, so there is none to export; segment the scan first.")
