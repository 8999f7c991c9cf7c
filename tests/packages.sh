#!/bin/sh
# packages.sh CC "LIBRARIES" PACKAGE... -- makes sure that what the build needs
# is there: installs the packages if it may, prints the line that does if not.
set -u
cc=$1 libraries=$2
shift 2

all_there() {
    for tool in "$cc" ar pkg-config xmllint xsltproc dot; do
        command -v "$tool" >/dev/null 2>&1 || return 1
    done
    # shellcheck disable=SC2086  # a list
    pkg-config --exists $libraries
}

all_there && exit 0
install="apt-get install -y --no-install-recommends $*"
if ! command -v apt-get >/dev/null 2>&1; then
    echo "tc0c needs these Debian packages, or their like: $*" >&2
    exit 1
elif [ "$(id -u)" = 0 ]; then
    as_root=
elif sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    echo "packages are missing; as root, run:  apt-get update && $install" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086  # commands with arguments
if ! $as_root apt-get update || ! $as_root $install; then
    echo "could not install the packages; as root, run:  apt-get update && $install" >&2
    exit 1
fi
all_there || {
    echo "packages are installed, and still something is missing: $cc, ar, pkg-config, xmllint," \
        "xsltproc, dot or one of: $libraries" >&2
    exit 1
}
