// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "attribution/id_index.hpp"
#include "attribution/tensor_doubt.hpp"
#include "flopwatch/capture.hpp"
#include "reduction/wide_sums.hpp"

namespace flopwatch::reduction {

/// Sums of a group by metric; nullopt: not collected.
using wide_metric_sums = std::map<std::string, std::optional<wide_integer>>;

template <class Group>
[[nodiscard]] wide_metric_sums wide_sums_of(Group const& g) {
  wide_metric_sums out;
  for (auto const& [name, sum] : g.sums) {
    auto const large = g.large.find(name);
    out.emplace(name, sum                      ? std::optional<wide_integer>(*sum)
                      : large != g.large.end() ? std::optional(large->second)
                                               : std::nullopt);
  }
  return out;
}

/// `flops_of` in 128 bits; `missing` where that has no answer.
[[nodiscard]] wide_flops flops_of(wide_metric_sums const& sums);

/// What the groups of launches and scope ranges of one capture add to their rows.
class group_sums {
 public:
  /// `capture` must live as long as this. \throws capture_error
  explicit group_sums(capture_data const& capture);

  [[nodiscard]] launch_class class_of(launch_group const& g) const;
  [[nodiscard]] wide_measured of(launch_group const& g) const;
  [[nodiscard]] static wide_measured of(scope_range_group const& g);

 private:
  [[nodiscard]] operator_call_record const& call_of(launch_group const& g) const;

  capture_data const& capture_;
  attribution_detail::id_index operators_;
  attribution_detail::id_index kernels_;
  attribution_detail::tensor_doubts doubts_;
};

}  // namespace flopwatch::reduction
