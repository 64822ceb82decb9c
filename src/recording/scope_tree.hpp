// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

#include "flopwatch/diagnostics.hpp"
#include "recording/module_names.hpp"

namespace flopwatch::detail {

/// What a module's formula rule gave in one scope, for one set of shapes.
struct formula_entry {
  std::vector<std::int64_t> encoded_shapes;  ///< as scope_token::finished_call takes them
  std::int64_t calls = 0;                    ///< answered ones
  std::int64_t amount_per_call = 0;
  std::int64_t amount = 0;  ///< over all `calls`
  bool asked = false;
  loss_kind const* failure = nullptr;  ///< the last answer was unusable
  std::string detail;                  ///< of the failure
};

/// What opens a scope: a module object with its type, or a name with the text of a type.
struct scope_label {
  void const* module = nullptr;
  std::type_info const* module_type = nullptr;
  std::string_view name;
  std::string_view type;
  bool once_more =
      false;  ///< the module called itself: a separate call, although it is the innermost scope already
  module_info const* info = nullptr;   ///< of `module`, where it is known already
  std::optional<phase> in_phase = {};  ///< of a plain scope that knows it: an optimizer's step, its closure
  bool whole_path = false;             ///< `name` is the path, of a scope that was read back from its range

  /// What distinguishes modules, null for a plain scope: an object's address can be another one's later.
  [[nodiscard]] void const* key() const noexcept { return info != nullptr ? info : module; }
};

/// A node of one thread's call tree. Entering the same call path again finds the same node, so the tree
/// does not grow with the number of steps.
struct scope_node {
  scope_node* parent = nullptr;
  void const* key = nullptr;            ///< scope_label::key
  module_info const* module = nullptr;  ///< null for a plain scope and for an unwatched module
  std::string path;
  std::string type;
  std::int64_t call = 1;
  phase in_phase = phase::forward;
  std::int64_t entries = 0;
  std::vector<formula_entry> formula;

  /// The children that one module object (or one plain name) has here, by number of call.
  struct slot {
    void const* key = nullptr;
    std::string name;  ///< of a plain scope
    phase in_phase = phase::forward;
    std::int64_t calls_this_entry = 0;
    std::vector<scope_node*> by_call;
  };
  std::vector<slot> slots;
  std::size_t last_slot = 0;  ///< children usually come in the same order each time
};

/// One thread's call tree. Not thread-safe.
class scope_tree {
 public:
  /// Above this many calls of one module in one call of its parent, further calls share the last node.
  static constexpr std::int64_t max_calls = 1024;

  explicit scope_tree(module_names const& names);

  /// Enters the child of the current node. `counts`: the call is one of those that the node's entries count.
  /// \returns false when the call was folded into the last node
  bool enter(scope_label const& label, phase in_phase, bool counts = true);
  void leave() noexcept;

  /// The innermost open node; the base node (no scope) when none is open.
  [[nodiscard]] scope_node* current() noexcept { return current_; }
  [[nodiscard]] scope_node const* current() const noexcept { return current_; }
  [[nodiscard]] bool at_base() const noexcept { return current_ == &nodes_.front(); }
  /// All nodes, parents first; the first one is the base.
  [[nodiscard]] std::pmr::deque<scope_node> const& nodes() const noexcept { return nodes_; }

 private:
  static constexpr std::size_t first_bytes = std::size_t{1} << 14U;

  scope_node::slot& find_slot(scope_label const& label, phase in_phase);
  scope_node* make_node(scope_label const& label, phase in_phase, std::int64_t call);

  module_names const* names_;
  /// Nodes are never freed one by one. The default resource is the user's.
  std::pmr::monotonic_buffer_resource memory_{first_bytes, std::pmr::new_delete_resource()};
  std::pmr::deque<scope_node> nodes_;
  scope_node* current_;
};

}  // namespace flopwatch::detail
