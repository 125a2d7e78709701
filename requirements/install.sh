#!/usr/bin/env bash
# Makes `.venv` hold exactly what a lock names: `install.sh run|test|bench [PYTHON]`. Does nothing when nothing changed.
set -euo pipefail
cd "$(dirname "$0")/.."
wanted="$1"
given="${2:-}"

fail() { echo "fwselect: $*" >&2; exit 1; }

usable() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    for candidate in $given python3 python3.11 python3.12 python3.13 python3.14 python; do
        if usable "$candidate"; then echo "$candidate"; return; fi
    done
    fail "no Python 3.11 or later found; name one: make run PYTHON=/path/to/python"
}

fingerprint() {
    .venv/bin/python -c 'import hashlib, pathlib, sys
print(sys.version, hashlib.sha256(pathlib.Path(sys.argv[1]).read_bytes()).hexdigest())' "requirements/$1.txt"
}

is_current() { [ -f ".venv/installed-$1" ] && [ "$(cat ".venv/installed-$1")" = "$(fingerprint "$1")" ]; }

if ! usable .venv/bin/python; then
    python="$(find_python)"
    rm -rf .venv
    echo "fwselect: making .venv with $("$python" --version)"
    # A pip of its own would take as long as a quarter of the packages; the finder's pip installs into it.
    "$python" -m venv --without-pip .venv || fail "$python can't make a virtual environment"
fi

is_current "$wanted" && exit 0
if [ "$wanted" = run ] && is_current test; then exit 0; fi

pip=("$(find_python)" -m pip --python .venv/bin/python)
if ! "${pip[@]}" --version >/dev/null 2>&1; then  # none, or older than 22.3
    pip=(.venv/bin/python -m pip)
    "${pip[@]}" --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null 2>&1 \
        || fail "there is no pip: install it, or Python's ensurepip (python3-venv)"
fi
echo "fwselect: installing requirements/$wanted.txt"
"${pip[@]}" install -qq --no-compile --disable-pip-version-check --no-input --require-hashes -r "requirements/$wanted.txt" \
    || fail "the packages of requirements/$wanted.txt could not be installed"
# pip compiles everything on one core; this uses all, and leaves out what no start reads. What fails is compiled when used.
.venv/bin/python -m compileall -q -j 0 -x '/(plotly|tests?)/' .venv/lib >/dev/null 2>&1 || true
fingerprint "$wanted" > ".venv/installed-$wanted"
