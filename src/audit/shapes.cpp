// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "audit/shapes.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "flopwatch/checked.hpp"

namespace flopwatch::audits {
namespace {

constexpr std::array<std::string_view, 7> attention_names{
    "scaled_dot_product", "flash_attention", "efficient_attention", "cudnn_attention",
    "fused_attention",    "flex_attention",  "flash_attn"};
constexpr std::array<std::string_view, 6> weight_names{"aten::linear", "aten::addmm", "aten::mm",
                                                       "conv",         "grouped_mm",  "quantized::linear"};

template <std::size_t N>
bool has_any(std::string_view name, std::array<std::string_view, N> const& parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](auto const part) { return name.find(part) != std::string_view::npos; });
}

/// Reads "[2,16]" at the start of `text` and takes it away.
bool take_sizes(std::string_view& text, sizes& out) {
  if (text.empty() || text.front() != '[') return false;
  text.remove_prefix(1);
  while (!text.empty() && text.front() != ']') {
    std::int64_t n = 0;
    auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (failure != std::errc()) return false;
    out.push_back(n);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (!text.empty() && text.front() == ',') text.remove_prefix(1);
  }
  if (text.empty()) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::vector<sizes> parse_shapes(std::string_view text) {
  std::vector<sizes> out;
  while (!text.empty()) {
    if (text.front() == ' ' || text.front() == '(' || text.front() == ')') {
      text.remove_prefix(1);
    } else if (text.front() == '-') {
      text.remove_prefix(1);
      out.emplace_back();
    } else if (!take_sizes(text, out.emplace_back())) {
      return {};
    }
  }
  return out;
}

std::int64_t elements_of(sizes const& s) {
  try {
    return s.empty() ? 0 : checked_product(s);
  } catch (overflow_error const&) {
    return 0;
  }
}

bool is_attention_operator(std::string_view name) { return has_any(name, attention_names); }

bool is_weight_operator(std::string_view name) { return has_any(name, weight_names); }

std::size_t weight_position(std::string_view name) { return name.find("addmm") != name.npos ? 2 : 1; }

}  // namespace flopwatch::audits
