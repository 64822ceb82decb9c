// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operator_table.hpp"

namespace flopwatch::operator_rules {
namespace {

/// Each gradient multiplies the same pairs of elements as the forward pass, so it has the same MACs.
operator_work gradients(tensor_arg const& gradient, tensor_arg const& input, tensor_arg const& weight,
                        bool transposed, std::vector<std::int64_t> const& mask) {
  if (weight.rank() < 3) throw rule_error("the weight of the convolution has the wrong rank");
  auto const kernel = checked_product(std::span(weight.sizes).subspan(2));
  auto const& many = transposed ? input : gradient;
  auto const products = (mask[0] != 0 ? 1 : 0) + (mask[1] != 0 ? 1 : 0);
  auto const macs = checked_product({products, many.elements(), weight.sizes[1], kernel});
  std::int64_t adds = 0;
  if (mask[2] != 0 && gradient.elements() != 0) {
    bool const batched = gradient.sizes.size() == weight.sizes.size();
    adds = gradient.elements() - gradient.sizes[batched ? 1 : 0];
  }
  return product_work(gradient.dtype, macs, {.adds = adds});
}

/// (grad, input, weight, ...)
operator_work backward(operator_call const& call, std::size_t transposed, std::size_t output_mask) {
  return gradients(dense_at(call, 0), dense_at(call, 1), dense_at(call, 2), boolean_at(call, transposed),
                   integers_at(call, output_mask, 3));
}

/// The overload "grad_input" has three out tensors in place of a mask.
operator_work slow_backward(operator_call const& call) {
  auto const mask =
      call.overload == "grad_input" ? std::vector<std::int64_t>{1, 1, 1} : integers_at(call, 6, 3);
  return gradients(dense_at(call, 0), dense_at(call, 1), dense_at(call, 2), false, mask);
}

/// (input, grad, weight, ...)
operator_work mps_backward(operator_call const& call, bool transposed) {
  auto mask = transposed ? integers_at(call, 8, 2) : integers_at(call, 7, 3);
  mask.resize(3, 0);
  return gradients(dense_at(call, 1), dense_at(call, 0), dense_at(call, 2), transposed, mask);
}

}  // namespace

void add_convolution_backward_rules(operator_table& table) {
  table.counted("convolution_backward", arithmetic::multiply_add,
                [](operator_call const& call) { return backward(call, 7, 10); });
  table.counted("convolution_backward_overrideable", arithmetic::multiply_add,
                [](operator_call const& call) { return backward(call, 6, 9); });
  table.counted("_slow_conv2d_backward", arithmetic::multiply_add, slow_backward);
  table.counted("mps_convolution_backward", arithmetic::multiply_add,
                [](operator_call const& call) { return mps_backward(call, false); });
  table.counted("mps_convolution_transpose_backward", arithmetic::multiply_add,
                [](operator_call const& call) { return mps_backward(call, true); });
}

}  // namespace flopwatch::operator_rules
