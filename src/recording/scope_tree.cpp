// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recording/scope_tree.hpp"

#include <algorithm>

namespace flopwatch::detail {

scope_tree::scope_tree(module_names const& names)
    : names_(&names), nodes_(1, &memory_), current_(&nodes_.front()) {}

[[gnu::hot]] scope_node::slot& scope_tree::find_slot(scope_label const& label, phase in_phase) {
  auto& slots = current_->slots;
  auto const matches = [&](scope_node::slot const& s) {
    return s.key == label.key() && s.in_phase == in_phase &&
           (label.module != nullptr || s.name == label.name);
  };
  auto const start = current_->last_slot;
  for (std::size_t step = 0; step < slots.size(); ++step) {
    auto const i = (start + step) % slots.size();
    if (!matches(slots[i])) continue;
    current_->last_slot = i;
    return slots[i];
  }
  if (slots.empty()) slots.reserve(8);
  slots.push_back({label.key(), std::string(label.name), in_phase, 0, {}});
  current_->last_slot = slots.size() - 1;
  return slots.back();
}

scope_node* scope_tree::make_node(scope_label const& label, phase in_phase, std::int64_t call) {
  auto& node = nodes_.emplace_back();
  node.parent = current_;
  node.key = label.key();
  node.call = call;
  node.in_phase = in_phase;
  auto const names = names_->lock();  // a root can be added meanwhile
  node.module = label.module == nullptr || label.info != nullptr ? label.info : names_->find(label.module);
  if (node.module != nullptr) {
    node.path = node.module->path_below(current_->path);
    node.type = node.module->record.type;
    return &node;
  }
  node.type = label.module_type == nullptr ? std::string(label.type) : type_label(*label.module_type);
  auto const own = label.module == nullptr ? std::string(label.name) : "(" + node.type + ")";
  node.path = label.whole_path || current_->path.empty() ? own : current_->path + "." + own;
  return &node;
}

[[gnu::hot]] bool scope_tree::enter(scope_label const& label, phase in_phase, bool counts) {
  auto& slot = find_slot(label, in_phase);
  // At the base every step of a training loop is one more call: those share one node.
  auto const call = at_base() ? 1 : std::min(slot.calls_this_entry + 1, max_calls);
  bool const folded = !at_base() && slot.calls_this_entry >= max_calls;
  ++slot.calls_this_entry;
  auto const index = static_cast<std::size_t>(call - 1);
  if (index >= slot.by_call.size()) slot.by_call.push_back(make_node(label, in_phase, call));
  current_ = slot.by_call[index];
  if (counts) ++current_->entries;
  for (auto& s : current_->slots) s.calls_this_entry = 0;
  return !folded;
}

[[gnu::hot]] void scope_tree::leave() noexcept {
  if (current_->parent != nullptr) current_ = current_->parent;
}

}  // namespace flopwatch::detail
