// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "capture/writer.hpp"
#include "flopwatch/diagnostics.hpp"

namespace flopwatch::collect {

/// Data losses of collecting, from any thread. Losses of one kind are one record with a count.
class loss_list {
 public:
  /// Never throws: drops the loss when out of memory.
  void note(loss_kind const& kind, std::int64_t count = 1, std::string_view detail = {}) noexcept {
    try {
      std::lock_guard const lock(mutex_);
      for (auto& e : entries_) {
        if (e.kind != &kind) continue;
        e.count += count;
        if (e.detail.empty()) e.detail = detail;
        return;
      }
      entries_.push_back({&kind, count, std::string(detail)});
    } catch (...) {
    }
  }
  void write(capture_writer& writer) const {
    std::lock_guard const lock(mutex_);
    for (auto const& e : entries_) writer.add(make_loss(*e.kind, e.count, e.detail));
  }

 private:
  struct entry {
    loss_kind const* kind;
    std::int64_t count;
    std::string detail;
  };
  mutable std::mutex mutex_;
  std::vector<entry> entries_;
};

}  // namespace flopwatch::collect
