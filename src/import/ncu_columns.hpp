// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace flopwatch::importing {

/// Which column of Nsight Compute's CSV is what, by the names in its header.
struct ncu_columns {
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  std::size_t id = none, process = none, host = none, kernel = none, context = none, stream = none,
              block = none, grid = none;
  std::size_t capability = none, time = none, device_name = none, push_pop = none, start_stop = none;
  std::size_t section = none, metric = none, unit = none, value = none;
  /// Wide form: the columns of metrics, and their names.
  std::vector<std::size_t> metrics;
  std::vector<std::string> names;

  [[nodiscard]] bool is_wide() const noexcept { return metric == none; }
};

/// \return with `id` none for fields that are no such header
[[nodiscard]] ncu_columns read_header(std::vector<std::string> const& fields);

}  // namespace flopwatch::importing
