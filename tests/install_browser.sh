#!/usr/bin/env bash
# A Chromium for the browser tests: best the one without a window, else the system's, by apt where we may, else
# Playwright's own.
set -uo pipefail
cd "$(dirname "$0")/.."

apt_installs() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    echo "fwselect: installing $1 by apt"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$1" fonts-liberation; } >/dev/null 2>&1 </dev/null
}

works() {
    for name in "$@"; do
        "$name" --version >/dev/null 2>&1 && return 0
    done
    return 1
}

playwright_has_one() {
    .venv/bin/python - <<'PYTHON'
import os, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as session:
    sys.exit(not os.path.exists(session.chromium.executable_path))
PYTHON
}

without_window=chromium-headless-shell
any="$without_window chromium chromium-browser google-chrome google-chrome-stable"
works $without_window && exit 0
apt_installs $without_window && works $without_window && exit 0
works $any && exit 0
apt_installs chromium && works $any && exit 0
playwright_has_one && exit 0
echo "fwselect: installing Playwright's Chromium"
.venv/bin/python -m playwright install $([ "$(id -u)" = 0 ] && echo --with-deps) chromium >/dev/null </dev/null && exit 0
echo "fwselect: no Chromium to be had: neither by apt nor from Playwright's installer; the browser tests need one" >&2
exit 1
