// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/background_file.hpp"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "recording/quiet_thread.hpp"

namespace flopwatch::collect {

struct background_file::shared {
  anonymous_file file;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::vector<std::uint8_t>> waiting;  ///< the first one is being written
  std::size_t waiting_bytes = 0;
  std::size_t blocks = 0;
  std::string failure;
  bool ends = false;
  std::unique_ptr<std::thread> thread;

  void run() noexcept;
};

void background_file::shared::run() noexcept {
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [&] { return ends || !waiting.empty(); });
    if (waiting.empty()) return;
    auto const& block = waiting.front();
    if (failure.empty()) {
      lock.unlock();
      std::string error;
      try {
        file.write(block.data(), block.size());
        file.flush();
      } catch (std::exception const& e) {
        error = e.what();
        file.forget_unwritten();
      }
      lock.lock();
      failure = std::move(error);
      if (failure.empty()) ++blocks;
    }
    waiting_bytes -= block.size();
    waiting.pop_front();
    changed.notify_all();
  }
}

background_file::background_file() : shared_(std::make_unique<shared>()) {}

background_file::~background_file() {
  if (!process_.is_this()) {  // the thread is the parent's
    static_cast<void>(shared_.release());
    return;
  }
  if (shared_->thread == nullptr) return;
  {
    std::lock_guard const lock(shared_->mutex);
    shared_->ends = true;
  }
  shared_->changed.notify_all();
  shared_->thread->join();
}

void background_file::write(std::vector<std::uint8_t> block) {
  auto& s = *shared_;
  if (s.thread == nullptr) s.thread = detail::quiet_thread([&s] { s.run(); });
  std::unique_lock lock(s.mutex);
  s.changed.wait(lock,
                 [&] { return s.waiting.empty() || s.waiting_bytes + block.size() <= most_waiting_bytes; });
  auto const bytes = block.size();
  s.waiting.push_back(std::move(block));
  s.waiting_bytes += bytes;
  s.changed.notify_all();
}

anonymous_file& background_file::written() noexcept {
  std::unique_lock lock(shared_->mutex);
  shared_->changed.wait(lock, [&] { return shared_->waiting.empty(); });
  return shared_->file;
}

std::string const& background_file::failure() const noexcept { return shared_->failure; }

std::size_t background_file::blocks() const noexcept { return shared_->blocks; }

}  // namespace flopwatch::collect
