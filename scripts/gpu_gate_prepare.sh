#!/usr/bin/env bash
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
#
# Fills a folder with the sources of the libraries that flopwatch is built on and with the wheel of thop, for a
# machine with neither their packages nor a network; cmake -DFLOPWATCH_SOURCES=FOLDER builds from it there.
# Runs on Debian or Ubuntu with a network. The sources are those of the packages of that release, as their authors
# released them, without the distribution's patches. Changes only FOLDER, which is complete or absent; quick if it is
# complete already.
#
#   scripts/gpu_gate_prepare.sh [FOLDER]
#
#   FOLDER   gpu-gate-sources in the root of the source tree
set -euo pipefail

packages=(cli11 fmtlib googletest libzstd nlohmann-json3 sqlite3 zlib) # names of source packages
limit=60000000                                                         # bytes: transfers to a GPU machine must stay small

die() {
  printf 'gpu_gate_prepare: %s\n' "$*" >&2
  exit 1
}

if (($# > 1)) || [[ "${1-}" == -* ]]; then
  echo "usage: scripts/gpu_gate_prepare.sh [FOLDER]" >&2
  exit 2
fi
script=$(realpath "${BASH_SOURCE[0]}")
root=$(dirname "$(dirname "$script")")
folder=$(realpath -m -- "${1:-$root/gpu-gate-sources}")
thop=$(grep '^thop==' "$root/requirements-dev.txt") || die "requirements-dev.txt names no version of thop"
made_by="made by scripts/gpu_gate_prepare.sh $({ cat "$script"; echo "$thop"; } | sha256sum | cut -c -16)"

# Prints the number of files in folder $1, and their bytes.
sum_of_files() {
  find "$1" -type f -printf '%s\n' | awk '{ bytes += $1 } END { print NR, bytes + 0 }'
}

finish() {
  local files bytes
  # So that a tree without its history can still name its commit.
  git -C "$root" rev-parse HEAD >"$folder/commit.txt" 2>/dev/null || rm -f "$folder/commit.txt"
  read -r files bytes < <(sum_of_files "$folder")
  echo "gpu_gate_prepare: $folder: $files files, $((bytes / 1000)) kB"
}

if [[ -f "$folder/manifest.txt" ]]; then
  if [[ "$(head -n 1 "$folder/manifest.txt")" == "$made_by" ]]; then
    finish
    exit 0
  fi
elif [[ -e "$folder" ]]; then
  die "$folder has no manifest.txt, so it was not made here: remove it or name another folder"
fi

command -v apt-get >/dev/null || die "this is not Debian or Ubuntu: run it on one, and copy the folder from there"
command -v tclsh >/dev/null || die "SQLite's sources are put together with tclsh: run apt-get install tcl"
if ! command -v make >/dev/null || ! command -v cc >/dev/null; then
  die "SQLite's sources are put together with make and a C compiler: run scripts/bootstrap.sh --core"
fi
python="$root/.venv/bin/python"
[[ -x "$python" ]] || python=python3
"$python" -m pip --version >/dev/null 2>&1 || die "the wheel of thop is fetched with pip: run scripts/bootstrap.sh"

mkdir -p "$(dirname "$folder")"
work=$(mktemp -d "$folder.XXXXXX") # in the same folder, so that the last step is a rename
trap 'rm -rf "$work"' EXIT
made="$work/made" log="$work/log"
mkdir "$made"

# quietly WHAT COMMAND...: shows its output only if it fails.
quietly() {
  local what=$1
  shift
  "$@" >"$log" 2>&1 || { tail -n 30 "$log" >&2; die "$what failed; what it said is above"; }
}

# apt's lists often lack source packages, so apt uses separate lists here.
fetch_packages() {
  mkdir -p "$work"/apt/{parts,lists/partial,cache/archives/partial} "$work/archives"
  local list
  for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [[ -f "$list" ]] || continue
    sed -nE 's/^[[:space:]]*deb([[:space:]])/deb-src\1/p' "$list" >"$work/apt/parts/$(basename "$list")"
  done
  for list in /etc/apt/sources.list.d/*.sources; do
    [[ -f "$list" ]] || continue
    sed -E 's/^Types:.*/Types: deb-src/' "$list" >"$work/apt/parts/$(basename "$list")"
  done
  local apt=(apt-get -qq
    -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$work/apt/parts"
    -o Dir::State::Lists="$work/apt/lists" -o Dir::Cache="$work/apt/cache"
    -o APT::Sandbox::User=root -o Acquire::Retries=3)
  # Not every list has sources, so a failure counts only if a package is missing later; keep the output for that.
  "${apt[@]}" update >"$log" 2>&1 || true
  (cd "$work/archives" && "${apt[@]}" source --download-only --only-source "${packages[@]}") >>"$log" 2>&1 ||
    { tail -n 30 "$log" >&2; die "apt-get did not fetch the sources; what it said is above"; }
}

# The upstream archive of a package; a package can also have others (.orig-www.tar.xz) and signatures.
archive_of() {
  local found=()
  mapfile -t found < <(find "$work/archives" -name "$1_*.orig.tar.*" ! -name '*.asc')
  ((${#found[@]} == 1)) || die "the source package $1 has ${#found[@]} upstream archives instead of one"
  echo "${found[0]}"
}

# note NAME VERSION ARCHIVE: a line of the manifest.
note() {
  printf '%s %s %s %s\n' "$1" "$2" "$(sha256sum "$3" | cut -d ' ' -f 1)" "$(basename "$3")" >>"$made/manifest.txt"
}

# unpack PACKAGE: writes its tree to $work/trees/PACKAGE, and its line to the manifest.
unpack() {
  local archive version
  archive=$(archive_of "$1")
  version=$(basename "$archive")
  version=${version#*_}
  mkdir -p "$work/trees/$1"
  tar -xf "$archive" -C "$work/trees/$1" --strip-components=1
  note "$1" "${version%.orig.tar.*}" "$archive"
}

# keep PACKAGE NAME PATTERN...: copies the matching files of the package's tree and its licence to NAME in the folder.
keep() {
  local tree="$work/trees/$1" kept="$made/$2"
  shift 2
  mkdir "$kept"
  (
    cd "$tree"
    shopt -s nullglob
    # shellcheck disable=SC2068 # the patterns are matched here
    cp -r --parents -- $@ LICENSE* "$kept"
  )
}

put_sqlite_together() (
  cd "$work/trees/sqlite3"
  quietly "SQLite's configure" ./configure --disable-tcl
  quietly "putting SQLite together" make sqlite3.c
)

fetch_thop() {
  quietly "fetching thop with pip" "$python" -m pip download --quiet --disable-pip-version-check --no-input \
    --retries 5 --no-deps --only-binary :all: --dest "$made/wheels" "$thop"
  local wheel
  wheel=$(find "$made/wheels" -name '*.whl')
  note thop "${thop#thop==}" "$wheel"
}

echo "$made_by" >"$made/manifest.txt"
fetch_packages
for package in "${packages[@]}"; do
  unpack "$package"
done
put_sqlite_together
keep cli11 cli11 include
keep fmtlib fmt include src
keep googletest googletest googletest/include googletest/src googlemock/include googlemock/src
keep nlohmann-json3 nlohmann_json include
keep sqlite3 sqlite3 sqlite3.c sqlite3.h
keep zlib zlib '*.[ch]'
keep libzstd zstd lib/zstd.h lib/zstd_errors.h 'lib/common/*.[ch]' 'lib/compress/*.[ch]' 'lib/decompress/*.[ch]'
fetch_thop

read -r _ bytes < <(sum_of_files "$made")
((bytes < limit)) || die "the folder would hold $((bytes / 1000)) kB, and $((limit / 1000)) kB are the most"
rm -rf "$folder"
mv "$made" "$folder"
finish
