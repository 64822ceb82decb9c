// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <span>

#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/linear_algebra.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operator_table.hpp"

/// \file
/// Fourier transforms by the usual convention: 5 N log2 N FLOPs for N complex points, all transformed
/// dimensions together, and half of that for real ones. No program's own count: it depends on the factors of
/// N.

namespace flopwatch::operator_rules {
namespace {

constexpr std::string_view convention =
    "a convention: 5 N log2 N for a Fourier transform, whatever its algorithm";

/// `last`: the size of the last transformed dimension, where it is not that of the tensor; -1 otherwise.
operator_work transform(operator_call const& call, double flops_of_point, std::int64_t last) {
  auto const& t = dense_at(call, 0);
  if (t.rank() < 1) throw rule_error("the operand has no dimension to transform");
  auto const dims = integers_at(call, 1);
  auto sizes = t.sizes;
  double points = 1;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    auto& size = sizes.at(wrap_dim(dims[i], sizes.size()));
    if (last >= 0 && i + 1 == dims.size()) size = last;
    points *= static_cast<double>(size);
  }
  auto const elements = checked_product(sizes);
  if (elements == 0) return {.amount = {}, .precision = precision_of(t.dtype)};
  return {
      .amount = {.other_flops = rounded(flops_of_point * static_cast<double>(elements) * std::log2(points))},
      .precision = precision_of(t.dtype)};
}

operator_work complex_to_complex(operator_call const& call) { return transform(call, 5, -1); }

operator_work real_to_complex(operator_call const& call) { return transform(call, 2.5, -1); }

/// The argument 3 is the size of the last dimension of the real result.
operator_work complex_to_real(operator_call const& call) { return transform(call, 2.5, integer_at(call, 3)); }

}  // namespace

void add_fourier_rules(operator_table& table) {
  constexpr auto kind = arithmetic::other;
  table.estimated("_fft_c2c", kind, convention, complex_to_complex);
  table.estimated("_fft_r2c", kind, convention, real_to_complex);
  table.estimated("_fft_c2r", kind, convention, complex_to_real);
}

}  // namespace flopwatch::operator_rules
