// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <mutex>
#include <vector>

#include <cuda.h>

namespace flopwatch::collect {

/// The stream captures that the process has open, as far as they were announced. Thread-safe.
class open_captures {
 public:
  /// One atomic read. While it is true, nothing may stop, start, read or synchronise a context.
  [[nodiscard]] bool any() const noexcept { return count_.load(std::memory_order_acquire) > 0; }

  /// There is one that a profiler which runs in this context was not stopped for: in another context, or one
  /// that nobody announced.
  [[nodiscard]] bool any_beside(CUcontext context) noexcept;

  /// Before the driver opens it. Once the driver has refused, `ends`.
  void begins(CUcontext context, CUstream stream) noexcept;
  /// The driver closed it, or never opened it. No effect for a stream that has none.
  void ends(CUcontext context, CUstream stream) noexcept;
  /// A launch went into a capture that was not announced: it began before anybody listened. It ends with the
  /// next capture of its context that ends on a stream without one.
  void joined(CUcontext context) noexcept;
  void context_ends(CUcontext context) noexcept;

 private:
  struct place {
    CUcontext context;
    CUstream stream;
    bool announced;
  };
  void add(place const& one) noexcept;
  template <class Is>
  bool remove_first(Is is) noexcept;

  std::mutex mutex_;
  std::vector<place> open_;
  std::atomic<int> count_{0};
};

}  // namespace flopwatch::collect
