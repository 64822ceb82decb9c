# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""python -m flopwatch.fleet"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .._errors import FlopwatchError
from .export import export


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m flopwatch.fleet", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    adds = commands.add_parser("export", help="add captures, one of each rank, to a folder of Parquet files")
    adds.add_argument("--parquet", metavar="DIR", required=True, help="the folder; it is made where it is missing")
    adds.add_argument("--run", metavar="NAME", help="the name of the run; default: when its first process started")
    adds.add_argument("files", metavar="FILE", nargs="+", help="a capture")
    given = parser.parse_args(words)
    try:
        done = export(given.files, given.parquet, run=given.run)
    except FlopwatchError as refused:
        print(f"flopwatch: {refused}", file=sys.stderr)
        return refused.exit_code
    except OSError as failed:
        print(f"flopwatch: nothing was added to '{given.parquet}': {failed}", file=sys.stderr)
        return 2
    ranks = len(done.ranks)
    print(f"Added {ranks} rank{'' if ranks == 1 else 's'} of run {done.run} to {done.folder}")
    return 0
