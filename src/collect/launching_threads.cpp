// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/launching_threads.hpp"

#include <algorithm>
#include <sys/syscall.h>
#include <unistd.h>

namespace flopwatch::collect {
namespace {

std::atomic<std::uint64_t> last_number{0};

/// Where this thread is in the last list that it was in.
struct place_of_thread {
  place_of_thread() = default;
  place_of_thread(place_of_thread const&) = delete;
  place_of_thread& operator=(place_of_thread const&) = delete;
  ~place_of_thread() { leave(); }
  void leave() noexcept {
    if (in_use) in_use->store(false, std::memory_order_release);
  }
  std::uint64_t number = 0;
  launching_thread* thread = nullptr;
  std::shared_ptr<std::atomic<bool>> in_use;
};
thread_local place_of_thread here;

}  // namespace

launching_threads::launching_threads() : number_(last_number.fetch_add(1) + 1) {}

launching_thread* launching_threads::this_one_if_known() const noexcept {
  return here.number == number_ ? here.thread : nullptr;
}

launching_thread& launching_threads::this_one() {
  if (here.number == number_) return *here.thread;
  return new_place();
}

launching_thread& launching_threads::new_place() {
  std::lock_guard const lock(mutex_);
  place* mine = nullptr;
  for (auto& one : all_) {
    bool free = false;
    if (one.in_use->compare_exchange_strong(free, true, std::memory_order_acq_rel)) mine = &one;
    if (mine != nullptr) break;
  }
  if (mine == nullptr) mine = &all_.emplace_back();
  mine->thread.id = static_cast<std::uint64_t>(syscall(SYS_gettid));
  here.leave();
  here.number = number_;
  here.thread = &mine->thread;
  here.in_use = mine->in_use;
  return *here.thread;
}

bool launching_threads::any_inside(context_log const& log) noexcept {
  std::lock_guard const lock(mutex_);
  return std::any_of(all_.begin(), all_.end(), [&](place const& one) {
    return one.thread.inside.load(std::memory_order_seq_cst) == &log;
  });
}

}  // namespace flopwatch::collect
