# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Captures of many ranks as a folder of Parquet files, and DuckDB views of it: docs/fleet.md."""
