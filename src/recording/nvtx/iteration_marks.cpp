// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recording/nvtx/iteration_marks.hpp"

#include <mutex>
#include <utility>

#include "flopwatch/error.hpp"

namespace flopwatch::detail {
namespace {

struct watched {
  std::mutex mutex;
  iteration_listener* listener = nullptr;
  std::string name;
  std::uint64_t open = 0;  ///< number of the iteration that is open
  std::uint64_t last = 0;
  bool marked_by_program = false;
};

watched& state() {
  // Never destroyed: ranges may still close while the program ends.
  static auto* const it = new watched;
  return *it;
}

}  // namespace

constinit std::atomic<bool> iterations_watched{false};

iteration_watch::iteration_watch(std::string name, iteration_listener& listener) {
  nvtx_injection::link();
  auto& s = state();
  std::lock_guard const lock(s.mutex);
  if (s.listener != nullptr) {
    throw session_error("another session waits for an iteration already: stop it before this one is started");
  }
  s.listener = &listener;
  s.name = std::move(name);
  s.open = 0;
  s.marked_by_program = false;
  iterations_watched.store(true, std::memory_order_release);
}

iteration_watch::~iteration_watch() {
  auto& s = state();
  std::lock_guard const lock(s.mutex);
  iterations_watched.store(false, std::memory_order_release);
  s.listener = nullptr;
  s.open = 0;
}

std::uint64_t range_opened(std::string_view name) noexcept {
  if (!iterations_watched.load(std::memory_order_acquire)) return 0;
  auto& s = state();
  std::lock_guard const lock(s.mutex);
  if (s.listener == nullptr || s.open != 0 || s.name != name) return 0;
  s.open = ++s.last;
  s.listener->iteration_begins();
  return s.open;
}

void range_closed(std::uint64_t iteration) noexcept {
  if (iteration == 0) return;
  auto& s = state();
  std::lock_guard const lock(s.mutex);
  if (s.listener == nullptr || s.open != iteration) return;
  s.open = 0;
  s.listener->iteration_ends();
}

void mark_iteration(bool by_program) noexcept {
  if (!iterations_watched.load(std::memory_order_acquire)) return;
  auto& s = state();
  std::lock_guard const lock(s.mutex);
  if (s.listener == nullptr || !s.name.empty()) return;
  s.marked_by_program = s.marked_by_program || by_program;
  if (s.marked_by_program != by_program) return;
  s.listener->iteration_ends();
  s.listener->iteration_begins();
}

}  // namespace flopwatch::detail
