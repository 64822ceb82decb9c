// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operator_table.hpp"

namespace flopwatch::operator_rules {
namespace {

struct linear_shape {
  std::int64_t rows = 0;  ///< of the input, all leading dimensions together
  std::int64_t macs = 0;
  std::int64_t elements = 0;  ///< of the output
};

/// input [...,K] with weight [N,K], or [K] for a single output without its dimension.
linear_shape shape_of(tensor_arg const& input, tensor_arg const& weight) {
  if (input.rank() < 1 || weight.rank() < 1 || weight.rank() > 2) {
    throw rule_error("an operand of the linear operator has the wrong rank");
  }
  if (size_of(input, -1) != size_of(weight, -1)) throw rule_error("the inner sizes of the product differ");
  std::int64_t const outputs = weight.rank() == 2 ? size_of(weight, 0) : 1;
  linear_shape s;
  s.rows = checked_product(std::span(input.sizes).first(input.sizes.size() - 1));
  s.macs = checked_mul(s.rows, is_sparse(weight) ? stored_of(weight) : weight.elements());
  s.elements = checked_product({s.rows, outputs});
  return s;
}

operator_work linear_at(operator_call const& call, std::size_t weight, std::size_t bias,
                        std::int64_t extra_adds) {
  auto const& input = dense_at(call, 0);
  auto const s = shape_of(input, tensor_at(call, weight));
  auto const adds = checked_add(optional_tensor_at(call, bias) != nullptr ? 1 : 0, extra_adds);
  return product_work(input.dtype, s.macs, {.adds = checked_mul(adds, s.elements)});
}

operator_work linear(operator_call const& call) { return linear_at(call, 1, 2, 0); }

/// "binary" combines the result with a second tensor. Rules do not get the name of a fused activation.
operator_work linear_pointwise(operator_call const& call) {
  return call.overload == "binary" ? linear_at(call, 2, 3, 1) : linear_at(call, 1, 2, 0);
}

operator_work mkl_linear(operator_call const& call) { return linear_at(call, 2, 3, 0); }

/// weight [N,K] in int8, each output multiplied by its row's scale.
operator_work int8_weight_mm(operator_call const& call) {
  auto const& input = dense_at(call, 0);
  auto const s = shape_of(input, dense_at(call, 1));
  return product_work(input.dtype, s.macs, {.multiplies = s.elements});
}

/// output_mask: gradients of input, weight, bias. The first two are one product each.
operator_work linear_backward(operator_call const& call) {
  auto const& gradient = dense_at(call, 1);
  auto const& weight = dense_at(call, 2);
  auto const mask = integers_at(call, 3, 3);
  if (gradient.rank() < 1 || weight.rank() != 2 || size_of(gradient, -1) != size_of(weight, 0)) {
    throw rule_error("the gradient does not fit the weight");
  }
  auto const products = (mask[0] != 0 ? 1 : 0) + (mask[1] != 0 ? 1 : 0);
  auto const macs = checked_product({products, gradient.elements(), size_of(weight, -1)});
  auto const outputs = gradient.elements() == 0 ? 0 : size_of(weight, 0);
  return product_work(gradient.dtype, macs, {.adds = mask[2] != 0 ? gradient.elements() - outputs : 0});
}

/// (input size, grad, weight [N,K]) and (grad, input, weight, bias)
operator_work library_gradient(operator_call const& call, bool of_weight) {
  auto const& gradient = dense_at(call, of_weight ? 0 : 1);
  auto const& weight = dense_at(call, 2);
  if (weight.rank() != 2 || gradient.rank() < 1)
    throw rule_error("an operand of the linear operator has the wrong rank");
  std::int64_t adds = 0;
  if (of_weight && boolean_at(call, 3) && gradient.elements() != 0)
    adds = gradient.elements() - size_of(gradient, -1);
  return product_work(gradient.dtype, checked_mul(gradient.elements(), size_of(weight, 1)), {.adds = adds});
}

}  // namespace

void add_linear_rules(operator_table& table) {
  constexpr auto kind = arithmetic::multiply_add;
  table.counted("linear mkldnn_linear", kind, linear);
  table.counted("mkldnn::_linear_pointwise", kind, linear_pointwise);
  table.counted("mkl::_mkl_linear", kind, mkl_linear);
  table.counted("_weight_int8pack_mm", kind, int8_weight_mm);
  table.counted("linear_backward mkldnn_linear_backward", kind, linear_backward);
  table.counted("mkldnn_linear_backward_input", kind,
                [](operator_call const& call) { return library_gradient(call, false); });
  table.counted("mkldnn_linear_backward_weights", kind,
                [](operator_call const& call) { return library_gradient(call, true); });
}

}  // namespace flopwatch::operator_rules
