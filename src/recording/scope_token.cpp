// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/detail/scope_token.hpp"

#include <exception>
#include <string_view>

#include "flopwatch/diagnostics.hpp"
#include "recording/nvtx/iteration_marks.hpp"
#include "recording/nvtx/ranges.hpp"
#include "recording/other_profilers.hpp"
#include "recording/recording.hpp"

namespace flopwatch::detail {
namespace {

/// An optimizer's step that calls the step of its base class announces itself twice.
bool is_step_of_innermost(scope_label const& label, scope_node const& innermost) {
  if (label.in_phase != phase::optimizer || innermost.in_phase != phase::optimizer) return false;
  std::string_view const path = innermost.path;
  return path.ends_with(label.name) &&
         (path.size() == label.name.size() || path[path.size() - label.name.size() - 1] == '.');
}

bool is_outermost(scope_node const& node) noexcept {
  return node.parent != nullptr && node.parent->parent == nullptr;
}

/// Opens a scope in the active recording; null without one, or when the module is open already.
scope_node* open_node(scope_label const& label, recorded_pass& pass, bool& innermost_already) {
  auto* const record = current_record();
  if (record == nullptr) return nullptr;
  pass = this_thread.owner->pass();
  record_access const access(*record);
  if (!access) return nullptr;
  auto& tree = record->scopes();
  innermost_already = label.module != nullptr ? !label.once_more && tree.current()->key == label.key()
                                              : is_step_of_innermost(label, *tree.current());
  if (innermost_already) return nullptr;
  record->remember_nodes_so_far();
  bool const counts = pass != recorded_pass::formula;
  if (!tree.enter(label, record->scope_phase(label), counts))
    record->note(loss::calls_folded, 1, tree.current()->path);
  return tree.current();
}

}  // namespace

[[gnu::hot]] void scope_token::open(scope_label const& label) noexcept {
  try {
    bool innermost_already = false;
    auto pass = recorded_pass::whole;
    auto* const node = open_node(label, pass, innermost_already);
    if (node != nullptr) {
      if (is_outermost(*node)) meet_profilers();
      node_ = node;
      generation_ = this_thread.generation;
      wants_call_ = pass != recorded_pass::operators && node->module != nullptr &&
                    node->module->rule != nullptr && node->in_phase == phase::forward;
      if (wants_call_) exceptions_ = std::uncaught_exceptions();
    }
    if (innermost_already || !nvtx::attached()) return;
    nvtx_ = node != nullptr ? nvtx::push(*node) : nvtx::push(label);
  } catch (...) {
    // Out of memory: the scope is missing, its work belongs to the scope around it.
  }
}

void scope_token::enter(std::string_view name, std::string_view type) noexcept {
  iteration_ = range_opened(name);
  open({nullptr, nullptr, name, type});
}

void scope_token::enter_optimizer_step(std::string_view name) noexcept {
  open({.name = name, .type = "Optimizer", .in_phase = phase::optimizer});
  ends_step_ = opened();
}

void scope_token::enter_closure() noexcept {
  open({.name = "closure", .type = "function", .in_phase = phase::forward});
}

[[gnu::hot]] void scope_token::enter_module(void const* module, std::type_info const& type, bool once_more,
                                            module_info const* info) noexcept {
  open({module, &type, {}, {}, once_more, info});
}

bool scope_token::is_current() const noexcept {
  return opened() && current_record() != nullptr && this_thread.generation == generation_;
}

[[gnu::hot]] void scope_token::finished_call(std::span<std::int64_t const> encoded_shapes) noexcept {
  if (generation_ == 0 || this_thread.generation != generation_) return;
  record_access const access(*this_thread.record);
  if (!access) return;
  try {
    this_thread.record->finished_call(*node_, encoded_shapes);
    reported_ = true;
  } catch (...) {
    // Out of memory: not reported, which leave() notes as a loss.
  }
}

void scope_token::unreadable_call() noexcept {
  if (generation_ == 0 || this_thread.generation != generation_) return;
  record_access const access(*this_thread.record);
  if (!access) return;
  reported_ = true;
  try {
    this_thread.record->note(loss::call_unreadable, 1, node_->path.empty() ? node_->type : node_->path);
  } catch (...) {
    // Out of memory.
  }
}

[[gnu::hot]] void scope_token::leave() noexcept {
  close();
  if (iteration_ != 0) range_closed(iteration_);
  if (ends_step_) mark_iteration(false);
}

[[gnu::hot]] void scope_token::close() noexcept {
  if (nvtx_) nvtx::pop();
  if (generation_ == 0 || this_thread.generation != generation_) return;
  auto& record = *this_thread.record;
  record_access const access(record);
  if (!access) return;
  try {
    if (wants_call_ && !reported_ && std::uncaught_exceptions() == exceptions_) {
      record.note(loss::rule_without_inputs, 1, node_->path.empty() ? node_->type : node_->path);
    }
  } catch (...) {
    // Out of memory.
  }
  try {
    record.remember_nodes_so_far();
  } catch (...) {
    // Out of memory: their backward calls are listed as unattributed.
  }
  record.scopes().leave();
}

}  // namespace flopwatch::detail
