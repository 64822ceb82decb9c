# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Opens a folder with DuckDB."""

from __future__ import annotations

import glob
import os
from typing import Any

from .. import _arguments as arguments
from .._errors import UsageError
from .._load import native
from .needs import package
from .views import statements


def open_folder(folder: str | os.PathLike[str], *, memory_limit: str | None = None, threads: int | None = None) -> Any:
    """A DuckDB connection, in memory, with the views of the folder (docs/fleet.md). `memory_limit` ("4GB") and
    `threads` are DuckDB's. Raises UsageError for a folder without exported ranks, or of a newer flopwatch."""
    duckdb = package("duckdb")
    base = os.path.abspath(os.fsdecode(os.fspath(folder)))
    if glob.escape(base) != base:
        raise UsageError(f"DuckDB reads * ? [ in the name of a folder as a pattern; rename '{base}'")
    if not glob.glob(os.path.join(base, "processes", "run=*", "rank=*", "part.parquet")):
        raise UsageError(f"'{base}' has no exported rank; fill it with: flopwatch export --parquet '{base}' FILE...")
    settings: dict[str, Any] = {}
    if memory_limit is not None:
        settings["memory_limit"] = arguments.text("memory_limit", memory_limit)
    if threads is not None:
        settings["threads"] = arguments.whole_number("threads", threads, "a number of threads")
    connection = duckdb.connect(config=settings)
    try:
        for statement in statements(base):
            connection.execute(statement)
        _refuse_newer(connection, base)
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_newer(connection: Any, base: str) -> None:
    (newest,) = connection.execute("SELECT max(schema_version) FROM processes").fetchone()
    if newest > native.REDUCTION_VERSION:
        raise UsageError(
            f"'{base}' has tables of version {newest}, and this flopwatch reads version {native.REDUCTION_VERSION}; "
            "update flopwatch"
        )
