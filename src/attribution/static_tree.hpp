// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "attribution/id_index.hpp"
#include "flopwatch/capture.hpp"

namespace flopwatch::attribution_detail {

/// No node and no module.
inline constexpr std::size_t none = static_cast<std::size_t>(-1);

/// The module tree as it was registered: one node for each way to a module, in order of ids, so that
/// parents come before their children. Node 0 is the root.
class static_tree {
 public:
  struct node {
    std::size_t record = 0;  ///< into capture_data::module_paths
    std::size_t parent = none;
    std::size_t module = 0;           ///< into capture_data::modules
    std::size_t first = 0, last = 0;  ///< preorder numbers of the subtree, both included
    bool hidden = false;              ///< a rule above ends the baseline's walk
  };

  /// \throws capture_error for missing ids, two roots, or a parent after its child
  static_tree(capture_data const& capture, id_index const& modules);

  [[nodiscard]] std::vector<node> const& nodes() const noexcept { return nodes_; }
  [[nodiscard]] bool empty() const noexcept { return nodes_.empty(); }
  /// Several roots were watched together: node 0 stands for them all and is never called.
  [[nodiscard]] bool is_group() const noexcept { return is_group_; }
  /// A module that was watched itself, not as a part of another one.
  [[nodiscard]] bool is_root(std::size_t n) const noexcept {
    return n == 0 || (is_group_ && n != none && nodes_[n].parent == 0);
  }
  /// How many ways lead to a module (position in capture_data::modules).
  [[nodiscard]] std::int64_t visits(std::size_t module) const { return visits_[module]; }

  /// The node of a call path. A path that is not registered falls back to the module's only way.
  [[nodiscard]] std::size_t find(std::string const& path, std::size_t module) const;

  [[nodiscard]] bool is_above(std::size_t ancestor, std::size_t n) const {
    return ancestor != n && nodes_[ancestor].first <= nodes_[n].first &&
           nodes_[n].first <= nodes_[ancestor].last;
  }

 private:
  void number_in_preorder();
  void hide_below_rules(capture_data const& capture);

  bool is_group_ = false;
  std::vector<node> nodes_;
  std::vector<std::int64_t> visits_;
  std::vector<std::size_t> only_way_;
  std::unordered_map<std::string_view, std::size_t> by_path_;
};

}  // namespace flopwatch::attribution_detail
