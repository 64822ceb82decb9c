// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "torch/meter_counted.hpp"

#include <string>

#include <ATen/Context.h>

#include "torch/tf32.hpp"

namespace flopwatch::torch_layer {
namespace {

/// \param calls operator_call_record or read_operator
template <class Calls>
counted_step sum_of(Calls const& calls) {
  counted_step out;
  std::string unsupported;
  for (auto const& call : calls) {
    if (call.status == operator_status::unsupported || call.status == operator_status::partly_counted) {
      auto const name = call.name.substr(0, call.name.find('.'));
      if (unsupported.find(name) == unsupported.npos) unsupported += (unsupported.empty() ? "" : ", ") + name;
    }
    if (call.total == work{}) continue;
    meter_cell cell{call.phase, call.precision, std::string(to_string(call.precision))};
    if (call.total.macs != 0 && call.precision == precision::fp32 && at::globalContext().hasCUDA() &&
        may_use_tf32(call.name.find("conv") != call.name.npos).value_or(false)) {
      cell.peak_format = "tf32";
    }
    out.amounts[cell] += call.total;
  }
  if (!unsupported.empty()) out.reasons.push_back("operators without a whole rule: " + unsupported);
  return out;
}

}  // namespace

counted_step counted_of(result const& counted) {
  auto const& capture = counted.analysis().capture;
  auto out = sum_of(capture.operator_calls);
  for (auto const& loss : capture.losses) {
    if (loss.severity == severity::error) out.reasons.push_back(loss.text);
  }
  if (!counted.exact() && out.reasons.empty()) out.reasons.emplace_back("the operator column is not exact");
  return out;
}

counted_step counted_of(operators_reading const& read) {
  auto out = sum_of(read.operators);
  out.reasons.insert(out.reasons.end(), read.errors.begin(), read.errors.end());
  return out;
}

}  // namespace flopwatch::torch_layer
