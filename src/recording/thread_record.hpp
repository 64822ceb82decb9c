// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "flopwatch/diagnostics.hpp"
#include "recording/backward_frames.hpp"
#include "recording/counted_call.hpp"
#include "recording/operator_info.hpp"
#include "recording/operator_rows.hpp"
#include "recording/region_calls.hpp"
#include "recording/scope_tree.hpp"
#include "recording/sequence_map.hpp"
#include "rules/operator/encoding.hpp"

namespace flopwatch::detail {

/// A data loss of one thread.
struct noted_loss {
  loss_kind const* kind;
  std::int64_t count;
  std::string detail;
};

/// What one thread has recorded in one recording: its call tree, its open operator calls, its rows.
/// Only the owning thread uses it, under a `record_access`, until `close` has returned.
class thread_record {
 public:
  /// `looks_inside`: what runs inside counted operators is named, by `see_inside`.
  thread_record(module_names const& names, std::size_t max_rows, bool looks_inside = false);

  // --- scopes ---
  [[nodiscard]] scope_tree& scopes() noexcept { return scopes_; }
  [[nodiscard]] scope_tree const& scopes() const noexcept { return scopes_; }
  /// A call of the module of `node` has ended; see scope_token::finished_call.
  void finished_call(scope_node& node, std::span<std::int64_t const> encoded_shapes);

  // --- operator calls ---
  /// What is known by the pointer to an operator's name. `opened` is stored with the pointer: most calls need
  /// nothing else, and `info` is in memory that the model has evicted from the caches.
  struct known_operator {
    operator_info const* info;  ///< null when it was not met yet
    bool opened;
  };
  /// A pointer to an operator's name stays valid as long as the operator is registered. Names of other ranges
  /// can be in memory that is used again and are never remembered.
  [[nodiscard]] known_operator find_operator(char const* name) const noexcept;
  void remember_operator(char const* name, operator_info const& info);
  [[nodiscard]] operator_row const* predicted_row(char const* name) const noexcept {
    return rows_.predicted(name);
  }

  /// The counted operator call that is open, with what runs inside it.
  [[nodiscard]] counted_call const& counted() const noexcept { return counted_; }
  /// True inside a counted operator: what runs in its kernel is part of it.
  [[nodiscard]] bool inside_counted() const noexcept { return counted_.depth > 0; }
  void enter_inside_counted() noexcept { counted_.enter_part(); }
  [[nodiscard]] bool looks_inside() const noexcept { return looks_inside_; }
  /// An operator runs inside a counted one. `name`: as for `find_operator`.
  void see_inside(char const* name);
  /// Operators that ran inside a counted one, with the first such one.
  [[nodiscard]] std::map<std::string, operator_info const*> const& seen_inside() const noexcept {
    return seen_inside_;
  }
  /// Opens a call that is not the program's work, and all that it calls: a compiler's tracing.
  void enter_skipped() {
    counted_ = {.depth = 1};
    frames_.push_back({});
  }
  /// Opens a call of an operator that is not counted itself: what it calls is looked at.
  void enter_opened() { frames_.push_back({}); }
  /// The same for an operator with arithmetic that the program's own Python code answers: it is noted if
  /// nothing ran inside that was counted, or is listed.
  void enter_asked(operator_info const& info) { frames_.push_back({.asked = &info}); }
  /// The same for a frame in which the program's own Python code runs: no operator around it speaks for what
  /// is called there.
  void enter_python() { frames_.push_back({.python = true}); }
  /// The same for the frame that the autograd engine puts around a node.
  void enter_engine_frame();
  /// Opens a call of any other operator. `args` is empty for operators without `wants_args`.
  /// `name` is the pointer that `predicted_row` is asked by; null to make no prediction for it.
  /// `kernel_excludes_autograd`: see counted_call.
  void enter_operator(operator_info const& info, std::span<std::int64_t const> args,
                      char const* name = nullptr, bool kernel_excludes_autograd = false);
  /// The same for an operator with an operand that is known to be zero: it does less than its rule says.
  void enter_zero();
  [[nodiscard]] bool inside_zero() const noexcept;
  /// The call that was just opened has a nested operand, whose kernels call ordinary operators: it is whole
  /// if these were counted.
  void mark_nested() noexcept { frames_.back().nested = true; }
  /// Instead of `enter_operator`, where the call could not be read: keeps the stack balanced.
  void lose_operator();
  /// \returns true when it was the frame of `enter_engine`
  bool leave_operator() noexcept;
  /// A compiled region begins, with the frame `info`: its row counts the entries.
  void note_region(operator_info const& info);
  /// A compiled region runs, whose generated code does `work`. No effect inside a counted operator.
  void count_region(region_work const& work, operator_registry& operators);
  /// Goes up with every counted call of the multiply-add class.
  [[nodiscard]] std::uint64_t products_counted() const noexcept { return products_counted_; }
  /// The innermost open operator call that has a row (what a kernel launch is tied to), or null.
  [[nodiscard]] operator_row const* open_operator() const noexcept;

  /// Where a kernel belongs that this thread launches now. The pointers live as long as the recording.
  struct launch_origin {
    scope_node const* scope;
    operator_row const* operator_call;  ///< null: outside every operator that has a row
    phase in_phase;
  };
  [[nodiscard]] launch_origin origin_of_launch() noexcept;

  // --- backward ---
  /// This forward call may make the autograd node `number`, on thread `thread_id` of the framework.
  void remember_sequence(std::uint64_t thread_id, std::int64_t number);
  /// The nodes that were made since the last call of this function, whatever made them, are of the scope that
  /// is open. To be called before a scope is opened or closed, and before a number of this thread is looked
  /// for.
  void remember_nodes_so_far();
  [[nodiscard]] scope_node const* forward_scope(std::int64_t number) const { return sequences_.find(number); }
  [[nodiscard]] std::uint64_t thread_id() const noexcept {
    return thread_id_.load(std::memory_order_acquire);
  }
  void enter_engine() { backward_.enter_engine(scopes_.current()); }
  void enter_backward(scope_node const* forward_scope) {
    backward_.enter_node(scopes_.current(), forward_scope);
  }
  void leave_backward() noexcept { backward_.leave(); }
  /// Phase of a scope that is opened now. A plain scope in an optimizer's step is a part of the step; a
  /// module that the step calls is not.
  [[nodiscard]] phase scope_phase(scope_label const& label) noexcept {
    if (label.in_phase) return *label.in_phase;
    if (label.module == nullptr && scopes_.current()->in_phase == phase::optimizer) return phase::optimizer;
    return backward_.inside() ? phase::recompute : phase::forward;
  }

  void note(loss_kind const& kind, std::int64_t count = 1, std::string detail = {});

  /// Ends recording: returns once the owning thread is outside this record, and keeps it out.
  void close() noexcept;
  /// The same in a child after fork(), where no other thread is.
  void close_in_child() noexcept { gate_.store(gate::closed, std::memory_order_seq_cst); }

  [[nodiscard]] operator_rows const& rows() const noexcept { return rows_; }
  [[nodiscard]] std::vector<noted_loss> const& losses() const noexcept { return losses_; }
  [[nodiscard]] bool operator_open() const noexcept { return inside_counted() || !frames_.empty(); }

  /// Scratch memory of the observer on this thread.
  args_encoder encoder;

 private:
  friend class record_access;
  friend class record_pause;
  friend class outside_kernel;

  struct frame {
    operator_row* row = nullptr;           ///< null for opened operators
    operator_info const* asked = nullptr;  ///< see `enter_asked`
    bool counts = false;                   ///< this is the call that counts: what is inside is part of it
    bool counted_inside = false;
    bool products_inside = false;  ///< a counted call of the multiply-add class is inside
    bool nested = false;           ///< see `mark_nested`
    bool zero = false;             ///< see `enter_zero`
    bool listed_inside = false;    ///< a call inside is listed for its missing rule
    bool allocates = false;        ///< of a range: it made a tensor that no counted call filled
    bool engine = false;           ///< the frame of `enter_engine`
    bool python = false;           ///< see `enter_python`
    bool resumes = false;          ///< made by a counted call outside its kernel, which goes on afterwards
    std::uint8_t unwinding = 0;    ///< exceptions in flight when a counted call began
  };
  struct known {
    char const* name = nullptr;
    std::uintptr_t info_and_opened = 0;  ///< the lowest bit is the flag
  };

  struct place {
    scope_node const* scope;
    phase in_phase;
  };
  /// Where an operator call that is made now belongs.
  [[nodiscard]] place operator_place() noexcept;
  void evaluate(operator_row& row);
  /// An open operator call was reviewed to have no arithmetic, or is listed itself: what it calls is not
  /// listed for its missing rule a second time.
  [[nodiscard]] bool speaks_for_inner() const noexcept;
  /// A call inside the open frames was counted.
  void mark_counted(bool product) noexcept;
  /// What ran inside the call of `f` was counted, and is all of its work.
  [[nodiscard]] static bool counted_within(frame const& f, operator_info const& info) noexcept;
  /// How a call without a count is listed that ended; nothing if what it calls stands for it.
  enum class listing : std::uint8_t { none, partly, unsupported };
  [[nodiscard]] listing listing_of(frame const& f) const noexcept;
  void list(frame const& f) noexcept;
  /// A tensor was made without values: whatever fills it, a counted call or a kernel of the user's.
  void note_allocation() noexcept;
  /// A counted call ended by an exception.
  void raised(operator_row& row);
  /// A call of `enter_asked` ended, and nothing that was counted ran inside.
  void answered(operator_info const& asked);
  /// It is known what became of the call that the open frames ask about.
  void stop_asking() noexcept;

  scope_tree scopes_;
  operator_rows rows_;
  region_rows regions_;
  std::vector<frame> frames_;
  counted_call counted_;
  std::uint64_t products_counted_ = 0;
  std::vector<counted_call> suspended_;  ///< those around the open frames that resume them
  bool looks_inside_;
  std::set<char const*> names_inside_;
  std::map<std::string, operator_info const*> seen_inside_;
  backward_frames backward_;
  sequence_map sequences_;
  std::int64_t next_node_ = -1;              ///< as `remember_nodes_so_far` saw it last; -1: not yet
  std::atomic<std::uint64_t> thread_id_{0};  ///< the framework's number of the owning thread, once known
  std::vector<known> cache_;
  std::size_t cached_ = 0;
  std::vector<noted_loss> losses_;

  enum class gate : std::uint8_t { open, paused, closed };
  /// The owning thread found the gate not open. \returns whether it may go in, once nobody pauses it
  bool wait_at_gate() noexcept;

  std::atomic<bool> busy_{false};
  std::atomic<gate> gate_{gate::open};
};

/// While one lives, exactly one call is opened that the open counted call makes outside its kernel: it is
/// recorded by itself.
class outside_kernel {
 public:
  explicit outside_kernel(thread_record& record);
  ~outside_kernel();
  outside_kernel(outside_kernel const&) = delete;
  outside_kernel& operator=(outside_kernel const&) = delete;

 private:
  thread_record& record_;
  std::size_t frames_;
};

/// Entry of the owning thread into its record. Cheap: no lock, two atomic writes; it waits only while a
/// `record_pause` lives. Never held while foreign code runs, except for a formula or operator rule.
class record_access {
 public:
  explicit record_access(thread_record& record) noexcept : record_(record) {
    record_.busy_.store(true, std::memory_order_seq_cst);
    auto const gate = record_.gate_.load(std::memory_order_seq_cst);
    open_ = gate == thread_record::gate::open || record_.wait_at_gate();
  }
  ~record_access() { record_.busy_.store(false, std::memory_order_release); }
  record_access(record_access const&) = delete;
  record_access& operator=(record_access const&) = delete;
  /// False: the recording has ended; the record must not be touched.
  explicit operator bool() const noexcept { return open_; }

 private:
  thread_record& record_;
  bool open_;
};

/// While one lives, another thread may read the record, and its owner waits before it goes in. Hold it for
/// microseconds, and take no lock meanwhile.
class record_pause {
 public:
  /// Waits `patience` at most for the owner to come out: a rule of the user's may take long.
  record_pause(thread_record& record, std::chrono::microseconds patience) noexcept;
  ~record_pause();
  record_pause(record_pause const&) = delete;
  record_pause& operator=(record_pause const&) = delete;
  /// False: the owner did not come out.
  explicit operator bool() const noexcept { return quiet_; }

 private:
  thread_record& record_;
  bool paused_;
  bool quiet_;
};

}  // namespace flopwatch::detail
