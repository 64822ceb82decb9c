// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recording/lone_root.hpp"

#include <cstddef>

namespace flopwatch::detail {

lone_root::lone_root(module_names const& names) {
  if (!names.drops_lone_name || names.paths().empty()) return;
  module_path_record const* root = nullptr;
  for (auto const& p : names.paths()) {
    if (p.parent != names.paths().front().id) continue;
    if (root != nullptr) return;
    root = &p;
  }
  dropped_ = 1;
  if (root == nullptr) return;
  name_ = root->name;
  type_ = names.modules()[static_cast<std::size_t>(root->module - 1)].record.type;
}

std::string lone_root::path(std::string const& recorded) const {
  if (name_.empty() || !recorded.starts_with(name_)) return recorded;
  if (recorded.size() == name_.size()) return {};
  return recorded[name_.size()] == '.' ? recorded.substr(name_.size() + 1) : recorded;
}

std::string lone_root::detail(std::string const& recorded) const {
  // A path without a name is that of the root itself, which a detail then calls by its type.
  if (!name_.empty() && (recorded == name_ || recorded == name_ + " (" + type_ + ")")) return type_;
  return path(recorded);
}

}  // namespace flopwatch::detail
