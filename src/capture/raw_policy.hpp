// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>
#include <set>
#include <utility>

#include "flopwatch/capture_records.hpp"

namespace flopwatch::capture_detail {

/// Decides, chunk by chunk as they are read, which raw images a session keeps. Thread-safe: the contexts of
/// a session share one.
///
/// A lossy chunk has no values to compare with, so it is not the sample of its metric group; the next good
/// chunk is. Neither is one that no longer fits: a smaller one may.
class raw_policy {
 public:
  static constexpr std::int64_t default_limit_bytes = std::int64_t{64} << 20;

  /// \param limit_bytes of all images that `sample` keeps, before compression; `all` has no limit but
  ///        that of one image, `largest_image_bytes`
  explicit raw_policy(raw_choice choice, std::int64_t limit_bytes = default_limit_bytes)
      : choice_(choice), left_(limit_bytes) {}

  [[nodiscard]] raw_choice choice() const noexcept { return choice_; }

  /// Whether to keep the image of a chunk of this metric group, which then counts as kept.
  [[nodiscard]] bool keep(std::int64_t plan, std::int64_t group, bool lossy, std::int64_t image_bytes);

 private:
  raw_choice choice_;
  std::mutex mutex_;
  std::int64_t left_;
  std::set<std::pair<std::int64_t, std::int64_t>> sampled_;  ///< plan, metric group
};

}  // namespace flopwatch::capture_detail
