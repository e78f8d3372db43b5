import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from engine.case import Case
from engine.grid import centred_grid
from engine.measuring.head import measure_head
from engine.reporting.cuts import measure_cuts, plane_cuts
from engine.reporting.pictures import LINES, MARK, scene_of, slice_picture
from engine.reporting.surface import EYE, ventricle_picture
from engine.volume import LabelMap, Volume
from tests.engine.reporting.conftest import head_case, head_map, image_of, labels_of

PIXELS = 160


@pytest.fixture(scope="module")
def found():
    return measure_head(head_map())


def pixels_of(picture):
    return np.asarray(Image.open(io.BytesIO(picture.png)).convert("RGB")).astype(int)


def near(pixels, colour, within=40):
    return np.abs(pixels - np.array(colour)).max(axis=-1) <= within


@pytest.mark.parametrize("framed", [True, False])
def test_the_planes_lead_through_a_lateral_ventricle(found, framed):
    labels = head_map()
    for cut in plane_cuts(labels, found.frame if framed else None):
        index = np.round(labels.grid.world_to_voxel(cut.world(PIXELS))).astype(int)
        inside = ((index >= 0) & (index < labels.grid.shape)).all(axis=-1)
        seen = labels.data[tuple(index[inside].T)]
        assert np.isin(seen, (4, 43)).sum() > 100, cut.name


def test_a_world_position_and_its_pixel_are_the_same_place():
    for cut in plane_cuts(head_map(), None):
        world = cut.world(PIXELS)
        assert cut.pixel(world[30, 70], PIXELS) == pytest.approx((70.5, 30.5))


def test_the_right_side_of_the_patient_is_at_the_left_of_the_picture(found):
    case = head_case()
    data = np.array(image_of(case).data)
    right = case.grid.voxel_to_world(np.moveaxis(np.indices(case.grid.shape), 0, -1))[..., 0] > 20
    data[right & (labels_of(case).data == 41)] = 3000
    bright = Case("head", Volume(data, case.grid), labels_of(case))
    scene = scene_of(bright, "")
    axial, coronal, _ = (slice_picture(scene, cut, PIXELS) for cut in plane_cuts(labels_of(case), found.frame))
    for picture in (axial, coronal):
        white = pixels_of(picture).min(axis=-1) > 200
        assert white[:, : PIXELS // 2].sum() > 5 * white[:, PIXELS // 2 :].sum()


def test_a_head_that_seems_to_look_backwards_is_drawn_as_its_file_says(found):
    backwards = replace(found.frame, axes=found.frame.axes @ np.diag([-1.0, -1, 1]))
    axial = plane_cuts(head_map(), backwards)[0]
    assert axial.up @ [0, 1, 0] > 0.99
    assert axial.across @ [1, 0, 0] < -0.99


def test_the_top_of_the_head_is_at_the_top_and_the_front_at_the_left_of_the_sagittal_picture(found):
    labels = head_map()
    _, _, sagittal = plane_cuts(labels, found.frame)
    assert sagittal.up @ [0, 0, 1] > 0.99
    assert sagittal.across @ [0, 1, 0] < -0.99


def test_the_lines_of_a_measure_are_drawn_from_end_to_end_on_their_own_slice(found):
    case = head_case()
    evans = found["evans_index"]
    ((cut, lines),) = measure_cuts(evans, found.frame.axes)
    assert [line.name for line in lines] == ["frontal horns", "inner skull"]
    for line in lines:
        for end in (line.start, line.end):
            assert abs((np.array(end) - cut.centre) @ np.cross(cut.across, cut.up)) < 1e-6
    pixels = pixels_of(slice_picture(scene_of(case, ""), cut, PIXELS, lines=lines))
    for number, line in enumerate(lines):
        middle = (np.array(line.start) + line.end) / 2
        for at in (np.array(line.start), middle, np.array(line.end)):
            x, y = (int(part) for part in cut.pixel(at, PIXELS))
            patch = pixels[y - 2 : y + 3, max(0, x - 2) : x + 3]
            assert near(patch, LINES[number]).any(), (line.name, at)
        beyond = np.array(line.end) + 0.15 * (np.array(line.end) - line.start)
        x, y = (int(part) for part in cut.pixel(beyond, PIXELS))
        if 0 <= x < PIXELS:
            assert not near(pixels[y - 2 : y + 3, x - 2 : x + 3], LINES[number]).any()


def test_lines_of_different_slices_get_pictures_of_their_own_at_one_scale(found):
    cuts = measure_cuts(found["frontal_occipital_horn_ratio"], found.frame.axes)
    assert sorted(line.name for _, lines in cuts for line in lines) == [
        "frontal horns",
        "inner skull",
        "occipital horns",
    ]
    assert len({cut.side_mm for cut, _ in cuts}) == 1


def test_ventricles_are_outlined_in_their_colour():
    case = head_case()
    axial = plane_cuts(labels_of(case), None)[0]
    pixels = pixels_of(slice_picture(scene_of(case, ""), axial, PIXELS))
    violet = (pixels[..., 0] > pixels[..., 1] + 40) & (pixels[..., 2] > pixels[..., 1] + 40)
    assert violet.sum() > 100
    without = Case(
        "head",
        case.image,
        LabelMap(np.where(np.isin(labels_of(case).data, (4, 43)), 2, labels_of(case).data), case.grid),
    )
    plain = pixels_of(slice_picture(scene_of(without, ""), axial, PIXELS))
    assert ((plain[..., 0] > plain[..., 1] + 40) & (plain[..., 2] > plain[..., 1] + 40)).sum() < violet.sum() / 4


def test_a_mark_is_written_into_the_picture_and_none_where_there_is_none():
    case = head_case()
    axial = plane_cuts(labels_of(case), None)[0]
    corner = (slice(-20, None), slice(0, PIXELS // 2))
    marked = pixels_of(slice_picture(scene_of(case, "SYNTHETIC"), axial, PIXELS))[corner]
    plain = pixels_of(slice_picture(scene_of(case, ""), axial, PIXELS))[corner]
    assert near(marked, MARK).sum() > 30
    assert near(plain, MARK).sum() == 0


def test_labels_without_an_image_are_drawn_in_their_colours():
    case = Case("head", None, head_map())
    axial = plane_cuts(labels_of(case), None)[0]
    assert len(np.unique(pixels_of(slice_picture(scene_of(case, ""), axial, PIXELS)).reshape(-1, 3), axis=0)) > 20


def boxes(*placed):
    """A label map of boxes: (value, centre in world mm, half its size in mm)."""
    grid = centred_grid((80, 80, 80), 2.0, np.zeros(3))
    world = grid.voxel_to_world(np.moveaxis(np.indices(grid.shape), 0, -1))
    data = np.zeros(grid.shape, dtype=np.uint16)
    for value, centre, half in placed:
        data[(np.abs(world - np.array(centre)) <= half).all(axis=-1)] = value
    return LabelMap(data, grid)


def greens_and_browns(labels):
    """Where the fourth ventricle is seen, which is green, and where the third is, which is brown."""
    pixels = pixels_of(ventricle_picture(labels, None, PIXELS, ""))
    lit = pixels.max(axis=-1) > 60
    return lit & (pixels[..., 1] > pixels[..., 0] + 15), lit & (pixels[..., 0] > pixels[..., 2] + 10)


def test_what_is_nearer_to_the_eye_hides_what_lies_behind_it():
    towards = 40 * EYE / np.linalg.norm(EYE)
    green, brown = greens_and_browns(boxes((14, towards, 14), (15, -towards, 8)))
    assert brown.sum() > 300
    assert green.sum() == 0
    green, brown = greens_and_browns(boxes((14, -towards, 14), (15, towards, 8)))
    assert green.sum() > 100


def test_the_surface_is_seen_from_the_left_with_the_front_at_the_left():
    green, brown = greens_and_browns(boxes((14, (0, 30, 0), 8), (15, (0, -30, 0), 8)))
    assert np.nonzero(brown)[1].max() < np.nonzero(green)[1].min()
    green, brown = greens_and_browns(boxes((14, (0, 0, 30), 8), (15, (0, 0, -30), 8)))
    assert np.nonzero(brown)[0].max() < np.nonzero(green)[0].min()


def test_the_surface_is_lit_from_above():
    pixels = pixels_of(ventricle_picture(boxes((15, (0, 0, 0), 20)), None, PIXELS, "")).sum(axis=-1)
    column = pixels[:, PIXELS // 2]
    seen = np.flatnonzero(column > 150)
    assert column[seen[len(seen) // 8]] > 1.2 * column[seen[-len(seen) // 8]]


def test_without_ventricles_there_is_no_surface():
    labels = head_map()
    assert ventricle_picture(LabelMap(np.where(labels.data == 0, 0, 2), labels.grid), None, PIXELS, "") is None
