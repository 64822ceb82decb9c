# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Reduces captures and adds them to a folder: all of them, or none."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass

from .. import _arguments as arguments
from .._errors import CaptureError, UsageError
from .._load import native
from . import tables
from .needs import package

_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")


@dataclass(frozen=True)
class Exported:
    """What an export added."""

    run: str
    ranks: tuple[int, ...]
    folder: str


@dataclass(frozen=True)
class _Reduced:
    """A capture whose tables are in a folder of their own, not yet in their places."""

    file: str
    folder: str
    rank: int
    started_utc: str


def export(
    files: Iterable[str | os.PathLike[str]], folder: str | os.PathLike[str], *, run: str | None = None
) -> Exported:
    """Adds captures, one of each rank, to the Parquet folder. `run`: its name; by default when the first process
    started. Raises UsageError for a rank that is there already or twice, and CaptureError for a file that is no
    capture; then nothing was added."""
    package("pyarrow")
    names = [os.fsdecode(os.fspath(one)) for one in files]
    if not names:
        raise UsageError("an export needs at least one capture")
    if run is not None and not _RUN.fullmatch(arguments.text("run", run)):
        raise UsageError(f"the name of a run has letters, digits and . _ + - alone, and {run!r} has others")
    base = os.fsdecode(os.fspath(folder))
    os.makedirs(base, exist_ok=True)
    beside = tempfile.mkdtemp(prefix=".unfinished-export-", dir=base)  # engines skip names with a dot
    try:
        reduced = [_reduce(name, os.path.join(beside, str(number))) for number, name in enumerate(names)]
        named = run if run is not None else _run_of(reduced)
        _refuse_twice(reduced, base, named)
        for one in reduced:
            _publish(one, base, named)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return Exported(named, tuple(sorted(one.rank for one in reduced)), base)


def _reduce(file: str, folder: str) -> _Reduced:
    pa = package("pyarrow")
    columns = native.reduce_capture(os.fsencode(file))
    os.mkdir(folder)
    made = {name: tables.arrow(columns[name]) for name in tables.NAMES}
    process = made["processes"]
    info = json.loads(process.column("info")[0].as_py())
    for name, value in (("file", file), ("schema_version", native.REDUCTION_VERSION)):
        process = process.append_column(name, pa.array([value]))
    made["processes"] = process
    for name, table in made.items():
        tables.write(table, os.path.join(folder, f"{name}.parquet"))
    started = info.get("started_utc") or info.get("created_utc") or ""
    return _Reduced(file, folder, _rank_of(file, info), started)


def _rank_of(file: str, info: dict[str, str]) -> int:
    text = info.get("rank", "0")
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise CaptureError(f"'{file}' has the rank {text!r}, which is no number; record it again")
    return int(text)


def _run_of(reduced: list[_Reduced]) -> str:
    started = [one.started_utc for one in reduced if one.started_utc]
    name = min(started, default="").replace(":", "")
    if not _RUN.fullmatch(name):
        raise UsageError("the captures do not say when they started; name the run (--run NAME)")
    return name


def _place(base: str, table: str, run: str, rank: int) -> str:
    return os.path.join(base, table, f"run={run}", f"rank={rank}", "part.parquet")


def _refuse_twice(reduced: list[_Reduced], base: str, run: str) -> None:
    first: dict[int, str] = {}
    for one in reduced:
        if one.rank in first:
            raise UsageError(
                f"'{first[one.rank]}' and '{one.file}' are both of rank {one.rank}; export one capture of each rank, "
                "or captures of different runs one by one, each with a name (--run NAME)"
            )
        first[one.rank] = one.file
        if os.path.exists(_place(base, "processes", run, one.rank)):
            raise UsageError(
                f"'{base}' has rank {one.rank} of run {run} already; name another run (--run NAME), or remove "
                f"'{os.path.dirname(_place(base, 'processes', run, one.rank))}' to export the rank again"
            )


def _publish(one: _Reduced, base: str, run: str) -> None:
    for table in tables.NAMES:
        place = _place(base, table, run, one.rank)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.replace(os.path.join(one.folder, f"{table}.parquet"), place)
