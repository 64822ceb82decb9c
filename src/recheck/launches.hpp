// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "flopwatch/capture.hpp"

namespace flopwatch::recheck {

/// A launch whose counters are to be compared.
struct rechecked_launch {
  std::int64_t plan = 0, context = 0, order = 0, kernel = 0;
  std::size_t first_value = 0, values = 0;
  bool compared = false, differs = false;
};

/// The launches of chosen chunks with their stored values, found by place. A capture may have millions of
/// launches and raw images for a few thousand: only those are kept.
class recheck_launches {
 public:
  /// Before `read`.
  void want(raw_chunk_record const& chunk);
  /// \throws capture_error
  void read(capture_reader const& reader);

  /// nullptr when the capture has no such launch.
  [[nodiscard]] rechecked_launch* find(std::int64_t plan, std::int64_t context, std::int64_t order) noexcept;
  /// By position among the metrics of its plan; nullopt: not collected.
  [[nodiscard]] std::optional<double> value(rechecked_launch const& launch, std::size_t position) const;

  void count(std::int64_t& compared, std::int64_t& equal) const noexcept;

 private:
  [[nodiscard]] bool wanted(launch_record const& r) const noexcept;

  /// By context: orders from, and up to but without; after `read` sorted and joined.
  std::map<std::int64_t, std::vector<std::pair<std::int64_t, std::int64_t>>> stretches_;
  std::vector<rechecked_launch> launches_;  ///< by context and order
  std::vector<double> values_;              ///< NaN: not collected
};

}  // namespace flopwatch::recheck
