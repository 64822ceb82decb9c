// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "attribution/static_tree.hpp"

namespace flopwatch::attribution_detail {
namespace {

std::string name(module_path_record const& r) { return "module path " + std::to_string(r.id); }

}  // namespace

static_tree::static_tree(capture_data const& capture, id_index const& modules)
    : visits_(capture.modules.size(), 0), only_way_(capture.modules.size(), none) {
  id_index const ids(capture.module_paths, "module path");
  std::vector<std::size_t> node_of(capture.module_paths.size(), none);
  nodes_.reserve(capture.module_paths.size());
  for (auto const r : by_id(capture.module_paths)) {
    auto const& record = capture.module_paths[r];
    node n;
    n.record = r;
    n.module = modules.at(record.module, "module path", record.id);
    if (record.parent != 0) {
      n.parent = node_of[ids.at(record.parent, "module path", record.id)];
      if (n.parent == none)
        damaged(name(record) + " comes before its parent " + std::to_string(record.parent));
    } else if (!nodes_.empty()) {
      damaged(name(record) + " is a second root");
    }
    node_of[r] = nodes_.size();
    only_way_[n.module] = visits_[n.module] == 0 ? nodes_.size() : none;
    ++visits_[n.module];
    nodes_.push_back(n);
  }
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    if (visits_[nodes_[n].module] > 1) by_path_.emplace(capture.module_paths[nodes_[n].record].path, n);
  }
  // A module always has a type.
  is_group_ = !nodes_.empty() && capture.modules[nodes_.front().module].type.empty();
  number_in_preorder();
  hide_below_rules(capture);
}

std::size_t static_tree::find(std::string const& path, std::size_t module) const {
  if (only_way_[module] != none) return only_way_[module];
  auto const found = by_path_.find(path);
  if (found != by_path_.end() && nodes_[found->second].module == module) return found->second;
  return none;
}

void static_tree::number_in_preorder() {
  // Sizes are summed from the back, since children come after their parents; then every node is placed after
  // the siblings before it.
  std::vector<std::size_t> size(nodes_.size(), 1);
  for (auto i = nodes_.size(); i-- > 1;) size[nodes_[i].parent] += size[i];
  std::vector<std::size_t> next(nodes_.size(), 1);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    auto& n = nodes_[i];
    if (n.parent != none) {
      n.first = next[n.parent];
      next[n.parent] += size[i];
    }
    n.last = n.first + size[i] - 1;
    next[i] = n.first + 1;
  }
}

void static_tree::hide_below_rules(capture_data const& capture) {
  for (auto& n : nodes_) {
    if (n.parent == none || nodes_[n.parent].parent == none) continue;  // the root never ends the walk
    auto const& above = nodes_[n.parent];
    auto const& m = capture.modules[above.module];
    n.hidden = above.hidden || (m.rule != rule_origin::none && !m.transparent);
  }
}

}  // namespace flopwatch::attribution_detail
