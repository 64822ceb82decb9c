#!/usr/bin/env bash
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
#
# Builds the documentation site in build-docs/site: warnings are errors, and scripts/site/check_site.py looks at what was
# built. The first run installs requirements-docs.txt into build-docs/venv; later ones need no network.
#
#   scripts/docs.sh            build and check
#   scripts/docs.sh --serve    build, and serve the pages on 127.0.0.1:8000 while they are edited
#   PYTHON  (environment) the Python that the environment is made with; python3
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

serve=false
case "${1-}" in
  "") ;;
  --serve) serve=true ;;
  *) echo "docs: unknown argument $1; usage: scripts/docs.sh [--serve]" >&2; exit 2 ;;
esac

venv=build-docs/venv
stamp=$venv/.requirements
wanted=$(sha256sum <requirements-docs.txt)
if [[ ! -x $venv/bin/python || ! -f $stamp || "$(<"$stamp")" != "$wanted" ]]; then
  python=${PYTHON:-python3}
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
    { echo "docs: $python is older than Python 3.10; set PYTHON to a newer one" >&2; exit 1; }
  echo "docs: installing requirements-docs.txt into $venv"
  "$python" -m venv --clear "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --retries 5 \
    --requirement requirements-docs.txt ||
    { echo "docs: pip failed; run it again once the cause above is gone" >&2; exit 1; }
  printf '%s\n' "$wanted" >"$stamp"
fi

export NO_MKDOCS_2_WARNING=1 PYTHONDONTWRITEBYTECODE=1
if $serve; then exec "$venv/bin/python" -m mkdocs serve --dev-addr 127.0.0.1:8000; fi
"$venv/bin/python" -m mkdocs build --quiet --clean
python3 scripts/site/check_site.py build-docs/site
