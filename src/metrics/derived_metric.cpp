// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "flopwatch/checked.hpp"
#include "flopwatch/metrics.hpp"

namespace flopwatch {
namespace {

constexpr auto all_flops =
    "nvprof's count: 1 for an add or a multiply, 2 for a fused multiply-add, without tensor cores.";
constexpr auto one_instruction = "nvprof's count of these instructions; a fused multiply-add counts as 1.";

std::string counter(char letter, char const* operation) {
  return std::string("sm__sass_thread_inst_executed_op_") + letter + operation + "_pred_on.sum";
}

std::vector<derived_metric> make_all() {
  std::vector<derived_metric> out;
  for (auto const& [name, letter] : {std::pair{"sp", 'f'}, std::pair{"dp", 'd'}, std::pair{"hp", 'h'}}) {
    auto const base = std::string("flop_count_") + name;
    out.push_back({base,
                   {{counter(letter, "add"), 1}, {counter(letter, "mul"), 1}, {counter(letter, "fma"), 2}},
                   all_flops});
    for (auto const* operation : {"add", "mul", "fma"}) {
      out.push_back({base + "_" + operation, {{counter(letter, operation), 1}}, one_instruction});
    }
  }
  return out;
}

}  // namespace

std::vector<derived_metric> const& derived_metrics() {
  static auto const all = make_all();
  return all;
}

derived_metric const* derived_metric_from(std::string_view name) {
  auto const& all = derived_metrics();
  auto const found = std::find_if(all.begin(), all.end(), [&](auto const& d) { return d.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::optional<std::int64_t> value_of(derived_metric const& derived,
                                     std::map<std::string, std::optional<std::int64_t>> const& values) {
  std::int64_t sum = 0;
  for (auto const& term : derived.terms) {
    auto const found = values.find(term.metric);
    if (found == values.end() || !found->second) return std::nullopt;
    sum = checked_add(sum, checked_mul(*found->second, term.weight));
  }
  return sum;
}

}  // namespace flopwatch
