"""A growth series as a film: its cases in memory, in order, and an animated picture of them."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.case import Case
from engine.errors import BadFileError, OutputError
from engine.events import Progressed
from engine.io.case_folder import open_case
from engine.io.files import written_beside
from engine.jobs import new_id
from engine.labels import VENTRICLES
from engine.progress import Progress
from engine.series import RECORD
from engine.slice_picture import VIEWS, slice_picture

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

#: More cases than this are a long wait and fill the memory of a small machine.
MOST_CASES = 25
#: All cases of a film lie in memory together; more than this is refused.
MOST_BYTES = 2 * 2**30
#: Picture pixels for a millimetre, the caption's height, and the margin between slices, in pixels.
SCALE, CAPTION, MARGIN = 1.5, 34, 8
#: How long each picture stands, and the two ends of the growth, in ms.
FRAME_MS, END_MS = 350, 1200
AMBER, TEXT, GROUND = (255, 176, 46), (211, 220, 228), (11, 13, 16)


@dataclass(frozen=True, eq=False)
class Frame:
    """One case of a film: the ventricular volume asked for and achieved, in mL."""

    case: Case
    target_ml: float
    achieved_ml: float

    @property
    def mark(self) -> str:
        """What every picture of it must say: SYNTHETIC, MORPHED, or nothing."""
        return "SYNTHETIC" if self.case.synthetic else "MORPHED" if self.case.morphed else ""


@dataclass(frozen=True, eq=False)
class Film:
    """The cases of a series, all on one grid, and the folder they were read from."""

    folder: Path
    frames: tuple[Frame, ...]


@dataclass(frozen=True)
class OpenFilmJob:
    """Read the cases of a series. Result: a `Film`."""

    folder: Path
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Progressed, None, Film]:
        """Yields Progressed for each case; raises `BadFileError` where the folder holds no series."""
        progress, rows = Progress(self.id, {"Opening": 1.0}), _rows(self.folder)
        frames: list[Frame] = []
        for number, row in enumerate(rows):
            yield progress.at("Opening", number, len(rows))
            case = open_case(self.folder / row["case"])
            case = replace(case, name=f"{self.folder.name}, {case.name}")
            frames.append(Frame(case, row["target_ml"], row["achieved_ml"]))
            if case.grid != frames[0].case.grid:
                raise BadFileError(f"The cases in {self.folder} do not lie on the same voxels; make the series anew.")
            if len(rows) * _bytes(frames[0].case) > MOST_BYTES:
                raise BadFileError(f"The {len(rows)} cases in {self.folder} do not fit into memory; open them singly.")
        return Film(self.folder, tuple(frames))


@dataclass(frozen=True)
class SaveFilmJob:
    """Write a film as an animated GIF of three slices with mark and volume burnt in. Result: the path.

    ``radiological``: the patient's right is on the picture's left, and the nose points left.
    """

    film: Film
    path: Path
    radiological: bool = True
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Progressed, None, Path]:
        """Yields Progressed for each picture; raises `OutputError`, nothing half-written."""
        frames, progress = self.film.frames, Progress(self.id, {"Drawing": 0.6, "Writing": 0.4})
        at, contrast = _middle(frames[-1].case), _contrast(frames[0].case)
        pictures = []
        for number, frame in enumerate(frames):
            yield progress.at("Drawing", number, len(frames))
            pictures.append(picture(frame, at, contrast=contrast, radiological=self.radiological))
        yield progress.at("Writing", 0, 1)
        ends = (0, len(frames) - 1)
        times = [END_MS if number in ends else FRAME_MS for number in range(len(frames))]
        about = {"made_by": "VentriSynth", "mark": frames[0].mark, "provenance": dict(frames[0].case.provenance)}
        try:
            with written_beside(self.path) as temporary:
                pictures[0].save(
                    temporary,
                    format="GIF",
                    save_all=True,
                    append_images=pictures[1:],
                    duration=times,
                    loop=0,
                    comment=json.dumps(about, default=str).encode(),
                )
        except OSError as error:
            raise OutputError(
                f"{self.path} could not be written ({error.strerror or error}); check the disk and the folder."
            ) from error
        return self.path


def picture(frame: Frame, at: np.ndarray, *, contrast: tuple[float, float], radiological: bool) -> Image.Image:
    """Axial, coronal and sagittal slice through world point ``at`` (3,) side by side, ventricles coloured, with the
    mark, the volume and the sides burnt in. ``contrast``: darkest and brightest intensity."""
    from PIL import Image, ImageDraw, ImageFont

    slices = [
        _scaled(*slice_picture(frame.case, view, at, contrast=contrast, radiological=radiological)) for view in VIEWS
    ]
    height = max(part.height for part in slices)
    width = sum(part.width for part in slices) + MARGIN * (len(slices) + 1)
    whole = Image.new("RGB", (width, height + CAPTION + MARGIN), GROUND)
    pen, left = ImageDraw.Draw(whole), MARGIN
    letters = ("R", "R", "A") if radiological else ("L", "L", "P")
    font = ImageFont.load_default(size=15)
    for part, letter in zip(slices, letters, strict=True):
        whole.paste(part, (left, CAPTION + (height - part.height) // 2))
        pen.text((left + 4, CAPTION + height // 2), letter, fill=AMBER, font=font)
        left += part.width + MARGIN
    _caption(pen, frame, width, font)
    return whole


def _caption(pen: ImageDraw.ImageDraw, frame: Frame, width: int, font: Any) -> None:
    if frame.mark:
        box = pen.textbbox((MARGIN + 6, 8), frame.mark, font=font)
        pen.rounded_rectangle((box[0] - 6, box[1] - 4, box[2] + 6, box[3] + 4), 3, outline=AMBER, width=1)
        pen.text((MARGIN + 6, 8), frame.mark, fill=AMBER, font=font)
    words = f"ventricles {frame.achieved_ml:.1f} mL   (asked {frame.target_ml:g} mL)"
    pen.text((width - MARGIN - pen.textlength(words, font=font), 8), words, fill=TEXT, font=font)


def _scaled(part: np.ndarray, size_mm: tuple[float, float]) -> Image.Image:
    from PIL import Image

    height, width = (max(1, round(SCALE * mm)) for mm in size_mm)
    return Image.fromarray(part).resize((width, height), Image.Resampling.BILINEAR)


def _middle(case: Case) -> np.ndarray:
    """(3,) world mm: the middle of the ventricles, or of the grid where there are none."""
    if case.labels is None:
        return case.grid.centre
    found = np.argwhere(np.isin(case.labels.data, VENTRICLES))
    return case.grid.voxel_to_world(found.mean(axis=0)) if len(found) else case.grid.centre


def _contrast(case: Case) -> tuple[float, float]:
    if case.image is None:
        return 0.0, 1.0
    low, high = np.percentile(case.image.data[::3, ::3, ::3], (1, 99))
    return float(low), float(max(high, low + 1e-6))


def _bytes(case: Case) -> int:
    return sum(part.data.nbytes for part in (case.image, case.labels) if part is not None)


def _rows(folder: Path) -> list[Mapping[str, Any]]:
    record = folder / RECORD
    if not record.is_file():
        raise BadFileError(f"{folder} is not a series (it has no {RECORD}); choose the folder a series was made in.")
    try:
        rows = json.loads(record.read_text(encoding="utf-8"))["cases"]
        found: list[Mapping[str, Any]] = [
            {"case": str(r["name"]), "target_ml": float(r["target_ml"]), "achieved_ml": float(r["achieved_ml"])}
            for r in rows
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise BadFileError(f"{record} is damaged ({error}); restore it from a copy.") from error
    if not found:
        raise BadFileError(f"{folder} holds no case yet; make the series anew.")
    return found
