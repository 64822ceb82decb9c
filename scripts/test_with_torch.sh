#!/usr/bin/env bash
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
#
# Tests the Python package on another PyTorch than that of .venv, as users have it: pip install of this tree into a
# fresh environment, compiled for that version, then the tests of the package. Needs the network, 6 GB and some ten minutes.
# Run scripts/bootstrap.sh first.
#
#   scripts/test_with_torch.sh [VERSION]
#
#   VERSION   of torch; default: the newest one that pyproject.toml allows. The environment stays in
#             build-torch-VERSION/, or build-torch-newest/
#   JOBS      (environment) how many tests run at once; the number of processors
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if (($# > 0)); then torch="torch==$1"; else torch=$(grep -oE 'torch>=[0-9.,<>=]+' pyproject.toml); fi
folder=build-torch-${1:-newest}
python=$folder/venv/bin/python

say() { printf 'test_with_torch: %s\n' "$*"; }
quietly() {
  "$@" >"$folder/log.txt" 2>&1 || { cat "$folder/log.txt" >&2; say "failed: $*" >&2; exit 1; }
}

mkdir -p "$folder"
[[ -x "$python" ]] || "${PYTHON:-python3}" -m venv "$folder/venv"
pip=("$python" -m pip install --disable-pip-version-check --no-input --retries 5)

# The requirements of the tests, without those bound to one version of torch; torchvision is chosen to fit.
mapfile -t others < <(grep -E '^(numpy|thop|setuptools|jsonschema|pytest|pandas|timm|hypothesis)' requirements-dev.txt)
say "installing $torch and what the tests take"
quietly "${pip[@]}" --upgrade "$torch" torchvision "${others[@]}"
say "pip install ."
quietly "${pip[@]}" --force-reinstall --no-deps .

"$python" -c 'import torch, flopwatch; print(f"test_with_torch: flopwatch {flopwatch.__version__} on torch {torch.__version__}")'
# The long tests run only on the torch of .venv.
env -u FLOPWATCH_ALL_TESTS OMP_NUM_THREADS=1 "$python" -m pytest --quiet -p no:cacheprovider --disable-warnings \
  --numprocesses "${JOBS:-$(nproc)}" --dist loadfile tests/python/package
