#!/bin/sh
# Brings the system libraries that Qt needs on Debian and Ubuntu: installs them as root, otherwise
# prints the line to run. Does nothing where they are there, or where the system is another one.
set -eu

[ "$(uname -s)" = Linux ] || exit 0

missing=""
have() { ldconfig -p 2>/dev/null | grep -q "$1"; }
want() { have "$1" || missing="$missing $2"; }

want libEGL.so.1 libegl1
want libGL.so.1 libgl1
want libxkbcommon.so.0 libxkbcommon0
want libfontconfig.so.1 libfontconfig1
want libdbus-1.so.3 libdbus-1-3
fc-list 2>/dev/null | grep -q . || missing="$missing fontconfig fonts-dejavu-core"
if [ -n "${DISPLAY:-}" ]; then
    want libxcb-cursor.so.0 libxcb-cursor0
    want libxcb-icccm.so.4 libxcb-icccm4
    want libxcb-keysyms.so.1 libxcb-keysyms1
    want libxcb-image.so.0 libxcb-image0
    want libxcb-render-util.so.0 libxcb-render-util0
    want libxcb-shape.so.0 libxcb-shape0
    want libxcb-xkb.so.1 libxcb-xkb1
    want libxkbcommon-x11.so.0 libxkbcommon-x11-0
fi
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "Qt needs these libraries (Debian names); install them first:$missing" >&2
    exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "Qt needs a few system libraries. Run this line, then try again:" >&2
    echo "    sudo apt-get update && sudo apt-get install -y$missing" >&2
    exit 1
fi
echo "Installing Qt's system libraries:$missing"
apt-get update -qq
# shellcheck disable=SC2086 - a list of names
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
