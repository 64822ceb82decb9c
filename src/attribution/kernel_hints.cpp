// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "attribution/kernel_hints.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "flopwatch/metrics.hpp"
#include "metrics/instruction_name.hpp"

namespace flopwatch::attribution_detail {
namespace {

template <std::size_t N>
bool holds_one(std::string_view kernel, std::array<std::string_view, N> const& parts) {
  std::string lower(kernel);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char ch) { return static_cast<char>(std::tolower(ch)); });
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return lower.find(part) != std::string::npos; });
}

}  // namespace

bool names_tensor_cores(std::string_view kernel) {
  // "884", "1688", "16816" are shapes of tensor-core instructions in the names of cuBLAS kernels.
  static constexpr std::array<std::string_view, 13> parts{"hmma",   "imma",     "dmma",  "gmma",   "qgmma",
                                                          "utcmma", "tensorop", "s1688", "s16816", "h16816",
                                                          "s884",   "h884",     "tf32"};
  return holds_one(kernel, parts);
}

bool names_fft_or_winograd(std::string_view kernel) {
  static constexpr std::array<std::string_view, 3> parts{"fft", "winograd", "cgemm"};
  return holds_one(kernel, parts);
}

bool runs_on_tensor_cores(precision p) {
  return p == precision::fp16 || p == precision::bf16 || p == precision::tf32 || p == precision::fp8 ||
         p == precision::fp4 || p == precision::int8;
}

bool started_tensor_work(metric_sums const& sums) {
  return std::any_of(sums.begin(), sums.end(), [](auto const& sum) {
    return sum.second.value_or(0) > 0 && metrics::starts_tensor_work(sum.first);
  });
}

bool has_tensor_metric(metric_sums const& sums) {
  return std::any_of(sums.begin(), sums.end(), [](auto const& sum) {
    auto const w = weight_of(sum.first);
    return w && w->tensor_core;
  });
}

}  // namespace flopwatch::attribution_detail
