// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <unistd.h>

namespace flopwatch::cli {

/// One line about work that takes long, on a terminal alone: "flopwatch: reading run.flops, 4 s". It appears
/// after `delay`, is written again every half second, and is gone when this object is. Anywhere else (a pipe,
/// a file, a terminal that cannot erase a line) it writes nothing.
class progress {
 public:
  /// `what` can quote anything. `descriptor`: where the line goes.
  explicit progress(std::string const& what, int descriptor = STDERR_FILENO,
                    std::chrono::milliseconds delay = std::chrono::seconds(2));
  progress(progress const&) = delete;
  progress& operator=(progress const&) = delete;
  ~progress();

  /// The line also shows a share from now on: `done` of `total` of any unit. Any thread may say so.
  void reached(std::int64_t done, std::int64_t total) noexcept;

 private:
  void write_until_ended(std::chrono::milliseconds delay);
  [[nodiscard]] std::string line(std::chrono::steady_clock::duration since_start) const;

  std::string what_;
  int descriptor_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::atomic<int> percent_ = -1;
  std::mutex mutex_;
  std::condition_variable end_;
  bool ended_ = false;
  std::thread writer_;  ///< not joinable where nothing is written
};

}  // namespace flopwatch::cli
