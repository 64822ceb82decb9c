// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recording/recording.hpp"

#include <pthread.h>
#include <utility>

namespace flopwatch::detail {
namespace {

std::mutex active_mutex;
recording* active = nullptr;  // guarded by active_mutex
std::uint64_t last_generation = 0;

/// Keeps the record alive while this thread can still read it.
thread_local std::shared_ptr<thread_record> kept;

}  // namespace

constinit thread_local thread_slot this_thread;
std::atomic<std::uint64_t> active_generation{0};

session_error nested_session() {
  return session_error(
      "another session is recording, and sessions cannot be nested: stop it first, or count both parts in one "
      "session");
}

recording::recording(module_names names, operator_rules rules, std::size_t max_rows,
                     std::set<std::string> unsought_rules)
    : names_(std::move(names)),
      operators_(std::move(rules), std::move(unsought_rules)),
      max_rows_(max_rows) {}

recording::~recording() { deactivate(); }

void recording::stop_in_child() noexcept {
  if (active != nullptr) {
    for (auto const& t : active->threads_) t->close_in_child();
  }
  active = nullptr;
  active_generation.store(0, std::memory_order_release);
  active_mutex.unlock();
}

void recording::activate() {
  static int const handlers = pthread_atfork([] { active_mutex.lock(); }, [] { active_mutex.unlock(); },
                                             [] { recording::stop_in_child(); });
  static_cast<void>(handlers);
  std::lock_guard const lock(active_mutex);
  if (active != nullptr) throw nested_session();
  active = this;
  active_generation.store(++last_generation, std::memory_order_release);
}

void recording::deactivate() noexcept {
  {
    std::lock_guard const lock(active_mutex);
    if (active != this) return;
    active = nullptr;
    active_generation.store(0, std::memory_order_release);
  }
  for (auto const& t : threads_) t->close();
}

std::vector<std::shared_ptr<thread_record>> recording::threads_now() const {
  std::lock_guard const lock(active_mutex);
  return threads_;
}

scope_node const* recording::forward_scope(std::uint64_t thread_id, std::int64_t number) const {
  std::shared_ptr<thread_record> of_thread;
  {
    std::lock_guard const lock(active_mutex);
    for (auto const& t : threads_) {
      if (t->thread_id() == thread_id) of_thread = t;
    }
  }
  return of_thread ? of_thread->forward_scope(number) : nullptr;
}

thread_record* register_thread() noexcept {
  try {
    std::lock_guard const lock(active_mutex);
    if (active == nullptr) return nullptr;
    auto record = std::make_shared<thread_record>(active->names_, active->max_rows_,
                                                  active->operators_.has_own_rules());
    active->threads_.push_back(record);
    kept = std::move(record);
    this_thread.generation = active_generation.load(std::memory_order_relaxed);
    this_thread.record = kept.get();
    this_thread.owner = active;
    return this_thread.record;
  } catch (...) {
    return nullptr;
  }
}

}  // namespace flopwatch::detail
