// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "flopwatch/error.hpp"
#include "recording/module_names.hpp"
#include "recording/operator_info.hpp"
#include "recording/thread_record.hpp"
#include "recording/thread_slot.hpp"

namespace flopwatch::detail {

/// What a pass of the recorded function is for.
enum class recorded_pass : std::uint8_t {
  whole,      ///< scopes, formula rules and operator calls in one pass
  formula,    ///< formula rules alone: the pass runs as the baseline runs it, and its scopes count no call
  operators,  ///< all but formula rules: the pass after a `formula` one
};

/// The error of a session that is started while another one records.
[[nodiscard]] session_error nested_session();

/// One running recording: what its threads share. At most one is active in a process.
///
/// Threads: `names` is filled before `activate`, and by `name_more`; `operators` is thread-safe; the records
/// belong to their threads until `deactivate` has returned, and to the caller afterwards. In a child after
/// fork() no recording is active.
class recording {
 public:
  recording(module_names names, operator_rules rules, std::size_t max_rows,
            std::set<std::string> unsought_rules = {});
  ~recording();
  recording(recording const&) = delete;
  recording& operator=(recording const&) = delete;

  /// \throws session_error when another recording is active
  void activate();
  /// Ends recording on every thread. Idempotent, never throws.
  void deactivate() noexcept;
  /// While no scope is open. From any thread.
  void set_pass(recorded_pass p) noexcept { pass_.store(p, std::memory_order_release); }
  [[nodiscard]] recorded_pass pass() const noexcept { return pass_.load(std::memory_order_relaxed); }

  [[nodiscard]] module_names const& names() const noexcept { return names_; }
  /// Further modules to watch, from now on. From any thread.
  void name_more(module_names const& more) { names_.merge(more); }
  /// That object is gone. From any thread.
  void forget_name(void const* module) { names_.forget(module); }
  [[nodiscard]] operator_registry& operators() noexcept { return operators_; }
  [[nodiscard]] operator_registry const& operators() const noexcept { return operators_; }
  /// Only after `deactivate`.
  [[nodiscard]] std::vector<std::shared_ptr<thread_record>> const& threads() const noexcept {
    return threads_;
  }
  /// From any thread, also while it runs. What they recorded may be read under a `record_pause`.
  [[nodiscard]] std::vector<std::shared_ptr<thread_record>> threads_now() const;
  /// The scope whose forward made an autograd node, on thread `thread_id` of the framework; null when
  /// unknown. From any thread.
  [[nodiscard]] scope_node const* forward_scope(std::uint64_t thread_id, std::int64_t number) const;

 private:
  friend thread_record* register_thread() noexcept;

  /// The child after fork(): what the parent records goes on there, and ends here. Unlocks `active_mutex`.
  static void stop_in_child() noexcept;

  module_names names_;
  operator_registry operators_;
  std::size_t max_rows_;
  std::atomic<recorded_pass> pass_{recorded_pass::whole};
  std::vector<std::shared_ptr<thread_record>> threads_;
};

/// Number of the active recording; 0 without one.
extern std::atomic<std::uint64_t> active_generation;

[[nodiscard]] inline bool recording_active() noexcept {
  return active_generation.load(std::memory_order_acquire) != 0;
}

/// Slow path: makes this thread's record in the active recording. Null without one.
thread_record* register_thread() noexcept;

/// This thread's record in the active recording, or null.
[[nodiscard]] inline thread_record* current_record() noexcept {
  auto const generation = active_generation.load(std::memory_order_acquire);
  if (generation == 0) return nullptr;
  auto& slot = this_thread;
  if (slot.muted != 0) return nullptr;
  return slot.generation == generation ? slot.record : register_thread();
}

}  // namespace flopwatch::detail
