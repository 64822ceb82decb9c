// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace flopwatch::collect {

/// The launching call that a thread is in, by the kernel that keeps it there. Written by the launching
/// thread, read by the watchdog.
class open_launch {
 public:
  void begins(std::int64_t kernel) noexcept {
    kernel_.store(kernel, std::memory_order_relaxed);
    since_.store(std::chrono::steady_clock::now().time_since_epoch().count(), std::memory_order_release);
  }
  void ends() noexcept { since_.store(0, std::memory_order_release); }

  struct place {
    std::chrono::steady_clock::time_point since;
    std::int64_t kernel;  ///< kernel_table's number
    open_launch const* where;
  };
  [[nodiscard]] std::optional<place> now() const noexcept {
    auto const since = since_.load(std::memory_order_acquire);
    if (since == 0) return std::nullopt;
    return place{std::chrono::steady_clock::time_point(std::chrono::steady_clock::duration(since)),
                 kernel_.load(std::memory_order_relaxed), this};
  }

 private:
  std::atomic<std::int64_t> since_{0};  ///< of the steady clock; 0: none
  std::atomic<std::int64_t> kernel_{0};
};

/// Looks from a thread of its own for launches that take too long. Do not destroy it in a forked child.
class launch_watchdog {
 public:
  /// Calls its argument with each open launch.
  using look = std::function<void(std::function<void(open_launch::place const&)> const&)>;
  /// \param limit a launch that is open for longer is reported once
  /// \param report on the watchdog's thread; must not throw
  launch_watchdog(std::chrono::milliseconds limit, look all, std::function<void(std::int64_t kernel)> report);
  ~launch_watchdog();
  launch_watchdog(launch_watchdog const&) = delete;
  launch_watchdog& operator=(launch_watchdog const&) = delete;

 private:
  void run() noexcept;
  void look_once();

  std::chrono::milliseconds limit_;
  look all_;
  std::function<void(std::int64_t)> report_;
  std::vector<open_launch::place> reported_;  ///< and still open
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ends_ = false;
  std::unique_ptr<std::thread> thread_;
};

}  // namespace flopwatch::collect
