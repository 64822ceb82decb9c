// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "recording/scope_tree.hpp"

namespace flopwatch::detail {

/// The position of a thread in the backward pass. Not thread-safe.
///
/// The autograd engine wraps each node in its own frame; the node's record ends before the frame
/// does, and what runs in between (the sum of a bias gradient, accumulation) belongs to the node too.
class backward_frames {
 public:
  void enter_engine(scope_node const* current) { frames_.push_back({current, nullptr, true}); }
  /// `forward_scope`: where the forward call was made, null when unknown.
  void enter_node(scope_node const* current, scope_node const* forward_scope) {
    if (!frames_.empty() && frames_.back().engine) frames_.back().forward_scope = forward_scope;
    frames_.push_back({current, forward_scope, false});
  }
  void leave() noexcept {
    if (!frames_.empty()) frames_.pop_back();
  }

  [[nodiscard]] bool inside() const noexcept { return !frames_.empty(); }

  /// True while no module scope was opened inside the innermost frame: with one, the forward is being
  /// computed again.
  [[nodiscard]] bool is_backward(scope_node const* current) const noexcept {
    return inside() && frames_.back().scope_at_entry == current;
  }
  [[nodiscard]] scope_node const* forward_scope() const noexcept { return frames_.back().forward_scope; }

 private:
  struct frame {
    scope_node const* scope_at_entry;
    scope_node const* forward_scope;
    bool engine;
  };
  std::vector<frame> frames_;
};

}  // namespace flopwatch::detail
