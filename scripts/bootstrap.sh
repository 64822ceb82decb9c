#!/usr/bin/env bash
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
#
# Sets up a Debian 12+ or Ubuntu 22.04+ machine: system packages by apt, Python packages in .venv.
# Installs only what is missing; if nothing is missing, it is quick and prints nothing.
#
#   scripts/bootstrap.sh [--core | --all] [ROOT]
#
#   --core   only what the core and the command line need: no torch, no .venv, no clang-tidy
#   --all    also the libraries whose models only `make test-all` counts
#   ROOT     the source tree to set up; that of this script
#   PYTHON   (environment) the Python to make .venv with; python3
set -euo pipefail

packages=(
  build-essential cmake git ninja-build pkg-config python3
  libcli11-dev libfmt-dev libgmock-dev libgtest-dev libsqlite3-dev libzstd-dev nlohmann-json3-dev zlib1g-dev
)
full_packages=(clang clang-tidy libbenchmark-dev python3-dev python3-venv)

# The browser that opens report pages in tests; they skip, and say so, where it is not.
browser_packages=(chromium chromium-driver)

# libFuzzer and the sanitizers of clang, where the package of clang does not bring them.
runtime_package=libclang-rt-dev

core_only=false all=false
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
for argument in "$@"; do
  case "$argument" in
    --core) core_only=true ;;
    --all) all=true ;;
    -*) echo "bootstrap: unknown option $argument; usage: scripts/bootstrap.sh [--core | --all] [ROOT]" >&2; exit 2 ;;
    *) root=$(cd "$argument" && pwd) ;;
  esac
done
$core_only || packages+=("${full_packages[@]}")

die() {
  printf 'bootstrap: %s\n' "$*" >&2
  exit 1
}

install_system_packages() {
  command -v dpkg-query >/dev/null ||
    die "this is not Debian or Ubuntu; install what these packages hold, then build with cmake: ${packages[*]}"

  local installed missing=() package wanted_runtime=false
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${packages[@]}" "$runtime_package" "${browser_packages[@]}" 2>/dev/null || true)
  for package in "${packages[@]}"; do
    grep -qxF "$package installed" <<<"$installed" || missing+=("$package")
  done
  # Not every release has it, which apt says once its lists are there.
  if ! $core_only && ! grep -qxF "$runtime_package installed" <<<"$installed"; then
    if ((${#missing[@]})) || apt-cache show "$runtime_package" >/dev/null 2>&1; then wanted_runtime=true; fi
  fi
  # Ubuntu's package of that name installs a snap, which needs a running snapd.
  if ! $core_only && [[ "$(. /etc/os-release 2>/dev/null && echo "${ID-}")" == debian ]]; then
    for package in "${browser_packages[@]}"; do
      grep -qxF "$package installed" <<<"$installed" || missing+=("$package")
    done
  fi
  $wanted_runtime || ((${#missing[@]})) || return 0

  local as_root=()
  if ((EUID != 0)); then
    if ! { command -v sudo && sudo -n true; } >/dev/null 2>&1; then
      echo "bootstrap: system packages are missing, and installing them takes root. Run this, then try again:" >&2
      echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]-}$($wanted_runtime && echo " $runtime_package" || true)" >&2
      exit 1
    fi
    as_root=(sudo -n)
  fi
  add_runtime() {
    if $wanted_runtime && apt-cache show "$runtime_package" >/dev/null 2>&1; then missing+=("$runtime_package"); fi
  }
  echo "bootstrap: installing ${missing[*]-}"
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq
             -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Use-Pty=0)
  local log
  log=$(mktemp)
  if ! { "${apt[@]}" update && add_runtime &&
         "${apt[@]}" install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    rm -f "$log"
    die "apt-get failed"
  fi
  rm -f "$log"
}

make_venv() {
  if "$root/.venv/bin/python" -m pip --version >/dev/null 2>&1; then return 0; fi
  local python=${PYTHON:-python3}
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
    die "torch needs Python 3.10 or newer, and $python is older; set PYTHON to a newer one"
  echo "bootstrap: making .venv"
  rm -f "$root"/.venv/bin/python* # otherwise links to a removed Python would be kept
  "$python" -m venv "$root/.venv"
}

# install_requirements FILE STAMP [WHAT [OPTION...]]: installs FILE, with these options of pip, unless .venv/STAMP says
# that this FILE is installed; WHAT describes the download.
install_requirements() {
  local file=$1 stamp="$root/.venv/$2" what=${3-} wanted
  shift $(($# < 3 ? 2 : 3))
  wanted=$(sha256sum <"$root/$file")
  if [[ -x "$root/.venv/bin/python" && -f "$stamp" && "$(<"$stamp")" == "$wanted" ]]; then return 0; fi
  make_venv
  echo "bootstrap: installing $file into .venv${what:+ ($what)}"
  "$root/.venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --retries 5 "$@" \
    --requirement "$root/$file" || die "pip failed; run it again once the cause above is gone"
  printf '%s\n' "$wanted" >"$stamp"
}

install_python_packages() {
  install_requirements requirements-dev.txt .flopwatch-requirements "torch and the CUDA libraries: some gigabytes"
  install_requirements requirements-build.txt .flopwatch-build
  # A reference for tests, whose package has the name of another one: it goes into a separate folder.
  install_requirements requirements-peers.txt .flopwatch-peers "" \
    --no-deps --upgrade --target "$root/.venv/peers/ultralytics-thop"
  # These must not change the torch of .venv.
  install_requirements requirements-doors.txt .flopwatch-doors "150 MB" \
    --no-deps --upgrade --target "$root/.venv/peers/doors"
  ! $all || install_requirements requirements-zoo.txt .flopwatch-zoo "250 MB" \
    --no-deps --upgrade --target "$root/.venv/peers/zoo"
  ! $all || install_requirements requirements-fleet.txt .flopwatch-fleet "90 MB" \
    --no-deps --upgrade --target "$root/.venv/peers/fleet"
  ! $all || install_requirements requirements-meter.txt .flopwatch-meter "90 MB" \
    --no-deps --upgrade --target "$root/.venv/peers/meter"
}

# Tests list the machine code of CUDA kernels; the nvcc of a toolkit also works.
install_cuda_compiler() {
  if command -v nvcc >/dev/null || [[ -x /usr/local/cuda/bin/nvcc ]]; then return 0; fi
  install_requirements requirements-nvcc.txt .flopwatch-nvcc
}

install_system_packages
if ! $core_only; then
  install_python_packages
  install_cuda_compiler
fi
