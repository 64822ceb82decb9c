// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "import/scope_tree.hpp"

#include <utility>

#include "capture/range_message.hpp"

namespace flopwatch::importing {

std::int64_t import_scopes::find_or_add(std::int64_t parent, std::string path, std::string_view type,
                                        std::int64_t call, phase p) {
  auto const id = static_cast<std::int64_t>(all_.size()) + 1;
  auto const [known, is_new] = ids_.try_emplace(std::tuple(parent, path, std::string(type), call, p), id);
  if (is_new) all_.push_back({id, parent, std::move(path), std::string(type), 0, call, p, 0});
  return known->second;
}

std::int64_t import_scopes::inside(std::int64_t parent, std::string_view name, std::string_view type,
                                   phase in_phase) {
  std::string path(name);
  if (parent != 0) path = all_[static_cast<std::size_t>(parent - 1)].path + "." + path;
  auto const scope = find_or_add(parent, std::move(path), type, 1, in_phase);
  if (in_phase == phase::forward) first_forward_.try_emplace({std::string(name), std::string(type)}, scope);
  return scope;
}

std::int64_t import_scopes::again(std::int64_t parent, std::string_view name, std::string_view type) {
  auto const forward = first_forward_.find({std::string(name), std::string(type)});
  if (forward == first_forward_.end()) return inside(parent, name, type, phase::recompute);
  auto const& of = all_[static_cast<std::size_t>(forward->second - 1)];
  return find_or_add(of.parent, of.path, type, 1, phase::recompute);
}

std::int64_t import_scopes::own_root(std::int64_t scope) const {
  for (; scope != 0; scope = all_[static_cast<std::size_t>(scope - 1)].parent) {
    if (auto const own = own_roots_.find(scope); own != own_roots_.end()) return own->second;
  }
  return 0;
}

std::int64_t import_scopes::of_range(std::int64_t parent, std::string_view domain, std::string_view text) {
  detail::nvtx::range own;
  if (domain != detail::nvtx::domain_name || !detail::nvtx::parse(text, own)) return inside(parent, text, "");
  auto const around = own_root(parent);
  auto const scope =
      find_or_add(parent, std::move(own.path), own.type, around == 0 ? 1 : own.call, own.in_phase);
  auto const root = around == 0 ? scope : around;
  own_roots_.emplace(scope, root);
  if (around == 0 && own.call > 1) numbered_.insert(scope);
  return scope;
}

bool import_scopes::entries_known(std::int64_t scope) const {
  if (!stayed_.contains(scope)) return true;
  auto const own = own_roots_.find(scope);
  if (own == own_roots_.end()) return false;
  // Ranges of a recording have another number in each iteration at the top, and below it in each call. Those
  // without a recording have 1 always, and modules in them have a type in the place of a name.
  auto const& root = all_[static_cast<std::size_t>(own->second - 1)];
  return numbered_.contains(root.id) || (!root.type.empty() && !root.path.starts_with('('));
}

}  // namespace flopwatch::importing
