// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "attribution/tensor_doubt.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <string_view>

#include "attribution/kernel_hints.hpp"

namespace flopwatch::attribution_detail {
namespace {

/// False where the chip that the capture names is known to have none. An unknown chip may have some.
bool may_have_tensor_cores(capture_data const& capture) {
  // Turing's small chips, and all chips before Volta.
  constexpr std::string_view without[] = {"TU116", "TU117", "GP", "GM", "GK"};
  auto const chip = capture.info.find(info_key::chip);
  if (chip == capture.info.end()) return true;
  return std::none_of(std::begin(without), std::end(without),
                      [&](std::string_view w) { return std::string_view(chip->second).starts_with(w); });
}

}  // namespace

bool has_operators(capture_data const& capture) {
  auto const entry = capture.info.find(info_key::operators);
  return entry == capture.info.end() || entry->second != "not collected" || !capture.operator_calls.empty();
}

tensor_doubts::tensor_doubts(capture_data const& capture)
    : operators_(has_operators(capture)), may_have_tensor_cores_(may_have_tensor_cores(capture)) {
  for (auto const& k : capture.kernels) named_.push_back(names_tensor_cores(k.display_name()));
  // Launches do not say which plan their range was counted by, so every plan must have them.
  std::map<std::int64_t, bool> plans;
  for (auto const& g : capture.scope_range_groups) {
    auto& has = plans[g.plan];
    has = has || has_tensor_metric(g.sums);
  }
  in_ranges_ =
      !plans.empty() && std::all_of(plans.begin(), plans.end(), [](auto const& p) { return p.second; });
}

tensor_doubt tensor_doubts::of(launch_group const& g, std::size_t kernel,
                               operator_call_record const* call) const {
  if (g.in_scope_range ? in_ranges_ : has_tensor_metric(g.sums)) return tensor_doubt::no;
  if (started_tensor_work(g.sums)) return tensor_doubt::certain;
  if (call != nullptr) {
    bool const product = call->arithmetic == arithmetic::multiply_add;
    return product && (named_[kernel] || runs_on_tensor_cores(call->precision)) ? tensor_doubt::certain
                                                                                : tensor_doubt::no;
  }
  // Where operators are known, one of them asked for the products of a library's kernel.
  if (!operators_ && named_[kernel]) return tensor_doubt::certain;
  return may_have_tensor_cores_ ? tensor_doubt::possible : tensor_doubt::no;
}

}  // namespace flopwatch::attribution_detail
