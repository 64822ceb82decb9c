// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/launch_watchdog.hpp"

#include <algorithm>
#include <utility>

#include "recording/quiet_thread.hpp"

namespace flopwatch::collect {

launch_watchdog::launch_watchdog(std::chrono::milliseconds limit, look all,
                                 std::function<void(std::int64_t kernel)> report)
    : limit_(limit), all_(std::move(all)), report_(std::move(report)) {
  thread_ = detail::quiet_thread([this] { run(); });
}

launch_watchdog::~launch_watchdog() {
  {
    std::lock_guard const lock(mutex_);
    ends_ = true;
  }
  wake_.notify_all();
  thread_->join();
}

void launch_watchdog::look_once() {
  std::vector<open_launch::place> too_long;
  all_([&](open_launch::place const& launch) {
    if (std::chrono::steady_clock::now() - launch.since >= limit_) too_long.push_back(launch);
  });
  for (auto const& launch : too_long) {
    bool const known = std::any_of(reported_.begin(), reported_.end(), [&](open_launch::place const& one) {
      return one.where == launch.where && one.since == launch.since;
    });
    if (!known) report_(launch.kernel);
  }
  reported_ = std::move(too_long);
}

void launch_watchdog::run() noexcept {
  auto const pause = limit_ / 10;
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, pause, [&] { return ends_; })) {
    lock.unlock();
    try {
      look_once();
    } catch (...) {  // out of memory
    }
    lock.lock();
  }
}

}  // namespace flopwatch::collect
