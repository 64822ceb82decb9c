// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// What flopwatch::meter adds to a training step on the CPU once its count is reused: each metered step is
// paired with a bare one, in changing order, in one process; processor time, one thread.
//
//   bench_meter [PAIRS]
//
// Ends with 1 where a count is not that of a session.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <vector>

#include <torch/torch.h>

#include "flopwatch/torch.hpp"

namespace {

double now_ns() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

double median(std::vector<double> values) {
  auto const middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

torch::nn::TransformerEncoder encoder() {
  auto const layer = torch::nn::TransformerEncoderLayerOptions(256, 4).dim_feedforward(1024);
  return torch::nn::TransformerEncoder(torch::nn::TransformerEncoderOptions(layer, 12));
}

}  // namespace

int main(int argc, char** argv) {
  int const pairs = std::max(5, argc > 1 ? std::atoi(argv[1]) : 41);
  torch::set_num_threads(1);
  torch::manual_seed(0);
  auto model = encoder();
  torch::optim::AdamW optimizer(model->parameters(), torch::optim::AdamWOptions(1e-4));
  auto const x = torch::randn({64, 2, 256});
  auto const train = [&] {
    optimizer.zero_grad();
    model->forward(x).square().mean().backward();
    optimizer.step();
  };
  train();
  flopwatch::session session{{.warmup = 0}};
  auto const total = session.count(train).total();
  auto const expected = total.operator_flops() + total.operator_other_flops;

  flopwatch::meter_options options;
  options.check_budget = 0;
  options.peak = flopwatch::peak::of_all(1e12);
  flopwatch::meter meter{model, options};
  bool right = true;
  std::vector<double> own_ns;  // of the meter's own code alone
  auto const metered = [&] {
    auto const begin = now_ns();
    meter.begin(x);
    auto const signed_at = now_ns();
    train();
    auto const trained_at = now_ns();
    meter.step();
    auto const end = now_ns();
    own_ns.push_back(signed_at - begin + end - trained_at);
    auto const took = end - begin;
    right = right && meter.last()->executed_flops() == expected;
    return took;
  };
  auto const bare = [&] {
    auto const begin = now_ns();
    train();
    return now_ns() - begin;
  };
  std::vector<double> counted{metered(), metered()};
  static_cast<void>(metered());
  own_ns.clear();
  std::mt19937 random(0);
  std::vector<double> ratios;
  std::vector<double> bare_ns;
  for (int i = 0; i < pairs; ++i) {
    bool const first = random() % 2 == 0;
    auto const before = first ? metered() : 0;
    bare_ns.push_back(bare());
    ratios.push_back((first ? before : metered()) / bare_ns.back() - 1);
  }
  auto const step = median(bare_ns);
  double squares = 0;
  for (auto const r : ratios) squares += (r - median(ratios)) * (r - median(ratios));
  auto const error = 1.2533 * std::sqrt(squares / (pairs - 1) / pairs);
  std::printf(
      "12-layer encoder, %d pairs: a bare step %.1f ms, a metered one %+.3f %% (standard error %.3f %%)\n",
      pairs, step / 1e6, 100 * median(ratios), 100 * error);
  std::printf("the meter's own code: %.1f us a step, %.4f %%; a step that is counted: %+.1f %%\n",
              median(own_ns) / 1e3, 100 * median(own_ns) / step, 100 * (counted[1] / step - 1));
  std::printf("counts %s those of a session\n", right ? "are" : "DIFFER from");
  return right ? 0 : 1;
}
