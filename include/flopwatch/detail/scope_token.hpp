// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <typeinfo>

namespace flopwatch::detail {

struct module_info;
struct scope_label;
struct scope_node;

/// What a scope guard holds between opening and closing. Nothing here throws: an error becomes a
/// data loss. A token whose recording has ended closes nothing.
class scope_token {
 public:
  void enter(std::string_view name, std::string_view type) noexcept;

  /// Opens the scope of an optimizer's step: what runs in it is of phase optimizer, but for backward calls
  /// and the modules that it calls. A step that is the innermost scope already, by that name, opens no
  /// second.
  void enter_optimizer_step(std::string_view name) noexcept;
  /// Opens the scope of a function that a step calls for the loss: it is of phase forward.
  void enter_closure() noexcept;

  /// Opens the scope of a module object. Its name comes from the watched tree; an unwatched module gets
  /// "(Type)". A module that is entered while it is itself the innermost scope (through two kinds of
  /// guard, say) opens no second scope, unless it is known to have called itself (`once_more`).
  /// `info`: what the watched tree of this recording knows of it, where that was looked up before.
  void enter_module(void const* module, std::type_info const& type, bool once_more = false,
                    module_info const* info = nullptr) noexcept;

  /// It opened a scope, in some recording.
  [[nodiscard]] bool opened() const noexcept { return generation_ != 0; }
  /// That scope is in the recording that this thread records into now.
  [[nodiscard]] bool is_current() const noexcept;

  /// True when the module of this scope has a formula rule that wants to see this call.
  [[nodiscard]] bool wants_call() const noexcept { return wants_call_; }

  /// Hands the shapes of a finished call to the module's formula rule. `words`: number of inputs, then
  /// rank and sizes of each, the same for the outputs, then max batch and steps of a packed sequence or
  /// -1 -1. A nested tensor has -1 - rank, its sizes (-1 for those that vary), and its elements. To be called
  /// before `leave`, at most once.
  void finished_call(std::span<std::int64_t const> words) noexcept;

  /// Instead of `finished_call`, where the call ended by an exception that C++ does not see.
  void failed_call() noexcept { wants_call_ = false; }

  /// Instead of `finished_call`, where the shapes of a call cannot be read.
  void unreadable_call() noexcept;

  void leave() noexcept;

 private:
  void open(scope_label const& label) noexcept;
  void close() noexcept;

  scope_node* node_ = nullptr;    ///< belongs to the recording
  std::uint64_t generation_ = 0;  ///< of the recording this scope was opened in; 0: none
  std::uint64_t iteration_ = 0;   ///< that this scope marks; 0: none
  bool nvtx_ = false;
  bool ends_step_ = false;  ///< a step of training ends with it
  bool wants_call_ = false;
  bool reported_ = false;
  int exceptions_ = 0;  ///< in flight when the scope was opened
};

}  // namespace flopwatch::detail
