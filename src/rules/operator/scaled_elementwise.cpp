// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/elementwise.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operands.hpp"
#include "rules/operator/operator_table.hpp"

/// \file
/// Elementwise operators whose count depends on another argument: a factor of 1 costs nothing.

namespace flopwatch::operator_rules {
namespace {

operator_work work_of(operands const& of, std::int64_t adds, std::int64_t multiplies,
                      std::int64_t functions = 0) {
  return other_work(of.dtype, {.adds = checked_mul(of.elements, adds),
                               .multiplies = checked_mul(of.elements, multiplies),
                               .functions = checked_mul(of.elements, functions)});
}

std::int64_t unless_one(operator_call const& call, std::size_t position) {
  if (argument_at(call, position).index() == 0) throw rule_error("a factor of the call is None");
  return is_number(call, position, 1) ? 0 : 1;
}

/// self + alpha * other
operator_work add(operator_call const& call) {
  return work_of(first_operands(call, 2), 1, unless_one(call, 2));
}

/// self + value * (tensor1 * tensor2)
operator_work addcmul(operator_call const& call) {
  return work_of(first_operands(call, 3), 1, 1 + unless_one(call, 3));
}

/// self + value * (tensor1 / tensor2)
operator_work addcdiv(operator_call const& call) {
  return work_of(first_operands(call, 3), 1, unless_one(call, 3), 1);
}

/// With a rounding mode integers stay integers. A complex quotient is 6 multiplies, 3 adds and 2 divides.
operator_work divide(operator_call const& call) {
  auto of = first_operands(call, 2);
  bool const rounded = call.overload.ends_with("_mode") && argument_at(call, 2).index() != 0;
  if (!rounded) of.dtype = as_real(of.dtype);
  if (!is_complex(of.dtype)) return work_of(of, 0, 0, 1);
  return {.amount = {.other_flops = checked_mul(of.elements, 11)}, .precision = precision_of(of.dtype)};
}

/// Only a complex number needs arithmetic: `flops` for each element.
operator_rule_function complex_only(std::int64_t flops) {
  return [flops](operator_call const& call) -> operator_work {
    auto const of = first_operands(call, 1);
    auto const per_element = is_complex(of.dtype) ? flops : 0;
    return {.amount = {.other_flops = checked_mul(of.elements, per_element)},
            .precision = precision_of(of.dtype)};
  };
}

/// scale * alpha * expm1(input_scale * x), the branch of negative elements.
operator_work elu(operator_call const& call) {
  return work_of(first_operands(call, 1), 0, 1 + unless_one(call, 2) + unless_one(call, 3), 1);
}

operator_work celu(operator_call const& call) {  // alpha * expm1(x / alpha)
  return work_of(first_operands(call, 1), 0, 1 + unless_one(call, 1), 1);
}

operator_work softplus(operator_call const& call) {  // log1p(exp(beta x)) / beta
  auto const scaled = unless_one(call, 1);
  return work_of(first_operands(call, 1), 0, scaled, 2 + scaled);
}

operator_work softplus_backward(operator_call const& call) {  // g z / (z + 1), z = exp(beta x)
  return work_of(first_operands(call, 2), 1, 1 + unless_one(call, 2), 2);
}

operator_work glu(operator_call const& call) {  // a sigmoid(b), the two halves of the input
  auto of = first_operands(call, 1);
  if (size_of(dense_at(call, 0), integer_at(call, 1)) % 2 != 0)
    throw rule_error("the halved dimension is odd");
  of.elements /= 2;
  return work_of(of, 0, 1, 1);
}

/// g sigmoid(b) and g a (1 - sigmoid(b)) sigmoid(b)
operator_work glu_backward(operator_call const& call) { return work_of(first_operands(call, 1), 1, 4, 1); }

operator_work round_decimals(operator_call const& call) {
  auto const moved = integer_at(call, 1) != 0;
  return work_of(first_operands(call, 1), 0, moved ? 1 : 0, moved ? 1 : 0);
}

/// train: None means true.
operator_work native_dropout(operator_call const& call) {
  auto const& train = argument_at(call, 2);
  auto const* flag = std::get_if<bool>(&train);
  if (flag == nullptr && train.index() != 0) throw rule_error("argument 2 is not a boolean");
  return work_of(first_operands(call, 1), 0, flag != nullptr && !*flag ? 0 : 1);
}

/// The biases of query, key and value are added, the query is scaled: [..., 3 * width].
operator_work bias_rescale_qkv(operator_call const& call) {
  auto of = first_operands(call, 2);
  auto const adds = of.elements;
  return other_work(of.dtype, {.adds = adds, .multiplies = adds / 3});
}

}  // namespace

void add_scaled_elementwise_rules(operator_table& table) {
  constexpr auto kind = arithmetic::other;
  table.counted("add sub rsub subtract _add_relu", kind, add);
  table.counted("addcmul", kind, addcmul);
  table.counted("addcdiv", kind, addcdiv);
  table.counted("div divide true_divide", kind, divide);
  table.counted("abs absolute", kind, complex_only(4));  // sqrt(a a + b b)
  table.counted("sgn", kind, complex_only(6));           // z / |z|
  table.counted("angle", kind, complex_only(1));
  table.counted("elu", kind, elu);
  table.counted("celu", kind, celu);
  table.counted("softplus", kind, softplus);
  table.counted("softplus_backward", kind, softplus_backward);
  table.counted("glu", kind, glu);
  table.counted("glu_backward", kind, glu_backward);
  table.counted("round.decimals round.decimals_out", kind, round_decimals);
  table.counted("native_dropout", kind, native_dropout);
  table.counted("_transform_bias_rescale_qkv", kind, bias_rescale_qkv);
}

}  // namespace flopwatch::operator_rules
