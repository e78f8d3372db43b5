"""What the user wants: the pack's controls, the seeds, and Generate."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QHBoxLayout,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.pack import ModelPack
from engine.recipe import GUIDANCE, VOLUME, Control, Recipe
from gui.panels.cards import Card, label
from gui.panels.controls import ControlRow, SeedRow
from gui.panels.measures_panel import signed
from gui.session import Report

PROMINENT = (VOLUME, GUIDANCE)


class RecipePanel(Card):
    """Built from a pack's controls; without a pack it says that there is none."""

    recipe_edited = Signal(object)  # Recipe
    generate_clicked = Signal()
    live_clicked = Signal(bool)

    def __init__(self, pack: ModelPack | None) -> None:
        super().__init__("Synthetic brain")
        self._recipe: Recipe | None = None
        self.rows: dict[str, ControlRow] = {}
        self._more: _More | None = None
        self.anatomy = SeedRow("Anatomy seed", "Decides whose brain it is: the same seed gives the same label map.")
        self.appearance = SeedRow("Appearance seed", "Decides how the scan looks: contrast and texture, same anatomy.")
        self.live = QCheckBox("Live")
        self.live.setToolTip("Make a draft while a slider moves, and the case as soon as it rests (Ctrl+L).")
        self.lock = QCheckBox(self.tr("Lock volume"))
        self.lock.setToolTip(
            self.tr(
                "Sample this subject again until the volume is met within 1 mL (Ctrl+K); takes a few times as long."
            )
        )
        self.beyond = QCheckBox(self.tr("Beyond range"))
        self.beyond.setToolTip(
            self.tr(
                "Allow values that the model pack was not trained for; the brain may look odd, and the case says so."
            )
        )
        self.odd, self.result = label("", "warm"), label("", "dim")
        for sentence in (self.odd, self.result):
            sentence.setWordWrap(True)
            sentence.hide()
        self.generate = QPushButton("Generate")
        self.generate.setObjectName("primary")
        self.generate.setToolTip("Make the label map and the scan these sliders describe (Ctrl+G).")
        self.missing = label("No model pack is installed, so no brain can be made here. Files can be opened.", "dim")
        self.missing.setWordWrap(True)
        self._lay_out()
        self.set_pack(pack)
        self.anatomy.seed_edited.connect(lambda seed: self._edit(replace(self._known(), anatomy_seed=seed)))
        self.appearance.seed_edited.connect(lambda seed: self._edit(replace(self._known(), appearance_seed=seed)))
        self.lock.toggled.connect(lambda on: self._edit(replace(self._known(), lock=on)))
        self.beyond.toggled.connect(self._on_beyond)
        self.generate.clicked.connect(self.generate_clicked)
        self.live.toggled.connect(self.live_clicked)

    def set_pack(self, pack: ModelPack | None) -> None:
        """Offer the controls of this pack at their defaults, a recipe has to follow; None: say that there is none."""
        for part in (*self.rows.values(), *([] if self._more is None else [self._more])):
            part.hide()
            part.deleteLater()
        self.rows = {control.key: ControlRow(control) for control in pack.controls} if pack is not None else {}
        for key in PROMINENT:
            if key in self.rows:
                self._first.addWidget(self.rows[key])
        rest = [row for key, row in self.rows.items() if key not in PROMINENT]
        self._more = _More(rest) if rest else None
        if self._more is not None:
            self._rest.addWidget(self._more)
        for row in self.rows.values():
            row.value_edited.connect(self._on_value)
        # As everywhere in the window: a click leaves the keyboard where it is.
        for button in self._offered.findChildren(QAbstractButton):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.missing.setVisible(pack is None)
        self._offered.setVisible(pack is not None)

    def set_recipe(self, recipe: Recipe) -> None:
        """Show a recipe; emits nothing."""
        self._recipe = recipe
        for key, row in self.rows.items():
            row.set_beyond_range(recipe.beyond_range)
            row.set_value(recipe.get(key))
        for box, on in ((self.lock, recipe.lock), (self.beyond, recipe.beyond_range)):
            with QSignalBlocker(box):
                box.setChecked(on)
        self.anatomy.set_seed(recipe.anatomy_seed)
        self.appearance.set_seed(recipe.appearance_seed)
        self._explain()

    def set_report(self, report: Report | None) -> None:
        """Show what came of the volume that was asked for: on the slider, and in words."""
        row = self.rows.get(VOLUME)
        target = report.target_ml if report is not None and report.synthetic else None
        achieved = report.volumes.ventricular_ml if report is not None and target is not None else None
        if row is not None:
            row.slider.set_achieved(None if achieved is None else row.step_of(achieved))
        self.result.setVisible(target is not None and achieved is not None)
        if report is not None and target is not None and achieved is not None:
            words = self.tr("Asked {0} mL, got {1} mL ({2} mL)")
            if report.draft:
                words = self.tr("Draft: asked {0} mL, drawn {1} mL ({2} mL)")
            self.result.setText(words.format(f"{target:.1f}", f"{achieved:.1f}", signed(achieved - target)))

    def set_live(self, live: bool) -> None:
        """Show whether moved sliders make cases by themselves."""
        with QSignalBlocker(self.live):
            self.live.setChecked(live)

    def _lay_out(self) -> None:
        self._offered = QWidget()
        column = QVBoxLayout(self._offered)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self.body.spacing())
        self._first, self._rest = QVBoxLayout(), QVBoxLayout()
        for rows in (self._first, self._rest):
            rows.setSpacing(self.body.spacing())
        self.body.addWidget(self.missing)
        self.body.addWidget(self._offered)
        column.addLayout(self._first)
        locks = QHBoxLayout()
        locks.addWidget(self.lock)
        locks.addStretch(1)
        locks.addWidget(self.beyond)
        column.addLayout(locks)
        column.addWidget(self.odd)
        column.addWidget(self.anatomy)
        column.addWidget(self.appearance)
        column.addLayout(self._rest)
        last = QHBoxLayout()
        last.addWidget(self.generate, 1)
        last.addWidget(self.live)
        column.addLayout(last)
        column.addWidget(self.result)

    def _known(self) -> Recipe:
        assert self._recipe is not None
        return self._recipe

    def _on_value(self, key: str, value: float | None) -> None:
        self._edit(self._known().with_value(key, value))

    def _on_beyond(self, on: bool) -> None:
        recipe = replace(self._known(), beyond_range=on)
        for key, row in self.rows.items():
            value = recipe.get(key)
            if value is not None:
                low, high = row.control.limits(beyond_range=on)
                recipe = recipe.with_value(key, min(max(value, low), high))
        self.set_recipe(recipe)
        self._edit(recipe)

    def _edit(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._explain()
        self.recipe_edited.emit(recipe)

    def _explain(self) -> None:
        values = [(row.control, self._known().get(key)) for key, row in self.rows.items()]
        reasons = [self._why_odd(control, value) for control, value in values if value is not None]
        self.odd.setText("\n".join(reason for reason in reasons if reason))
        self.odd.setVisible(any(reasons))

    def _why_odd(self, control: Control, value: float) -> str:
        """Why a brain with this value may look odd; "" where it should not."""
        if control.trained(value):
            return ""
        side = self.tr("below") if value < control.low else self.tr("above")
        asked, learnt = f"{value:g} {control.unit}".rstrip(), f"{control.low:g} to {control.high:g} {control.unit}"
        return self.tr(
            "Why this looks odd: {0} of {1} is {2} the {3} that the networks learnt from, so they guess. "
            "Shapes may be ragged and the volume may be missed."
        ).format(asked, control.label.lower(), side, learnt.rstrip())


class _More(QWidget):
    """Rows that are folded away until asked for."""

    def __init__(self, rows: list[ControlRow]) -> None:
        super().__init__()
        self.button = QToolButton()
        self.button.setObjectName("plain")
        self.button.setText(self.tr("More"))
        self.button.setToolTip(self.tr("Show the other controls."))
        self.button.setCheckable(True)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setArrowType(Qt.ArrowType.RightArrow)
        inside = QWidget()
        inside.setVisible(False)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        for row in rows:
            column.addWidget(row)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(2)
        outer.addWidget(self.button)
        outer.addWidget(inside)
        self.button.toggled.connect(inside.setVisible)
        self.button.toggled.connect(
            lambda on: self.button.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        )
