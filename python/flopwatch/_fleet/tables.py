# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The tables of one reduced capture, as Apache Arrow has them and as Parquet files."""

from __future__ import annotations

import os
from typing import Any

from .._load import native
from .needs import package

NAMES = ("scopes", "kernels", "measured", "operators", "losses", "processes")
"""In the order of writing: a rank is complete once it has its file of processes."""

VERSION_KEY = "flopwatch.schema_version"

Column = tuple[str, str, int, "bytes | None", bytes, "list[str]"]


def arrow(columns: list[Column]) -> Any:
    """A pyarrow table of the columns that the reduction gave, without a copy of their values."""
    pa = package("pyarrow")
    types = {
        "integer": pa.int64(),
        "real": pa.float64(),
        "boolean": pa.bool_(),
        # 128-bit integers: Parquet has no type for them but this, of 38 digits at most.
        "wide": pa.decimal128(38, 0),
        "text": pa.int32(),
    }
    arrays = {}
    for name, kind, length, valid, data, words in columns:
        buffers = [None if valid is None else pa.py_buffer(valid), pa.py_buffer(data)]
        array = pa.Array.from_buffers(types[kind], length, buffers)
        if kind == "text":
            array = pa.DictionaryArray.from_arrays(array, pa.array(words, pa.string()))
        arrays[name] = array
    return pa.table(arrays)


def write(table: Any, path: str) -> None:
    """Writes it whole to the disk."""
    parquet = package("pyarrow.parquet")
    # The types of Arrow are not kept: every engine then reads a text as a text, not as a dictionary.
    with parquet.ParquetWriter(path, table.schema, compression="zstd", store_schema=False) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({VERSION_KEY: str(native.REDUCTION_VERSION)})
    with open(path, "rb") as file:
        os.fsync(file.fileno())
