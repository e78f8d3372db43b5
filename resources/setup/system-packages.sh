#!/bin/sh
# Make sure that the Debian or Ubuntu packages which Qt, VTK and Python's venv need are there.
#
#   system-packages.sh [PYTHON]
#
# PYTHON is the interpreter that the virtual environment will be made with; without it, venv is not looked at. Whatever
# is missing is installed if this is root or has passwordless sudo; otherwise the one command to run is printed. Exit
# status: 0 everything is there, 1 nothing can run without what is missing, 3 only the window will miss something.
# VENTRISYNTH_SYSTEM_PACKAGES=skip leaves it all alone, for machines whose libraries come from elsewhere.
set -eu

python=${1:-}

# To draw off screen: the tests, and pictures from the command line.
drawing='libglib2.0-0 libgl1 libegl1 libxkbcommon0 libfontconfig1 libdbus-1-3'
# To open a window on X. Qt names libxcb-cursor0 whichever of these is missing.
window='libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0 libxcursor1'

say() { printf 'VentriSynth set-up: %s\n' "$1" >&2; }

# The packages among "$@" which are not installed, each with a blank before it.
missing() {
    names=
    for package in "$@"; do
        # Newer releases have renamed some libraries with the ending t64 (64-bit time).
        names="$names $package ${package}t64"
    done
    # shellcheck disable=SC2086  # a list of words
    installed=$(dpkg-query --show --showformat='${Package} ${db:Status-Status}\n' $names 2>/dev/null |
        sed -n 's/ installed$//p' | tr '\n' ' ')
    for package in "$@"; do
        case " $installed" in
            *" $package "* | *" ${package}t64 "*) ;;
            *) printf ' %s' "$package" ;;
        esac
    done
}

# The package that `python -m venv` needs, if this Python comes without it.
missing_venv() {
    [ -z "$python" ] || "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        "$python" -c 'import sys; print(" python%d.%d-venv" % sys.version_info[:2], end="")'
}

# apt-get, as root, by the command prefix "$@".
install_missing() {
    say "installing the system packages$absent"
    "$@" apt-get update -qq || say 'the package lists could not be renewed; trying with those that are there'
    # shellcheck disable=SC2086  # a list of words
    "$@" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $absent >&2
}

[ "$(uname -s)" = Linux ] || exit 0
[ "${VENTRISYNTH_SYSTEM_PACKAGES:-}" != skip ] || exit 0
if ! command -v dpkg-query >/dev/null; then
    say "this is not Debian or Ubuntu; if Qt or VTK misses a library, install this system's counterparts of: $drawing $window"
    exit 0
fi

# shellcheck disable=SC2086  # lists of words
essential=$(missing_venv)$(missing $drawing)
# shellcheck disable=SC2086
absent=$essential$(missing $window)
[ -n "$absent" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    install_missing && exit 0
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    install_missing sudo -n && exit 0
fi

say "these system packages are missing; please run: sudo apt-get install --no-install-recommends$absent"
[ -z "$essential" ] || exit 1
say 'going on without them: everything but the window works.'
exit 3
