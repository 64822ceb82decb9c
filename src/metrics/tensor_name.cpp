// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "metrics/tensor_name.hpp"

#include <array>

#include "flopwatch/plan.hpp"

namespace flopwatch::metrics {
namespace {

struct format {
  std::string_view word;
  flopwatch::precision precision;
};

// Without integer formats below 8 bits: the operator column does not count them.
constexpr std::array<format, 9> formats{{
    {"fp64", precision::fp64},
    {"fp32", precision::fp32},
    {"tf32", precision::tf32},
    {"fp16", precision::fp16},
    {"bf16", precision::bf16},
    {"fp8", precision::fp8},
    {"fp6", precision::unknown},
    {"fp4", precision::fp4},
    {"int8", precision::int8},
}};

std::optional<std::uint32_t> format_bits(std::string_view words) {
  std::uint32_t bits = 0;
  while (true) {
    auto const end = words.find('_');
    auto const word = words.substr(0, end);
    auto const bit = tensor_name::format_bit(word);
    if (bit == 0) return std::nullopt;
    bits |= bit;
    if (end == std::string_view::npos) return bits;
    words.remove_prefix(end + 1);
  }
}

bool take_front(std::string_view& text, std::string_view part) {
  if (!text.starts_with(part)) return false;
  text.remove_prefix(part.size());
  return true;
}

bool take_back(std::string_view& text, std::string_view part) {
  if (!text.ends_with(part)) return false;
  text.remove_suffix(part.size());
  return true;
}

bool is_word(std::string_view text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string_view::npos;
}

}  // namespace

std::uint32_t tensor_name::format_bit(std::string_view word) noexcept {
  for (std::size_t i = 0; i < formats.size(); ++i) {
    if (formats[i].word == word) return 1U << i;
  }
  return 0;
}

std::optional<tensor_name> tensor_name::parse(std::string_view metric) {
  constexpr std::string_view between = "_dst_";
  if (!take_front(metric, "sm__ops_path_tensor_") || !take_back(metric, ".sum")) return std::nullopt;
  tensor_name out;
  if (take_back(metric, "_sparsity_on")) out.sparsity = sparsity_kind::on;
  if (take_back(metric, "_sparsity_off")) out.sparsity = sparsity_kind::off;
  if (take_front(metric, "op_")) {
    auto const end = metric.find('_');
    if (end == std::string_view::npos || !is_word(metric.substr(0, end))) return std::nullopt;
    out.operation = metric.substr(0, end);
    metric.remove_prefix(end + 1);
  }
  if (!take_front(metric, "src_")) return std::nullopt;
  auto const split = metric.find(between);
  auto const sources = format_bits(metric.substr(0, split));
  if (!sources) return std::nullopt;
  out.sources = *sources;
  if (split == std::string_view::npos) return out;
  auto const destinations = format_bits(metric.substr(split + between.size()));
  if (!destinations) return std::nullopt;
  out.destinations = *destinations;
  return out;
}

precision tensor_name::source_precision() const noexcept {
  for (std::size_t i = 0; i < formats.size(); ++i) {
    if (sources == 1U << i) return formats[i].precision;
  }
  return precision::unknown;
}

bool tensor_name::contains(tensor_name const& o) const noexcept {
  bool const same_results =
      destinations == 0 || (o.destinations != 0 && (o.destinations & ~destinations) == 0);
  return same_results && o.sources == sources && (operation.empty() || o.operation == operation) &&
         (sparsity == sparsity_kind::any || o.sparsity == sparsity);
}

}  // namespace flopwatch::metrics

namespace flopwatch {

std::vector<std::string_view> tensor_types() {
  std::vector<std::string_view> out;
  out.reserve(metrics::formats.size());
  for (auto const& format : metrics::formats) out.push_back(format.word);
  return out;
}

std::vector<std::string_view> formats_of(std::string_view metric) {
  std::vector<std::string_view> out;
  auto const name = metrics::tensor_name::parse(metric);
  for (std::size_t i = 0; name && i < metrics::formats.size(); ++i) {
    if ((name->sources & 1U << i) != 0) out.push_back(metrics::formats[i].word);
  }
  return out;
}

}  // namespace flopwatch
