// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "inject/range_scopes.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "recording/nvtx/ranges.hpp"
#include "recording/recording.hpp"

namespace flopwatch::inject {
namespace {

struct open_range {
  std::uint64_t id = 0;     ///< of a start/end range; 0: pushed
  std::string_view domain;  ///< of a pushed one
  bool ended = false;
  bool whole_path = false;                    ///< its message is the path
  std::uint64_t generation = 0;               ///< of the recording in which it is a scope; 0: it is none
  detail::scope_node const* scope = nullptr;  ///< in that recording
};

/// As `entered` when it was opened, by what its scope says.
detail::scope_label label_of(detail::scope_node const& scope, bool whole_path) {
  std::string_view name = scope.path;
  auto const around = scope.parent == nullptr ? 0 : scope.parent->path.size();
  if (!whole_path && around > 0) name.remove_prefix(around + 1);
  return {.name = name, .type = scope.type, .in_phase = scope.in_phase, .whole_path = whole_path};
}

/// Opens the scope on this thread, as part of `range`. `again`: it has been open before.
void enter(open_range& range, detail::scope_label const& label, bool again) {
  range.generation = 0;
  range.scope = nullptr;
  auto* const record = detail::current_record();
  if (record == nullptr) return;
  detail::record_access const access(*record);
  if (!access) return;
  if (!record->scopes().enter(label, record->scope_phase(label), !again)) {
    record->note(loss::calls_folded, 1, record->scopes().current()->path);
  }
  range.generation = detail::this_thread.generation;
  range.scope = record->scopes().current();
}

bool is_scope_now(open_range const& range) noexcept {
  return range.generation != 0 && detail::current_record() != nullptr &&
         detail::this_thread.generation == range.generation;
}

void leave(open_range const& range) noexcept {
  if (!is_scope_now(range)) return;
  auto* const record = detail::current_record();
  detail::record_access const access(*record);
  if (access) record->scopes().leave();
}

}  // namespace

/// What one thread has open. Another thread may mark the end of a range that was started here.
struct range_scopes::thread_ranges {
  std::mutex mutex;
  std::vector<open_range> open;
  std::atomic<bool> ended_elsewhere{false};

  /// Leaves the scopes of ended ranges, and opens those that began in them where these now belong. On the
  /// thread that they belong to. \returns whether ranges have other scopes than before
  bool unwind() {
    auto const first = std::find_if(open.begin(), open.end(), [](open_range const& r) { return r.ended; });
    if (first == open.end()) return false;
    std::for_each(open.rbegin(), std::make_reverse_iterator(first), &leave);
    auto const kept = std::remove_if(first, open.end(), [](open_range const& r) { return r.ended; });
    bool const reopens = kept != first;
    open.erase(kept, open.end());
    for (auto range = first; range != open.end(); ++range) {
      if (is_scope_now(*range)) enter(*range, label_of(*range->scope, range->whole_path), true);
    }
    return reopens;
  }
};

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

void range_scopes::open(thread_ranges& ranges, std::uint64_t id, std::string_view domain,
                        std::string_view message) {
  open_range range{.id = id, .domain = domain};
  if (is_scope(domain, message)) {
    seen_.fetch_add(1, std::memory_order_relaxed);
    detail::nvtx::range own;
    if (domain == "flopwatch" && detail::nvtx::parse(message, own)) {
      range.whole_path = true;
      enter(range, {.name = own.path, .type = own.type, .in_phase = own.in_phase, .whole_path = true}, false);
    } else {
      std::string const type = domain.empty() ? "NVTX" : "NVTX " + std::string(domain);
      enter(range, {.name = message.empty() ? "(no message)" : message, .type = type}, false);
    }
  } else {
    left_out_.fetch_add(1, std::memory_order_relaxed);
  }
  ranges.open.push_back(range);
}

void range_scopes::choose_of_process() noexcept {
  detail::scope_node const* last = nullptr;
  for (auto const& [id, range] : started_) {
    if (range.scope != nullptr) last = range.scope;
  }
  of_process_.store(last, std::memory_order_release);
}

void range_scopes::follow(thread_ranges& ranges) {
  std::vector<std::pair<std::uint64_t, detail::scope_node const*>> now;
  {
    std::lock_guard const lock(ranges.mutex);
    if (!ranges.unwind()) return;
    for (auto const& range : ranges.open) {
      if (range.id != 0) now.emplace_back(range.id, range.scope);
    }
  }
  if (now.empty()) return;
  std::lock_guard const lock(mutex_);
  for (auto const& [id, scope] : now) {
    if (auto const it = started_.find(id); it != started_.end()) it->second.scope = scope;
  }
  choose_of_process();
}

void range_scopes::pushed(std::string_view domain, std::string_view message) noexcept {
  try {
    auto const ranges = of_this_thread();
    if (ranges == nullptr) return;
    follow(*ranges);
    std::lock_guard const lock(ranges->mutex);
    open(*ranges, 0, domain, message);
  } catch (...) {
    // Out of memory: its work belongs to the scope around it.
  }
}

void range_scopes::popped(std::string_view domain) noexcept {
  try {
    auto const ranges = of_this_thread();
    if (ranges == nullptr) return;
    {
      std::lock_guard const lock(ranges->mutex);
      auto const it = std::find_if(ranges->open.rbegin(), ranges->open.rend(), [&](open_range const& r) {
        return r.id == 0 && !r.ended && r.domain == domain;
      });
      if (it != ranges->open.rend()) it->ended = true;
    }
    follow(*ranges);
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
    follow(*ranges);
    detail::scope_node const* scope = nullptr;
    {
      std::lock_guard const lock(ranges->mutex);
      open(*ranges, id, domain, message);
      scope = ranges->open.back().scope;
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
    {
      std::lock_guard const lock(owner->mutex);
      for (auto& range : owner->open) {
        if (range.id == id) range.ended = true;
      }
    }
    here ? follow(*owner) : owner->ended_elsewhere.store(true, std::memory_order_release);
  } catch (...) {
    // Out of memory.
  }
}

void range_scopes::settle() noexcept {
  try {
    auto const ranges = of_this_thread();
    if (ranges == nullptr || !ranges->ended_elsewhere.load(std::memory_order_acquire)) return;
    ranges->ended_elsewhere.store(false, std::memory_order_relaxed);
    follow(*ranges);
  } catch (...) {
    // Out of memory.
  }
}

}  // namespace flopwatch::inject
