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
  return find_or_add(parent, std::move(path), type, 1, in_phase);
}

std::int64_t import_scopes::of_range(std::int64_t parent, std::string_view domain, std::string_view text) {
  detail::nvtx::range own;
  if (domain == detail::nvtx::domain_name && detail::nvtx::parse(text, own)) {
    return find_or_add(parent, std::move(own.path), own.type, own.call, own.in_phase);
  }
  return inside(parent, text, "");
}

}  // namespace flopwatch::importing
