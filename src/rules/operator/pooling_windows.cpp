// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/operator/pooling_windows.hpp"

#include <algorithm>

#include "flopwatch/checked.hpp"

namespace flopwatch::operator_rules {
namespace {

struct one_dimension {
  std::int64_t outputs = 0;
  std::int64_t inside = 0;
};

/// ceil_mode adds a last window if it still starts inside the input or its left padding.
std::int64_t output_size(std::int64_t in, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                         bool ceil_mode) {
  auto const room = checked_sub(checked_add(in, checked_mul(2, padding)), kernel);
  if (room < 0 && !ceil_mode) throw rule_error("the pooling window is larger than the padded input");
  auto const reach = ceil_mode ? checked_add(room, stride - 1) : room;
  if (reach < 0) return 0;
  auto out = reach / stride + 1;
  if (ceil_mode && checked_mul(out - 1, stride) >= checked_add(in, padding)) --out;
  return out;
}

one_dimension slide(std::int64_t in, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                    bool ceil_mode) {
  if (kernel <= 0 || stride <= 0 || padding < 0) throw rule_error("the pooling window is not positive");
  one_dimension d{.outputs = output_size(in, kernel, stride, padding, ceil_mode)};
  for (std::int64_t o = 0; o < d.outputs; ++o) {
    auto const start = o * stride - padding;
    auto const end = std::min(checked_add(start, kernel), in);
    d.inside = checked_add(d.inside, std::max<std::int64_t>(end - std::max<std::int64_t>(start, 0), 0));
  }
  return d;
}

one_dimension adapt(std::int64_t in, std::int64_t out) {
  if (out < 0) throw rule_error("the size of the pooling's result is negative");
  one_dimension d{.outputs = out};
  for (std::int64_t o = 0; o < out; ++o) {
    auto const start = checked_mul(o, in) / out;
    auto const end = checked_add(checked_mul(o + 1, in), out - 1) / out;
    d.inside = checked_add(d.inside, end - start);
  }
  return d;
}

std::vector<std::int64_t> pooled_sizes(tensor_arg const& input, std::size_t n) {
  if (n == 0 || input.sizes.size() < n) throw rule_error("the input of the pooling has the wrong rank");
  return {input.sizes.end() - static_cast<std::ptrdiff_t>(n), input.sizes.end()};
}

pooling_windows over_rows(tensor_arg const& input, std::size_t n, std::span<one_dimension const> dimensions) {
  auto const rows = checked_product(std::span(input.sizes).first(input.sizes.size() - n));
  pooling_windows w{rows, rows};
  for (auto const& d : dimensions) {
    w.outputs = checked_product({w.outputs, d.outputs});
    w.inside = checked_product({w.inside, d.inside});
  }
  return w;
}

}  // namespace

pooling_windows windows_of(tensor_arg const& input, pooling_parameters const& p) {
  auto const sizes = pooled_sizes(input, p.kernel.size());
  std::vector<one_dimension> dimensions;
  for (std::size_t d = 0; d < sizes.size(); ++d) {
    dimensions.push_back(slide(sizes[d], p.kernel[d], p.stride[d], p.padding[d], p.ceil_mode));
  }
  return over_rows(input, sizes.size(), dimensions);
}

pooling_windows adaptive_windows_of(tensor_arg const& input, std::span<std::int64_t const> output_size) {
  auto const sizes = pooled_sizes(input, output_size.size());
  std::vector<one_dimension> dimensions;
  for (std::size_t d = 0; d < sizes.size(); ++d) dimensions.push_back(adapt(sizes[d], output_size[d]));
  return over_rows(input, sizes.size(), dimensions);
}

}  // namespace flopwatch::operator_rules
