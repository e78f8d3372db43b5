"""VentriSynth: opens the window, or runs one of the commands that need none."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from engine.arguments import COMMANDS, PROGRAM, window_parser

#: Any of these tells Qt where to draw; with none of them it would end the process without a word.
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


def main(argv: Sequence[str] | None = None) -> int:
    """Run VentriSynth with the arguments ``argv`` (default: those of this process) and give its exit status."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    if arguments and arguments[0] in COMMANDS:
        from engine import cli

        return cli.main(arguments)
    options = window_parser().parse_args(arguments)
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


def _refused(sentence: str) -> int:
    print(f"{PROGRAM}: {sentence}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
