# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""python -m flopwatch.doors"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .._errors import FlopwatchError
from .._result import open_capture
from .figures import COLUMNS, figures_of, printable
from .write import FORMATS, write_figures


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m flopwatch.doors", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    writes = commands.add_parser("export", help="write one capture in the formats of other tools")
    for name in FORMATS:
        writes.add_argument(f"--{name}", metavar="OUT", help="the file to write")
    writes.add_argument("--column", choices=COLUMNS, help="with --folded: which column")
    writes.add_argument("file", metavar="FILE", help="a capture")
    given = parser.parse_args(words)
    wanted = [(name, getattr(given, name)) for name in FORMATS if getattr(given, name) is not None]
    if not wanted:
        parser.error("give one of " + ", ".join(f"--{name} OUT" for name in FORMATS))
    if given.column and given.folded is None:
        parser.error("--column is for --folded")
    try:
        result = open_capture(given.file)
        figures = figures_of(result)
        for name, path in wanted:
            has = write_figures(figures, name, path, given.column)
            print(f"Wrote {printable(path)}: {has}")
        for note in figures.notes:
            print(f"flopwatch: {note}", file=sys.stderr)
    except FlopwatchError as refused:
        print(f"flopwatch: {refused}", file=sys.stderr)
        return refused.exit_code
    except OSError as failed:
        name = printable(str(failed.filename or "the file"))
        print(
            f"flopwatch: '{name}' cannot be written: {failed.strerror}; make its folder or give another path",
            file=sys.stderr,
        )
        return 2
    return 5 if result.lost_data else 0
