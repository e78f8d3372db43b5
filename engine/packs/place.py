"""Where a user's own packs are installed, for the window and the command line alike, so without asking Qt.

The folder is the one Qt calls GenericDataLocation; a file beside the packs says so if the user chose another place.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from engine.errors import OutputError
from engine.io.files import written_beside

#: In the data folder: the path of the folder of packs, if it is not the usual one.
ELSEWHERE = "packs-folder.txt"


def data_folder() -> Path:
    """The user's data folder of VentriSynth; it need not exist yet."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "VentriSynth"


def usual_packs_folder() -> Path:
    """Where packs are installed unless the user chose another place."""
    return data_folder() / "packs"


def packs_folder() -> Path:
    """Where packs are installed; it need not exist yet."""
    try:
        chosen = (data_folder() / ELSEWHERE).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        chosen = ""
    return Path(chosen) if chosen else usual_packs_folder()


def set_packs_folder(folder: Path) -> None:
    """Install and look for packs in ``folder`` from now on; packs are not moved. Raises `OutputError`."""
    note = data_folder() / ELSEWHERE
    try:
        if folder == usual_packs_folder():
            note.unlink(missing_ok=True)
            return
        note.parent.mkdir(parents=True, exist_ok=True)
        with written_beside(note) as path:
            path.write_text(f"{folder}\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(
            f"The folder of packs cannot be remembered ({error.strerror or error}); check {note.parent}."
        ) from error
