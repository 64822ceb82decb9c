// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/checked.hpp"
#include "rules/operator/accumulation.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operator_table.hpp"

/// \file
/// Products of low-precision operands with scales, and products in groups.

namespace flopwatch::operator_rules {
namespace {

/// The framework stores two numbers of 4 bits in one element, along the inner length.
std::int64_t in_one_element(tensor_arg const& t) { return t.dtype == scalar_type::f4 ? 2 : 1; }

std::int64_t values_of(tensor_arg const& t) { return checked_mul(t.elements(), in_one_element(t)); }

/// One scale for a whole operand is one multiply for each output (both scales together), one for each
/// row or column are two; scales of blocks are applied inside the product.
std::int64_t scaling(tensor_arg const& a, tensor_arg const& b, std::int64_t rows, std::int64_t columns) {
  auto const outputs = checked_product({rows, columns});
  if (a.elements() == 1 && b.elements() == 1) return outputs;
  bool const by_row = a.elements() == rows && b.elements() == columns;
  return by_row ? checked_mul(outputs, 2) : 0;
}

operator_work scaled(tensor_arg const& a, tensor_arg const& b, tensor_arg const& scale_a,
                     tensor_arg const& scale_b, bool bias, bool scale_result) {
  if (a.rank() != 2 || b.rank() != 2) throw rule_error("an operand of the product has the wrong rank");
  if (size_of(a, 1) != size_of(b, 0)) throw rule_error("the inner sizes of the product differ");
  auto const rows = size_of(a, 0);
  auto const columns = size_of(b, 1);
  auto const outputs = checked_product({rows, columns});
  auto const multiplies = checked_add(scaling(scale_a, scale_b, rows, columns), scale_result ? outputs : 0);
  return product_work(a.dtype, checked_product({values_of(a), columns}),
                      {.adds = bias ? outputs : 0, .multiplies = multiplies});
}

operator_work scaled_mm(operator_call const& call) {
  return scaled(dense_at(call, 0), dense_at(call, 1), dense_at(call, 2), dense_at(call, 3),
                optional_tensor_at(call, 4) != nullptr, optional_tensor_at(call, 5) != nullptr);
}

/// Two factors from `first` on, with lists of scales, recipes and layouts for each.
operator_work with_lists_of_scales(operator_call const& call, std::size_t first, bool bias) {
  auto const& scale_a = tensors_at(call, first + 2);
  auto const& scale_b = tensors_at(call, first + 5);
  if (scale_a.empty() || scale_b.empty()) throw rule_error("the operands have no scales");
  return scaled(dense_at(call, first), dense_at(call, first + 1), scale_a.front(), scale_b.front(), bias,
                false);
}

operator_work scaled_mm_v2(operator_call const& call) {
  return with_lists_of_scales(call, 0, optional_tensor_at(call, 8) != nullptr);
}

/// beta * self + alpha * the scaled product
operator_work scaled_addmm(operator_call const& call) {
  auto const& self = dense_at(call, 0);
  auto result = with_lists_of_scales(call, 1, false);
  auto const outputs = checked_product({size_of(dense_at(call, 1), 0), size_of(dense_at(call, 2), 1)});
  auto const added = other_work(self.dtype, accumulation(call, 10, 11, outputs));
  result.amount.other_flops = checked_add(result.amount.other_flops, added.amount.other_flops);
  return result;
}

/// Every row (or column, or slice of K) belongs to one group. Offsets that leave some out are values, which
/// rules do not see.
operator_work grouped_mm(operator_call const& call) {
  auto const& a = dense_at(call, 0);
  auto const& b = dense_at(call, 1);
  auto const rank_ok = [](tensor_arg const& t) { return t.rank() == 2 || t.rank() == 3; };
  if (!rank_ok(a) || !rank_ok(b)) throw rule_error("an operand of the product has the wrong rank");
  if (size_of(a, -1) != size_of(b, -2)) throw rule_error("the inner sizes of the product differ");
  bool const batched = a.rank() == 3 && b.rank() == 3;
  auto const groups = batched ? size_of(a, 0) : 1;
  auto const inner = checked_mul(size_of(a, -1), in_one_element(a));
  return product_work(a.dtype, checked_product({groups, size_of(a, -2), inner, size_of(b, -1)}));
}

/// Scales of rows and columns are single floats: two multiplies for each result. Scales of blocks are applied
/// inside the product. `groups` of slices of K each have a result of their own.
operator_work scaled_grouped(operator_call const& call, tensor_arg const& scale, std::size_t offsets,
                             bool bias) {
  auto result = grouped_mm(call);
  auto const& a = dense_at(call, 0);
  auto const& b = dense_at(call, 1);
  auto const* ends = optional_tensor_at(call, offsets);
  std::int64_t groups = a.rank() == 3 && b.rank() == 3 ? size_of(a, 0) : 1;
  if (a.rank() == 2 && b.rank() == 2 && ends != nullptr) groups = ends->elements();
  auto const outputs = checked_product({groups, size_of(a, -2), size_of(b, -1)});
  auto const each = (scale.dtype == scalar_type::f32 ? 2 : 0) + (bias ? 1 : 0);
  result.amount.other_flops = checked_mul(outputs, each);
  return result;
}

operator_work scaled_grouped_mm(operator_call const& call) {
  return scaled_grouped(call, dense_at(call, 2), 4, given(call, 5) != 0);
}

operator_work scaled_grouped_mm_v2(operator_call const& call) {
  auto const& scales = tensors_at(call, 2);
  if (scales.empty()) throw rule_error("the operands have no scales");
  return scaled_grouped(call, scales.front(), 8, given(call, 9) != 0);
}

}  // namespace

void add_scaled_product_rules(operator_table& table) {
  constexpr auto kind = arithmetic::multiply_add;
  table.counted("_scaled_mm", kind, scaled_mm);
  table.counted("_scaled_mm_v2", kind, scaled_mm_v2);
  table.counted("_scaled_addmm", kind, scaled_addmm);
  table.counted("_grouped_mm", kind, grouped_mm);
  table.counted("_scaled_grouped_mm", kind, scaled_grouped_mm);
  table.counted("_scaled_grouped_mm_v2", kind, scaled_grouped_mm_v2);
}

}  // namespace flopwatch::operator_rules
