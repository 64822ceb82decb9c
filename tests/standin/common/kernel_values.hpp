// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace standin {

/// An integer that a launch had as a parameter.
struct parameter_value {
  int index = 0;  ///< in kernelParams
  std::int64_t value = 0;
};
using parameter_values = std::vector<parameter_value>;

/// What the value of a metric in one launch can depend on.
struct launch_facts {
  std::uint64_t threads = 0;
  std::uint64_t number = 0;     ///< among the launches of the kernel since the last reset, from 0
  parameter_values parameters;  ///< those that a test asked for
};

/// Of a metric and a kernel: one of three forms.
struct metric_value {
  double per_launch = 0;
  double per_thread = 0;
  int parameter = -1;                                      ///< 0 or more: per_launch is for each unit of it
  std::shared_ptr<std::vector<double> const> by_number{};  ///< in turn, instead of all the others ...
  std::uint64_t first_number = 0;                          ///< ... from this launch on
};

/// NaN where it depends on a parameter that is not known.
[[nodiscard]] double value_of(metric_value const& value, launch_facts const& launch);

/// What the test said about a kernel. Never deleted: functions point to it.
struct kernel_definition {
  std::string name;
  std::map<std::string, metric_value, std::less<>> values;  ///< guarded by control::mutex
  std::map<int, int> parameter_bytes;                       ///< by index; guarded by control::mutex
  std::atomic<unsigned> sleep_us{0};
  std::atomic<void (*)(void*)> action{nullptr};
  std::atomic<void*> action_user{nullptr};
  std::atomic<std::uint64_t> launches{0};
};

/// Adds to `out` what the metrics of `asked` need of a launch. Parameters have the size that `kernel` says,
/// else `any`, else 4 bytes. \param arguments kernelParams, not null
void read_parameters(kernel_definition const& asked, kernel_definition const& kernel,
                     kernel_definition const& any, void* const* arguments, parameter_values& out);

}  // namespace standin
