// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "metrics/tensor_name.hpp"

#include <array>

namespace flopwatch::metrics {
namespace {

struct format {
  std::string_view word;
  flopwatch::precision precision;
};

// Integer formats narrower than 8 bits are left out: nothing in the operator column counts them.
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
    std::size_t i = 0;
    while (i < formats.size() && formats[i].word != word) ++i;
    if (i == formats.size()) return std::nullopt;
    bits |= 1U << i;
    if (end == std::string_view::npos) return bits;
    words.remove_prefix(end + 1);
  }
}

}  // namespace

std::optional<tensor_name> tensor_name::parse(std::string_view metric) {
  constexpr std::string_view front = "sm__ops_path_tensor_src_";
  constexpr std::string_view back = ".sum";
  constexpr std::string_view between = "_dst_";
  if (!metric.starts_with(front) || !metric.ends_with(back)) return std::nullopt;
  metric.remove_prefix(front.size());
  metric.remove_suffix(back.size());
  auto const split = metric.find(between);
  auto const sources = format_bits(metric.substr(0, split));
  if (!sources) return std::nullopt;
  if (split == std::string_view::npos) return tensor_name{*sources, 0};
  auto const destinations = format_bits(metric.substr(split + between.size()));
  if (!destinations) return std::nullopt;
  return tensor_name{*sources, *destinations};
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
  return same_results && (o.sources & ~sources) == 0;
}

}  // namespace flopwatch::metrics
