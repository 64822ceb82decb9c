// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string_view>

#include "flopwatch/checked.hpp"
#include "flopwatch/executed.hpp"

namespace flopwatch {
namespace {

/// Operators whose fourth tensor is the mask, if there is one.
constexpr std::array<std::string_view, 7> names{"aten::scaled_dot_product_attention",
                                                "aten::_scaled_dot_product_attention_math",
                                                "aten::_scaled_dot_product_efficient_attention",
                                                "aten::_scaled_dot_product_cudnn_attention",
                                                "aten::_scaled_dot_product_flash_attention_for_cpu",
                                                "aten::_scaled_dot_product_fused_attention_overrideable",
                                                "aten::_efficient_attention_forward"};

/// Of "[2,8,64,64] [2,8,64,64] [2,8,64,64] [2,1,64,64]"; "-" stands for a tensor without sizes.
bool has_fourth_of_rank_two(std::string_view shapes) {
  for (int skipped = 0; skipped < 3; ++skipped) {
    auto const end = shapes.find(' ');
    if (end == std::string_view::npos) return false;
    shapes.remove_prefix(end + 1);
  }
  auto const mask = shapes.substr(0, shapes.find(' '));
  return mask.starts_with('[') && mask.find(',') != std::string_view::npos;
}

}  // namespace

std::int64_t calls_with_tensor_masks(capture_data const& capture) {
  std::int64_t out = 0;
  for (auto const& call : capture.operator_calls) {
    auto const name = std::string_view(call.name).substr(0, call.name.find('.'));
    bool const attention = std::find(names.begin(), names.end(), name) != names.end();
    if (!attention || call.phase != phase::forward || call.total.macs == 0) continue;
    if (has_fourth_of_rank_two(call.shapes)) out = checked_add(out, call.calls);
  }
  return out;
}

}  // namespace flopwatch
