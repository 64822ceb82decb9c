// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operator_table.hpp"
#include "rules/operator/pooling_windows.hpp"

namespace flopwatch::operator_rules {
namespace {

/// An average over a window of n elements: n - 1 adds and one divide.
operator_work averages(tensor_arg const& input, pooling_windows const& w) {
  return other_work(input.dtype, {.functions = w.inside});
}

/// (tensor, kernel_size, stride, padding, ceil_mode, ...), an empty stride is the kernel.
pooling_parameters parameters_at(operator_call const& call, std::size_t kernel, std::size_t n) {
  pooling_parameters p{.kernel = integers_at(call, kernel, n),
                       .padding = integers_at(call, kernel + 2, n),
                       .ceil_mode = boolean_at(call, kernel + 3)};
  p.stride = integers_at(call, kernel + 1).empty() ? p.kernel : integers_at(call, kernel + 1, n);
  return p;
}

operator_rule_function average(std::size_t n) {
  return [n](operator_call const& call) {
    auto const& input = dense_at(call, 0);
    return averages(input, windows_of(input, parameters_at(call, 1, n)));
  };
}

operator_rule_function adaptive(std::size_t n) {
  return [n](operator_call const& call) {
    auto const& input = dense_at(call, 0);
    return averages(input, adaptive_windows_of(input, integers_at(call, 1, n)));
  };
}

/// Each gradient is divided once and added to every input element under its window.
operator_work spread(tensor_arg const& input, pooling_windows const& w) {
  return other_work(input.dtype, {.adds = w.inside, .functions = w.outputs});
}

operator_rule_function average_backward(std::size_t n) {
  return [n](operator_call const& call) {
    auto const& input = dense_at(call, 1);
    return spread(input, windows_of(input, parameters_at(call, 2, n)));
  };
}

operator_rule_function adaptive_backward(std::size_t n) {
  return [n](operator_call const& call) {
    auto const& gradient = dense_at(call, 0);
    auto const& input = dense_at(call, 1);
    if (gradient.sizes.size() < n) throw rule_error("the gradient of the pooling has the wrong rank");
    return spread(input, adaptive_windows_of(input, std::span(gradient.sizes).last(n)));
  };
}

}  // namespace

void add_pooling_rules(operator_table& table) {
  constexpr auto kind = arithmetic::other;
  table.counted("avg_pool1d", kind, average(1));
  table.counted("avg_pool2d", kind, average(2));
  table.counted("avg_pool3d", kind, average(3));
  table.counted("adaptive_avg_pool1d", kind, adaptive(1));
  table.counted("adaptive_avg_pool2d _adaptive_avg_pool2d mkldnn_adaptive_avg_pool2d", kind, adaptive(2));
  table.counted("adaptive_avg_pool3d _adaptive_avg_pool3d", kind, adaptive(3));
  table.counted("avg_pool2d_backward", kind, average_backward(2));
  table.counted("avg_pool3d_backward", kind, average_backward(3));
  table.counted("_adaptive_avg_pool2d_backward mkldnn_adaptive_avg_pool2d_backward", kind,
                adaptive_backward(2));
  table.counted("_adaptive_avg_pool3d_backward adaptive_avg_pool3d_backward", kind, adaptive_backward(3));
}

}  // namespace flopwatch::operator_rules
