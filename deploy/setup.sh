#!/bin/sh
# Makes .venv in the clone from the lock file. Leaves everything in the clone, asks for no root, works twice,
# and works without a network the second time. Prints one clear line when something is missing.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

find_python() {
    for name in python3 python3.13 python3.12 python3.11 python3.14; do
        if command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return 0
        fi
    done
    say "setup: Python 3.11 or newer is needed; on Debian or Ubuntu: sudo apt-get install python3 python3-venv"
    return 1
}

find_uv() {
    if command -v uv >/dev/null 2>&1; then
        command -v uv
        return 0
    fi
    if [ -x .cache/bootstrap/bin/uv ]; then
        printf '%s\n' .cache/bootstrap/bin/uv
        return 0
    fi
    if ! "$1" -c 'import ensurepip, venv' 2>/dev/null; then
        say "setup: this Python has no venv module; on Debian or Ubuntu: sudo apt-get install python3-venv"
        return 1
    fi
    rm -rf .cache/bootstrap
    "$1" -m venv .cache/bootstrap >&2
    if ! .cache/bootstrap/bin/python -m pip install --quiet --disable-pip-version-check uv >.cache/setup.log 2>&1; then
        rm -rf .cache/bootstrap
        say "setup: could not download uv; is there a network? (details: .cache/setup.log)"
        return 1
    fi
    printf '%s\n' .cache/bootstrap/bin/uv
}

mkdir -p .cache
free_kib=$(df -Pk . | awk 'NR == 2 { print $4 }')
if [ "$free_kib" -lt 1048576 ] && [ ! -x .venv/bin/sentinel ]; then
    say "setup: $((free_kib / 1024)) MiB are free here; 1024 MiB are needed for the packages"
    exit 1
fi
python=$(find_python)
uv=$(find_uv "$python")
UV_CACHE_DIR=${UV_CACHE_DIR:-$PWD/.cache/uv}
export UV_CACHE_DIR
sync() { "$uv" "$@" sync --locked --all-extras --python "$python" >.cache/setup.log 2>&1; }
if ! sync && ! sync --system-certs; then
    say "setup: the packages could not be installed; is there a network? (details: .cache/setup.log)"
    exit 1
fi
touch .venv/.ready
