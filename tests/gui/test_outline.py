"""The borders of labels as lines."""

import numpy as np
from vtkmodules.util.numpy_support import vtk_to_numpy

from gui.viewer.outline import border_lines, poly_lines

SHOWN = np.array([False, True, True])


def lengths(ends: np.ndarray) -> np.ndarray:
    return np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)


def test_a_rectangle_is_lined_all_round_where_its_pixels_end():
    labels = np.zeros((8, 9), np.uint16)
    labels[2:5, 3:7] = 1
    ends, values = border_lines(labels, SHOWN, (0.0, 0.0))
    assert lengths(ends).sum() == 2 * (3 + 4)
    assert set(values) == {1}
    assert ends.min(axis=(0, 1)).tolist() == [1.5, 2.5]
    assert ends.max(axis=(0, 1)).tolist() == [4.5, 6.5]


def test_a_border_lies_inside_its_label():
    labels = np.zeros((8, 9), np.uint16)
    labels[2:5, 3:7] = 1
    ends, _ = border_lines(labels, SHOWN, (0.1, 0.2))
    along_b = ends[:, 0, 0] == ends[:, 1, 0]
    assert set(np.round(ends[along_b][:, 0, 0], 6)) == {1.6, 4.4}
    assert set(np.round(ends[~along_b][:, 0, 1], 6)) == {2.7, 6.3}


def test_neighbours_have_a_line_each_and_a_hidden_label_none():
    labels = np.array([[1, 2]], np.uint16)
    _, values = border_lines(labels, SHOWN, (0.0, 0.0))
    assert np.bincount(values).tolist() == [0, 4, 4]
    _, values = border_lines(labels, np.array([False, True, False]), (0.0, 0.0))
    assert np.bincount(values).tolist() == [0, 4]


def test_a_label_that_fills_the_slice_is_lined_at_its_rim():
    ends, _ = border_lines(np.ones((5, 6), np.uint16), SHOWN, (0.0, 0.0))
    assert lengths(ends).sum() == 2 * (5 + 6)


def test_nothing_shown_gives_no_line():
    ends, values = border_lines(np.zeros((5, 6), np.uint16), SHOWN, (0.0, 0.0))
    assert ends.shape == (0, 2, 2)
    assert len(values) == 0
    assert poly_lines(np.zeros((0, 2, 3)), np.zeros((0, 3), np.uint8)).GetNumberOfLines() == 0


def test_lines_keep_their_places_and_colours():
    ends = np.arange(12, dtype=float).reshape(2, 2, 3)
    lines = poly_lines(ends, np.array([[255, 0, 0], [0, 0, 255]], np.uint8))
    assert lines.GetNumberOfLines() == 2
    assert np.allclose(vtk_to_numpy(lines.GetPoints().GetData()), ends.reshape(4, 3))
    colours = vtk_to_numpy(lines.GetPointData().GetScalars())
    assert colours.tolist() == [[255, 0, 0], [255, 0, 0], [0, 0, 255], [0, 0, 255]]
