// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/merge/merged_tree.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "capture/failure.hpp"
#include "capture/records.hpp"
#include "capture/table_reader.hpp"

namespace flopwatch::capture_detail {
namespace {

template <class R, class F>
void for_each(merge_input const& input, F&& visit) {
  table_reader rows(input.source(), table_of<R>);
  while (rows.next()) {
    R r;
    columns(rows, r);
    visit(std::move(r));
  }
  input.mark().check(table_of<R>, rows.sum());
}

std::int64_t next_id(std::size_t records) { return static_cast<std::int64_t>(records) + 1; }

/// Parents have smaller ids than their children.
void need_smaller(std::int64_t parent, std::int64_t id, char const* what) {
  if (parent >= id) throw damage(fmt::format("{} {} comes before its parent {}", what, id, parent));
}

}  // namespace

merged_tree::merged_tree(bool side_by_side) : side_by_side_(side_by_side) {}

std::int64_t merged_tree::found(id_map const& ids, std::int64_t id, char const* what, char const* who) {
  if (id == 0) return 0;
  auto const it = ids.find(id);
  if (it == ids.end()) throw damage(fmt::format("{} refers to {} {}, which is not there", who, what, id));
  return it->second;
}

std::string merged_tree::placed(std::string const& path) const {
  if (front_.empty()) return path;
  return path.empty() ? front_ : front_ + "." + path;
}

std::int64_t merged_tree::group() {
  if (group_path_ != 0) return group_path_;
  group_module_ = next_id(modules_.size());
  modules_.push_back({group_module_, "", false, true, true, rule_origin::none, "", 0});
  group_path_ = next_id(paths_.size());
  paths_.push_back({group_path_, 0, "", "", group_module_});
  return group_path_;
}

void merged_tree::take(merge_input const& input, tree_roots const& roots) {
  front_ = side_by_side_ && !roots.is_group ? roots.type : std::string();
  for (auto* const ids : {&modules_of_, &paths_of_, &scopes_of_}) ids->clear();
  placed_scopes_.clear();
  entries_.clear();
  if (!front_.empty()) static_cast<void>(group());

  std::vector<module_path_record> paths;
  std::unordered_map<std::int64_t, std::string> first_path;
  for_each<module_path_record>(input, [&](module_path_record r) {
    first_path.try_emplace(r.module, r.path);
    paths.push_back(std::move(r));
  });
  for_each<module_record>(input, [&](module_record r) {
    auto const path = first_path.find(r.id);
    take_module(std::move(r), path == first_path.end() ? std::string() : placed(path->second));
  });
  for (auto& r : paths) take_path(std::move(r));
  for_each<scope_record>(input, [&](scope_record r) { take_scope(std::move(r)); });
}

void merged_tree::take_module(module_record r, std::string const& first_path) {
  if (r.type.empty() && first_path.empty()) {
    static_cast<void>(group());
    modules_of_[r.id] = group_module_;
    return;
  }
  auto const [it, is_new] = module_by_key_.try_emplace(
      {first_path, r.type, r.library_type, r.transparent, r.opens_scope, r.rule, r.rule_name},
      next_id(modules_.size()));
  modules_of_[r.id] = it->second;
  if (is_new) {
    r.id = it->second;
    modules_.push_back(std::move(r));
    return;
  }
  auto& known = modules_[static_cast<std::size_t>(it->second) - 1];
  if (known.parameters == r.parameters) return;
  resized_.insert(known.id);
  known.parameters = std::max(known.parameters, r.parameters);
}

void merged_tree::take_path(module_path_record r) {
  auto const old = r.id;
  need_smaller(r.parent, old, "module path");
  bool const is_root = r.parent == 0;
  r.module = module(r.module, "a module path");
  if (is_root && r.module == group_module_) {
    paths_of_[old] = group();
    return;
  }
  r.parent = found(paths_of_, r.parent, "module path", "a module path");
  if (!front_.empty()) {
    if (is_root) {
      r.parent = group();
      r.name = front_;
    }
    r.path = placed(r.path);
  }
  auto const [it, is_new] = path_by_key_.try_emplace({r.parent, r.name, r.module}, next_id(paths_.size()));
  paths_of_[old] = it->second;
  if (!is_new) return;
  r.id = it->second;
  paths_.push_back(std::move(r));
}

void merged_tree::take_scope(scope_record r) {
  auto const old = r.id;
  need_smaller(r.parent, old, "scope");
  if (r.entries < 0) throw damage(fmt::format("scope {} was entered a negative number of times", old));
  bool const in_front = !front_.empty() && (r.module != 0 || placed_scopes_.contains(r.parent));
  if (in_front) {
    placed_scopes_.insert(old);
    r.path = placed(r.path);
  }
  r.module = module(r.module, "a scope");
  r.parent = scope(r.parent, "a scope");
  auto const entries = r.entries;
  auto const [it, is_new] = scope_by_key_.try_emplace({r.parent, r.path, r.type, r.module, r.call, r.phase},
                                                      next_id(scopes_.size()));
  scopes_of_[old] = it->second;
  auto& own = entries_[it->second];
  bool too_many = __builtin_add_overflow(own, entries, &own);
  if (is_new) {
    r.id = it->second;
    scopes_.push_back(std::move(r));
  } else {
    auto& known = scopes_[static_cast<std::size_t>(it->second) - 1].entries;
    too_many = __builtin_add_overflow(known, entries, &known) || too_many;
  }
  if (too_many) throw damage("its scopes were entered more often than can be counted");
}

void merged_tree::write(capture_writer& to) {
  if (group_module_ != 0) {
    // What its roots have together.
    auto& all = modules_[static_cast<std::size_t>(group_module_) - 1].parameters;
    all = 0;
    for (auto const& p : paths_) {
      auto const own = modules_[static_cast<std::size_t>(p.module) - 1].parameters;
      if (p.parent == group_path_ && __builtin_add_overflow(all, own, &all))
        all = std::numeric_limits<std::int64_t>::max();
    }
  }
  for (auto const& r : modules_) to.add(r);
  for (auto const& r : paths_) to.add(r);
  for (auto const& r : scopes_) to.add(r);
}

}  // namespace flopwatch::capture_detail
