#!/usr/bin/env bash
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
#
# Proves the measured numbers on a GPU, and leaves a folder of evidence. `make gpu-gate` runs it.
#
#   scripts/gpu_gate.sh [--stand-in] [--out FOLDER] [--archive FILE.tar.gz] [--only STAGES] ...     --help lists all
#   make gpu-gate ARGS='--archive FILE.tar.gz'
#
# Needs an NVIDIA GPU, its driver, a CUDA 13 toolkit, CMake, ninja and a python3 with torch, and no network: the
# other sources are in gpu-gate-sources/, which scripts/gpu_gate_prepare.sh fills on a machine with a network.
# Ends with 3 where there is no GPU.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=$root/.venv/bin/python
[[ -x $python ]] || python=python3
exec "$python" "$root/scripts/gate" "$@"
