#!/usr/bin/env bash
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
#
# Builds and runs the benchmarks, in some minutes.   scripts/bench.sh [arguments of bench/run.py]
# Run scripts/bootstrap.sh first. The counters to compare with are installed once, into a separate folder.
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
    { echo "bench: pip failed; fix the cause above and run it again" >&2; exit 1; }
  printf '%s\n' "$wanted" >"$stamp"
fi
exec .venv/bin/python bench/run.py "$@"
