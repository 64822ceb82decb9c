#!/usr/bin/env bash
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
#
# Runs every program of libFuzzer in BUILD/fuzz for SECONDS, two at a time, from the seeds of tests/fuzz and what earlier
# runs found in BUILD/corpus. Prints a line for each; fails if one of them broke, and names the input.
#
#   scripts/fuzz.sh BUILD SECONDS [SEED]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if (($# != 2 && $# != 3)); then
  echo "usage: scripts/fuzz.sh BUILD SECONDS [SEED]" >&2
  exit 2
fi
build=$1 seconds=$2 seed=${3:-0} # 0: another one each time

# fuzz PROGRAM: an input may take 25 s and 4 GB.
fuzz() {
  local name status=0
  name=$(basename "$1" _fuzz)
  local corpus="$build/corpus/$name" findings="$build/findings/$name" log="$build/fuzz/$name.log"
  mkdir -p "$corpus" "$findings"
  "$1" -seed="$seed" -max_total_time="$seconds" -timeout=25 -rss_limit_mb=4096 -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="$findings/" "$corpus" "tests/fuzz/seeds/$name" >"$log" 2>&1 || status=1
  if ((status != 0)); then
    tail -n 60 "$log" >&2
    echo "fuzz: $name: FAILED; the input is in $findings, run it again with $1 FILE" >&2
    return 1
  fi
  echo "fuzz: $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs in $seconds s, nothing found"
}

programs=("$build"/fuzz/*_fuzz)
if [[ ! -x ${programs[0]} ]]; then
  echo "fuzz: there is no program in $build/fuzz; run scripts/test.sh fuzz, which builds them" >&2
  exit 1
fi
failed=0
for ((i = 0; i < ${#programs[@]}; i += 2)); do
  running=()
  for program in "${programs[@]:i:2}"; do
    fuzz "$program" &
    running+=($!)
  done
  for one in "${running[@]}"; do wait "$one" || failed=1; done
done
exit "$failed"
