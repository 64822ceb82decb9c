// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "kernel_values.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace standin {
namespace {

auto find(parameter_values const& all, int index) {
  return std::find_if(all.begin(), all.end(), [index](parameter_value const& p) { return p.index == index; });
}

template <class Integer>
std::int64_t read(void const* argument) {
  Integer value = 0;
  std::memcpy(&value, argument, sizeof value);
  return value;
}

}  // namespace

double value_of(metric_value const& value, launch_facts const& launch) {
  if (value.by_number != nullptr) {
    auto const& list = *value.by_number;
    return list[(launch.number - value.first_number) % list.size()];
  }
  if (value.parameter >= 0) {
    auto const found = find(launch.parameters, value.parameter);
    if (found == launch.parameters.end()) return std::numeric_limits<double>::quiet_NaN();
    return value.per_launch * static_cast<double>(found->value);
  }
  return value.per_launch + value.per_thread * static_cast<double>(launch.threads);
}

void read_parameters(kernel_definition const& asked, kernel_definition const& kernel,
                     kernel_definition const& any, void* const* arguments, parameter_values& out) {
  for (auto const& [metric, value] : asked.values) {
    int const index = value.parameter;
    if (index < 0 || find(out, index) != out.end()) continue;
    int bytes = 4;
    for (auto const* definition : {&any, &kernel}) {
      auto const said = definition->parameter_bytes.find(index);
      if (said != definition->parameter_bytes.end()) bytes = said->second;
    }
    auto const* const argument = arguments[index];
    if (argument == nullptr) continue;
    out.push_back({index, bytes == 8 ? read<std::int64_t>(argument) : read<std::int32_t>(argument)});
  }
}

}  // namespace standin
