// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "metrics/reuse/key_table.hpp"

namespace flopwatch::reuse {

/// Audits that differed from what their keys add up to, until a key of theirs is found to vary: that explains
/// them. Not thread-safe.
class disagreements {
 public:
  /// \param keys of the step's launches \throws std::bad_alloc
  void add(std::vector<key_number> keys) {
    if (kept_keys_ + keys.size() > most_keys) {
      ++not_kept_;
      return;
    }
    kept_keys_ += keys.size();
    std::sort(keys.begin(), keys.end());
    open_.push_back(std::move(keys));
  }
  /// The key was found to vary.
  void explain(key_number key) noexcept {
    std::erase_if(open_, [&](std::vector<key_number> const& keys) {
      if (!std::binary_search(keys.begin(), keys.end(), key)) return false;
      kept_keys_ -= keys.size();
      return true;
    });
  }
  /// Those that nothing explains.
  [[nodiscard]] std::int64_t count() const noexcept {
    return not_kept_ + static_cast<std::int64_t>(open_.size());
  }

  /// Of all audits together: further ones stay unexplained.
  static constexpr std::size_t most_keys = 1'000'000;

 private:
  std::vector<std::vector<key_number>> open_;
  std::size_t kept_keys_ = 0;
  std::int64_t not_kept_ = 0;
};

}  // namespace flopwatch::reuse
