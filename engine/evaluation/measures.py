"""Are the automatic measures right on phantoms of known geometry, and the same again on a moved label map?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.figure import Figure
from scipy.spatial.transform import Rotation

from engine.evaluation.phantoms import Phantom, phantom_map
from engine.evaluation.results import Result, Row, Target
from engine.evaluation.setting import Setting, Watch
from engine.grid import Grid
from engine.labels import synthseg33
from engine.measuring.head import HeadMeasures, measure_head
from engine.resample import resampled_labels
from engine.training.label_maps import HeadMap, files, read_head_map
from engine.volume import LabelMap

PHANTOM, REAL = "phantom", "real"
#: Voxel sizes in mm that phantoms are drawn with, and how many poses of each.
VOXELS, POSES = ((1.5, 1.5, 1.5), (1.0, 1.0, 3.0), (2.0, 2.0, 2.0)), 4
#: Largest rotation about each axis in degrees.
LARGEST_DEG = 15.0
#: The phantom's middle and half its size, generously, in mm.
MIDDLE, HALF = np.array([0, -20, 5.0]), np.array([74, 104, 54.0])
#: How real label maps are resampled: name -> voxel size in mm, and whether the head is turned.
MOVES = {"turned, 1 mm": (1.0, True), "turned, 1.5 mm": (1.5, True), "2 mm": (2.0, False)}


def evaluate(setting: Setting) -> Result:
    """Phantoms in random poses, and every real label map against itself turned and resampled."""
    rng = np.random.default_rng(0)
    rows = [*phantom_rows(Phantom(), VOXELS, POSES, rng), *real_rows(setting, rng)]
    figures = {PHANTOM: phantom_figures(rows), REAL: real_figures(rows)}
    worst = max(figure["largest_voxels"] for figure in figures[PHANTOM]["lines"].values())
    frame = figures[REAL].get("frame_deg", {}).get("largest")
    return Result(
        figures,
        rows,
        lambda figure: draw(figure, rows),
        [
            f"phantoms: lines differ from the truth by {worst:.2f} of a voxel at most, the callosal angle by "
            f"{figures[PHANTOM]['callosal_angle_deg']['largest']:.1f} degrees",
            *[
                f"real label maps, moved: {key} differs by {figure['mean']:.3g}, at most {figure['largest']:.3g}"
                for key, figure in figures[REAL].items()
            ],
        ],
        [
            Target("phantoms: largest error of a line in voxels", worst, 0.75, 0.5, less=True),
            Target("real label maps: largest turn of the frame in degrees", frame, 5.0, 2.0, less=True),
        ],
        (14.0, 5.0),
    )


def turned(rng: np.random.Generator) -> np.ndarray:
    """A random rotation (3, 3) of at most `LARGEST_DEG` about each axis."""
    matrix: np.ndarray = Rotation.from_euler("xyz", rng.uniform(-1, 1, 3) * LARGEST_DEG, degrees=True).as_matrix()
    return matrix


def covering(matrix: np.ndarray, middle: np.ndarray, half: np.ndarray) -> Grid:
    """A grid with the columns ``matrix`` (3, 3) around a box of ``half`` (3,) mm along the world's axes."""
    count = np.ceil(2 * np.abs(np.linalg.inv(matrix)) @ half).astype(int) + 1
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = matrix, middle - matrix @ ((count - 1) / 2)
    return Grid((int(count[0]), int(count[1]), int(count[2])), affine)


def phantom_rows(
    phantom: Phantom, voxels: Sequence[tuple[float, float, float]], poses: int, rng: np.random.Generator
) -> Iterator[Row]:
    """A row for each measure and line of each phantom: its value and the truth."""
    jobs = [(size, pose) for size in voxels for pose in range(poses)]
    for _, (size, pose) in Watch("Phantoms", len(jobs)).over(jobs):
        head, axes = turned(rng), turned(rng)
        middle = head @ MIDDLE + rng.uniform(-0.5, 0.5, 3)
        grid = covering(axes @ np.diag(size), middle, np.abs(head) @ HALF)
        found = measure_head(phantom_map(phantom, grid, head))
        about = {"kind": PHANTOM, "name": f"{pose + 1}", "move": " x ".join(f"{s:g}" for s in size) + " mm"}
        for key, truth in phantom.truth().items():
            yield {**about, "what": key, "value": found[key].value, "truth": truth, "voxel_mm": max(size)}
        lengths = {line.name: line.length_mm for measure in found.measures for line in measure.lines}
        for name, truth in phantom.lengths().items():
            yield {**about, "what": f"line: {name}", "value": lengths.get(name), "truth": truth, "voxel_mm": max(size)}


def real_rows(setting: Setting, rng: np.random.Generator) -> Iterator[Row]:
    """A row for each measure of each real label map that is turned or resampled: its value and the one before."""
    paths = files(setting.real_data(), "labelmaps")[: setting.options.most]
    for _, path in Watch("Real label maps", len(paths)).over(paths):
        head = read_head_map(path)
        labels = _labels(head)
        before = measure_head(labels)
        for move, (spacing, turn) in MOVES.items():
            rotation = turned(rng) if turn else np.eye(3)
            after = measure_head(moved(labels, rotation, spacing))
            about = {"kind": REAL, "name": head.name, "move": move, "voxel_mm": spacing}
            for one, other in zip(before.measures, after.measures, strict=True):
                yield {**about, "what": one.definition.key, "value": other.value, "truth": one.value}
            yield {**about, "what": "frame_deg", "value": _turn(before, after), "truth": 0.0}


def moved(labels: LabelMap, rotation: np.ndarray, spacing_mm: float) -> LabelMap:
    """The head as it would be labelled on axes turned by ``rotation`` (3, 3), in its old place in the world."""
    size = np.array(labels.grid.shape) * labels.grid.spacing / 2
    grid = covering(rotation * spacing_mm, labels.grid.centre, size)
    return resampled_labels(labels, grid)


def _labels(head: HeadMap) -> LabelMap:
    affine = np.eye(4)
    affine[:3, 3] = -head.centre
    values = synthseg33().values[head.classes].astype(np.uint16)
    return LabelMap(values, Grid(values.shape, affine))


def _turn(one: HeadMeasures, other: HeadMeasures) -> float | None:
    """The angle in degrees between two frames; None where one is missing."""
    if one.frame is None or other.frame is None:
        return None
    return float(np.degrees(Rotation.from_matrix(one.frame.axes.T @ other.frame.axes).magnitude()))


def _errors(rows: Sequence[Row], kind: str, what: str) -> list[tuple[float, float]]:
    """(error, voxel size in mm) of every row in which there is a value."""
    return [
        (row["value"] - row["truth"], row["voxel_mm"])
        for row in rows
        if row["kind"] == kind and row["what"] == what and row["value"] is not None and row["truth"] is not None
    ]


def phantom_figures(rows: Sequence[Row]) -> Row:
    """Per line the mean and the largest error in voxels (their largest size), and the error of the callosal angle."""
    names = sorted({row["what"] for row in rows if row["kind"] == PHANTOM and row["what"].startswith("line: ")})
    lines = {}
    for name in names:
        share = [error / voxel for error, voxel in _errors(rows, PHANTOM, name)]
        lines[name.removeprefix("line: ")] = {
            "n": len(share),
            "bias_voxels": float(np.mean(share)),
            "largest_voxels": float(np.abs(share).max()),
        }
    return {"lines": lines, "callosal_angle_deg": _spread(_errors(rows, PHANTOM, "callosal_angle"))}


def real_figures(rows: Sequence[Row]) -> Row:
    """Per measure how much it differs after a move."""
    names = dict.fromkeys(row["what"] for row in rows if row["kind"] == REAL)
    found = {name: _errors(rows, REAL, name) for name in names}
    return {name: _spread(errors) for name, errors in found.items() if errors}


def _spread(errors: Sequence[tuple[float, float]]) -> Row:
    absolute = np.abs([error for error, _ in errors])
    return {"n": len(errors), "mean": float(absolute.mean()), "largest": float(absolute.max())}


def draw(figure: Figure, rows: Sequence[Row]) -> None:
    """Left: errors of the phantoms' lines in voxels; right: measures of real label maps before and after a move."""
    left, right = figure.subplots(1, 2)
    names = list(phantom_figures(rows)["lines"])
    errors = [[e / v for e, v in _errors(rows, PHANTOM, f"line: {name}")] for name in names]
    left.boxplot(errors, tick_labels=[name.replace(" ", "\n") for name in names])
    left.axhspan(-0.5, 0.5, color="0.9", zorder=0)
    left.set(title="Phantoms", ylabel="error of a line (voxels)")
    for key, scale in (("evans_index", 1.0), ("frontal_occipital_horn_ratio", 1.0), ("callosal_angle", 1 / 180)):
        pairs = [
            (row["truth"] * scale, row["value"] * scale)
            for row in rows
            if row["kind"] == REAL and row["what"] == key and row["value"] is not None and row["truth"] is not None
        ]
        right.plot(*zip(*pairs, strict=True), "o", markersize=3, label=key.replace("_", " ")) if pairs else None
    right.axline((0.4, 0.4), slope=1, color="0.6", linewidth=0.8)
    right.legend()
    right.set(title="Real label maps (angle as a share of 180°)", xlabel="as it is", ylabel="turned and resampled")
