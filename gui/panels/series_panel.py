"""A growth series: what to make, and the finished one as a film."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from engine.film import MOST_CASES, Film
from engine.pack import ModelPack
from engine.recipe import VOLUME, Recipe
from gui import theme
from gui.panels.cards import Card, label
from gui.panels.controls import NUMBER_WIDTH, WheelGuard

USUAL_ML, USUAL_CASES = (20.0, 120.0), 6
#: Targets of a series that are written out before the rest becomes dots.
WRITTEN = 5


class SeriesPanel(QWidget):
    """Two cards: from, to and how many; and the film with its slider, play and export."""

    series_clicked = Signal(float, float, int)  # first mL, last mL, cases
    open_clicked = Signal()
    frame_picked = Signal(int)
    play_clicked = Signal()
    case_clicked = Signal()
    export_clicked = Signal()
    close_clicked = Signal()

    def __init__(self, pack: ModelPack | None) -> None:
        super().__init__()
        self.growth, self.film = Card(self.tr("Growth series")), Card(self.tr("Film"))
        low, high = _limits(pack)
        guard = WheelGuard(self)
        self.first, self.last = (
            _volume(low, high, min(max(usual, low), high), tip)
            for usual, tip in zip(
                USUAL_ML,
                (self.tr("Ventricular volume of the first case."), self.tr("Ventricular volume of the last case.")),
                strict=True,
            )
        )
        self.cases = QSpinBox()
        self.cases.setRange(2, MOST_CASES)
        self.cases.setValue(USUAL_CASES)
        self.cases.setToolTip(self.tr("How many cases, evenly spaced from the first volume to the last."))
        for part in (self.first, self.last, self.cases):
            part.setKeyboardTracking(False)
            part.setFixedWidth(NUMBER_WIDTH)
            part.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            part.setAccessibleName(part.toolTip())
            part.installEventFilter(guard)
        self.subject, self.targets = label("", "dim"), label("", "dim")
        self.make = QPushButton(self.tr("Make series…"))
        self.make.setObjectName("primary")
        self.make.setToolTip(self.tr("Choose a folder and make every case of the series in it."))
        self.open = QPushButton(self.tr("Open…"))
        self.open.setToolTip(self.tr("Open the folder of a series that was made before."))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setToolTip(self.tr("Which case of the series is shown; arrow keys step."))
        self.slider.setAccessibleName(self.tr("Case of the series"))
        self.slider.setPageStep(1)
        self.play = QPushButton(self.tr("Play"))
        self.play.setToolTip(self.tr("Run the series forth and back, or stop it (Ctrl+Space)."))
        self.caption = label("", "number")
        self.detail = label("", "dim")
        self.take = QPushButton(self.tr("Open this case"))
        self.take.setToolTip(self.tr("Leave the film and open the case that is shown, to measure or correct it."))
        self.export = QPushButton(self.tr("Export GIF…"))
        self.export.setToolTip(self.tr("Save axial, coronal and sagittal slices of every case as an animated picture."))
        self.leave = QPushButton(self.tr("Close film"))
        self.leave.setToolTip(self.tr("Show the case again that was open before."))
        for words in (self.subject, self.targets, self.detail):
            words.setWordWrap(True)
        self._lay_out(pack is not None)
        self._connect()
        self.set_film(None)
        self._show_targets()

    def set_pack(self, pack: ModelPack) -> None:
        """Offer the volumes that this pack was trained for."""
        for part in (self.first, self.last):
            part.setRange(*_limits(pack))

    def set_recipe(self, recipe: Recipe) -> None:
        """Say whose ventricles the series will grow."""
        self.subject.setText(
            self.tr("The subject, guidance and steps are those of Generate: anatomy seed {0}.").format(
                recipe.anatomy_seed
            )
        )

    def set_can(self, *, make: bool) -> None:
        """Whether a series can be made now."""
        self.make.setEnabled(make)

    def set_film(self, film: Film | None) -> None:
        """Offer the cases of a film; None for no film."""
        self.film.setVisible(film is not None)
        if film is not None:
            with QSignalBlocker(self.slider):
                self.slider.setRange(0, len(film.frames) - 1)
            self.detail.setText(str(film.folder))
            self.detail.setToolTip(str(film.folder))

    def set_frame(self, film: Film, index: int) -> None:
        """Say which case is shown; emits nothing."""
        with QSignalBlocker(self.slider):
            self.slider.setValue(index)
        frame = film.frames[index]
        self.caption.setText(
            self.tr("{0} of {1}:  asked {2} mL, got {3} mL").format(
                index + 1, len(film.frames), f"{frame.target_ml:.0f}", f"{frame.achieved_ml:.1f}"
            )
        )

    def set_playing(self, playing: bool) -> None:
        """Offer to stop while it runs, else to play."""
        self.play.setText(self.tr("Stop") if playing else self.tr("Play"))
        self.play.setIcon(theme.icon("stop" if playing else "play"))

    def _lay_out(self, has_pack: bool) -> None:
        form = QGridLayout()
        form.setColumnStretch(0, 1)
        for number, (words, part) in enumerate(
            ((self.tr("From"), self.first), (self.tr("To"), self.last), (self.tr("Cases"), self.cases))
        ):
            form.addWidget(label(words), number, 0)
            form.addWidget(part, number, 1)
        if not has_pack:
            self.subject.setText(self.tr("No model pack is installed, so no series can be made. Series can be opened."))
        self.growth.body.addWidget(self.subject)
        self.growth.body.addLayout(form)
        self.growth.body.addWidget(self.targets)
        self.growth.body.addLayout(_row(self.make, self.open))
        self.film.body.addWidget(self.caption)
        self.film.body.addWidget(self.slider)
        self.film.body.addLayout(_row(self.play, self.export))
        self.film.body.addLayout(_row(self.take, self.leave))
        self.film.body.addWidget(self.detail)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.growth)
        column.addWidget(self.film)
        self.set_playing(False)

    def _connect(self) -> None:
        for part in (self.first, self.last, self.cases):
            part.valueChanged.connect(self._show_targets)
        self.make.clicked.connect(
            lambda: self.series_clicked.emit(self.first.value(), self.last.value(), self.cases.value())
        )
        self.slider.valueChanged.connect(self.frame_picked)
        for button, wish in (
            (self.open, self.open_clicked),
            (self.play, self.play_clicked),
            (self.take, self.case_clicked),
            (self.export, self.export_clicked),
            (self.leave, self.close_clicked),
        ):
            button.clicked.connect(wish)

    def _show_targets(self) -> None:
        first, last, count = self.first.value(), self.last.value(), self.cases.value()
        if first >= last:
            self.targets.setText(self.tr("A series grows: choose a larger volume for the last case."))
            return
        targets = [first + (last - first) * n / (count - 1) for n in range(count)]
        written = [f"{target:.0f}" for target in targets]
        if count > WRITTEN:
            written = [*written[: WRITTEN - 1], "…", written[-1]]
        self.targets.setText(self.tr("{0} mL").format(", ".join(written)))


def _limits(pack: ModelPack | None) -> tuple[float, float]:
    """The volumes in mL that the pack was trained for."""
    control = next((c for c in pack.controls if c.key == VOLUME), None) if pack is not None else None
    return (control.low, control.high) if control is not None else (1.0, 250.0)


def _volume(low: float, high: float, value: float, tip: str) -> QDoubleSpinBox:
    made = QDoubleSpinBox()
    made.setDecimals(0)
    made.setRange(low, high)
    made.setSingleStep(5)
    made.setSuffix(" mL")
    made.setValue(value)
    made.setToolTip(tip)
    return made


def _row(*parts: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(6)
    for part in parts:
        row.addWidget(part, 1)
    return row
