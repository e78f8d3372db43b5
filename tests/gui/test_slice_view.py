"""A slice view, drawn for real: markers at known voxels, clicks, wheel, drags."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from engine.case import Case
from engine.grid import Grid
from engine.volume import LabelMap, Volume
from gui.display import Display, contrast, usual_range
from gui.session import Shown
from gui.viewer import marks
from gui.viewer.planes import VIEWS
from gui.viewer.slice_view import SliceView
from gui.viewer.tools import ContrastRectangle

SHAPE = (36, 44, 40)
_C, _S = np.cos(0.3), np.sin(0.3)
AFFINES = {
    "RAS": np.array([[1.0, 0, 0, -18], [0, 1, 0, -22], [0, 0, 1, -20], [0, 0, 0, 1]]),
    "LIA": np.array([[-1.0, 0, 0, 18], [0, 0, 1, -20], [0, -1, 0, 22], [0, 0, 0, 1]]),
    "LPI": np.array([[-1.0, 0, 0, 18], [0, -1, 0, 22], [0, 0, -1, 20], [0, 0, 0, 1]]),
    "oblique, left-handed": np.array(
        [[-_C, 0, _S, 16], [-_S * _S, _C, -_S * _C, -14], [_S * _C, _S, _C * _C, -20], [0, 0, 0, 1]]
    ),
    "oblique": np.array([[_C, 0, _S, -20], [_S * _S, _C, -_S * _C, -20], [-_S * _C, _S, _C * _C, -16], [0, 0, 0, 1]]),
}
# Where a marker at the patient's right, front and top is seen: (right, up), -1 left or bottom, +1 right or top.
RADIOLOGICAL = {"axial": {"R": (-1, 0), "A": (0, 1)}, "coronal": {"R": (-1, 0), "S": (0, 1)}}
RADIOLOGICAL["sagittal"] = {"A": (-1, 0), "S": (0, 1)}
DIRECTIONS = {"R": (1, 0, 0), "A": (0, 1, 0), "S": (0, 0, 1)}
MARKER_MM = 12.0


@pytest.fixture(params=list(AFFINES))
def grid(request):
    return Grid(SHAPE, AFFINES[request.param])


@pytest.fixture
def view_of(qtbot):
    """Makes a view that is on screen and shows a case; everything is given back at the end."""
    made = []

    def make(name: str, case: Case, display: Display | None = None, *, draft: bool = False) -> SliceView:
        view = SliceView(name)
        qtbot.addWidget(view)
        made.append(view)
        view.resize(300, 320)
        view.set_drawing(True)
        view.set_display(display or Display(crosshair=False))
        view.set_shown(Shown(case, draft), usual_range(case.image) if case.image is not None else None)
        view.set_crosshair(case.grid.voxel_to_world(np.array(case.grid.shape) // 2))
        with qtbot.waitExposed(view):
            view.show()
        return view

    yield make
    for view in made:
        view.close_scene()


def marker(grid: Grid, direction: str) -> tuple[np.ndarray, np.ndarray]:
    """A dark image with one bright ball `MARKER_MM` from the middle, and the ball's world position."""
    middle = grid.voxel_to_world(np.array(grid.shape) // 2)
    world = middle + MARKER_MM * np.array(DIRECTIONS[direction])
    voxels = grid.voxel_to_world(np.moveaxis(np.indices(grid.shape), 0, -1))
    return np.where(np.linalg.norm(voxels - world, axis=-1) < 5, 1000.0, 10.0), world


def bright_centre(view: SliceView) -> tuple[float, float]:
    """Middle of the bright pixels, from the middle of the view, right and up in pixels."""
    view.repaint()
    grey = grey_of(view)
    rows, columns = np.nonzero(grey > 200)
    assert len(rows), "the marker is not in this slice"
    return columns.mean() - grey.shape[1] / 2, grey.shape[0] / 2 - rows.mean()


def grey_of(view: SliceView) -> np.ndarray:
    """(height, width) red channel of the picture without marks."""
    return pixels_of(view)[..., 0]


def pixels_of(view: SliceView) -> np.ndarray:
    """(height, width, 4) the picture without marks."""
    picture = view.picture
    assert picture is not None
    return np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.bytesPerLine() // 4, 4)


@pytest.mark.parametrize("radiological", [True, False])
@pytest.mark.parametrize("name", VIEWS)
def test_a_marker_is_on_its_side_of_the_screen(view_of, grid, name, radiological):
    for direction, (right, up) in RADIOLOGICAL[name].items():
        data, world = marker(grid, direction)
        view = view_of(name, Case("marker", Volume(data, grid)), Display(radiological=radiological, crosshair=False))
        x, y = bright_centre(view)
        expected_right = right if radiological else -right
        if right:
            assert np.sign(x) == expected_right
            assert abs(x) > 20
        if up:
            assert y > 20
        # The view's own arithmetic and VTK's camera agree on where the marker is, to a voxel and a half.
        at = view.to_screen(world)
        assert abs(at.x() - view.width() / 2 - x) < 10
        assert abs(view.height() / 2 - at.y() - y) < 10


@pytest.mark.parametrize("radiological", [True, False])
def test_the_sagittal_view_of_the_right_shows_what_lies_on_the_right(view_of, grid, radiological):
    data, world = marker(grid, "R")
    case = Case("marker", Volume(data, grid))
    view = view_of("sagittal", case, Display(radiological=radiological, crosshair=False))
    view.repaint()
    middle = view.position
    assert grey_of(view).max() < 200, "the middle has no marker"
    view.set_crosshair(world)
    assert view.position > middle
    view.repaint()
    assert grey_of(view).max() > 200
    view.set_crosshair(2 * view.plane.grid.voxel_to_world(np.array(SHAPE) // 2) - world)
    view.repaint()
    assert grey_of(view).max() < 200, "the left has no marker"


@pytest.mark.parametrize("outline", [False, True])
@pytest.mark.parametrize("radiological", [True, False])
@pytest.mark.parametrize("name", VIEWS)
def test_labels_lie_over_the_marker_they_belong_to(view_of, grid, name, radiological, outline):
    direction = next(iter(RADIOLOGICAL[name]))
    data, world = marker(grid, direction)
    labels = np.where(data > 100, 13, 0)  # left pallidum, (13, 48, 255)
    case = Case("both", Volume(np.where(data > 100, 0.0, np.indices(SHAPE)[0] % 2), grid), LabelMap(labels, grid))
    view = view_of(name, case, Display(radiological=radiological, crosshair=False, opacity=1.0, outline=outline))
    view.repaint()
    rows, columns = np.nonzero(pixels_of(view)[..., 2].astype(int) - pixels_of(view)[..., 0] > 150)
    at = view.to_screen(world)
    # Lines have no inside: their middle is that of their box.
    assert abs((columns.min() + columns.max()) / 2 - at.x()) < 10
    assert abs((rows.min() + rows.max()) / 2 - at.y()) < 10
    filled = len(rows) / (np.ptp(rows) + 1) / (np.ptp(columns) + 1)
    assert filled < 0.4 if outline else filled > 0.6


@pytest.mark.parametrize("name", VIEWS)
def test_a_label_is_drawn_where_the_image_has_it(view_of, grid, name):
    direction = next(iter(RADIOLOGICAL[name]))
    data, _ = marker(grid, direction)
    image_view = view_of(name, Case("image", Volume(data, grid)))
    # Left cerebral white matter is painted nearly white, so that the same measurement finds it.
    label_view = view_of(name, Case("labels", None, LabelMap(np.where(data > 100, 2, 0), grid)))
    assert np.allclose(bright_centre(image_view), bright_centre(label_view), atol=2.0)


def test_labels_alone_are_opaque_and_over_an_image_they_are_not(view_of):
    grid = Grid(SHAPE, AFFINES["RAS"])
    labels = LabelMap(np.full(SHAPE, 10), grid)  # left thalamus, (0, 118, 14)
    alone = view_of("axial", Case("labels", None, labels))
    assert colour_in_the_middle(alone) == (0, 118, 14)
    image = Volume(np.indices(SHAPE)[2], grid)
    over = view_of("axial", Case("both", image, labels), Display(opacity=0.5, crosshair=False))
    red, green, _ = colour_in_the_middle(over)
    assert red > 30
    assert green > red
    over.set_display(Display(overlay=False, crosshair=False))
    red, green, blue = colour_in_the_middle(over)
    assert red == green == blue


def test_a_hidden_label_is_not_drawn(view_of):
    grid = Grid(SHAPE, AFFINES["RAS"])
    view = view_of("axial", Case("labels", None, LabelMap(np.full(SHAPE, 10), grid)))
    view.set_display(Display(hidden=frozenset({10}), crosshair=False))
    assert max(colour_in_the_middle(view)) < 30


def colour_in_the_middle(view: SliceView) -> tuple[int, int, int]:
    view.repaint()
    assert view.picture is not None
    colour: QColor = view.picture.pixelColor(view.picture.rect().center())
    return colour.red(), colour.green(), colour.blue()


@pytest.fixture
def ramp_view(view_of):
    """An axial view of a ramp, each slice another grey, hung on itself: what it wishes, it gets."""
    grid = Grid(SHAPE, AFFINES["LIA"])
    view = view_of("axial", Case("ramp", Volume(np.indices(SHAPE)[1] + 1.0, grid)))
    view.crosshair_picked.connect(view.set_crosshair)
    return view


def test_a_click_picks_the_voxel_under_it(ramp_view, qtbot):
    target = ramp_view.plane.grid.voxel_to_world((10, ramp_view.slice_index, 30))
    with qtbot.waitSignal(ramp_view.crosshair_picked) as picked:
        qtbot.mouseClick(ramp_view, Qt.MouseButton.LeftButton, pos=ramp_view.to_screen(target).toPoint())
    found = ramp_view.plane.grid.world_to_voxel(picked.args[0])
    assert tuple(np.round(found)) == (10, ramp_view.slice_index, 30)


def test_a_drag_moves_the_crosshair_along(ramp_view, qtbot):
    qtbot.mousePress(ramp_view, Qt.MouseButton.LeftButton, pos=QPoint(150, 160))
    start = ramp_view.crosshair
    qtbot.mouseMove(ramp_view, QPoint(190, 160))
    moved = ramp_view.crosshair - start
    assert moved[0] < -5, "to the right of a radiological screen is the patient's left"
    assert abs(moved[1]) < 1e-6


def wheel(view: SliceView, notches: int, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    at = QPointF(view.rect().center())
    view.wheelEvent(
        QWheelEvent(
            at, view.mapToGlobal(at), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton, modifiers,
            Qt.ScrollPhase.NoScrollPhase, False,
        )
    )  # fmt: skip


def test_the_wheel_turns_slices_up_the_patient(ramp_view):
    before, z = ramp_view.slice_index, ramp_view.crosshair[2]
    ramp_view.repaint()
    grey = grey_of(ramp_view)[160, 150]
    wheel(ramp_view, 3)
    # The second voxel axis of an LIA grid runs down the patient.
    assert ramp_view.slice_index == before - 3
    assert ramp_view.crosshair[2] == pytest.approx(z + 3)
    ramp_view.repaint()
    assert grey_of(ramp_view)[160, 150] < grey


def test_the_wheel_stops_at_the_last_slice(ramp_view):
    wheel(ramp_view, 500)
    assert ramp_view.slice_index == 0


def test_control_and_wheel_zooms_about_the_pointer(ramp_view):
    under = ramp_view.to_world(QPointF(ramp_view.rect().center()))
    near = ramp_view.to_world(QPointF(0, 0))
    wheel(ramp_view, 2, Qt.KeyboardModifier.ControlModifier)
    assert np.allclose(ramp_view.to_world(QPointF(ramp_view.rect().center())), under, atol=1e-6)
    assert np.linalg.norm(ramp_view.to_world(QPointF(0, 0)) - under) < np.linalg.norm(near - under)
    ramp_view.reset_view()
    assert np.allclose(ramp_view.to_world(QPointF(0, 0)), near)


NO_KEY = Qt.KeyboardModifier.NoModifier
LEFT, RIGHT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def drag(view: SliceView, button: Qt.MouseButton, start: QPointF, end: QPointF, keys=NO_KEY) -> None:
    """Press, move and release; QTest's own moves carry no other button than the left one."""
    steps = (
        (QEvent.Type.MouseButtonPress, start, button),
        (QEvent.Type.MouseMove, end, button),
        (QEvent.Type.MouseButtonRelease, end, Qt.MouseButton.NoButton),
    )
    for kind, at, buttons in steps:
        QApplication.sendEvent(view, QMouseEvent(kind, at, view.mapToGlobal(at), button, buttons, keys))


@pytest.mark.parametrize(("button", "keys"), [(MIDDLE, NO_KEY), (LEFT, SHIFT)])
def test_a_middle_or_shift_drag_takes_the_picture_along(ramp_view, qtbot, button, keys):
    under = ramp_view.to_world(QPointF(100, 100))
    with qtbot.assertNotEmitted(ramp_view.crosshair_picked):
        drag(ramp_view, button, QPointF(100, 100), QPointF(130, 120), keys)
    assert np.allclose(ramp_view.to_world(QPointF(130, 120)), under, atol=1e-6)


def test_control_and_right_drag_zooms_about_where_it_began(ramp_view, qtbot):
    start = QPointF(100, 100)
    under, scale = ramp_view.to_world(start), ramp_view.framing.mm_per_pixel
    with qtbot.assertNotEmitted(ramp_view.contrast_edited):
        drag(ramp_view, RIGHT, start, QPointF(100, 60), CONTROL)
    assert np.allclose(ramp_view.to_world(start), under, atol=1e-6)
    assert ramp_view.framing.mm_per_pixel < 0.8 * scale


def test_a_click_picks_what_lies_under_it_and_a_drag_does_not(ramp_view, qtbot):
    with qtbot.waitSignal(ramp_view.clicked) as clicked:
        drag(ramp_view, LEFT, QPointF(100, 100), QPointF(101, 101))
    assert np.allclose(clicked.args[0], ramp_view.to_world(QPointF(101, 101)))
    with qtbot.assertNotEmitted(ramp_view.clicked):
        drag(ramp_view, LEFT, QPointF(100, 100), QPointF(140, 120))


@pytest.fixture
def step_view(view_of):
    """An axial view of an image that is 10 and 20 in its left half and 500 to 600 in its right half."""
    grid = Grid(SHAPE, AFFINES["RAS"])
    data = np.random.default_rng(0).uniform(500, 600, SHAPE)
    data[:18] = np.where(data[:18] > 550, 10, 20)
    return view_of("axial", Case("step", Volume(data, grid)), Display(radiological=False, crosshair=False))


def seen_at(view: SliceView, i: int, j: int) -> QPointF:
    """Where a voxel of the axial slice is seen."""
    assert view.plane is not None
    return view.to_screen(view.plane.grid.voxel_to_world((i, j, view.slice_index)))


def test_a_control_drag_takes_the_contrast_of_a_rectangle(step_view, qtbot):
    start, end = seen_at(step_view, 20, 10), seen_at(step_view, 34, 30)
    with qtbot.waitSignal(step_view.contrast_edited) as edited, qtbot.assertNotEmitted(step_view.crosshair_picked):
        drag(step_view, LEFT, start, end, CONTROL)
    window, level = contrast(Display(*edited.args), step_view._usual)
    assert window == pytest.approx(98, abs=4)
    assert level == pytest.approx(550, abs=4)


def test_a_rectangle_can_be_the_next_drag(step_view, qtbot):
    step_view.set_tool(ContrastRectangle())
    start, end = seen_at(step_view, 2, 10), seen_at(step_view, 16, 30)
    with qtbot.waitSignals([step_view.contrast_edited, step_view.tool_done]):
        drag(step_view, LEFT, start, end)


def test_a_click_or_a_rectangle_outside_changes_no_contrast(step_view, qtbot):
    with qtbot.assertNotEmitted(step_view.contrast_edited):
        drag(step_view, LEFT, QPointF(100, 100), QPointF(101, 100), CONTROL)
        step_view.pan_by(QPointF(10_000, 0))
        drag(step_view, LEFT, QPointF(100, 100), QPointF(200, 200), CONTROL)


@pytest.mark.parametrize(
    ("key", "moved"),
    [("Left", (1, 0, 0)), ("Right", (-1, 0, 0)), ("Up", (0, 1, 0)), ("Down", (0, -1, 0))],
)
def test_arrow_keys_move_the_crosshair_by_a_voxel(ramp_view, qtbot, key, moved):
    before = ramp_view.crosshair
    qtbot.keyClick(ramp_view, Qt.Key[f"Key_{key}"])
    assert np.allclose(ramp_view.crosshair - before, moved), "radiological: left is towards the patient's right"


def test_nearest_shows_each_voxel_as_a_square(view_of):
    grid = Grid((8, 8, 8), np.diag([5.0, 5.0, 5.0, 1.0]))
    case = Case("checks", Volume(np.indices(grid.shape).sum(axis=0) % 2, grid))
    squares = view_of("axial", case, Display(smooth=False, crosshair=False))
    squares.repaint()
    assert set(np.unique(grey_of(squares)[50:250, 50:250])) == {0, 255}
    squares.set_display(Display(crosshair=False))
    squares.repaint()
    assert len(np.unique(grey_of(squares)[50:250, 50:250])) > 50


def test_the_scale_bar_has_a_round_length_that_fits():
    assert marks.bar_length(1.0, 300) == 50
    assert marks.bar_length(0.2, 300) == 10
    assert marks.bar_length(0.1, 30) is None


def test_a_right_drag_wishes_for_another_contrast(ramp_view, qtbot):
    with qtbot.waitSignal(ramp_view.contrast_edited) as edited:
        drag(ramp_view, Qt.MouseButton.RightButton, QPointF(100, 100), QPointF(160, 100))
    window, level = edited.args
    assert window > 1.1
    assert level == pytest.approx(0.5)


def test_a_moved_crosshair_in_the_same_slice_needs_no_new_picture(ramp_view):
    ramp_view.repaint()
    picture = ramp_view.picture
    ramp_view.set_crosshair(ramp_view.crosshair + np.array([3.0, 2.0, 0.0]))
    ramp_view.repaint()
    assert ramp_view.picture is picture


def test_zoom_stays_when_a_case_on_the_same_grid_is_shown(ramp_view):
    wheel(ramp_view, 2, Qt.KeyboardModifier.ControlModifier)
    corner = ramp_view.to_world(QPointF(0, 0))
    image = Volume(np.indices(SHAPE)[0], ramp_view.plane.grid)
    ramp_view.set_shown(Shown(Case("other", image)), usual_range(image))
    assert np.allclose(ramp_view.to_world(QPointF(0, 0)), corner)


@pytest.mark.parametrize(
    ("synthetic", "draft", "marked"), [(False, False, False), (True, False, True), (False, True, True)]
)
def test_synthetic_is_painted_on_made_cases_and_drafts_only(view_of, synthetic, draft, marked):
    grid = Grid(SHAPE, AFFINES["RAS"])
    case = Case("case", None, LabelMap(np.full(SHAPE, 2), grid), {"synthetic": synthetic})
    view = view_of("axial", case, Display(hidden=frozenset({2}), crosshair=False), draft=draft)
    assert (amber_pixels(view) > 100) == marked


def amber_pixels(view) -> int:
    """How many pixels have the colour of the SYNTHETIC mark."""
    image = view.grab().toImage().convertToFormat(view.grab().toImage().Format.Format_RGBX8888)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return int((np.abs(pixels[..., :3].astype(int) - (255, 176, 46)).max(axis=-1) < 12).sum())
