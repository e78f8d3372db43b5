import numpy as np
import pytest

from engine.errors import BadLabelsError
from engine.labels import CSF, LATERAL_VENTRICLES, VENTRICLES, Label, LabelTable, synthseg33

SYNTHSEG = "0 2 3 4 5 7 8 10 11 12 13 14 15 16 17 18 24 26 28 41 42 43 44 46 47 49 50 51 52 53 54 58 60"


def test_the_table_has_synthsegs_33_values_in_order():
    assert " ".join(str(v) for v in synthseg33().values) == SYNTHSEG
    assert len(synthseg33().labels) == 33


def test_names_are_unique_and_colours_are_bytes():
    labels = synthseg33().labels
    assert len({label.name for label in labels}) == 33
    assert {len(list(label.colour)) for label in labels} == {3}
    assert all(0 <= part <= 255 for label in labels for part in label.colour)
    assert len({label.colour for label in labels}) == 33


def test_there_are_six_ventricles_and_the_table_knows_them():
    ventricles = {label.value for label in synthseg33().labels if label.group == "ventricles"}
    assert ventricles == set(VENTRICLES) == {4, 5, 14, 15, 43, 44}
    assert set(LATERAL_VENTRICLES) == {4, 5, 43, 44}
    assert "CSF" in synthseg33()[CSF].name


def test_mirroring_twice_changes_nothing_and_swaps_left_and_right():
    table = synthseg33()
    assert (table.mirror_classes[table.mirror_classes] == np.arange(33)).all()
    for label in table.labels:
        other = table[label.mirror]
        swapped = label.name.replace("Left", "?").replace("Right", "Left").replace("?", "Right")
        assert other.name == swapped
        assert other.group == label.group


def test_values_become_classes_and_come_back():
    table = synthseg33()
    values = np.random.default_rng(0).choice(table.values, (4, 5, 6))
    classes = table.classes(values)
    assert classes.dtype == np.uint8
    assert (table.values[classes] == values).all()


@pytest.mark.parametrize("value", [1, 6, -1, 61, 1000])
def test_an_unknown_value_is_named(value):
    assert value not in synthseg33()
    with pytest.raises(BadLabelsError, match=rf"\[{value}\]"):
        synthseg33().classes(np.array([0, 4, value]))
    with pytest.raises(KeyError):
        synthseg33()[value]


def test_a_table_which_contradicts_itself_is_refused():
    left, right = (Label(v, str(v), (0, 0, 0), "g", 3 - v) for v in (1, 2))
    assert LabelTable("fine", (left, right)).classes(np.array([2, 1])).tolist() == [1, 0]
    with pytest.raises(ValueError, match="twice"):
        LabelTable("double", (left, left))
    with pytest.raises(ValueError, match="pair up"):
        LabelTable("half", (left,))
    with pytest.raises(ValueError, match="empty"):
        LabelTable("none", ())
