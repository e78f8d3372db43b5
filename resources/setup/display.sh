#!/bin/sh
# Succeed if a window can be opened here; otherwise say so in one sentence.
if [ "$(uname -s)" = Linux ] && [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}${QT_QPA_PLATFORM:-}" ]; then
    echo 'There is no display to open a window on; without one, use the command line: .venv/bin/python main.py generate --help' >&2
    exit 1
fi
