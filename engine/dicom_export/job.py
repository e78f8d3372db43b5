"""A case as DICOM files, as a job."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.case import Case
from engine.errors import BadFileError, OutputError
from engine.events import Event
from engine.io.case_folder import check_new_folder
from engine.io.files import temporary_folder
from engine.jobs import new_id
from engine.progress import Progress
from engine.quiet import uncollected
from engine.volume import Volume

IMAGE, LABELS = "image.dcm", "segmentation.dcm"
#: Stage -> its usual share of the time.
STAGES = {"Image": 0.2, "Labels": 0.5, "Writing": 0.3}


@dataclass(frozen=True)
class ExportDicomJob:
    """Image and, if there are any, labels of a case as DICOM files in a new folder. Result: the folder. ``now``: date
    and time that stand in the files."""

    case: Case
    folder: Path
    now: datetime = field(default_factory=datetime.now)
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, Path]:
        """Yields Progressed; raises `BadFileError` without an image, and `OutputError` with nothing half-written."""
        check_new_folder(self.folder)
        if self.case.image is None:
            raise BadFileError("A DICOM segmentation refers to its image, and this case has none; add the scan first.")
        with uncollected():
            files = yield from self._files(self.case.image, Progress(self.id, STAGES))
            folder = _written(files, self.folder)
            # Gone before garbage is collected again, so that nobody walks over them.
            files.clear()
        return folder

    def _files(self, image: Volume, progress: Progress) -> Generator[Event, None, dict[str, Any]]:
        """Name of a file -> its data set."""
        from engine.dicom_export.identity import identity_of
        from engine.dicom_export.image import enhanced_mr
        from engine.dicom_export.segmentation import segmentation
        from engine.dicom_export.stacking import stack_of

        yield progress.at("Image", 0, 2)
        stack, identity = stack_of(image.grid), identity_of(self.case)
        yield progress.at("Image", 1, 2)
        files: dict[str, Any] = {IMAGE: enhanced_mr(image, stack, identity, now=self.now)}
        yield progress.at("Labels", 0, 1)
        if self.case.labels is not None:
            files[LABELS] = segmentation(self.case, files[IMAGE], stack, identity)
        yield progress.at("Writing", 0, 1)
        return files


def _written(files: dict[str, Any], folder: Path) -> Path:
    """All files or none."""
    temporary: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = temporary_folder(folder.parent)
        for name, dataset in files.items():
            dataset.save_as(temporary / name, enforce_file_format=True)
        if folder.is_dir():
            folder.rmdir()
        temporary.rename(folder)
    except OSError as error:
        raise OutputError(f"{folder} could not be written ({error.strerror or error}); check the folder.") from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
    return folder
