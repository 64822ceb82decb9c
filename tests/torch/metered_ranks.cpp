// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// One rank of a metered job. A library that Python opens, because LibTorch's wheel can make a gloo group from
// Python alone: tests/python/test_meter_ranks.py.
#include <cstdint>
#include <cstdio>
#include <exception>

#include <torch/csrc/distributed/c10d/GroupRegistry.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#include <torch/torch.h>

#include "flopwatch/torch.hpp"
#include "flopwatch/torch/meter_ranks.hpp"

/// \param group name of a process group \param file that gets a line for each interval
/// \returns 0 where it went well
extern "C" int metered_ranks(char const* group, char const* file) {
  try {
    torch::nn::Linear model(torch::nn::LinearOptions(8, 8).bias(false));
    std::int64_t now_ns = 0;
    flopwatch::meter_options options;
    options.peak = flopwatch::peak::of_all(1e6);
    options.every = 2;
    options.check_budget = 0;
    options.clock_ns = [&] { return now_ns; };
    options.sum_ranks = flopwatch::all_reduce(c10d::resolve_process_group(group));
    flopwatch::meter meter(model, options);
    meter.on_interval(flopwatch::meter_json_lines(file));
    auto const x = torch::randn({4 + 4 * meter.rank(), 8});
    for (int step = 0; step < 6; ++step) {
      meter.begin(x);
      model->zero_grad();
      model->forward(x).sum().backward();
      now_ns += 1'000'000'000 * (1 + meter.rank());
      meter.step();
    }
    return meter.ranks() == 2 && meter.total().exact ? 0 : 1;
  } catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 2;
  }
}
