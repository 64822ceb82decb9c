// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "gpu/cost/timed_kernel.hpp"

#include <memory>

namespace gpu_cost {

using gpu_probes::program;

timed_kernel empty_kernel(gpu_probes::gpu const& device) {
  static constexpr char const* text =
      ".version 6.3\n.target sm_75\n.address_size 64\n.visible .entry cost_empty() { ret; }\n";
  auto const loaded = std::make_shared<known_counts::loaded>(device.its_setting().device, text, 64);
  auto* const function = loaded->function("cost_empty");
  return {"empty",
          [loaded, function] {
            return cuLaunchKernel(function, 1, 1, 1, 32, 1, 1, 0, nullptr, nullptr, nullptr);
          },
          0};
}

timed_kernel long_kernel(gpu_probes::gpu const& device, int trips) {
  auto const kernel = std::make_shared<program>(device, "known_ffma");
  auto grid = kernel->usual();
  grid.trips = trips;
  return {"long", [kernel, grid] { return kernel->launch(grid, nullptr); }, kernel->expected(grid)};
}

timed_kernel product_kernel(gpu_probes::gpu const& device) {
  auto const kernel = std::make_shared<program>(device, "known_mma_bf16");
  return {"product", [kernel] { return kernel->launch(); }, 0,
          device.its_setting().table.flops(kernel->kernel())};
}

}  // namespace gpu_cost
