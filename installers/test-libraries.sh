#!/bin/sh
# Brings what some tests drive for real: a fake GigE camera, an RTSP server, a file system in user
# space. As root on Debian and Ubuntu it installs them, otherwise it prints the line to run. Without
# them those tests are skipped, and say what they lack.
set -eu

[ "$(uname -s)" = Linux ] || exit 0

missing=""
want() { dpkg -s "$1" >/dev/null 2>&1 || missing="$missing $1"; }

for package in fuse3 libfuse2 \
    aravis-tools-cli gir1.2-aravis-0.8 libgirepository1.0-dev libcairo2-dev pkg-config gcc \
    python3-dev python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base \
    gstreamer1.0-plugins-good gstreamer1.0-plugins-ugly; do
    want "$package"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" -ne 0 ]; then
    echo "Some tests are skipped. For all of them:" >&2
    echo "    sudo apt-get update && sudo apt-get install -y$missing" >&2
    exit 0
fi
echo "Installing what the tests drive:$missing"
apt-get update -qq
# shellcheck disable=SC2086 - a list of names
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
