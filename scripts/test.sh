#!/usr/bin/env bash
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
#
# What a change must pass, in stages. Stops at the first stage that fails. Run scripts/bootstrap.sh first.
#
#   scripts/test.sh [--all] [--begin-within SECONDS] [STAGE...]
#
#   STAGE   lint | docs | core | dev (these four when none is named: make test)
#           asan | tsan | tidy | faults | fuzz (these five: make check) | newest
#   FUZZ_SECONDS  (environment) how long stage fuzz runs each program, with another seed each time; default: 30 s with
#                 one and the same seed
#   --all   All stages. clang-tidy checks every file instead of the changed ones, files that include torch too; the tests
#           that take minutes run (FLOPWATCH_ALL_TESTS=1); the Python package is tested on the newest PyTorch.
#   --begin-within SECONDS  Begins no stage later than that, and names those that are left out. The first one runs.
#   JOBS    (environment) number of compilers and tests that run at once; default: the number of processors
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

all=false begin_within=""
stages=()
while (($# > 0)); do
  case "$1" in
    --all) all=true ;;
    --begin-within)
      [[ "${2-}" =~ ^[0-9]+$ ]] || { echo "test: --begin-within needs a number of seconds" >&2; exit 2; }
      begin_within=$2
      shift
      ;;
    lint | docs | core | asan | tidy | tsan | dev | faults | fuzz | newest) stages+=("$1") ;;
    *) echo "test: unknown argument $1; stages: lint docs core asan tidy tsan dev faults fuzz newest" >&2; exit 2 ;;
  esac
  shift
done
if ((${#stages[@]} == 0)); then
  stages=(lint docs core dev)
  if $all; then stages+=(asan tsan tidy faults fuzz newest); fi
fi

jobs=${JOBS:-$(nproc)}
if $all; then export FLOPWATCH_ALL_TESTS=1; fi
passed=0 failed=0 skipped=0

declare -A titles=(
  [lint]="formatting, include rules, SPDX lines, version, types of the Python package"
  [docs]="the documentation site: pages, links, API"
  [core]="the core and the command line build alone, without torch, CUPTI and NVTX"
  [asan]="AddressSanitizer and UBSan"
  [tidy]="clang-tidy"
  [tsan]="ThreadSanitizer"
  [fuzz]="libFuzzer: captures, reports, the command line, text"
  [dev]="everything, with LibTorch"
  [faults]="a counted program while something fails"
  [newest]="the Python package, on the newest PyTorch"
)

# Adds what ctest's closing lines say to the sums.
add_up() {
  local log=$1 bad total
  read -r bad total < <(sed -nE 's/^[0-9]+% tests passed, ([0-9]+) tests? failed out of ([0-9]+)$/\1 \2/p' "$log" | tail -n 1) ||
    { echo "test: ctest gave no summary" >&2; return 1; }
  local not_run
  not_run=$(grep -c '(Skipped)$' "$log" || true)
  failed=$((failed + bad))
  skipped=$((skipped + not_run))
  passed=$((passed + total - bad - not_run))
}

# configure PRESET FOLDER [OPTION...]
configure() {
  local preset=$1 folder=$2
  shift 2
  mkdir -p "$folder"
  cmake --preset "$preset" -B "$folder" "$@" >"$folder/configure.log" 2>&1 || { cat "$folder/configure.log"; return 1; }
}

build() {
  configure "$1" "$2" && cmake --build "$2" --parallel "$jobs"
}

# run_tests PRESET FOLDER [COMMAND...]: COMMAND is put before ctest.
run_tests() {
  local preset=$1 folder=$2 status=0
  shift 2
  local log="$folder/ctest.log"
  "$@" ctest --preset "$preset" --parallel "$jobs" 2>&1 | tee "$log" || status=1
  add_up "$log" || status=1
  return "$status"
}

build_and_test() {
  build "$1" "$2" && run_tests "$@"
}

# The core by itself, in a separate folder; its tests run in the other stages.
core_alone() {
  # What it proves needs no optimisation.
  configure core build-alone -DFLOPWATCH_TESTS=OFF -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS_DEBUG=-O0" && cmake --build build-alone --parallel "$jobs" || return 1
  build-alone/bin/flopwatch demo >build-alone/demo.txt || return 1
  if ldd build-alone/bin/flopwatch | grep -E 'torch|cupti|nvperf|libcuda'; then
    echo "test: the program of the core preset is linked to what the core must not need" >&2
    return 1
  fi
}

# The sanitizers of older compilers do not start where the kernel spreads addresses widely.
fixed_addresses() {
  if setarch "$(uname -m)" --addr-no-randomize true 2>/dev/null; then
    setarch "$(uname -m)" --addr-no-randomize "$@"
  else
    "$@"
  fi
}

run_stage() {
  case "$1" in
    lint) scripts/lint.sh ;;
    docs) scripts/docs.sh ;;
    core) core_alone ;;
    asan)
      # intercept_tls_get_addr: where the TLS block of an opened library happens to begin 16 bytes into a page,
      # LeakSanitizer takes what precedes it for an old glibc's header and reads at a wild address.
      # max_uar_stack_size_log: after each exception the whole fake stack is searched; a small one is searched quickly.
      ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:check_initialization_order=1:strict_init_order=1:intercept_tls_get_addr=0:max_uar_stack_size_log=16 \
        UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 \
        build_and_test asan build-asan fixed_addresses
      ;;
    tidy)
      local options=()
      if $all; then options=(-DFLOPWATCH_TORCH=ON); fi
      configure tidy build-tidy "${options[@]}" && python3 scripts/tidy.py $($all && echo --all) build-tidy
      ;;
    tsan)
      TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1 build_and_test tsan build-tsan fixed_addresses
      ;;
    faults)
      configure dev build && cmake --build build --parallel "$jobs" --target fault_victim file_faults flopwatch standin_cupti &&
        python3 scripts/fault_matrix.py $($all || echo --short) build
      ;;
    fuzz)
      configure fuzz build-fuzz && cmake --build build-fuzz --parallel "$jobs" --target fuzz &&
        if [[ -n "${FUZZ_SECONDS:-}" ]]; then scripts/fuzz.sh build-fuzz "$FUZZ_SECONDS"; else scripts/fuzz.sh build-fuzz 30 1; fi
      ;;
    newest) scripts/test_with_torch.sh ;;
    dev)
      # The Python tests are of the package as it is installed.
      build dev build && scripts/install_python.sh && run_tests dev build && python3 scripts/evidence.py
      ;;
  esac
}

sums() {
  echo "$passed passed, $failed failed$( ((skipped == 0)) || echo ", $skipped skipped")"
}

started=$SECONDS
left_out=()
for stage in "${stages[@]}"; do
  if [[ -n "$begin_within" && "$stage" != "${stages[0]}" ]] && ((SECONDS - started > begin_within)); then
    left_out+=("$stage")
    continue
  fi
  printf '\n== %s: %s\n' "$stage" "${titles[$stage]}"
  stage_started=$SECONDS
  # Called as a condition, so `set -e` is off inside: the functions above return their failures.
  if ! run_stage "$stage"; then
    printf '\nFAILED: stage %s, after %d s; what is wrong is above. Again: scripts/test.sh %s\n' \
      "$stage" $((SECONDS - stage_started)) "$stage"
    sums
    exit 1
  fi
  printf '== %s: good, %d s\n' "$stage" $((SECONDS - stage_started))
done
if ((${#left_out[@]})); then
  printf '\nLEFT OUT, for the time: %s. Run them with: scripts/test.sh %s\n' "${left_out[*]}" "${left_out[*]}"
fi
printf '\nstages good: %d of %d, %d s\n' $((${#stages[@]} - ${#left_out[@]})) ${#stages[@]} $((SECONDS - started))
sums
