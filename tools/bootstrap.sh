#!/usr/bin/env bash
# Make .venv with everything that building, running and testing need. Does nothing when it is there and up to date.
# Needs bash and one of Python 3.13, 3.12, 3.11 (or uv, which fetches one). Honours PYTHON=<interpreter>.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=.venv
started=${STARTED_AT:-$(date +%s)}
say() { printf '%6.1f s  %s\n' "$(awk "BEGIN { print $(date +%s.%N) - $started }")" "$*"; }

# Candidates are run, not only found: a shim on PATH may exist and fail, and Debian ships Python without ensurepip.
usable() {
  "$1" -I -c 'import ensurepip, ssl, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

find_python() {
  local minor candidate
  if [ -n "${PYTHON:-}" ]; then
    usable "$PYTHON" && { echo "$PYTHON"; return; }
    echo "error: PYTHON=$PYTHON is no Python 3.11 to 3.13 with venv and ensurepip" >&2
    return 1
  fi
  for minor in 13 12 11; do
    for candidate in "python3.$minor" "$HOME"/.pyenv/versions/3."$minor"*/bin/python "/usr/bin/python3.$minor" \
      "/usr/local/bin/python3.$minor" "/opt/homebrew/bin/python3.$minor"; do
      usable "$candidate" && { echo "$candidate"; return; }
    done
  done
  usable python3 && { echo python3; return; }
  if command -v uv >/dev/null 2>&1 && uv python install 3.13 >/dev/null 2>&1; then
    candidate=$(uv python find 3.13 2>/dev/null) && usable "$candidate" && { echo "$candidate"; return; }
  fi
  echo "error: no usable Python 3.13, 3.12 or 3.11 was found: install one (Debian: apt install python3 python3-venv) or name it with PYTHON=…" >&2
  return 1
}

wanted=$(cat requirements-dev.txt requirements-sdks.txt layers/billing/requirements.txt | cksum)
if [ -x "$venv/bin/python" ] && "$venv/bin/python" -c '' 2>/dev/null && [ "$(cat "$venv/installed" 2>/dev/null)" = "$wanted" ]; then
  exit 0
fi
python=$(find_python)
say "Python is $python ($("$python" -I -c 'import platform; print(platform.python_version())')); installing into $venv, about a minute the first time"
if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -c '' 2>/dev/null; then
  rm -rf "$venv"
  "$python" -I -m venv "$venv"
fi
log=$venv/install.log
if ! "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --quiet -r requirements-dev.txt >"$log" 2>&1; then
  echo "error: pip could not install requirements-dev.txt: $(grep -i error "$log" | tail -1) (all of it: $log)" >&2
  exit 1
fi
if ! "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --quiet --no-deps -r requirements-sdks.txt >>"$log" 2>&1; then
  echo "error: pip could not install requirements-sdks.txt: $(grep -i error "$log" | tail -1) (all of it: $log)" >&2
  exit 1
fi
printf '%s' "$wanted" >"$venv/installed"
say "installed"
