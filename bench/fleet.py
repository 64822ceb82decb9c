#!/usr/bin/env python3
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Time and memory of the merge of 2,000 synthetic ranks by DuckDB.

    bench/fleet.py [--ranks N] [--scopes N] [--folder DIR]

Writes a synthetic folder as `flopwatch export --parquet` writes one, without its captures, and merges it in a process
of its own: all sums of all scopes over all ranks. Ends with 1 where a sum is wrong, or where the time or the memory of
that process (with PyTorch, which the package imports) is over the bound.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

import numpy
import pyarrow as pa

from flopwatch._fleet import export, tables

BOUND_S = 60
BOUND_BYTES = 4 * 2**30
RUN = "synthetic"


def wide(values):
    return pa.array(values).cast(pa.decimal128(38, 0))


def same(value, count, kind=None):
    return pa.array([value], kind).take(pa.array(numpy.zeros(count, numpy.int64)))


def words(texts):
    """One text for each scope."""
    return pa.DictionaryArray.from_arrays(pa.array(numpy.arange(len(texts)), pa.int32()), pa.array(texts))


def macs_of(rank, scopes):
    """Made-up products of each scope: 1e15 to 1e16, and each rank has other ones. 2,000 ranks need 128 bits."""
    number = numpy.arange(scopes, dtype=numpy.int64)
    return (number + 1) * 10**12 % 9 * 10**15 + 10**15 + rank * 7 + number


class Made:
    """The tables of one rank; what does not differ between ranks is made once."""

    def __init__(self, scopes):
        self.scopes = scopes
        paths = [""] + [f"layers.{i // 100}.blocks.{i // 10 % 10}.part{i % 10}" for i in range(1, scopes)]
        self.same = {
            "row": pa.array(numpy.arange(scopes)),
            "place": words([path.replace(".", "/") for path in paths]),
            "path": words(paths),
            "phase": words(["forward"]).take(pa.array(numpy.zeros(scopes, numpy.int64))),
            "parent_row": pa.array([None] + [0] * (scopes - 1), pa.int64()),
            "depth": pa.array([0] + [1] * (scopes - 1)),
            "label": words(paths),
            "type": words(["Linear", "LayerNorm"]).take(pa.array(numpy.arange(scopes) % 2)),
            "outside": same(False, scopes),
            "around_root": same(False, scopes),
            "exact": same(True, scopes),
            "calls": same(8, scopes),
            "parameters": same(4096, scopes),
            "ranges_match": same(True, scopes),
        }
        for name in ("formula_rule_macs", "formula_rule_operations"):
            self.same[name] = same(None, scopes, pa.int64())
        for name in ("formula_counted_macs", "formula_counted_operations"):
            self.same[name] = same(0, scopes)
        for name in ("unmeasured_launches", "reused_launches", "launches_in_scope_ranges", "scope_range_launches",
                     "launches_without_tensor_metrics"):
            self.same[name] = same(0, scopes)
        self.same["reuse_bound_flops"] = same(0.0, scopes)

    def lines(self, rank):
        macs = macs_of(rank, self.scopes)
        zero = wide(numpy.zeros(self.scopes, numpy.int64))
        columns = dict(self.same)
        columns["formula_macs"] = pa.array(macs)
        columns["operator_macs"] = columns["operator_useful_macs"] = wide(macs)
        columns["operator_other_flops"] = wide(macs // 100)
        columns["launches"] = pa.array(macs % 1000)
        for part in ("multiply_add", "other", "outside", "range"):
            for end in ("", "_ceiling"):
                columns[f"measured_{part}_flops{end}"] = zero
        for end in ("", "_ceiling"):
            columns[f"measured_multiply_add_flops{end}"] = wide(2 * macs + 2**17)
            columns[f"measured_other_flops{end}"] = wide(macs // 100)
        return pa.table(columns)

    @staticmethod
    def process(rank, ranks):
        return pa.table({
            "host": [f"host{rank // 8}"], "pid": [rank + 1], "gpu": ["a made-up GPU"], "world_size": [ranks],
            "exact": [True], "complete": [True], "synthetic": [True], "measured_collected": [True],
            "started_utc": ["2026-01-31T12:00:00Z"], "schema_version": [1],
        })  # fmt: skip


def write(folder, ranks, scopes):
    made = Made(scopes)
    none = wide([0])
    at_root = {"row": [0], "place": [""], "path": [""], "phase": ["forward"]}
    launches = {"class": ["outside"], "kernel": ["a_kernel"], "launches": [0], "flops": none, "flops_ceiling": none}
    counts = ("runs_in_graphs", "unmeasured_launches", "reused_launches", "launches_without_tensor_metrics")
    small = {
        "kernels": pa.table({**at_root, **launches, **{name: [0] for name in counts}}),
        "measured": pa.table({**at_root, **launches, "metric": ["a.sum"], "precision": ["fp32"], "sum": none}),
        "operators": pa.table({
            **at_root, "operator": ["aten::mm"], "arithmetic": ["multiply_add"], "precision": ["fp32"], "calls": [1],
            "status": ["counted"], "note": [""], "macs": none, "useful_macs": none, "other_flops": none,
        }),
    }  # fmt: skip
    loss = {"kind": ["calls_folded"], "severity": ["note"], "count": [1], "text": ["A made-up note."]}
    small["losses"] = pa.table(loss)
    for rank in range(ranks):
        all_tables = {"scopes": made.lines(rank), **small, "processes": made.process(rank, ranks)}
        for name, table in all_tables.items():
            place = export._place(folder, name, RUN, rank)
            os.makedirs(os.path.dirname(place))
            tables.write(table, place)


def merge(folder):
    """What the process of its own does; prints what it found as JSON."""
    import flopwatch

    import_peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    begin = time.monotonic()
    with flopwatch.fleet.open(folder, memory_limit="2500MB") as fleet:
        fleet.execute("CREATE TEMP TABLE merged AS SELECT * FROM scope_totals")
        seconds = time.monotonic() - begin
        used = resource.getrusage(resource.RUSAGE_SELF)
        sums = fleet.execute(
            "SELECT sum(operator_macs), sum(measured_total_flops), sum(launches), min(ranks), max(ranks), count(*), "
            "bool_and(exact) FROM merged"
        ).fetchone()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    found = {"seconds": seconds, "processor": used.ru_utime + used.ru_stime, "import_peak": import_peak, "peak": peak}
    print(json.dumps({**found, "sums": [str(v) for v in sums]}))


def expected(ranks, scopes):
    macs = total = launches = 0
    for rank in range(ranks):
        of_rank = macs_of(rank, scopes)
        macs += sum(of_rank.tolist())
        total += sum((2 * of_rank + 2**17 + of_rank // 100).tolist())
        launches += int((of_rank % 1000).sum())
    return [str(v) for v in (macs, total, launches, ranks, ranks, scopes, True)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ranks", type=int, default=2000)
    parser.add_argument("--scopes", type=int, default=10000)
    parser.add_argument("--folder", help="keep the synthetic folder, and take it where it is there")
    parser.add_argument("--merge", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.merge:
        merge(given.merge)
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or temporary
        begin = time.monotonic()
        if not os.path.exists(os.path.join(folder, "processes")):
            write(folder, given.ranks, given.scopes)
        written = time.monotonic() - begin
        size = sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(folder) for name in names)
        print(f"{given.ranks:,} synthetic ranks x {given.scopes:,} scopes: {given.ranks * given.scopes:,} lines, "
              f"{size / 2**20:,.0f} MiB, written in {written:.0f} s")
        out = subprocess.run([sys.executable, __file__, "--merge", folder], capture_output=True, text=True, check=True)
        found = json.loads(out.stdout.splitlines()[-1])
    right = found["sums"] == expected(given.ranks, given.scopes)
    fits = found["seconds"] <= BOUND_S and found["peak"] <= BOUND_BYTES
    print(f"merged in {found['seconds']:.1f} s (bound {BOUND_S} s; {found['processor']:.0f} s of processors), "
          f"peak memory {found['peak'] / 2**30:.2f} GiB "
          f"(bound {BOUND_BYTES / 2**30:.0f} GiB; {found['import_peak'] / 2**30:.2f} GiB of it by the imports), "
          f"sums {'right' if right else 'WRONG'}, {'within' if fits else 'OVER'} the bound")
    if not right:
        print(found["sums"], "and not", expected(given.ranks, given.scopes))
    return 0 if right and fits else 1


if __name__ == "__main__":
    sys.exit(main())
