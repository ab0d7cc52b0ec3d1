#!/bin/sh
# Put uv into .tools/ (nothing outside the project is touched).
# Works where pip may not install into the system Python: a venv and pip's --target are both allowed there.
set -eu
python="${PYTHON:-python3}"
version="uv==0.13.8"

if ! command -v "$python" >/dev/null 2>&1; then
    echo "gapsight: no '$python' found. Install Python 3.11 or newer, or name it: make run PYTHON=/path/to/python3" >&2
    exit 3
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "gapsight: '$python' is $("$python" -V 2>&1), 3.11 or newer is needed. Name another: make run PYTHON=python3.12" >&2
    exit 3
fi

rm -rf .tools
mkdir -p .tools/bin
if "$python" -m venv .tools/venv >/dev/null 2>&1; then
    .tools/venv/bin/python -m pip install --quiet --disable-pip-version-check "$version"
    ln -s ../venv/bin/uv .tools/bin/uv
elif "$python" -m pip --version >/dev/null 2>&1; then
    rm -rf .tools/venv
    "$python" -m pip install --quiet --disable-pip-version-check --target .tools/lib "$version"
    ln -s ../lib/bin/uv .tools/bin/uv
else
    rm -rf .tools
    echo "gapsight: '$python' has neither venv nor pip. On Debian or Ubuntu: sudo apt install python3-venv" >&2
    echo "          (or put uv on the PATH yourself), then run the same command again." >&2
    exit 3
fi
