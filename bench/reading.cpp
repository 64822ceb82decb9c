// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// Attribution, comparison and report of synthetic captures: ten times the operator calls should cost
// about ten times.

#include <malloc.h>
#include <optional>
#include <string>
#include <utility>

#include <benchmark/benchmark.h>

#include "flopwatch/report.hpp"

namespace {

using namespace flopwatch;

/// A flat model of `blocks` blocks, each with 20 operator calls of distinct shapes in its scope.
capture_data synthetic_capture(std::int64_t blocks) {
  capture_data data;
  data.info[info_key::synthetic] = "yes";
  data.modules.push_back({1, "Net", false, false, true, rule_origin::none, "", 0});
  data.module_paths.push_back({1, 0, "", "", 1});
  data.scopes.push_back({1, 0, "", "Net", 1, 1, phase::forward, 1});
  for (std::int64_t b = 0; b < blocks; ++b) {
    auto const id = b + 2;
    auto const name = "block" + std::to_string(b);
    data.modules.push_back({id, "Linear", true, false, true, rule_origin::thop, "Linear", 64});
    data.module_paths.push_back({id, 1, name, name, id});
    data.scopes.push_back({id, 1, name, "Linear", id, 1, phase::forward, 1});
    data.formula_calls.push_back({id, id, formula_unit::macs, 1, 20 * 1000LL, ""});
    for (std::int64_t o = 0; o < 20; ++o) {
      operator_call_record call;
      call.id = static_cast<std::int64_t>(data.operator_calls.size()) + 1;
      call.scope = id;
      call.name = "aten::mm";
      call.shapes = "[" + std::to_string(o) + ",8] [8,8]";
      call.arithmetic = arithmetic::multiply_add;
      call.precision = precision::fp32;
      call.calls = 1;
      call.total = {1000, 1000, 0};
      data.operator_calls.push_back(std::move(call));
    }
  }
  return data;
}

/// The heap keeps what it has: otherwise every iteration of the large case asks the kernel for fresh pages
/// and gives them back, and that is what would be compared.
bool const heap_kept = mallopt(M_MMAP_THRESHOLD, 1 << 30) == 1 && mallopt(M_TRIM_THRESHOLD, -1) == 1;

void read(benchmark::State& state) {
  if (!heap_kept) state.SkipWithError("the heap cannot be told to keep its memory");
  auto const data = synthetic_capture(state.range(0) / 20);
  for (auto _ : state) {
    state.PauseTiming();
    // Making the capture and giving its memory back are the reader's, not timed.
    std::optional<analysis> result;
    auto copy = data;
    state.ResumeTiming();
    result.emplace(analyse(std::move(copy)));
    benchmark::DoNotOptimize(text_report(*result));
    state.PauseTiming();
    result.reset();
    state.ResumeTiming();
  }
  state.counters["operator_calls"] = static_cast<double>(data.operator_calls.size());
}
BENCHMARK(read)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
