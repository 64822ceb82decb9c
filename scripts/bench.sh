#!/usr/bin/env bash
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
#
# Builds the benchmarks and runs them, some minutes.   scripts/bench.sh [arguments of bench/run.py]
# scripts/bootstrap.sh comes first. The counters that flopwatch is timed beside go into a folder of their own, once.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cmake --preset dev >/dev/null
cmake --build --preset dev --parallel "${JOBS:-$(nproc)}" --target bench flopwatch_python

stamp=.venv/.flopwatch-bench
wanted=$(sha256sum <requirements-bench.txt)
if [[ ! -f "$stamp" || "$(<"$stamp")" != "$wanted" ]]; then
  echo "bench: installing requirements-bench.txt into .venv/peers/bench"
  rm -rf .venv/peers/bench
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --retries 5 --no-deps \
    --target .venv/peers/bench --requirement requirements-bench.txt ||
    { echo "bench: pip failed; run it again once the cause above is gone" >&2; exit 1; }
  printf '%s\n' "$wanted" >"$stamp"
fi
exec .venv/bin/python bench/run.py "$@"
