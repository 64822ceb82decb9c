#!/usr/bin/env python3
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the benchmarks of one build and prints what they promise as ratios from this one run.

    bench/run.py [BUILD_FOLDER]
"""

import json
import pathlib
import statistics
import subprocess
import sys
import time

ROUNDS = 15


def google_benchmark(program, *flags):
    out = subprocess.run([str(program), "--benchmark_format=json", *flags], capture_output=True, text=True,
                         check=True).stdout
    return json.loads(out)


def medians(result):
    times = {}
    for b in result["benchmarks"]:
        if b.get("run_type", "iteration") == "iteration":
            times.setdefault(b["name"], []).append(b["real_time"])
    return {name: statistics.median(values) for name, values in times.items()}


def flop_counter_mode_us(steps):
    """Median time of `steps` forwards of the same block in Python, in microseconds: bare, counted."""
    import torch
    from torch import nn
    from torch.utils.flop_counter import FlopCounterMode

    class Attention(nn.Module):
        def __init__(self, dim, heads):
            super().__init__()
            self.heads, self.scale = heads, (dim // heads) ** -0.5
            self.qkv, self.attn_drop = nn.Linear(dim, 3 * dim, bias=False), nn.Dropout(0.0)
            self.proj, self.proj_drop = nn.Linear(dim, dim), nn.Dropout(0.0)

        def forward(self, x):
            b, n, c = x.shape
            q, k, v = self.qkv(x).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
            scores = self.attn_drop(((q @ k.transpose(-2, -1)) * self.scale).softmax(-1))
            return self.proj_drop(self.proj((scores @ v).transpose(1, 2).reshape(b, n, c)))

    torch.set_num_threads(1)
    model, x = Attention(768, 12), torch.randn(1, 4, 768)

    def run():
        start = time.perf_counter()
        for _ in range(steps):
            model(x)
        return (time.perf_counter() - start) * 1e6

    bare, counted = [], []
    with torch.no_grad():
        run()
        for _ in range(ROUNDS):
            bare.append(run())
            with FlopCounterMode(display=False):
                counted.append(run())
    return statistics.median(bare), statistics.median(counted)


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build")
    result = google_benchmark(build / "bin" / "bench_overhead", f"--benchmark_repetitions={ROUNDS}",
                              "--benchmark_enable_random_interleaving=true", "--benchmark_min_time=0.05")
    context = result["context"]
    steps, records = int(context["steps"]), int(context["records_per_forward"])
    us = {name.split("/")[0]: t for name, t in medians(result).items()}
    calls = steps * records
    added_ns = {name: (t - us["bare"]) * 1000 / calls for name, t in us.items()}

    print(f"attention block, (1, 4, 768), one thread: {records} operator calls a forward, "
          f"{us['bare'] / steps:.1f} us bare")
    print("added for each operator call, median of "
          f"{ROUNDS} interleaved runs of {steps} forwards:")
    print(f"  scoped modules, no session            {added_ns['idle']:8.0f} ns")
    print(f"  an observer that only takes inputs    {added_ns['inputs_alone']:8.0f} ns")
    print(f"  recording session                     {added_ns['counted']:8.0f} ns")
    print(f"  session, capture and attribution      {added_ns['counted_whole']:8.0f} ns")
    bare, counted = flop_counter_mode_us(steps)
    mode_ns = (counted - bare) * 1000 / calls
    print(f"  FlopCounterMode in Python             {mode_ns:8.0f} ns  "
          f"= {mode_ns / added_ns['counted_whole']:.0f} times as much")
    print(f"memory added from 1,000 to 20,000 recorded forwards: {int(context['memory_growth_bytes']):,} bytes")

    reading = medians(google_benchmark(build / "bin" / "bench_reading", "--benchmark_repetitions=7",
                                       "--benchmark_enable_random_interleaving=true"))
    small, large = reading["read/10000"], reading["read/100000"]
    print(f"attribution, comparison and report of synthetic captures: 10,000 operator calls {small:.1f} ms, "
          f"100,000 {large:.1f} ms, {large / small:.2f} times")


if __name__ == "__main__":
    main()
