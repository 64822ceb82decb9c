#!/usr/bin/env python3
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Times `flopwatch import` of a synthetic trace of 100 MB beside HolisticTraceAnalysis, which reads the same file.

    bench/import_trace.py [BUILD_FOLDER] [MEGABYTES]

Both run in turn, three times each, on the same machine; the ratio is that of the medians. HolisticTraceAnalysis is in
requirements-bench.txt, or comes from PYTHONPATH; without it only the import is timed.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
BOUND_S_OF_100_MB = 4.0
PARSE = """
import sys, time
from hta.common.trace import parse_trace_file
start, before = time.perf_counter(), time.process_time()
parse_trace_file(sys.argv[1])
print(time.perf_counter() - start, time.process_time() - before)
"""


def events(megabytes):
    """Modules with linear layers, their operators, launches and kernels, as torch.profiler writes them: synthetic."""
    written, correlation, now = 0, 0, 1_000_000.0
    shapes = {
        "Input Dims": [[788, 768], [768, 3072]],
        "Input type": ["float", "float"],
        "Concrete Inputs": ["", ""],
        "Input Strides": [[768, 1], [1, 768]],
    }
    while written < megabytes * 1_000_000:
        correlation += 1
        layer = correlation % 48
        args = {"External id": correlation, "Record function id": 0, "Ev Idx": correlation}
        for event in (
            {
                "ph": "X",
                "cat": "python_function",
                "name": f"nn.Module: Linear_{layer}",
                "pid": 1,
                "tid": 1,
                "ts": now,
                "dur": 90.0,
                "args": {"Python id": correlation, "Python parent id": 1, "Python module id": layer},
            },
            {
                "ph": "X",
                "cat": "cpu_op",
                "name": "aten::linear",
                "pid": 1,
                "tid": 1,
                "ts": now + 5,
                "dur": 80.0,
                "args": args | shapes,
            },
            {
                "ph": "X",
                "cat": "cpu_op",
                "name": "aten::mm",
                "pid": 1,
                "tid": 1,
                "ts": now + 10,
                "dur": 60.0,
                "args": args | shapes,
            },
            {
                "ph": "X",
                "cat": "cuda_runtime",
                "name": "cudaLaunchKernel",
                "pid": 1,
                "tid": 1,
                "ts": now + 20,
                "dur": 5.0,
                "args": {"External id": correlation, "cbid": 211, "correlation": correlation},
            },
            {
                "ph": "X",
                "cat": "kernel",
                "name": f"synthetic_gemm_{layer}",
                "pid": 0,
                "tid": 7,
                "ts": now + 300,
                "dur": 50.0,
                "args": {
                    "External id": correlation,
                    "device": 0,
                    "context": 1,
                    "stream": 7,
                    "correlation": correlation,
                    "grid": [24, 7, 1],
                    "block": [128, 1, 1],
                },
            },
            {"ph": "s", "id": correlation, "pid": 1, "tid": 1, "ts": now + 20, "cat": "ac2g", "name": "ac2g"},
            {
                "ph": "f",
                "id": correlation,
                "pid": 0,
                "tid": 7,
                "ts": now + 300,
                "cat": "ac2g",
                "name": "ac2g",
                "bp": "e",
            },
        ):
            text = json.dumps(event)
            written += len(text) + 2
            yield text
        now += 100


def write_trace(path, megabytes):
    with open(path, "w") as out:
        out.write('{"schemaVersion": 1, "deviceProperties": [{"id": 0, "name": "Synthetic GPU"}], "traceEvents": [\n')
        for i, text in enumerate(events(megabytes)):
            out.write((",\n" if i else "") + text)
        out.write("\n]}\n")


def import_seconds(program, trace, capture):
    """Seconds on the clock, and of a processor."""
    start, before = time.perf_counter(), os.times()
    # 5: the trace has no counters, so it has data losses.
    done = subprocess.run([program, "import", trace, "-o", capture], check=False, stdout=subprocess.DEVNULL)
    if done.returncode not in (0, 5):
        sys.exit(f"flopwatch import ended with {done.returncode}")
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - start, used


def hta_seconds(trace):
    """The same of HolisticTraceAnalysis, without its imports; the error where it cannot run."""
    peers = HERE.parent / ".venv/peers/bench"
    done = subprocess.run([sys.executable, "-c", f"import sys; sys.path.insert(0, {str(peers)!r})\n{PARSE}", trace],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return None, done.stderr.strip()[-300:]
    clock, processor = done.stdout.split()[-2:]
    return (float(clock), float(processor)), ""


def main(build="build", megabytes="100"):
    program = str(pathlib.Path(build) / "bin/flopwatch")
    with tempfile.TemporaryDirectory() as folder:
        trace, capture = str(pathlib.Path(folder, "synthetic.json")), str(pathlib.Path(folder, "out.flops"))
        write_trace(trace, int(megabytes))
        ours, theirs, why = [], [], ""
        for _ in range(3):
            ours.append(import_seconds(program, trace, capture))
            seconds, why = hta_seconds(trace)
            if seconds is not None:
                theirs.append(seconds)
    good = True
    for i, what in enumerate(("on the clock", "of a processor")):
        own = statistics.median(s[i] for s in ours)
        print(f"flopwatch import, {megabytes} MB: {own:.2f} s {what}")
        good = good and own <= BOUND_S_OF_100_MB * int(megabytes) / 100
        if theirs:
            other = statistics.median(s[i] for s in theirs)
            print(f"HolisticTraceAnalysis, parsing alone: {other:.2f} s {what}, {other / own:.1f} times as long")
            good = good and own < other
    if not theirs:
        print(f"HolisticTraceAnalysis was not timed: {why}")
    print(f"{'within' if good else 'OVER'} the bound of {BOUND_S_OF_100_MB:g} s for 100 MB, and of the other's time")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
