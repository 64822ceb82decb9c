// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// What counting adds to a forward of the sample's attention block on (1, 4, 768) and (1, 4, 48), one thread.
// bench/run.py reads the counters and sets them against FlopCounterMode.

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <random>
#include <sys/resource.h>
#include <vector>

#include <benchmark/benchmark.h>

#include "attention/model.hpp"

namespace {

using torch::Tensor;

constexpr int forwards = 10;  // in one timed piece
// Before each: what starting and ending a session moves out of the caches takes about twenty forwards to
// come back. What a session costs once is a figure of its own.
constexpr int warm_up = 30;
constexpr int small_dim = 48;  // the weights stay in the caches, and so does what counting needs

/// The block as it is written without flopwatch.
struct PlainAttentionImpl : torch::nn::Module {
  PlainAttentionImpl(std::int64_t dim, std::int64_t heads)
      : heads_(heads),
        scale_(1.0 / std::sqrt(static_cast<double>(head_dim(dim, heads)))),
        qkv(register_module("qkv", torch::nn::Linear(torch::nn::LinearOptions(dim, 3 * dim).bias(false)))),
        attn_drop(register_module("attn_drop", torch::nn::Dropout(0.0))),
        proj(register_module("proj", torch::nn::Linear(dim, dim))),
        proj_drop(register_module("proj_drop", torch::nn::Dropout(0.0))) {}

  static std::int64_t head_dim(std::int64_t dim, std::int64_t heads) { return dim / heads; }

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

/// Both blocks read the same memory: where 9 MB of weights happen to lie weighs more than what is timed.
void share_weights(torch::nn::Module const& from, torch::nn::Module& to) {
  auto const weights = from.named_parameters();
  for (auto& item : to.named_parameters()) item.value().set_data(weights[item.key()]);
}

Tensor input(std::int64_t dim = 768) { return torch::randn({1, 4, dim}); }

template <class Forward>
double forward_ns(Forward const& forward) {
  for (int i = 0; i < warm_up; ++i) benchmark::DoNotOptimize(forward());
  auto const start = std::chrono::steady_clock::now();
  for (int i = 0; i < forwards; ++i) benchmark::DoNotOptimize(forward());
  std::chrono::duration<double, std::nano> const took = std::chrono::steady_clock::now() - start;
  return took.count() / forwards;
}

double median(std::vector<double> v) {
  std::nth_element(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2), v.end());
  return v[v.size() / 2];
}

/// An observer that asks for the inputs, as every observer that counts must, and does nothing.
at::CallbackHandle watch_inputs() {
  return at::addGlobalCallback(
      at::RecordFunctionCallback(
          [](at::RecordFunction const&) -> std::unique_ptr<at::ObserverContext> { return nullptr; })
          .needsInputs(true)
          .scopes({at::RecordScope::FUNCTION}));
}

/// Each iteration times the same forwards in four ways, one right after the other, so that what the
/// machine does meanwhile falls on all of them; the counters are medians of the differences.
void added(benchmark::State& state) {
  torch::NoGradGuard const no_grad;
  auto const dim = state.range(0);
  PlainAttentionImpl plain(dim, 12);
  sample::Attention scoped(dim, 12);
  share_weights(plain, *scoped);
  auto const x = input(dim);
  auto const run_plain = [&] { return plain.forward(x); };
  auto const run_scoped = [&] { return scoped(x); };
  auto const run_inputs = [&] {
    auto const handle = watch_inputs();
    auto const ns = forward_ns(run_plain);
    at::removeCallback(handle);
    return ns;
  };
  auto const run_counted = [&] {
    flopwatch::session session;
    session.watch(scoped);
    session.start();
    return forward_ns(run_scoped);
  };
  std::array<std::function<double()>, 4> const ways{
      [&] { return forward_ns(run_plain); }, [&] { return forward_ns(run_scoped); }, run_inputs, run_counted};
  std::array<std::vector<double>, 4> ns;
  std::array<std::size_t, 4> order{0, 1, 2, 3};
  std::mt19937 dice(1);
  for (auto _ : state) {
    // In another order each round, so that none always follows the same one.
    std::shuffle(order.begin(), order.end(), dice);
    for (auto const way : order) ns[way].push_back(ways[way]());
  }
  auto const added_by = [&](std::size_t way) {
    auto difference = ns[way];
    for (std::size_t i = 0; i < difference.size(); ++i) difference[i] -= ns[0][i];
    return median(std::move(difference));
  };
  auto const& bare = ns[0];
  state.counters["bare_ns"] = median(bare);
  state.counters["idle_ns"] = added_by(1);
  state.counters["inputs_ns"] = added_by(2);
  state.counters["counted_ns"] = added_by(3);
}

/// What a session costs once: the module tree, the capture, attribution and comparison of one forward.
void session_once(benchmark::State& state) {
  torch::NoGradGuard const no_grad;
  sample::Attention model(768, 12);
  auto const x = input();
  for (auto _ : state) {
    flopwatch::session session;
    session.watch(model);
    session.start();
    benchmark::DoNotOptimize(model(x));
    benchmark::DoNotOptimize(session.stop());
  }
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

BENCHMARK(added)->Arg(small_dim)->Iterations(400)->Unit(benchmark::kMicrosecond);
BENCHMARK(added)->Arg(768)->Iterations(200)->Unit(benchmark::kMicrosecond);
BENCHMARK(session_once)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace

int main(int argc, char** argv) {
  torch::set_num_threads(1);
  torch::manual_seed(0);
  benchmark::AddCustomContext("records_per_forward", std::to_string(records_per_forward()));
  benchmark::AddCustomContext("memory_growth_bytes", std::to_string(memory_growth_bytes(1'000, 20'000)));
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
