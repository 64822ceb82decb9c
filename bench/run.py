#!/usr/bin/env python3
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the benchmarks of one build, in about half an hour, and holds what is promised against this one run.

    bench/run.py [BUILD_FOLDER]

Ends with 1 where a figure is over its bound: on a machine that does other things at the time, some are.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

from bounds import Bounds

HERE = pathlib.Path(__file__).resolve().parent
MOST_ADDED_NS = 300  # to a launch that is not counted
MOST_SECOND_SESSION = 0.1  # of the first one's start


def google_benchmark(program, *flags, **environment):
    out = subprocess.run([str(program), "--benchmark_format=json", *flags], capture_output=True, text=True,
                         check=True, env={**os.environ, **environment}).stdout
    return json.loads(out)


def medians(result):
    times = {}
    for b in result["benchmarks"]:
        if b.get("run_type", "iteration") == "iteration":
            times.setdefault(b["name"].split("/real_time")[0], []).append(b["real_time"])
    return {name: statistics.median(values) for name, values in times.items()}


def added_by(result, dim):
    return next(b for b in result["benchmarks"] if b["name"].startswith(f"added/{dim}/"))


def flop_counter_mode_ns(forwards, rounds):
    """What FlopCounterMode adds to a forward of the same block in Python, median of paired differences."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    sys.path.append(str(HERE.parent / "samples/python"))
    from attention_model import Attention

    torch.set_num_threads(1)
    model, x = Attention(768, 12), torch.randn(1, 4, 768)

    def run():
        for _ in range(forwards):
            model(x)
        start = time.perf_counter_ns()
        for _ in range(forwards):
            model(x)
        return (time.perf_counter_ns() - start) / forwards

    added = []
    with torch.no_grad():
        for _ in range(rounds):
            bare = run()
            with FlopCounterMode(display=False):
                added.append(run() - bare)
    return statistics.median(added)


def attention_block(build):
    result = google_benchmark(build / "bin" / "bench_overhead")
    context = result["context"]
    records = int(context["records_per_forward"])
    ns, small = ({name: added_by(result, dim)[f"{name}_ns"] / records for name in ("bare", "idle", "inputs", "counted")}
                 for dim in (768, 48))
    mode_ns = flop_counter_mode_ns(forwards=10, rounds=40) / records
    print(f"attention block, (1, 4, 768), one thread: {records} operator calls a forward, {ns['bare']:.0f} ns each bare")
    print("added for each operator call, median of paired differences in this run:")
    print(f"  scoped modules, no session               {ns['idle']:8.0f} ns")
    print(f"  an observer that only takes the inputs   {ns['inputs']:8.0f} ns")
    print(f"  recording session: scopes, counts        {ns['counted']:8.0f} ns")
    print(f"  FlopCounterMode in Python                {mode_ns:8.0f} ns  = {mode_ns / ns['counted']:.0f} times as much")
    print(f"the same with (1, 4, 48), where the weights stay in the caches: inputs {small['inputs']:.0f} ns, "
          f"recording session {small['counted']:.0f} ns")
    print(f"a session once, with its capture, attribution and comparison: {medians(result)['session_once']:.0f} us")
    print(f"memory added from 1,000 to 20,000 recorded forwards: {int(context['memory_growth_bytes']):,} bytes")


def reports(build):
    reading = medians(google_benchmark(build / "bin" / "bench_reading", "--benchmark_repetitions=7",
                                       "--benchmark_enable_random_interleaving=true"))
    small, large = reading["read/10000"], reading["read/100000"]
    print(f"attribution, comparison and report of synthetic captures: 10,000 operator calls {small:.1f} ms, "
          f"100,000 {large:.1f} ms, {large / small:.2f} times")
    merging = google_benchmark(build / "bin" / "bench_merging", "--benchmark_repetitions=3")
    one, ten, hundred = (medians(merging)[f"merge_ranks/{n}"] for n in (1, 10, 100))
    grown = max(b["grown_MiB"] for b in merging["benchmarks"] if b["name"].startswith("merge_ranks/100"))
    print(f"merging synthetic captures of 20,000 launches each: 1 {one:.0f} ms, 10 {ten:.0f} ms, 100 {hundred:.0f} ms, "
          f"{hundred / ten:.2f} times ten; {grown:.0f} MiB of memory added by 100")


def launches(build, standin, bounds):
    if not (tracker := build / "bin" / "bench_tracker").exists():
        return
    found = {b["name"].split("/")[0]: b for b in google_benchmark(tracker, **standin)["benchmarks"]}
    bare = found["tracked_launch"]["bare_ns"]
    print(f"added to a launch on the stand-in driver, where a bare one takes {bare:.0f} ns:")
    print(f"  in the range of its scope, which the stand-in counts: {found['launch_in_a_scope_range']['added_ns']:.0f} ns")
    for what, name in (("listed, from callback to stored row", "tracked_launch"),
                       ("while another stream is captured", "launch_beside_a_capture"),
                       ("of a kernel that waits for others", "launch_of_a_waiting_kernel")):
        bounds.hold(what, found[name]["added_ns"], MOST_ADDED_NS, "ns")
    bounds.hold("second start of a session, of the first", found["second_session"]["second_of_first"],
                MOST_SECOND_SESSION, "times")
    growth = int(found["million_launches"]["growth_bytes"])
    print(f"memory added from 10,000 to 1,000,000 listed launches: {growth:,} bytes")


def programs(build, standin, bounds):
    """Those that hold their own bounds; one that was not built is left out."""
    for what, name in (("a live reading of replay mode reuse, on the stand-in driver", "bench_reuse_reading"),
                       ("C++: processor time that flopwatch::meter adds to a training step on the CPU", "bench_meter"),
                       ("a simulated training run with reuse, on the stand-in driver", "bench_reuse_run"),
                       ("captures of a million launches", "bench_captures"),
                       ("a run of a million launches, on the stand-in driver", "bench_long_run")):
        if (program := build / "bin" / name).exists():
            bounds.program(what, [program], standin)
    for what, name in (("what flopwatch run adds", "injection.py"), ("a trace of 100 MB", "import_trace.py"),
                       ("a page of 10,000 scopes", "html_page.py")):
        bounds.program(what, [sys.executable, HERE / name, build])
    bounds.program("2,000 ranks through DuckDB", [sys.executable, HERE / "fleet.py"],
                   {"PYTHONPATH": str(build / "python")})


def python_package(build, bounds):
    package = build / "python"
    if not list(package.glob("flopwatch/_native.*")):
        print("Python: not measured, the build folder has no Python module")
        return
    for name in ("python_overhead.py", "python_regions.py", "python_meter.py", "audit.py"):
        bounds.program(f"Python: {name}", [sys.executable, HERE / name], {"PYTHONPATH": str(package)})


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build").resolve()
    standin = {"FLOPWATCH_CUPTI": str(build / "standin" / "libcupti.so.13")}
    bounds = Bounds()
    attention_block(build)
    reports(build)
    launches(build, standin, bounds)
    programs(build, standin, bounds)
    python_package(build, bounds)
    return bounds.end()


if __name__ == "__main__":
    sys.exit(main())
