"""One control of a model pack as a slider with a number beside it, and the seeds."""

from __future__ import annotations

import random

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from engine.recipe import Control
from gui.panels.cards import label, tool_button
from gui.panels.marked_slider import MarkedSlider, Scale

NUMBER_WIDTH, SEED_WIDTH = 86, 112
LARGEST_SEED = 2**31 - 1
#: A new seed from the dice stays short enough to be read and typed.
LARGEST_THROW = 9999


class WheelGuard(QObject):
    """Keeps the wheel from changing a number that is only passed while the panel is scrolled."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


class ControlRow(QWidget):
    """Slider, number with unit, limits, reset; an optional control can be left free."""

    value_edited = Signal(str, object)  # key, float | None

    def __init__(self, control: Control) -> None:
        super().__init__()
        self.control = control
        self._range = control.low, control.high
        trained = (0, max(1, self.step_of(control.high)))
        self.slider = MarkedSlider(trained, self.step_of(control.default))
        self.number = QDoubleSpinBox()
        self.number.setDecimals(_decimals(control.step))
        self.number.setRange(control.low, control.high)
        self.number.setSingleStep(control.step)
        self.number.setSuffix(f" {control.unit}" if control.unit else "")
        self.number.setKeyboardTracking(False)
        self.number.setFixedWidth(NUMBER_WIDTH)
        self.set = QCheckBox()
        self.set.setVisible(control.optional)
        self.set.setToolTip("Set this value; unticked, it is left free and the model chooses.")
        self.reset = tool_button("reset", f"Back to the default, {control.default:g} {control.unit}".rstrip() + ".")
        self.name = label(control.label)
        for part in (self.name, self.slider, self.number):
            part.setToolTip(control.help)
        guard = WheelGuard(self)
        for part in (self.slider, self.number):
            part.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            part.setAccessibleName(control.label)
            part.installEventFilter(guard)
        self._lay_out()
        self.slider.valueChanged.connect(lambda step: self._edit(control.low + step * control.step))
        self.number.valueChanged.connect(self._edit)
        self.reset.clicked.connect(self._on_reset)
        self.set.toggled.connect(lambda on: self._edit(self.number.value() if on else None))
        self.set_value(None if control.optional else control.default)

    def set_value(self, value: float | None) -> None:
        """Show a value, None for free; emits nothing."""
        for part in (self.slider, self.number, self.set):
            part.blockSignals(True)
        shown = self.control.default if value is None else value
        self.slider.setValue(self.step_of(shown))
        self.number.setValue(shown)
        self.set.setChecked(value is not None)
        for part in (self.slider, self.number):
            part.setEnabled(value is not None or not self.control.optional)
        for part in (self.slider, self.number, self.set):
            part.blockSignals(False)
        start = None if self.control.optional else self.control.default
        self.reset.setEnabled(value != start)

    def set_beyond_range(self, beyond_range: bool) -> None:
        """Let the slider go as far as the pack allows outside its trained range, or no farther than that."""
        low, high = self._range = self.control.limits(beyond_range=beyond_range)
        for part in (self.slider, self.number):
            part.blockSignals(True)
        self.slider.setRange(self.step_of(low), self.step_of(high))
        self.number.setRange(low, high)
        for part in (self.slider, self.number):
            part.blockSignals(False)
        self.scale.set_range(low, high, step=self.control.step, first=self.control.low)

    def _lay_out(self) -> None:
        control, rows = self.control, QVBoxLayout(self)
        rows.setContentsMargins(0, 2, 0, 2)
        rows.setSpacing(1)
        first = QHBoxLayout()
        first.setSpacing(4)
        first.addWidget(self.set)
        # A long name gives way to the number, never the other way round.
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        first.addWidget(self.name, 1)
        first.addWidget(self.reset)
        first.addWidget(self.number)
        self.scale = Scale(self.slider)
        self.scale.set_range(control.low, control.high, step=control.step, first=control.low)
        rows.addLayout(first)
        rows.addWidget(self.slider)
        rows.addWidget(self.scale)

    def step_of(self, value: float) -> int:
        """The slider's step for a value."""
        return round((value - self.control.low) / self.control.step)

    def _edit(self, value: float | None) -> None:
        if value is not None:
            value = min(max(value, self._range[0]), self._range[1])
        self.set_value(value)
        self.value_edited.emit(self.control.key, value)

    def _on_reset(self) -> None:
        self._edit(None if self.control.optional else self.control.default)


class SeedRow(QWidget):
    """A whole number that decides chance, with a dice for another one."""

    seed_edited = Signal(int)

    def __init__(self, name: str, help_text: str) -> None:
        super().__init__()
        self.number = QSpinBox()
        self.number.setMaximum(LARGEST_SEED)
        self.number.setKeyboardTracking(False)
        self.number.setFixedWidth(SEED_WIDTH)
        self.number.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.number.installEventFilter(WheelGuard(self))
        self.dice = tool_button("dice", f"Another {name.lower()} by chance.", "tool")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        title = label(name)
        for part in (title, self.number):
            part.setToolTip(help_text)
        row.addWidget(title, 1)
        row.addWidget(self.dice)
        row.addWidget(self.number)
        self.number.valueChanged.connect(self.seed_edited)
        self.dice.clicked.connect(self.throw)

    def set_seed(self, seed: int) -> None:
        """Show a seed; emits nothing."""
        with QSignalBlocker(self.number):
            self.number.setValue(seed)

    def throw(self) -> None:
        """Another seed by chance."""
        self.number.setValue(another_seed(self.number.value()))


def another_seed(now: int) -> int:
    """A seed by chance that is not this one."""
    return random.choice([seed for seed in range(LARGEST_THROW) if seed != now])


def _decimals(step: float) -> int:
    """How many decimals a step needs to be seen."""
    return next((n for n in range(4) if abs(step * 10**n - round(step * 10**n)) < 1e-9), 4)
