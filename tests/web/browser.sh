#!/bin/sh
# browser.sh -- installs Chromium if it may; what cannot be had is said, and is no failure
set -u
command -v chromium >/dev/null 2>&1 && command -v python3 >/dev/null 2>&1 && exit 0
if ! command -v apt-get >/dev/null 2>&1; then
    as_root=false
elif [ "$(id -u)" = 0 ]; then
    as_root=
else
    as_root="sudo -n"
fi
export DEBIAN_FRONTEND=noninteractive
install="apt-get install -y -q --no-install-recommends chromium python3"
# shellcheck disable=SC2086  # commands with arguments, or none
$as_root timeout 60 apt-get update >/dev/null 2>&1 &&
    $as_root timeout 240 $install >/dev/null 2>&1 ||
    echo "chromium could not be installed: no page will be opened"
exit 0
