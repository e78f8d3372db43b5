"""VentriSynth: opens the window, or runs one of the commands that need none."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from engine.arguments import COMMANDS, PROGRAM, window_parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run VentriSynth with the arguments ``argv`` (default: those of this process) and give its exit status."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    if arguments and arguments[0] in COMMANDS:
        from engine import cli

        return cli.main(arguments)
    options = window_parser().parse_args(arguments)
    for path in options.files:
        if not path.exists():
            print(f"{PROGRAM}: There is no command and no file {path}; see {PROGRAM} --help.", file=sys.stderr)
            return 2
    try:
        from gui.app import run
    except ImportError as error:
        print(
            f"{PROGRAM}: The window cannot be opened because something is not installed ({error}); "
            f"run make setup, or work without a window: {PROGRAM} --help.",
            file=sys.stderr,
        )
        return 2
    return run(options.files, options.pack, options.device)


if __name__ == "__main__":
    sys.exit(main())
