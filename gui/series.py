"""Growth series: which folder one is made in, and what becomes of the finished one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Slot

from engine.errors import BadRecipeError
from engine.film import Film
from engine.series import RECORD, Series, even_targets
from gui.controller import Controller
from gui.dialogs import Dialogs
from gui.film import FilmPlayer
from gui.painting import NAVIGATE
from gui.session import Message, Session
from gui.settings import Settings
from gui.tasks import Jobs, Task

MAKE, OPEN, EXPORT = "Make the series in a new folder", "Open the folder of a series", "Export the film"
GIF = "Animated picture (*.gif)"


class Growth(QObject):
    """Wishes of the series' tab. A finished series is opened as a film; so is what a stopped one has made."""

    def __init__(
        self,
        session: Session,
        controller: Controller,
        settings: Settings,
        dialogs: Dialogs,
        *,
        jobs: Jobs | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._controller = session, controller
        self._settings, self._dialogs, self._jobs = settings, dialogs, jobs or Jobs()
        self.player = FilmPlayer(self)
        self.player.frame_changed.connect(self._show)

    @Slot(float, float, int)
    def make(self, first_ml: float, last_ml: float, cases: int) -> None:
        """Ask for a folder and let the ventricles of the recipe's subject grow in it."""
        pack, recipe = self._controller.pack, self._session.recipe
        if pack is None or recipe is None:
            return
        try:
            targets = even_targets(first_ml, last_ml, cases)
        except BadRecipeError as error:
            self._say(str(error), error=True)
            return
        name = f"series {first_ml:g}-{last_ml:g} mL, anatomy {recipe.anatomy_seed}"
        folder = self._dialogs.folder_to_save(self._settings.folder / name, MAKE)
        if folder is None:
            return
        self._settings.folder = folder.parent
        job = self._jobs.series(pack, recipe, targets, folder, self._controller.device)
        made: list[Series] = []
        task = Task(
            job, f"Series of {cases} cases", made.append, ended=lambda: self._on_ended(folder, made, cases), firm=True
        )
        self.player.open(None)
        self._controller.make(task)

    @Slot()
    def choose(self) -> None:
        """Ask for the folder of a series and open it."""
        folder = self._dialogs.folder_to_open(self._settings.folder, OPEN)
        if folder is not None:
            self._settings.folder = folder.parent
            self.open(folder)

    def open(self, folder: Path) -> None:
        """Open a series as a film."""
        task = Task(self._jobs.open_film(folder), f"Opening {folder.name}", self.player.open, reads=True)
        self._controller.queue_file(task)

    @Slot(object, object)
    def open_instead(self, path: Path, _error: object) -> None:
        """What could not be opened as a case may be a series: the folder was dropped, or chosen as a case's."""
        if (path / RECORD).is_file():
            self._session.set_message(None)
            self.open(path)

    @Slot()
    def export(self) -> None:
        """Ask where the film goes, and write it."""
        film = self.player.film
        if film is None:
            return
        path = self._dialogs.file_to_export(EXPORT, film.folder / f"{film.folder.name}.gif", GIF)
        if path is None:
            return
        if path.suffix.lower() != ".gif":
            path = path.with_name(f"{path.name}.gif")
        job = self._jobs.save_film(film, path, self._session.display.radiological)
        self._controller.queue_file(Task(job, f"Exporting {path.name}", lambda at: self._say(f"Exported as {at}.")))

    @Slot()
    def take(self) -> None:
        """Leave the film and open the case that is shown."""
        film, frame = self.player.film, self.player.frame
        if film is None or frame is None:
            return
        path = film.folder / frame.case.name.removeprefix(f"{film.folder.name}, ")
        self.player.stop()
        self._controller.stop_making()
        self._session.set_case(frame.case, unsaved=False, path=path)
        self._controller.show_recipe_of(frame.case)
        self._controller.measure(frame.case)

    @Slot()
    def close(self) -> None:
        """Show the case again that was open before."""
        self.player.open(None)
        self._session.set_film(None)
        if self._session.case is not None:
            self._controller.measure(self._session.case)

    def _on_ended(self, folder: Path, made: list[Series], wanted: int) -> None:
        self._session.set_draft(None)
        if not made and not (folder / RECORD).is_file():
            return
        if self._session.painting.tool == NAVIGATE and not self._session.edited_by_hand:
            self.open(folder)
        else:
            # Nothing takes the place of a case that is being corrected.
            self._say(f"The series is in {folder}; open it in the Series tab when you like.")
        if not made:
            self._say(f"The series of {wanted} cases was stopped; what was made of it is in {folder}.")

    @Slot(int)
    def _show(self, index: int) -> None:
        film: Film | None = self.player.film
        if film is None:
            return
        frame = film.frames[index]
        words = f"{index + 1} of {len(film.frames)}: {frame.achieved_ml:.0f} mL"
        self._session.set_film((frame.case, words))
        self._controller.measure(frame.case)

    def _say(self, sentence: str, *, error: bool = False) -> None:
        self._session.set_message(Message(sentence, error))
