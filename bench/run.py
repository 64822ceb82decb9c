#!/usr/bin/env python3
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the benchmarks of one build and prints what they promise as ratios from this one run.

    bench/run.py [BUILD_FOLDER]
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import time


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

    sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "samples/python"))
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


def python_overhead(build):
    """Runs the benchmarks of the Python package in the build folder; the worse exit status."""
    package = build.resolve() / "python"
    if not list(package.glob("flopwatch/_native.*")):
        print("Python: not measured, the build folder has no Python module")
        return 0
    here = pathlib.Path(__file__).resolve().parent
    ended = [subprocess.run([sys.executable, str(here / name)], check=False,
                            env={**os.environ, "PYTHONPATH": str(package)}).returncode
             for name in ("python_overhead.py", "python_regions.py", "python_meter.py")]
    return max(ended)


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build")
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

    if (tracker := build / "bin" / "bench_tracker").exists():
        result = google_benchmark(tracker, FLOPWATCH_CUPTI=str(build / "standin" / "libcupti.so.13"))
        launch = next(b for b in result["benchmarks"] if b["name"].startswith("tracked_launch"))
        million = next(b for b in result["benchmarks"] if b["name"].startswith("million_launches"))
        print(f"tracker, on the stand-in driver: {launch['added_ns']:.0f} ns added to a launch, callback to stored row, "
              f"where a bare one takes {launch['bare_ns']:.0f} ns")
        print(f"memory added from 10,000 to 1,000,000 tracked launches: {int(million['growth_bytes']):,} bytes")

    if (reading := build / "bin" / "bench_reuse_reading").exists():
        print("a live reading of replay mode reuse, on the stand-in driver:", flush=True)
        subprocess.run([str(reading)], check=False,
                       env={**os.environ, "FLOPWATCH_CUPTI": str(build / "standin" / "libcupti.so.13")})

    if (meter := build / "bin" / "bench_meter").exists():
        print("C++: processor time that flopwatch::meter adds to a training step on the CPU:", flush=True)
        subprocess.run([str(meter)], check=False)

    if (reuse := build / "bin" / "bench_reuse_run").exists():
        print("a simulated training run with reuse, on the stand-in driver:", flush=True)
        subprocess.run([str(reuse)], check=False,
                       env={**os.environ, "FLOPWATCH_CUPTI": str(build / "standin" / "libcupti.so.13")})

    print(flush=True)
    sys.exit(python_overhead(build))


if __name__ == "__main__":
    main()
