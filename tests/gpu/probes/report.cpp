// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "gpu/probes/report.hpp"

#include <cmath>

#include "cupti/result_text.hpp"

namespace gpu_probes {
namespace {

std::string name_of(CUptiResult code) {
  if (code == CUPTI_SUCCESS) return "CUPTI_SUCCESS";
  return "CUPTI_ERROR_" + std::string(flopwatch::cupti::line_of(code).name);
}

}  // namespace

json code_of(CUptiResult code) { return {{"code", static_cast<int>(code)}, {"name", name_of(code)}}; }

json code_of(CUresult code) {
  char const* name = nullptr;
  bool const known = cuGetErrorName(code, &name) == CUDA_SUCCESS && name != nullptr;
  return {{"code", static_cast<int>(code)}, {"name", known ? name : "unknown"}};
}

std::string words_for(CUptiResult code) {
  return name_of(code) + " (" + std::to_string(static_cast<int>(code)) + ")";
}

json number(double value) {
  if (!std::isfinite(value)) return nullptr;
  constexpr double exact_below = 9007199254740992.0;  // 2^53
  if (std::trunc(value) == value && std::fabs(value) < exact_below) return static_cast<std::int64_t>(value);
  return value;
}

std::string counted_word(std::size_t count, std::string const& word) {
  return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
}

}  // namespace gpu_probes
