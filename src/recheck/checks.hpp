// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "flopwatch/capture.hpp"

namespace flopwatch::recheck {

/// A launch or a whole step that was measured in replay mode `reuse`.
struct rechecked_check {
  std::int64_t plan = 0, chunk = 0, range = 0;
  std::int64_t key = 0;     ///< 0: a whole step
  std::int64_t number = 0;  ///< of the launch in its key
  std::size_t first_value = 0, values = 0;
  bool has_value = false;  ///< in any metric
  bool compared = false, differs = false;
};

/// The checks of a capture with their stored values, by chunk and range. A session keeps 100,000 at most.
class recheck_checks {
 public:
  /// \throws capture_error
  void read(capture_reader const& reader);

  /// nullptr if the capture has no such check.
  [[nodiscard]] rechecked_check* find(std::int64_t chunk, std::int64_t range) noexcept;
  [[nodiscard]] bool any_of(std::int64_t chunk) const noexcept;
  /// By position among the metrics of its plan; nullopt: not collected.
  [[nodiscard]] std::optional<double> value(rechecked_check const& check, std::size_t position) const;
  [[nodiscard]] std::span<rechecked_check const> all() const noexcept { return checks_; }

 private:
  std::vector<rechecked_check> checks_;  ///< sorted by chunk and range
  std::vector<double> values_;           ///< NaN: not collected
};

}  // namespace flopwatch::recheck
