"""Single results for other programs: what is asked first, and the jobs that need Qt or VTK."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject
from PySide6.QtGui import QImage, QImageWriter, QPixmap
from vtkmodules.util.numpy_support import vtk_to_numpy

from engine.case import Case
from engine.errors import BadLabelsError, OutputError
from engine.events import Event
from engine.grid import crop_grid
from engine.io.case_folder import mark_of
from engine.io.exports import (
    export_bytes,
    export_image,
    export_labels,
    export_surface,
    export_volumes,
    provenance_of,
)
from engine.io.surface_files import SUFFIXES, Mesh
from engine.jobs import Job, new_id
from engine.labels import BACKGROUND, VENTRICLES
from engine.progress import Progress
from engine.volume import LabelMap
from gui.controller import Controller
from gui.dialogs import Dialogs
from gui.saving import named
from gui.session import Message, Session
from gui.settings import Settings
from gui.tasks import Task
from gui.viewer.surface_nets import surface_nets
from gui.viewer.vtk_image import vtk_image

NIFTI = "NIfTI image (*.nii.gz)"
TABLES = "Table (*.csv)"
SURFACES = "STL surface (*.stl);;PLY surface with structures (*.ply);;OBJ surface with structures (*.obj)"
STAGE = "Exporting"


@dataclass(frozen=True)
class ExportJob:
    """One of the engine's exports. Result: the path."""

    case: Case
    path: Path
    export: Callable[[Case, Path], Path]
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, Path]:
        """Yields Progressed once; raises what the export raises."""
        yield Progress(self.id, {STAGE: 1.0}).at(STAGE, 0, 1)
        return self.export(self.case, self.path)


@dataclass(frozen=True)
class SurfaceJob:
    """The ventricles that are not ``hidden`` as surfaces, smoothed in so many iterations. Result: the path."""

    case: Case
    path: Path
    hidden: frozenset[int]
    smoothing: int
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, Path]:
        """Yields Progressed; raises `BadLabelsError` where there is no ventricle, and `OutputError`."""
        progress = Progress(self.id, {STAGE: 1.0})
        yield progress.at(STAGE, 0, 2)
        if self.case.labels is None:
            raise BadLabelsError("There are no labels to make a surface from; segment the scan first.")
        mesh = mesh_of(self.case.labels, self.hidden, self.smoothing)
        yield progress.at(STAGE, 1, 2)
        return export_surface(self.case, mesh, self.path)


@dataclass(frozen=True)
class PictureJob:
    """A picture as PNG, with where it comes from in its text fields. Result: the path."""

    case: Case
    picture: QImage
    path: Path
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, Path]:
        """Yields Progressed once; raises `OutputError`."""
        yield Progress(self.id, {STAGE: 1.0}).at(STAGE, 0, 1)
        return export_bytes(png(self.picture, self.case), self.path)


def png(picture: QImage, case: Case) -> bytes:
    """The picture as PNG; its text fields are in ASCII, which every reader understands."""
    record = provenance_of(case)
    picture = QImage(picture)
    picture.setText("Software", record["program"])
    picture.setText("Description", mark_of(case))
    picture.setText("Provenance", json.dumps(record, ensure_ascii=True))
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not QImageWriter(buffer, QByteArray(b"png")).write(picture):
        raise OutputError("The picture could not be turned into PNG; make the window smaller and try again.")
    return bytes(content.data())


def mesh_of(labels: LabelMap, hidden: frozenset[int], smoothing: int) -> Mesh:
    """Closed surfaces of the ventricles that are not hidden, fronts outside. A wall between two ventricles belongs to
    both. Raises `BadLabelsError` where there is none."""
    values = [value for value in VENTRICLES if value in labels.table and value not in hidden]
    wanted = np.where(np.isin(labels.data, values), labels.data, BACKGROUND)
    found = np.argwhere(wanted)
    if not len(found):
        raise BadLabelsError("No ventricle is labelled and shown, so there is no surface; show one, or segment first.")
    start, stop = found.min(axis=0), found.max(axis=0) + 1
    # One empty voxel all round closes what reaches the rim.
    part = np.pad(wanted[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))], 1)
    image = vtk_image(np.asfortranarray(part), crop_grid(labels.grid, start - 1, part.shape))
    nets = surface_nets(image, values, smoothing)
    nets.Update()
    surface = nets.GetOutput()
    vertices = vtk_to_numpy(surface.GetPoints().GetData()).astype(np.float32)
    corners = vtk_to_numpy(surface.GetPolys().GetConnectivityArray()).reshape(-1, 3).astype(np.int32)
    sides = vtk_to_numpy(surface.GetCellData().GetArray("BoundaryLabels"))
    triangles, owners = [], []
    for value in (value for value in values if value in sides):
        first, second = corners[sides[:, 0] == value], corners[sides[:, 1] == value]
        own = np.concatenate([first, second[:, ::-1]])
        # Which of its two labels a face is turned to is VTK's choice, and a mirrored grid turns it round.
        triangles.append(own if _volume(vertices, own) > 0 else own[:, ::-1])
        owners.append(np.full(len(own), value, dtype=np.uint16))
    return Mesh(vertices, np.concatenate(triangles), np.concatenate(owners), labels.table)


def _volume(vertices: np.ndarray, triangles: np.ndarray) -> float:
    """The volume in mm3 that triangles enclose, negative if their fronts are inside (divergence theorem)."""
    a, b, c = (vertices[triangles[:, n]].astype(np.float64) for n in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


class Exporting(QObject):
    """Asks where to, and hands the job over."""

    def __init__(self, session: Session, controller: Controller, settings: Settings, dialogs: Dialogs) -> None:
        super().__init__()
        self._session, self._controller = session, controller
        self._settings, self._dialogs = settings, dialogs

    def image(self) -> None:
        """The image as NIfTI."""
        self._export(self.tr("Export the image"), "", (".nii.gz",), NIFTI, _engines(export_image))

    def labels(self) -> None:
        """The label map as NIfTI."""
        self._export(self.tr("Export the label map"), "_labels", (".nii.gz",), NIFTI, _engines(export_labels))

    def volumes(self) -> None:
        """The volumes as CSV."""
        self._export(self.tr("Export the volumes"), "_volumes", (".csv",), TABLES, _engines(export_volumes))

    def surface(self) -> None:
        """The ventricles that are shown as a surface."""
        display = self._session.display

        def job(case: Case, path: Path) -> Job:
            return SurfaceJob(case, path, display.hidden, display.surface_smoothing)

        self._export(self.tr("Export the ventricles as a surface"), "_ventricles", SUFFIXES, SURFACES, job)

    def picture(self, picture: QPixmap) -> None:
        """A picture of what is shown, as it is now."""
        shown, image = self._session.shown, picture.toImage()
        if shown is not None:
            path = self._dialogs.picture_to_save(self._settings.folder / f"{file_name(shown.case.name)}.png")
            self._write(path, ".png", lambda path: PictureJob(shown.case, image, path))

    def _export(
        self, title: str, part: str, suffixes: tuple[str, ...], kinds: str, job: Callable[[Case, Path], Job]
    ) -> None:
        """Ask for a file, suggesting the case's name with ``part``; without an ending it gets the first one."""
        case = self._session.case
        if case is None:
            return
        suggestion = self._settings.folder / f"{file_name(case.name)}{part}{suffixes[0]}"
        path = self._dialogs.file_to_export(title, suggestion, kinds)
        name = "" if path is None else path.name.lower()
        suffix = next((one for one in suffixes if name.endswith(one)), suffixes[0])
        self._write(path, suffix, lambda path: job(case, path))

    def _write(self, path: Path | None, suffix: str, job: Callable[[Path], Job]) -> None:
        path = None if path is None else named(path, suffix, self._dialogs)
        if path is None:
            return
        self._settings.folder = path.parent

        def done(written: Path) -> None:
            self._session.set_message(Message(self.tr("{0} was written.").format(written)))

        self._controller.queue_file(Task(job(path), self.tr("Exporting {0}").format(path.name), done))


def _engines(export: Callable[[Case, Path], Path]) -> Callable[[Case, Path], Job]:
    return lambda case, path: ExportJob(case, path, export)


def file_name(name: str) -> str:
    """A case's name as a name of a file."""
    return "".join(letter if letter.isprintable() and letter not in '/\\:*?"<>|' else "_" for letter in name)
