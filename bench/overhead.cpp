// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// What counting adds to a forward of the sample's attention block on (1, 4, 768), one thread. Each
// benchmark runs the same steps; bench/run.py sets them against each other and against FlopCounterMode.

#include <sys/resource.h>

#include <benchmark/benchmark.h>

#include "attention/model.hpp"

namespace {

using torch::Tensor;

constexpr int steps = 20;

/// The block as it is written without flopwatch.
struct PlainAttentionImpl : torch::nn::Module {
  PlainAttentionImpl(std::int64_t dim, std::int64_t heads)
      : heads_(heads),
        scale_(1.0 / std::sqrt(static_cast<double>(dim / heads))),
        qkv(register_module("qkv", torch::nn::Linear(torch::nn::LinearOptions(dim, 3 * dim).bias(false)))),
        attn_drop(register_module("attn_drop", torch::nn::Dropout(0.0))),
        proj(register_module("proj", torch::nn::Linear(dim, dim))),
        proj_drop(register_module("proj_drop", torch::nn::Dropout(0.0))) {}

  Tensor forward(Tensor const& x) {
    auto const b = x.size(0);
    auto const n = x.size(1);
    auto const c = x.size(2);
    auto const parts = qkv(x).reshape({b, n, 3, heads_, c / heads_}).permute({2, 0, 3, 1, 4}).unbind(0);
    auto scores = torch::matmul(parts[0], parts[1].transpose(-2, -1)) * scale_;
    scores = attn_drop(torch::softmax(scores, -1));
    auto const y = torch::matmul(scores, parts[2]).transpose(1, 2).reshape({b, n, c});
    return proj_drop(proj(y));
  }

  std::int64_t heads_;
  double scale_;
  torch::nn::Linear qkv;
  torch::nn::Dropout attn_drop;
  torch::nn::Linear proj;
  torch::nn::Dropout proj_drop;
};

Tensor input() { return torch::randn({1, 4, 768}); }

void bare(benchmark::State& state) {
  torch::NoGradGuard const no_grad;
  PlainAttentionImpl model(768, 12);
  auto const x = input();
  for (auto _ : state) {
    for (int i = 0; i < steps; ++i) benchmark::DoNotOptimize(model.forward(x));
  }
}

/// Scoped modules while no session records.
void idle(benchmark::State& state) {
  torch::NoGradGuard const no_grad;
  sample::Attention model(768, 12);
  auto const x = input();
  for (auto _ : state) {
    for (int i = 0; i < steps; ++i) benchmark::DoNotOptimize(model(x));
  }
}

/// A recording session: scopes, operator calls, formula rules.
void counted(benchmark::State& state) {
  torch::NoGradGuard const no_grad;
  sample::Attention model(768, 12);
  auto const x = input();
  flopwatch::session session;
  session.watch(model);
  session.start();
  for (auto _ : state) {
    for (int i = 0; i < steps; ++i) benchmark::DoNotOptimize(model(x));
  }
  benchmark::DoNotOptimize(session.stop());
}

/// The same with the session's start, capture, attribution and comparison inside the time.
void counted_whole(benchmark::State& state) {
  torch::NoGradGuard const no_grad;
  sample::Attention model(768, 12);
  auto const x = input();
  flopwatch::session session;
  session.watch(model);
  for (auto _ : state) {
    session.start();
    for (int i = 0; i < steps; ++i) benchmark::DoNotOptimize(model(x));
    benchmark::DoNotOptimize(session.stop());
  }
}

/// An observer that asks for the inputs, as every observer that counts must, and does nothing.
void inputs_alone(benchmark::State& state) {
  torch::NoGradGuard const no_grad;
  PlainAttentionImpl model(768, 12);
  auto const x = input();
  auto const handle = at::addGlobalCallback(
      at::RecordFunctionCallback([](at::RecordFunction const&) -> std::unique_ptr<at::ObserverContext> {
        return nullptr;
      })
          .needsInputs(true)
          .scopes({at::RecordScope::FUNCTION}));
  for (auto _ : state) {
    for (int i = 0; i < steps; ++i) benchmark::DoNotOptimize(model.forward(x));
  }
  at::removeCallback(handle);
}

/// Dispatcher records of one forward, from an observer of our own.
std::int64_t records_per_forward() {
  static std::int64_t records;
  records = 0;
  torch::NoGradGuard const no_grad;
  PlainAttentionImpl model(768, 12);
  auto const x = input();
  model.forward(x);
  auto const handle = at::addGlobalCallback(
      at::RecordFunctionCallback([](at::RecordFunction const&) -> std::unique_ptr<at::ObserverContext> {
        ++records;
        return nullptr;
      }).scopes({at::RecordScope::FUNCTION}));
  model.forward(x);
  at::removeCallback(handle);
  return records;
}

/// Growth of the peak memory from `few` recorded steps to `many`, in bytes.
std::int64_t memory_growth_bytes(int few, int many) {
  torch::NoGradGuard const no_grad;
  sample::Attention model(768, 12);
  auto const x = input();
  flopwatch::session session;
  session.watch(model);
  session.start();
  auto const peak_bytes = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
  };
  for (int i = 0; i < few; ++i) model(x);
  auto const before = peak_bytes();
  for (int i = few; i < many; ++i) model(x);
  auto const growth = peak_bytes() - before;
  session.stop();
  return growth;
}

BENCHMARK(bare)->Unit(benchmark::kMicrosecond)->UseRealTime();
BENCHMARK(idle)->Unit(benchmark::kMicrosecond)->UseRealTime();
BENCHMARK(inputs_alone)->Unit(benchmark::kMicrosecond)->UseRealTime();
BENCHMARK(counted)->Unit(benchmark::kMicrosecond)->UseRealTime();
BENCHMARK(counted_whole)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace

int main(int argc, char** argv) {
  torch::set_num_threads(1);
  torch::manual_seed(0);
  benchmark::AddCustomContext("steps", std::to_string(steps));
  benchmark::AddCustomContext("records_per_forward", std::to_string(records_per_forward()));
  benchmark::AddCustomContext("memory_growth_bytes", std::to_string(memory_growth_bytes(1'000, 20'000)));
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
