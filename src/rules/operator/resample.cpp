// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <span>

#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operator_table.hpp"

namespace flopwatch::operator_rules {
namespace {

/// Batch and channels of `t` times the given spatial sizes.
std::int64_t resized(tensor_arg const& t, std::span<std::int64_t const> spatial) {
  if (t.sizes.size() != spatial.size() + 2)
    throw rule_error("the input of the interpolation has the wrong rank");
  if (std::ranges::any_of(spatial, [](auto n) { return n < 0; }))
    throw rule_error("a size of the result is negative");
  return checked_product({t.sizes[0], t.sizes[1], checked_product(spatial)});
}

/// Only the taps count: the weights of a row or a column are the same for all channels.
operator_rule_function interpolation(std::size_t n, std::int64_t per_output) {
  return [=](operator_call const& call) {
    auto const& input = dense_at(call, 0);
    auto const outputs = resized(input, integers_at(call, 1, n));
    return other_work(input.dtype, {.functions = checked_mul(outputs, per_output)});
  };
}

/// `per_output` for each element of the incoming gradient.
operator_rule_function interpolation_backward(std::int64_t per_output) {
  return [=](operator_call const& call) {
    auto const& gradient = dense_at(call, 0);
    return other_work(gradient.dtype, {.functions = checked_mul(gradient.elements(), per_output)});
  };
}

/// input [N,C,in...], grid [N,out...,n]. For each position: its n coordinates from [-1, 1] to elements
/// (4 each, 3 with aligned corners), the two distances in each dimension, their products for every
/// corner; for each output 2^n products and their sum.
operator_work grid_sampler(operator_call const& call, std::int64_t n) {
  auto const& input = dense_at(call, 0);
  auto const& grid = dense_at(call, 1);
  auto const mode = integer_at(call, 2);
  if (mode != 0 && mode != 1) throw rule_error("only bilinear and nearest grid sampling are counted");
  if (integer_at(call, 3) == 2) throw rule_error("grid sampling with reflection depends on the positions");
  if (grid.rank() != n + 2 || input.rank() != n + 2 || size_of(grid, -1) != n) {
    throw rule_error("the input or the grid has the wrong rank");
  }
  auto const positions = grid.elements() / n;
  auto const places = input.sizes[0] == 0 ? 0 : positions / input.sizes[0];
  auto const outputs = checked_product({input.sizes[0], input.sizes[1], places});
  auto per_position = n * (boolean_at(call, 4) ? 3 : 4);
  std::int64_t per_output = 0;
  if (mode == 0) {
    auto const corners = std::int64_t{1} << n;
    per_position += 2 * n + corners * (n - 1);
    per_output = 2 * corners - 1;
  }
  return other_work(input.dtype, {.functions = checked_add(checked_mul(positions, per_position),
                                                           checked_mul(outputs, per_output))});
}

}  // namespace

void add_resample_rules(operator_table& table) {
  constexpr auto kind = arithmetic::other;
  // Two products and a sum for each line, then the same between lines, and between planes.
  table.counted("upsample_linear1d", kind, interpolation(1, 3));
  table.counted("upsample_bilinear2d", kind, interpolation(2, 9));
  table.counted("upsample_trilinear3d", kind, interpolation(3, 21));
  // Four products and three sums for each of four lines, then once between them.
  table.counted("upsample_bicubic2d", kind, interpolation(2, 35));
  // These give the size as a list of scales, which rules do not get; they call the operators above.
  table.opened(
      "upsample_linear1d.vec upsample_bilinear2d.vec upsample_trilinear3d.vec upsample_bicubic2d.vec");
  // The gradient times its weights, level by level, and one add for each tap.
  table.counted("upsample_linear1d_backward", kind, interpolation_backward(4));
  table.counted("upsample_bilinear2d_backward", kind, interpolation_backward(10));
  table.counted("upsample_trilinear3d_backward", kind, interpolation_backward(22));
  table.counted("upsample_bicubic2d_backward", kind, interpolation_backward(36));
  table.counted(
      "upsample_nearest1d_backward upsample_nearest2d_backward upsample_nearest3d_backward "
      "_upsample_nearest_exact1d_backward _upsample_nearest_exact2d_backward "
      "_upsample_nearest_exact3d_backward",
      kind, interpolation_backward(1));
  table.counted("grid_sampler_2d _grid_sampler_2d_cpu_fallback", kind,
                [](operator_call const& call) { return grid_sampler(call, 2); });
  // Bilinear, zeros outside, aligned corners.
  table.counted("cudnn_grid_sampler", kind, [](operator_call const& call) {
    if (call.args.size() < 2) throw rule_error("the call has too few arguments");
    std::vector<operator_arg> const all{call.args[0], call.args[1], std::int64_t{0}, std::int64_t{0}, true};
    return grid_sampler({call.name, call.overload, all}, 2);
  });
  table.counted("grid_sampler_3d", kind, [](operator_call const& call) { return grid_sampler(call, 3); });
}

}  // namespace flopwatch::operator_rules
