#!/usr/bin/env bash
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
#
# The checks that need no build: formatting, include rules, machine paths, SPDX lines, version, plain words, the types of
# the Python package, and that docs/hardware.md agrees with the evidence and docs/concepts.md with the weights.
# Runs them all, then fails if one of them failed.   scripts/lint.sh [ROOT]
set -uo pipefail

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=${1:-$scripts/..}
failed=0
python3 "$scripts/format.py" --check "$root" || failed=1
python3 "$scripts/lint_includes.py" "$root" || failed=1
python3 "$scripts/lint_tree.py" "$root" || failed=1
python3 "$scripts/lint_words.py" "$root" || failed=1
python3 "$scripts/lint_python.py" "$root" || failed=1
python3 "$scripts/hardware_page.py" --check || failed=1
python3 "$scripts/weights_page.py" --check || failed=1
exit "$failed"
