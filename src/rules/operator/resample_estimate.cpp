// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/linear_algebra.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operator_table.hpp"

/// \file
/// Resampling whose taps depend on the scale or on values.

namespace flopwatch::operator_rules {
namespace {

/// Rows, then columns: a product and a sum for each tap. A result has `width` taps in a dimension, times the
/// factor by which that dimension shrinks.
double antialiased(std::span<std::int64_t const> in, std::span<std::int64_t const> out, double width) {
  auto const size = [](std::int64_t n) { return static_cast<double>(n); };
  auto const taps = [&](std::size_t d) {
    return out[d] == 0 ? 0 : width * std::max(1.0, size(in[d]) / size(out[d]));
  };
  return 2 * (size(in[0]) * size(out[1]) * taps(1) + size(out[0]) * size(out[1]) * taps(0));
}

/// (self, output size, ...); backward (grad, output size, input size, ...).
operator_rule_function antialiasing(double width, bool backward) {
  return [=](operator_call const& call) {
    auto const& t = dense_at(call, 0);
    if (t.rank() != 4) throw rule_error("the image has the wrong rank");
    auto const out = integers_at(call, 1, 2);
    std::vector<std::int64_t> in(t.sizes.begin() + 2, t.sizes.end());
    if (backward) {
      auto const sizes = integers_at(call, 2, 4);
      in.assign(sizes.begin() + 2, sizes.end());
    }
    auto const planes = checked_product({t.sizes[0], t.sizes[1]});
    return other_work(t.dtype, {.functions = checked_mul(planes, rounded(antialiased(in, out, width)))});
  };
}

/// For each result of n dimensions its 2^n corners: their weights, a product and a sum for the input's
/// gradient, and for each dimension of the grid's.
operator_rule_function grid_sampler_backward(std::int64_t n) {
  return [n](operator_call const& call) {
    auto const& gradient = dense_at(call, 0);
    if (gradient.rank() != n + 2) throw rule_error("the gradient has the wrong rank");
    auto const corners = std::int64_t{1} << n;
    return other_work(gradient.dtype,
                      {.functions = checked_product({gradient.elements(), corners, 2 + 2 * n})});
  };
}

/// theta [N,2,3], N, C, H, W: each place (x, y, 1) times the matrix.
operator_work affine_grid(operator_call const& call) {
  auto const places = checked_product({integer_at(call, 1), integer_at(call, 3), integer_at(call, 4)});
  return product_work(dense_at(call, 0).dtype, checked_mul(places, 6));
}

}  // namespace

void add_resample_estimates(operator_table& table) {
  constexpr auto kind = arithmetic::other;
  constexpr std::string_view taps = "an estimate: by the mean number of taps";
  table.estimated("_upsample_bilinear2d_aa", kind, taps, antialiasing(2, false));
  table.estimated("_upsample_bicubic2d_aa", kind, taps, antialiasing(4, false));
  table.estimated("_upsample_bilinear2d_aa_backward", kind, taps, antialiasing(2, true));
  table.estimated("_upsample_bicubic2d_aa_backward", kind, taps, antialiasing(4, true));
  table.estimated("_upsample_lanczos2d_aa", kind, taps, antialiasing(6, false));
  table.estimated("_upsample_lanczos2d_aa_backward", kind, taps, antialiasing(6, true));
  table.opened("_upsample_bilinear2d_aa.vec _upsample_bicubic2d_aa.vec _upsample_lanczos2d_aa.vec");
  constexpr std::string_view corners = "an estimate: as if every corner of every sample lay inside";
  table.estimated(
      "grid_sampler_2d_backward _grid_sampler_2d_cpu_fallback_backward cudnn_grid_sampler_backward", kind,
      corners, grid_sampler_backward(2));
  table.estimated("grid_sampler_3d_backward", kind, corners, grid_sampler_backward(3));
  table.counted("cudnn_affine_grid_generator cudnn_affine_grid_generator_backward", arithmetic::multiply_add,
                affine_grid);
}

}  // namespace flopwatch::operator_rules
