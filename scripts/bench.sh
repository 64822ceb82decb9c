#!/usr/bin/env bash
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
#
# Builds the benchmarks and runs them.   scripts/bench.sh [arguments of bench/run.py]
# scripts/bootstrap.sh comes first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cmake --preset dev >/dev/null
cmake --build --preset dev --parallel "${JOBS:-$(nproc)}" --target bench
exec .venv/bin/python bench/run.py "$@"
