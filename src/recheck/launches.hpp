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

/// A launch or scope range whose counters are compared.
struct rechecked_launch {
  std::int64_t plan = 0, context = 0, order = 0;
  std::int64_t kernel = 0;  ///< 0: a scope range
  std::size_t first_value = 0, values = 0;
  bool compared = false, differs = false;
};

/// The launches, or scope ranges, of chosen chunks with their stored values, by context and order. A capture
/// can have millions of launches and raw images for a few thousand of them: only those are kept in memory.
class recheck_launches {
 public:
  /// Chooses the launches of a chunk; call it before `read`.
  void want(raw_chunk_record const& chunk);
  /// \throws capture_error
  void read(capture_reader const& reader);

  /// nullptr if the capture has no such launch.
  [[nodiscard]] rechecked_launch* find(std::int64_t plan, std::int64_t context, std::int64_t order) noexcept;
  /// By position among the metrics of its plan; nullopt: not collected.
  [[nodiscard]] std::optional<double> value(rechecked_launch const& launch, std::size_t position) const;

  void count(std::int64_t& compared, std::int64_t& equal) const noexcept;

 private:
  [[nodiscard]] bool wanted(std::int64_t context, std::int64_t order) const noexcept;
  template <class R>
  void keep(R const& r, std::int64_t kernel);

  /// By context: half-open ranges of orders; sorted and merged by `read`.
  std::map<std::int64_t, std::vector<std::pair<std::int64_t, std::int64_t>>> order_ranges_;
  std::vector<rechecked_launch> launches_;  ///< sorted by context and order
  std::vector<double> values_;              ///< NaN: not collected
};

}  // namespace flopwatch::recheck
