// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <utility>

#include "flopwatch/error.hpp"
#include "flopwatch/peaks.hpp"

namespace flopwatch {
namespace {

void require_positive(double flops_per_second) {
  if (std::isfinite(flops_per_second) && flops_per_second > 0) return;
  throw usage_error("a peak is " + std::to_string(flops_per_second) + ": give FLOP/s, a number above 0");
}

}  // namespace

peak peak::of_chip(std::string_view name) {
  auto const& chip = chip_peak_of(name);
  peak out;
  out.words_ =
      std::string(chip.chip) + ", dense, by " + std::string(chip.source) + ", " + std::string(chip.date);
  for (auto const& f : chip.formats) out.by_format_.emplace(f.format, f.flops_per_second);
  return out;
}

peak peak::of_formats(std::map<std::string, double> const& flops_per_second) {
  if (flops_per_second.empty()) throw usage_error("a peak names no number format: give FLOP/s by format");
  peak out;
  out.words_ = "as given";
  for (auto const& [format, value] : flops_per_second) {
    auto const all = peak_formats();
    if (std::find(all.begin(), all.end(), format) == all.end()) {
      std::string names;
      for (auto const& name : all) names.append(names.empty() ? "" : ", ").append(name);
      throw usage_error(
          std::string("a peak has the number format \"").append(format).append("\": the formats are ") +
          names);
    }
    require_positive(value);
    out.by_format_.emplace(format, value);
  }
  return out;
}

peak peak::of_all(double flops_per_second) {
  require_positive(flops_per_second);
  peak out;
  out.words_ = "as given";
  out.for_all_ = flops_per_second;
  return out;
}

std::optional<double> peak::flops_per_second(std::string_view format) const {
  if (for_all_) return for_all_;
  auto found = format == "fp64" ? by_format_.find("fp64_tensor") : by_format_.end();
  if (found == by_format_.end()) found = by_format_.find(format);
  return found == by_format_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<double> peak::seconds(std::map<std::string, std::int64_t> const& flops_by_format,
                                    std::string* lacking) const {
  double out = 0;
  for (auto const& [format, flops] : flops_by_format) {
    if (flops == 0) continue;
    auto const most = flops_per_second(format);
    if (!most) {
      if (lacking != nullptr) *lacking = format;
      return std::nullopt;
    }
    out += static_cast<double>(flops) / *most;
  }
  return out;
}

}  // namespace flopwatch
