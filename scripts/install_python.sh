#!/usr/bin/env bash
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
#
# Installs the Python package of this tree into .venv, with the module and the program of a build folder. The result is
# that of pip install . without compiling twice. Quick if .venv has them already.
#
#   scripts/install_python.sh [--check] [BUILD]
#
#   --check   install nothing; fail with a message if .venv does not have the package of this tree
#   BUILD     the build folder, with the target flopwatch_python built; default build
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

check=false
build=build
for argument in "$@"; do
  case "$argument" in
    --check) check=true ;;
    -*) echo "install_python: unknown option $argument; usage: scripts/install_python.sh [--check] [BUILD]" >&2; exit 2 ;;
    *) build=$argument ;;
  esac
done
build=$(realpath -- "$build")
python=.venv/bin/python stamp=.venv/.flopwatch-package

[[ -x "$python" ]] || { echo "install_python: there is no .venv: run scripts/bootstrap.sh" >&2; exit 1; }
parts=("$build"/python/flopwatch/_native.*.so "$build/python/flopwatch/_build.py" "$build/bin/flopwatch")
if [[ -f "$build/bin/libflopwatch_inject.so" ]]; then parts+=("$build/bin/libflopwatch_inject.so"); fi
for part in "${parts[@]}"; do
  [[ -f "$part" ]] || { echo "install_python: $part is missing: build the target flopwatch_python" >&2; exit 1; }
done

# A checksum of the contents of the wheel.
wanted=$(
  {
    sha256sum "${parts[@]}" pyproject.toml VERSION README.md LICENSE CMakeLists.txt cmake/PackPrebuilt.cmake
    find python/flopwatch python/flopwatch_pytest -type f ! -name '*.pyc' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
  } | sha256sum
)
installed=$(compgen -G ".venv/lib/python*/site-packages/flopwatch-*.dist-info/RECORD" || true)
if [[ -n "$installed" && -f "$stamp" && "$(<"$stamp")" == "$wanted" ]]; then exit 0; fi
if $check; then
  echo "install_python: the flopwatch in .venv is not that of this tree: run scripts/install_python.sh" >&2
  exit 1
fi

rm -f "$stamp"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
CMAKE_ARGS="-DFLOPWATCH_PREBUILT=$build" "$python" -m pip install --disable-pip-version-check --no-input --no-index \
  --no-build-isolation --no-deps --force-reinstall --no-compile . >"$log" 2>&1 ||
  { cat "$log" >&2; echo "install_python: pip failed; see its output above" >&2; exit 1; }
printf '%s\n' "$wanted" >"$stamp"
