"""VentriSynth: opens the window, or runs one of the commands that need none."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.arguments import COMMANDS, PROGRAM, window_parser
from resources import version

if TYPE_CHECKING:
    from engine.case import Case
    from engine.pack import ModelPack

#: Any of these tells Qt where to draw; with none of them it would end the process without a word.
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
#: How a built program asks itself, in another process, whether VTK can draw; see `gui.viewer.probe`.
TRY_DRAWING = "--try-drawing"


def main(argv: Sequence[str] | None = None) -> int:
    """Run VentriSynth with the arguments ``argv`` (default: those of this process) and give its exit status."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    if arguments and arguments[0] in COMMANDS:
        from engine import cli

        return cli.main(arguments)
    if arguments == [TRY_DRAWING]:
        from gui.viewer.trial import draw

        return draw()
    options = window_parser().parse_args(arguments)
    if options.self_test:
        return self_test(options.pack, options.device)
    for path in options.files:
        if not path.exists():
            return _refused(f"There is no command and no file {path}; {PROGRAM} --help says what there is.")
    if sys.platform == "linux" and not any(map(os.environ.get, DISPLAYS)):
        return _refused(f"There is no display to open a window on; without one, see {PROGRAM} generate --help.")
    try:
        from gui.app import run
    except ImportError as error:
        return _refused(f"The window needs something that is not installed ({error}); run make setup.")
    return run(options.files, options.pack, options.device)


def self_test(pack_folder: Path | None, device: str) -> int:
    """Make a case, read it back and open the window off screen; a line on stdout and 0, or a sentence and 1."""
    from engine.errors import as_engine_error
    from engine.packs.command import chosen_pack
    from engine.self_test import try_engine

    try:
        pack = chosen_pack(pack_folder)
        trial = try_engine(pack, device)
        seen = _window_seen(pack, trial.case)
    except Exception as error:  # whatever goes wrong is the result of the test
        print(f"VentriSynth does not work here: {as_engine_error(error)}", file=sys.stderr)
        return 1
    made = f"{pack.name} {pack.version} made a case with ventricles of {trial.ventricular_ml:.1f} mL"
    print(f"VentriSynth {version()} works here: {made}, read back after {trial.seconds:.0f} s; {seen}.", flush=True)
    return 0


def _window_seen(pack: ModelPack, case: Case) -> str:
    try:
        from gui.self_test import draw_without_a_screen, try_window
    except ImportError as error:
        return f"the window was not tried, because something is not installed ({error})"
    draw_without_a_screen()
    return try_window(pack, case)


def _refused(sentence: str) -> int:
    print(f"{PROGRAM}: {sentence}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
