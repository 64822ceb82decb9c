// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/seen_formats.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "flopwatch/plan.hpp"

namespace flopwatch::collect {
namespace {

/// In which formats a library can compute the products of an operator of that precision; nullopt: in any.
std::optional<std::vector<std::string_view>> formats_of_products(precision p) {
  switch (p) {
    case precision::fp64:
      return {{"fp64", "int8"}};  // cuBLAS from CUDA 13.0 on can emulate fp64 with int8
    case precision::fp32:
      return {{"tf32", "bf16", "fp16"}};  // and fp32 with bf16; cuDNN can convert
    case precision::fp16:
      return {{"fp16"}};
    case precision::bf16:
      return {{"bf16"}};
    default:
      return std::nullopt;  // quantized work is often done in the format of its scales
  }
}

}  // namespace

void seen_formats::add(detail::operator_row const* call) {
  if (any_ || (call != nullptr && !known_.insert(call).second)) return;
  if (call == nullptr || call->info == nullptr) {
    any_ = true;
    return;
  }
  auto const treatment = call->info->entry.treatment;
  if (treatment == operator_treatment::no_arithmetic) return;
  if (treatment != operator_treatment::counted || call->info->own_rule || !call->counted) {
    any_ = true;
    return;
  }
  if (!call->product) return;
  auto const formats = formats_of_products(call->precision);
  any_ = !formats;
  if (formats) formats_.insert(formats->begin(), formats->end());
}

bool seen_formats::may_count(std::string_view metric) const {
  auto const counted = formats_of(metric);
  return any_ || counted.empty() ||
         std::any_of(counted.begin(), counted.end(), [&](auto f) { return formats_.contains(f); });
}

std::string formats_text(std::vector<std::string> const& metrics) {
  std::set<std::string_view> out;
  for (auto const& metric : metrics) {
    for (auto const format : formats_of(metric)) out.insert(format);
  }
  return fmt::format("{}", fmt::join(out, ", "));
}

}  // namespace flopwatch::collect
