// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

namespace flopwatch::detail {

struct scope_node;

/// Is notified of every NVTX range of the program, on the thread that opens or closes it; on several threads
/// at once. `domain` is the domain's name, "" for the default one, and stays valid until the process ends.
class range_listener {
 public:
  virtual ~range_listener() = default;
  virtual void pushed(std::string_view domain, std::string_view message) noexcept = 0;
  /// The innermost range that this thread pushed in that domain ends.
  virtual void popped(std::string_view domain) noexcept = 0;
  virtual void started(std::uint64_t id, std::string_view domain, std::string_view message) noexcept = 0;
  /// Perhaps on another thread than the one that started it.
  virtual void ended(std::uint64_t id) noexcept = 0;
  /// This thread is about to be asked for its scope: ranges of it that ended on another thread end now.
  virtual void settle() noexcept = 0;
  /// The scope of launches on threads that have none open: that of the range that was started last, on any
  /// thread, and has not ended. Null without one.
  [[nodiscard]] virtual scope_node const* of_process() const noexcept = 0;
};

/// Null: nobody listens. To be set before the program's first range: NVTX asks for the ranges of flopwatch's
/// own domain only where somebody listens.
inline constinit std::atomic<range_listener*> listening_to_ranges{nullptr};

}  // namespace flopwatch::detail
