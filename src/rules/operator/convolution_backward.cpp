// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operator_table.hpp"

namespace flopwatch::operator_rules {
namespace {

/// Each gradient multiplies the same pairs of elements as the forward pass, so it has the same MACs.
operator_work gradients(operator_call const& call, std::size_t transposed, std::size_t output_mask) {
  auto const& gradient = dense_at(call, 0);
  auto const& input = dense_at(call, 1);
  auto const& weight = dense_at(call, 2);
  if (weight.rank() < 3) throw rule_error("the weight of the convolution has the wrong rank");
  auto const mask = integers_at(call, output_mask, 3);
  auto const kernel = checked_product(std::span(weight.sizes).subspan(2));
  auto const& many = boolean_at(call, transposed) ? input : gradient;
  auto const products = (mask[0] != 0 ? 1 : 0) + (mask[1] != 0 ? 1 : 0);
  auto const macs = checked_product({products, many.elements(), weight.sizes[1], kernel});
  std::int64_t adds = 0;
  if (mask[2] != 0 && gradient.elements() != 0) {
    bool const batched = gradient.sizes.size() == weight.sizes.size();
    adds = gradient.elements() - gradient.sizes[batched ? 1 : 0];
  }
  return product_work(gradient.dtype, macs, {.adds = adds});
}

}  // namespace

void add_convolution_backward_rules(operator_table& table) {
  table.counted("convolution_backward", arithmetic::multiply_add,
                [](operator_call const& call) { return gradients(call, 7, 10); });
  table.counted("convolution_backward_overrideable", arithmetic::multiply_add,
                [](operator_call const& call) { return gradients(call, 6, 9); });
}

}  // namespace flopwatch::operator_rules
