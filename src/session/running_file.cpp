// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "session/running_file.hpp"

#include <algorithm>
#include <chrono>

#include "recording/quiet_thread.hpp"

namespace flopwatch::detail {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds interval{800};
/// Time between two writings, in times that one takes.
constexpr int rest = 20;

}  // namespace

running_file::running_file(recording const& running, capture_writer& writer)
    : writer_(writer), rows_(running) {
  thread_ = quiet_thread([this] { run(); });
}

running_file::~running_file() { end(); }

void running_file::run() noexcept {
  auto wait = clock::duration(interval);
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (wake_.wait_for(lock, wait, [&] { return ends_; })) return;
    }
    auto const begin = clock::now();
    try {
      rows_.collect([&](unfinished_rows const& rows) { writer_.put_unfinished(rows); },
                    [&] { return !ends(); });
    } catch (...) {
      failed_ = true;
      return;
    }
    wait = std::max<clock::duration>(interval, (clock::now() - begin) * rest);
  }
}

bool running_file::ends() {
  std::lock_guard const lock(mutex_);
  return ends_;
}

void running_file::end() noexcept {
  if (!thread_->joinable()) return;
  {
    std::lock_guard const lock(mutex_);
    ends_ = true;
  }
  wake_.notify_all();
  thread_->join();
}

void running_file::finish() noexcept {
  end();
  if (failed_) return;
  try {
    rows_.collect([&](unfinished_rows const& rows) { writer_.put_unfinished(rows); }, [] { return true; });
  } catch (...) {
    failed_ = true;
  }
}

}  // namespace flopwatch::detail
