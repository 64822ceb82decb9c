// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "inject/range_scopes.hpp"

#include <algorithm>
#include <utility>

#include "recording/nvtx/ranges.hpp"
#include "recording/recording.hpp"

namespace flopwatch::inject {
namespace {

struct open_range {
  std::uint64_t id = 0;     ///< of a start/end range; 0: pushed
  std::string_view domain;  ///< of a pushed one
  bool ended = false;
  std::uint64_t generation = 0;  ///< of the recording in which it is a scope; 0: it is none
};

}  // namespace

/// What one thread has open. Another thread may mark the end of a range that was started here.
struct range_scopes::thread_ranges {
  std::mutex mutex;
  std::vector<open_range> open;
  std::atomic<bool> ended_elsewhere{false};

  /// Leaves the scopes of ended ranges that nothing is open in. On the thread that they belong to.
  void unwind() noexcept {
    while (!open.empty() && open.back().ended) {
      if (open.back().generation != 0) leave(open.back().generation);
      open.pop_back();
    }
  }

 private:
  static void leave(std::uint64_t generation) noexcept {
    auto* const record = detail::current_record();
    if (record == nullptr || detail::this_thread.generation != generation) return;
    detail::record_access const access(*record);
    if (access) record->scopes().leave();
  }
};

namespace {

struct entered {
  std::uint64_t generation = 0;  ///< the number of the recording; 0: there is none
  detail::scope_node const* scope = nullptr;
};

/// Opens the scope on this thread.
entered enter(detail::scope_label const& label) {
  auto* const record = detail::current_record();
  if (record == nullptr) return {};
  detail::record_access const access(*record);
  if (!access) return {};
  if (!record->scopes().enter(label, record->scope_phase(label))) {
    record->note(loss::calls_folded, 1, record->scopes().current()->path);
  }
  return {detail::this_thread.generation, record->scopes().current()};
}

}  // namespace

std::shared_ptr<range_scopes::thread_ranges> range_scopes::of_this_thread() {
  // Destructors of static objects can close ranges when those of thread_local ones have run.
  thread_local constinit bool gone = false;
  struct until_thread_ends {
    std::shared_ptr<thread_ranges> ranges = std::make_shared<thread_ranges>();
    ~until_thread_ends() { gone = true; }
  };
  if (gone) return nullptr;
  thread_local until_thread_ends const mine;
  return mine.ranges;
}

bool range_scopes::is_scope(std::string_view domain, std::string_view message) const {
  if (domain == "flopwatch") return true;
  auto const& chosen = choice_.domains;
  if (!chosen.empty() && std::find(chosen.begin(), chosen.end(), domain) == chosen.end()) return false;
  return !choice_.message || std::regex_search(message.begin(), message.end(), *choice_.message);
}

detail::scope_node const* range_scopes::open(thread_ranges& ranges, std::uint64_t id, std::string_view domain,
                                             std::string_view message) {
  open_range range{id, domain};
  entered now;
  if (is_scope(domain, message)) {
    seen_.fetch_add(1, std::memory_order_relaxed);
    detail::nvtx::range own;
    if (domain == "flopwatch" && detail::nvtx::parse(message, own)) {
      now = enter({.name = own.path, .type = own.type, .in_phase = own.in_phase, .whole_path = true});
    } else {
      std::string const type = domain.empty() ? "NVTX" : "NVTX " + std::string(domain);
      now = enter({.name = message.empty() ? "(no message)" : message, .type = type});
    }
  } else {
    left_out_.fetch_add(1, std::memory_order_relaxed);
  }
  range.generation = now.generation;
  ranges.open.push_back(range);
  return now.scope;
}

void range_scopes::choose_of_process() noexcept {
  detail::scope_node const* last = nullptr;
  for (auto const& [id, range] : started_) {
    if (range.scope != nullptr) last = range.scope;
  }
  of_process_.store(last, std::memory_order_release);
}

void range_scopes::pushed(std::string_view domain, std::string_view message) noexcept {
  try {
    auto const ranges = of_this_thread();
    if (ranges == nullptr) return;
    std::lock_guard const lock(ranges->mutex);
    ranges->unwind();
    open(*ranges, 0, domain, message);
  } catch (...) {
    // Out of memory: its work belongs to the scope around it.
  }
}

void range_scopes::popped(std::string_view domain) noexcept {
  try {
    auto const ranges = of_this_thread();
    if (ranges == nullptr) return;
    std::lock_guard const lock(ranges->mutex);
    auto const it = std::find_if(ranges->open.rbegin(), ranges->open.rend(), [&](open_range const& r) {
      return r.id == 0 && !r.ended && r.domain == domain;
    });
    if (it != ranges->open.rend()) it->ended = true;
    ranges->unwind();
  } catch (...) {
    // Out of memory.
  }
}

void range_scopes::started(std::uint64_t id, std::string_view domain, std::string_view message) noexcept {
  try {
    auto const ranges = of_this_thread();
    if (ranges == nullptr) return;
    {
      std::lock_guard const lock(mutex_);
      started_.emplace(id, started_range{ranges});
    }
    detail::scope_node const* scope = nullptr;
    {
      std::lock_guard const lock(ranges->mutex);
      ranges->unwind();
      scope = open(*ranges, id, domain, message);
    }
    std::lock_guard const lock(mutex_);
    if (auto const it = started_.find(id); it != started_.end()) it->second.scope = scope;
    choose_of_process();
  } catch (...) {
    // Out of memory.
  }
}

void range_scopes::ended(std::uint64_t id) noexcept {
  try {
    std::shared_ptr<thread_ranges> owner;
    {
      std::lock_guard const lock(mutex_);
      auto const it = started_.find(id);
      if (it == started_.end()) return;
      owner = std::move(it->second.thread);
      started_.erase(it);
      choose_of_process();
    }
    bool const here = owner == of_this_thread();
    std::lock_guard const lock(owner->mutex);
    for (auto& range : owner->open) {
      if (range.id == id) range.ended = true;
    }
    here ? owner->unwind() : owner->ended_elsewhere.store(true, std::memory_order_release);
  } catch (...) {
    // Out of memory.
  }
}

void range_scopes::settle() noexcept {
  try {
    auto const ranges = of_this_thread();
    if (ranges == nullptr || !ranges->ended_elsewhere.load(std::memory_order_acquire)) return;
    std::lock_guard const lock(ranges->mutex);
    ranges->ended_elsewhere.store(false, std::memory_order_relaxed);
    ranges->unwind();
  } catch (...) {
    // Out of memory.
  }
}

}  // namespace flopwatch::inject
