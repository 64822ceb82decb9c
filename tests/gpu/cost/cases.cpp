// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "gpu/cost/cases.hpp"

#include <array>
#include <exception>
#include <ostream>

#include "gpu/cost/launch_cost.hpp"
#include "gpu/cost/session_cost.hpp"
#include "gpu/cost/timed_call.hpp"

namespace gpu_cost {
namespace {

using gpu_probes::gpu;
using gpu_probes::json;
using make_kernel = std::function<timed_kernel()>;

/// The default of flopwatch first, the one that takes a second for each Start last.
constexpr std::array<std::size_t, 5> range_numbers{64, 1, 16, 256, 1024};

/// Of a kernel, and the sets that count it: where it has no profiler, a way is timed once.
void add_launches(std::vector<timed_case>& out, gpu const& device, char const* name, make_kernel const& make,
                  std::vector<counted_set> const& sets) {
  for (auto const& way : launch_ways()) {
    for (auto const& set : sets) {
      std::string const begins = std::string("launch.") + name + "." + way.name;
      out.push_back({way.enabled ? begins + "." + set.name : begins,
                     [&device, &way, &set, make] { return launch_cost(device, way, set, make()); }});
      if (!way.enabled) break;
    }
  }
}

/// A short one that the set counts.
timed_kernel counted_kernel(gpu const& device, counted_set const& set) {
  if (set.of_tensor_cores) return product_kernel(device);
  return long_kernel(device, device.its_setting().table.trips);
}

}  // namespace

void print_cases(std::vector<timed_case> const& cases, double limit_s, std::ostream& out) {
  auto const start = clock::now();
  for (auto const& one : cases) {
    json line{{"case", one.name}};
    if (std::chrono::duration<double>(clock::now() - start).count() >= limit_s) {
      line["not_run"] = "no time was left for it";
    } else {
      try {
        line.update(one.run());
      } catch (std::exception const& e) {
        line["not_run"] = e.what();
      }
    }
    out << line.dump(-1, ' ', false, json::error_handler_t::replace) << std::endl;
  }
}

void print_costs(cost_setting const& s, std::ostream& out) {
  gpu const device(s.gpu);
  std::vector<counted_set> const both{instrumented_set(device), hardware_set(device)};
  std::vector<counted_set> const hardware{both[1]};
  std::vector<timed_case> cases;
  add_launches(
      cases, device, "empty", [&] { return empty_kernel(device); }, both);
  add_launches(
      cases, device, "long", [&] { return long_kernel(device, s.long_trips); }, both);
  add_launches(
      cases, device, "product", [&] { return product_kernel(device); }, hardware);
  for (auto const ranges : range_numbers) {
    for (auto const& set : both) {
      cases.push_back({"session." + set.name + "." + std::to_string(ranges), [&, ranges] {
                         return session_cost(device, set, counted_kernel(device, set), ranges);
                       }});
    }
  }
  print_cases(cases, s.limit_s, out);
}

}  // namespace gpu_cost
