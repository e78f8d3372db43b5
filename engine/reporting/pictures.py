"""The report's pictures of slices: the scan in grey, labels in their colours, and the lines of measures."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.case import Case
from engine.grid import Grid
from engine.labels import BACKGROUND, VENTRICLES, LabelTable
from engine.measuring.record import Line, Point
from engine.reporting.cuts import Cut

#: Drawn so many times larger and then reduced, so that no edge is jagged.
FINER = 2
#: Grey levels of the labelled voxels that become black and white, in per cent.
BLACK, WHITE = 0.5, 99.5
FILL, OUTLINE, FAINT = 0.25, 1.0, 0.45
LETTER, MARK = (255, 212, 121), (255, 176, 46)
LINES = ((255, 236, 92), (94, 230, 214), (255, 140, 170))
_DIRECTIONS = (("R", "L"), ("A", "P"), ("S", "I"))


@dataclass(frozen=True)
class Picture:
    """A square picture as PNG, ``pixels`` wide and high, and the words beneath it."""

    png: bytes
    pixels: int
    caption: str


@dataclass(frozen=True, eq=False)
class Scene:
    """What all pictures of a case share: ``grey`` (low, high) is the contrast, ``mark`` a word drawn into each."""

    case: Case
    grey: tuple[float, float]
    mark: str

    @property
    def table(self) -> LabelTable:
        """The label table of the case."""
        assert self.case.labels is not None
        return self.case.labels.table


def scene_of(case: Case, mark: str) -> Scene:
    """Choose the contrast so that the labelled voxels fill the grey scale."""
    if case.image is None or case.labels is None:
        return Scene(case, (0.0, 1.0), mark)
    inside = case.image.data[case.labels.data != BACKGROUND]
    low, high = np.percentile(inside if len(inside) else case.image.data, [BLACK, WHITE])
    return Scene(case, (float(low), max(float(high), float(low) + 1e-6)), mark)


def slice_picture(
    scene: Scene,
    cut: Cut,
    pixels: int,
    *,
    lines: Sequence[Line] = (),
    apex: Point | None = None,
    caption: str = "",
) -> Picture:
    """A cut through the case: ventricles filled and outlined, other structures outlined faintly; with ``lines`` the
    outlines of ventricles alone, and the lines with their ends."""
    from PIL import Image, ImageDraw

    size = FINER * pixels
    world = cut.world(size)
    labels = _labels(scene, world)
    colours = _grey(scene, world, labels)
    _paint_labels(colours, labels, scene.table, plain=bool(lines))
    picture = Image.fromarray(np.clip(colours, 0, 255).astype(np.uint8))
    brush = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        _draw_line(brush, cut, line, size, LINES[number % len(LINES)])
    if apex is not None:
        x, y = cut.pixel(apex, size)
        brush.ellipse((x - 5, y - 5, x + 5, y + 5), fill=LINES[0])
    picture = picture.resize((pixels, pixels), Image.Resampling.BOX)
    write_letters(picture, cut)
    write_mark(picture, scene.mark)
    return Picture(as_png(picture), pixels, caption)


def as_png(picture: Any) -> bytes:
    """A Pillow picture as the bytes of a PNG file."""
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


def write_letters(picture: Any, cut: Cut) -> None:
    """The patient's sides at the picture's edges."""
    pixels = picture.width
    margin = pixels * 0.02
    for vector, anchor, at in (
        (-cut.across, "lm", (margin, pixels / 2)),
        (cut.across, "rm", (pixels - margin, pixels / 2)),
        (cut.up, "mt", (pixels / 2, margin)),
        (-cut.up, "mb", (pixels / 2, pixels - margin)),
    ):
        axis = int(np.abs(vector).argmax())
        _write(picture, at, _DIRECTIONS[axis][0 if vector[axis] > 0 else 1], anchor, LETTER)


def write_mark(picture: Any, mark: str) -> None:
    """A word at the lower left, such as SYNTHETIC; "" writes none."""
    margin = picture.width * 0.02
    _write(picture, (margin, picture.width - margin), mark, "ls", MARK)


def _write(picture: Any, at: tuple[float, float], words: str, anchor: str, colour: tuple[int, int, int]) -> None:
    from PIL import ImageDraw, ImageFont

    # Small pictures are printed smaller still, so that their letters take a larger share.
    font = ImageFont.load_default(round(12 + 0.022 * picture.width))
    ImageDraw.Draw(picture).text(at, words, colour, font, anchor, stroke_width=1, stroke_fill=(0, 0, 0))


def _labels(scene: Scene, world: np.ndarray) -> np.ndarray:
    """(H, W) label values at world positions (H, W, 3), background outside."""
    assert scene.case.labels is not None
    return _sampled(scene.case.labels.data, scene.case.labels.grid, world, order=0, outside=BACKGROUND)


def _grey(scene: Scene, world: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(H, W, 3) float 0-255: the scan, or without one the labels in muted colours."""
    image = scene.case.image
    if image is None:
        return 0.45 * _colours(scene.table)[labels]
    low, high = scene.grey
    values = _sampled(image.data, image.grid, world, order=1, outside=low)
    grey = np.clip((values - low) / (high - low), 0, 1) * 255
    return np.repeat(grey[..., None], 3, axis=2)


def _sampled(data: np.ndarray, grid: Grid, world: np.ndarray, *, order: int, outside: float) -> np.ndarray:
    from scipy import ndimage

    places = np.moveaxis(grid.world_to_voxel(world), -1, 0)
    found: np.ndarray = ndimage.map_coordinates(data, places, order=order, mode="constant", cval=outside)
    return found


def _colours(table: LabelTable) -> np.ndarray:
    """(max value + 1, 3) float: the colour of each label value."""
    colours = np.zeros((len(table.class_of_value), 3))
    for label in table.labels:
        colours[label.value] = label.colour
    return colours


def _paint_labels(colours: np.ndarray, labels: np.ndarray, table: LabelTable, *, plain: bool) -> None:
    """Lay labels over grey, in place; ``plain``: the ventricles' outlines alone."""
    own = _colours(table)[labels]
    ventricle = np.isin(labels, VENTRICLES)
    # Ventricles are drawn brighter than in the table, whose violets are too dark on black.
    own[ventricle] = 110 + 0.57 * own[ventricle]
    edge = _edges(labels)
    shares = np.where(edge & ventricle, OUTLINE, 0.0)
    if not plain:
        shares = np.where(edge & ~ventricle & (labels != BACKGROUND), FAINT, shares)
        shares = np.where(ventricle & ~edge, FILL, shares)
    colours *= 1 - shares[..., None]
    colours += shares[..., None] * own


def _edges(labels: np.ndarray) -> np.ndarray:
    """Where another label is near: lines four pixels wide, half of them on either side."""
    edge = np.zeros(labels.shape, dtype=bool)
    for step in (1, 2):
        down, right = labels[step:] != labels[:-step], labels[:, step:] != labels[:, :-step]
        edge[step:] |= down
        edge[:-step] |= down
        edge[:, step:] |= right
        edge[:, :-step] |= right
    return edge


def _draw_line(brush: Any, cut: Cut, line: Line, size: int, colour: tuple[int, int, int]) -> None:
    (x0, y0), (x1, y1) = cut.pixel(line.start, size), cut.pixel(line.end, size)
    width = max(3, round(size * 0.009))
    brush.line((x0, y0, x1, y1), (0, 0, 0), width + 2)
    brush.line((x0, y0, x1, y1), colour, width)
    length = max(float(np.hypot(x1 - x0, y1 - y0)), 1e-6)
    across = np.array([-(y1 - y0), x1 - x0]) / length * size * 0.022
    for x, y in ((x0, y0), (x1, y1)):
        brush.line((x - across[0], y - across[1], x + across[0], y + across[1]), colour, width)
