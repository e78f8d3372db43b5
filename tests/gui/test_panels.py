"""Each panel alone: what it shows, and what it wishes for."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt

from engine.case import Case
from engine.grid import Grid
from engine.measures import measure_volumes
from engine.recipe import GUIDANCE, INTRACRANIAL, STEPS, VOLUME
from engine.volume import LabelMap
from gui.display import Display
from gui.messages import MessageBar
from gui.panels.controls import ControlRow
from gui.panels.display_panel import DisplayPanel
from gui.panels.job_bar import JobBar, status_text, time_text
from gui.panels.labels_panel import LabelsPanel
from gui.panels.measures_panel import MeasuresPanel, measure_texts, millilitres
from gui.panels.recipe_panel import RecipePanel
from gui.session import JobStatus, Message, Report, Shown
from gui.viewer.readout import readout

GRID = Grid((10, 10, 10), np.diag([10.0, 10.0, 10.0, 1.0]))  # 1 mL a voxel


def label_map(**voxels: int) -> LabelMap:
    """A label map with so many voxels of each value, written v4=3."""
    data = np.zeros(1000, dtype=int)
    values = [value for name, count in voxels.items() for value in [int(name[1:])] * count]
    data[: len(values)] = values
    return LabelMap(data.reshape(GRID.shape), GRID)


def report(target_ml: float | None = None, **voxels: int) -> Report:
    return Report(target_ml, measure_volumes(label_map(**voxels)), target_ml is not None, draft=False)


# Recipe


@pytest.fixture
def volume_row(qtbot, pack):
    row = ControlRow(pack.control(VOLUME))
    qtbot.addWidget(row)
    return row


def test_slider_and_number_say_the_same(volume_row, qtbot):
    with qtbot.waitSignal(volume_row.value_edited) as edited:
        volume_row.slider.setValue(volume_row.slider.maximum())
    assert edited.args == [VOLUME, 150.0]
    assert volume_row.number.value() == 150
    with qtbot.waitSignal(volume_row.value_edited) as edited:
        volume_row.number.setValue(80)
    assert edited.args == [VOLUME, 80.0]
    assert volume_row.slider.value() == 70


def test_a_row_has_the_packs_words_and_limits(volume_row, pack):
    control = pack.control(VOLUME)
    assert volume_row.slider.toolTip() == control.help
    assert volume_row.number.suffix() == " mL"
    assert (volume_row.number.minimum(), volume_row.number.maximum()) == (control.low, control.high)


def test_reset_goes_back_to_the_default(volume_row, qtbot):
    volume_row.set_value(120)
    assert volume_row.reset.isEnabled()
    qtbot.mouseClick(volume_row.reset, Qt.MouseButton.LeftButton)
    assert volume_row.number.value() == 30
    assert not volume_row.reset.isEnabled()


def test_showing_a_value_is_not_a_wish(volume_row, qtbot):
    with qtbot.assertNotEmitted(volume_row.value_edited):
        volume_row.set_value(99)


def test_an_optional_control_can_be_set_and_left_free(qtbot, pack):
    row = ControlRow(pack.control(INTRACRANIAL))
    qtbot.addWidget(row)
    assert not row.number.isEnabled()
    with qtbot.waitSignal(row.value_edited) as edited:
        row.set.setChecked(True)
    assert edited.args == [INTRACRANIAL, 1450.0]
    assert row.number.isEnabled()
    with qtbot.waitSignal(row.value_edited) as edited:
        row.set.setChecked(False)
    assert edited.args == [INTRACRANIAL, None]


def test_a_control_of_tenths_shows_one_decimal(qtbot, pack):
    row = ControlRow(pack.control(GUIDANCE))
    qtbot.addWidget(row)
    row.slider.setValue(3)
    assert row.number.text() == "1.3"


@pytest.fixture
def recipe_panel(qtbot, pack):
    panel = RecipePanel(pack)
    qtbot.addWidget(panel)
    panel.set_recipe(pack.default_recipe())
    return panel


def test_every_control_of_the_pack_has_a_row(recipe_panel, pack):
    assert set(recipe_panel.rows) == {control.key for control in pack.controls}
    assert recipe_panel.rows[VOLUME].isVisibleTo(recipe_panel)
    assert recipe_panel.rows[GUIDANCE].isVisibleTo(recipe_panel)
    assert not recipe_panel.rows[STEPS].isVisibleTo(recipe_panel), "it waits under More"


def test_a_moved_row_changes_its_value_in_the_recipe_alone(recipe_panel, qtbot, pack):
    with qtbot.waitSignal(recipe_panel.recipe_edited) as edited:
        recipe_panel.rows[VOLUME].number.setValue(77)
    assert edited.args[0] == pack.default_recipe().with_value(VOLUME, 77)


def test_the_dice_throw_another_seed(recipe_panel, qtbot, pack):
    with qtbot.waitSignal(recipe_panel.recipe_edited) as edited:
        qtbot.mouseClick(recipe_panel.anatomy.dice, Qt.MouseButton.LeftButton)
    thrown = edited.args[0]
    assert thrown.anatomy_seed != 0
    assert thrown == replace(pack.default_recipe(), anatomy_seed=thrown.anatomy_seed)


def test_without_a_pack_there_is_nothing_to_press(qtbot):
    panel = RecipePanel(None)
    qtbot.addWidget(panel)
    assert panel.rows == {}
    assert not panel.generate.isVisibleTo(panel)


# Volumes


def test_a_made_case_shows_target_achieved_and_error():
    texts = measure_texts(report(50.0, v2=400, v4=30, v43=25, v14=5))
    assert texts["target"] == "50.0 mL"
    assert texts["achieved"] == "60.0 mL"
    assert texts["error"] == "+10.0 mL (+20 %)"
    assert texts["lateral"] == "55.0 mL"
    assert texts["icv"] == "460 mL"
    assert texts["ratio"] == "13.04 %"


def test_a_real_case_has_no_target(qtbot):
    panel = MeasuresPanel()
    qtbot.addWidget(panel)
    panel.set_report(report(v2=400, v4=30))
    assert not panel.values["target"].isVisibleTo(panel)
    assert not panel.values["error"].isVisibleTo(panel)
    assert panel.values["achieved"].text() == "30.0 mL"


def test_what_was_not_measured_is_explained_and_never_0_ml(qtbot):
    panel = MeasuresPanel()
    qtbot.addWidget(panel)
    panel.set_report(report(v2=400))
    assert panel.values["achieved"].text() == "not measured"
    assert panel.values["ratio"].text() == "not measured"
    assert "No voxel is labelled as ventricle" in panel.note.text()
    assert panel.note.isVisibleTo(panel)
    assert not any(value.text().startswith("0") for value in panel.values.values())


def test_millilitres():
    assert millilitres(1482.4, decimals=0) == "1,482 mL"
    assert millilitres(None) == "not measured"


# Structures


@pytest.fixture
def labels_panel(qtbot):
    panel = LabelsPanel()
    qtbot.addWidget(panel)
    panel.set_shown(Shown(Case("case", None, label_map(v2=400, v4=30, v43=25))))
    panel.set_report(report(v2=400, v4=30, v43=25))
    return panel


def test_every_structure_is_listed_with_its_volume(labels_panel):
    assert len(labels_panel.items) == 32
    assert labels_panel.items[4].text(0) == "Left lateral ventricle"
    assert labels_panel.items[4].text(1) == "30.0 mL"
    assert labels_panel.items[14].text(1) == "–", "an absent structure is not 0 mL"
    ventricles = labels_panel.tree.topLevelItem(0)
    assert (ventricles.text(0), ventricles.text(1)) == ("Ventricles", "55.0 mL")


def test_an_unticked_structure_is_wished_away(labels_panel, qtbot):
    with qtbot.waitSignal(labels_panel.hidden_edited) as edited:
        labels_panel.items[4].setCheckState(0, Qt.CheckState.Unchecked)
    assert edited.args[0] == {4}


def test_an_unticked_group_hides_all_its_members(labels_panel):
    wished: list[frozenset[int]] = []
    labels_panel.hidden_edited.connect(wished.append)
    labels_panel.hidden_edited.connect(labels_panel.set_hidden)
    labels_panel.tree.topLevelItem(0).setCheckState(0, Qt.CheckState.Unchecked)
    assert wished[-1] == {4, 43, 5, 44, 14, 15}
    labels_panel.tree.topLevelItem(0).setCheckState(0, Qt.CheckState.Checked)
    assert wished[-1] == set()


def test_a_click_on_a_structure_wishes_to_go_there(labels_panel, qtbot):
    with qtbot.waitSignal(labels_panel.label_clicked) as clicked:
        labels_panel.tree.itemClicked.emit(labels_panel.items[43], 0)
    assert clicked.args == [43]


def test_a_scan_without_labels_says_what_to_do(labels_panel):
    labels_panel.set_shown(None)
    assert labels_panel.missing.isVisibleTo(labels_panel)
    assert not labels_panel.tree.isVisibleTo(labels_panel)


# Display


def test_the_display_panel_shows_and_wishes(qtbot):
    panel = DisplayPanel()
    qtbot.addWidget(panel)
    with qtbot.assertNotEmitted(panel.display_edited):
        panel.set_display(Display(window=2.0, level=0.1, overlay=False, opacity=0.9, radiological=False))
    with qtbot.waitSignal(panel.display_edited) as edited:
        panel.opacity.setValue(25)
    assert edited.args[0] == Display(window=2.0, level=0.1, overlay=False, opacity=0.25, radiological=False)
    with qtbot.waitSignal(panel.display_edited) as edited:
        panel.convention.setCurrentIndex(0)
    assert edited.args[0].radiological


def test_every_control_of_the_display_panel_changes_its_field(qtbot):
    panel = DisplayPanel()
    qtbot.addWidget(panel)
    panel.set_display(Display())
    wished: list[Display] = []
    panel.display_edited.connect(wished.append)
    for name in ("overlay", "smooth", "linked_zoom", "brain", "light_surface"):
        getattr(panel, name).toggle()
        assert getattr(wished[-1], name) == (not getattr(Display(), name))
    panel.outline.setCurrentIndex(1)
    panel.surface_opacity.setValue(40)
    panel.surface_smoothing.setValue(30)
    last = wished[-1]
    assert (last.outline, last.surface_opacity, last.surface_smoothing) == (True, 0.4, 30)
    again = DisplayPanel()
    qtbot.addWidget(again)
    again.set_display(last)
    assert (again.outline.currentIndex(), again.surface_smoothing.value(), again.brain.isChecked()) == (1, 30, False)


# Job and messages


def test_the_job_bar_shows_stage_step_and_time(qtbot):
    bar = JobBar()
    qtbot.addWidget(bar)
    bar.set_status(JobStatus("Generating", "Image", 3, 20, 0.6, 12.4))
    assert bar.stage.text() == "Generating: Image  3 / 20"
    assert bar.left.text() == "12 s left"
    assert bar.bar.value() == 600
    assert bar.cancel.isVisibleTo(bar)
    bar.set_status(None)
    assert bar.stage.text() == "Ready"
    assert not bar.cancel.isVisibleTo(bar)


def test_words_for_status_and_time():
    assert status_text(JobStatus("Preview")) == "Preview: starting …"
    assert status_text(JobStatus("Preview", "Preview", 1, 8)) == "Preview  1 / 8"
    assert status_text(JobStatus("Opening a.nii", "Opening", 0, 1)) == "Opening a.nii"
    assert time_text(None) == ""
    assert time_text(0.2) == "1 s left"
    assert time_text(300) == "about 5 min left"


def test_the_message_bar_shows_one_sentence_until_it_is_dismissed(qtbot):
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.show()
    bar.set_message(Message("a.nii is empty; copy it again from its source.", error=True))
    assert bar.isVisible()
    assert bar.sentence.text().startswith("a.nii is empty")
    with qtbot.waitSignal(bar.dismissed):
        qtbot.mouseClick(bar.dismiss, Qt.MouseButton.LeftButton)
    bar.set_message(None)
    assert bar.isHidden()


# Readout


def test_the_readout_names_place_intensity_and_structure():
    case = Case("case", None, label_map(v4=1))
    assert readout(case, np.array([1.0, -2.0, 0.5])) == (
        "RAS 0.0, 0.0, 0.0 mm     voxel 0, 0, 0     Left lateral ventricle (4)"
    )
    assert readout(case, np.array([90.0, 90.0, 90.0])).endswith("Background")
    assert readout(case, np.array([-8.0, 0.0, 0.0])) == ""
