// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace flopwatch::recheck {

/// What a capture of replay mode `reuse` says of its keys, derived again from its checks: the values of one
/// launch of each key, and from these the sums of the whole run.
struct reuse_sums {
  static constexpr std::size_t listed = 20;

  std::int64_t keys = 0;         ///< of which a launch was measured
  std::int64_t confirmed = 0;    ///< keys whose values follow from the checks that are kept
  std::int64_t partly = 0;       ///< keys of which some metric groups have no kept check
  std::int64_t unconfirmed = 0;  ///< keys without kept checks, or with averages of more than are kept
  std::int64_t launches = 0;     ///< of all keys, measured or not
  std::int64_t sums = 0;         ///< values in `capture_data::launch_groups` that were added up again
  std::int64_t wrong = 0;
  std::vector<std::string> sentences;  ///< what is wrong, the first `listed`

  void add_wrong(std::string sentence) {
    if (++wrong <= static_cast<std::int64_t>(listed)) sentences.push_back(std::move(sentence));
  }
  [[nodiscard]] bool equal() const noexcept { return wrong == 0; }
};

}  // namespace flopwatch::recheck
