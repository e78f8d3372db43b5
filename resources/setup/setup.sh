#!/bin/sh
# Set everything up: the system packages, the virtual environment .venv, and the pinned packages inside it.
#
#   setup.sh PYTHON
#
# An environment that exists is kept and brought in line with the lock file.
set -eu

python=${1:-python3}
cd "$(dirname "$0")/../.."

say() { printf 'VentriSynth set-up: %s\n' "$1" >&2; }

if ! "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
    version=$("$python" --version 2>&1) || version='not there'
    say "Python 3.11, 3.12 or 3.13 is needed, and $python is $version; name another one with: make setup PYTHON=python3.12"
    exit 1
fi

status=0
resources/setup/system-packages.sh "$python" || status=$?
[ "$status" -eq 0 ] || [ "$status" -eq 3 ] || exit "$status"

if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    say "making the virtual environment .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
fi
say 'installing the packages of requirements.lock (a few minutes the first time)'
.venv/bin/python -m pip install --disable-pip-version-check --no-input --requirement requirements.lock
