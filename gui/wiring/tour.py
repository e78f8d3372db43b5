"""The tour's steps, when it is shown, and the sample case."""

from __future__ import annotations

from gui.controller import Controller
from gui.main_window import MainWindow
from gui.questions import Questions
from gui.settings import Settings
from gui.tour import Step, Tour, translated
from resources import resource

#: A small synthetic case that ships with the program.
SAMPLE = resource("sample")


def wire_tour(window: MainWindow, controller: Controller, questions: Questions) -> None:
    """The entries of the Help menu."""
    actions, tour = window.actions_by_name, Tour(window, _steps(window))
    actions["tour"].triggered.connect(tour.start)
    actions["open_sample"].triggered.connect(lambda: questions.unless_unsaved(lambda: controller.open(SAMPLE)))
    window.closed.connect(tour.end)


def offer_tour(window: MainWindow, settings: Settings) -> None:
    """Show the tour at the first start, and never again by itself."""
    tour = window.findChild(Tour)
    if tour is not None and not settings.tour_seen:
        settings.tour_seen = True
        tour.start()


def _steps(window: MainWindow) -> tuple[Step, ...]:
    return (
        Step(
            lambda: window.viewer,
            translated("One brain, four views"),
            translated(
                "Slices from three sides, and the ventricles in 3D. Click to move the crosshair, scroll through the "
                "slices, drag with the right button for contrast, double-click to enlarge. To have something to look "
                "at: Help > Open the sample case."
            ),
        ),
        Step(
            lambda: window.recipe_panel if window.recipe_panel.isVisible() else window.tabs.tabBar(),
            translated("Make a brain"),
            translated(
                "Drag the ventricular volume: a draft follows, and the whole case is made as the slider rests. The "
                "dice rolls another subject."
            ),
        ),
        Step(
            lambda: window.tabs.tabBar(),
            translated("Open a real scan"),
            translated(
                "Drop a NIfTI file or a folder of DICOM files on the window, or press Ctrl+O. Segment then finds its "
                "ventricles. File > About this scan tells whether its header can be trusted."
            ),
        ),
        Step(
            lambda: window.measures_panel,
            translated("Read the volume"),
            translated("The ventricles in mL, the intracranial volume and their ratio."),
        ),
        Step(
            lambda: window.edit_panel,
            translated("Correct it"),
            translated("B takes the brush, [ and ] change its size, Ctrl+Z takes back every step."),
        ),
        Step(
            lambda: window.labels_panel,
            translated("Every structure"),
            translated(
                "Click a name to go there, tick it away to look behind it. That is all: Help > Tour is here "
                "whenever you want it."
            ),
        ),
    )
