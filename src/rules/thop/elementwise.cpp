// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/thop/elementwise.hpp"

#include <cmath>

#include "rules/thop/tensors.hpp"

namespace flopwatch::thop {

std::int64_t normalization_operations(module_call const& call, bool affine) {
  return checked_mul(affine ? 4 : 2, call.input_elements());
}

std::int64_t prelu_operations(module_call const& call) { return call.input_elements(); }

std::int64_t softmax_operations(module_call const& call, std::int64_t dim) {
  auto const features = size_of(first_input(call), dim);
  if (features == 0) throw rule_error("a softmax over no element has no rows to count");
  auto const rows = call.input_elements() / features;
  return checked_mul(rows, checked_sub(checked_mul(3, features), 1));
}

std::int64_t average_pool_operations(module_call const& call) { return call.output_elements(); }

std::int64_t adaptive_average_pool_operations(module_call const& call) {
  auto const& in = first_input(call);
  auto const& out = first_output(call);
  if (in.size() != out.size()) throw rule_error("adaptive pooling changed the number of dimensions");
  double window = 1;
  for (std::int64_t d = 2; d < std::ssize(in); ++d) {
    window *= static_cast<double>(size_of(in, d)) / static_cast<double>(size_of(out, d));
  }
  auto const operations = (window + 1) * static_cast<double>(call.output_elements());
  if (!std::isfinite(operations)) throw rule_error("adaptive pooling to no element has no count");
  constexpr double first_too_large = 9223372036854775808.0;  // 2^63
  if (operations >= first_too_large) throw overflow_error();
  return static_cast<std::int64_t>(operations);
}

std::int64_t upsample_operations(module_call const& call, upsample_mode mode) {
  auto const per_element = [mode]() -> std::int64_t {
    switch (mode) {
      case upsample_mode::nearest:
        return 1;
      case upsample_mode::linear:
        return 5;
      case upsample_mode::bilinear:
        return 11;
      case upsample_mode::bicubic:
        return 259;
      case upsample_mode::other:
        break;
    }
    return 0;
  }();
  return checked_mul(per_element, call.output_elements());
}

}  // namespace flopwatch::thop
