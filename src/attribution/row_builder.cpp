// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "attribution/row_builder.hpp"

#include <algorithm>
#include <functional>
#include <string_view>
#include <unordered_set>

#include "attribution/saturating.hpp"

namespace flopwatch::attribution_detail {
namespace {

std::size_t mixed(std::size_t a, std::size_t b) {
  return a ^ (b + 0x9e3779b97f4a7c15U + (a << 6U) + (a >> 2U));
}

/// "attn.qkv" below "attn" is "qkv"; a path that is not below is unchanged.
std::string label_below(std::string const& above, std::string const& path) {
  if (above.empty()) return path;
  if (path.size() > above.size() + 1 && path[above.size()] == '.' && path.starts_with(above)) {
    return path.substr(above.size() + 1);
  }
  return path;
}

}  // namespace

std::size_t row_builder::key_hash::operator()(key const& k) const noexcept {
  auto h = mixed(std::hash<std::size_t>{}(k.parent), std::hash<std::size_t>{}(k.node));
  h = mixed(h, std::hash<std::int64_t>{}(k.module));
  h = mixed(h, k.outer ? 1 : 0);
  return mixed(h, std::hash<std::string>{}(k.path));
}

row_builder::row_builder(capture_data const& capture, id_index const& modules, id_index const& scopes,
                         static_tree const& tree)
    : capture_(capture),
      modules_(modules),
      scopes_(scopes),
      tree_(tree),
      scope_order_(by_id(capture.scopes)),
      of_scope_(capture.scopes.size(), module_row::npos),
      of_node_(tree.nodes().size(), module_row::npos) {}

void row_builder::name(module_row& row, std::string path, std::string type) const {
  auto const& above = row.parent == module_row::npos ? std::string() : rows_[row.parent].path;
  row.label = label_below(above, path);
  if (row.label.empty() && row.parent != module_row::npos) row.label = type;
  row.path = std::move(path);
  row.type = std::move(type);
}

std::size_t row_builder::add_row(std::size_t parent, std::size_t node) {
  module_row row;
  row.parent = parent;
  if (node != none) {
    auto const& record = capture_.module_paths[tree_.nodes()[node].record];
    auto const& module = capture_.modules[tree_.nodes()[node].module];
    row.module = module.id;
    row.path_id = record.id;
    row.parameters = module.parameters;
    name(row, record.path, module.type);
    if (of_node_[node] == module_row::npos) of_node_[node] = rows_.size();
  }
  rows_.push_back(std::move(row));
  node_of_.push_back(node);
  registered_place_.push_back(false);
  outer_.push_back(false);
  around_root_.push_back(false);
  return rows_.size() - 1;
}

std::size_t row_builder::static_child(std::size_t parent, std::size_t node) {
  auto const add = [&] {
    auto const row = add_row(parent, node);
    registered_place_.back() = tree_.nodes()[node].parent == node_of_[parent];
    return row;
  };
  // Nearly every node has one row, which is in of_node_; only further ones are looked up.
  auto const first = of_node_[node];
  if (first == module_row::npos) return add();
  if (rows_[first].parent == parent) return first;
  auto const [found, is_new] = by_key_.try_emplace(key{parent, node, 0, {}}, rows_.size());
  if (is_new) add();
  return found->second;
}

/// The row of a static node below the row of one of its static ancestors, with the rows between.
std::size_t row_builder::below(std::size_t row, std::size_t node) {
  if (node != node_of_[row] && tree_.nodes()[node].parent == node_of_[row]) return static_child(row, node);
  std::vector<std::size_t> missing;
  // Rows made on the way are stored under the ancestor too, so that a deep path is found at once the next
  // time.
  auto const top = row;
  while (node != node_of_[top]) {
    auto const known = by_key_.find(key{top, node, -1, {}});
    if (known != by_key_.end()) {
      row = known->second;
      break;
    }
    missing.push_back(node);
    node = tree_.nodes()[node].parent;
  }
  while (!missing.empty()) {
    row = static_child(row, missing.back());
    by_key_.emplace(key{top, missing.back(), -1, {}}, row);
    missing.pop_back();
  }
  return row;
}

std::size_t row_builder::place(scope_record const& s, std::size_t around, bool outer) {
  auto const module = s.module == 0 ? none : modules_.at(s.module, "scope", s.id);
  auto const node = module == none ? none : tree_.find(s.path, module);
  // A root keeps its row even if the program calls it inside a plain scope.
  if (node == 0) return 0;
  if (outer && tree_.is_root(node)) return static_child(0, node);
  if (tree_.empty() && s.parent == 0 && s.path.empty()) {
    if (rows_[0].type.empty()) rows_[0].type = s.type;
    return 0;
  }
  if (node != none) {
    auto const here = node_of_[around];
    if (here != none && tree_.is_above(here, node)) return below(around, node);
    auto const row = static_child(around, node);
    if (rows_[row].path != s.path) name(rows_[row], s.path, rows_[row].type);
    return row;
  }
  // Ranges of two NVTX domains can have one name.
  auto place_name = s.path;
  if (module == none) place_name.append(1, '\0').append(s.type);
  auto const [found, is_new] =
      by_key_.try_emplace(key{around, none, s.module, std::move(place_name), outer}, rows_.size());
  if (is_new) {
    auto const row = add_row(around, none);
    outer_[row] = outer;
    rows_[row].module = s.module;
    if (module != none) rows_[row].parameters = capture_.modules[module].parameters;
    name(rows_[row], s.path, module == none ? s.type : capture_.modules[module].type);
  }
  return found->second;
}

void row_builder::mark_around(std::size_t row) {
  for (; row != 0 && !around_root_[row]; row = rows_[row].parent) around_root_[row] = true;
}

/// A scope outside the model can have the path of a module, or of a scope inside it.
void row_builder::tell_apart() {
  std::unordered_set<std::string_view> inside;
  for (std::size_t r = 1; r < rows_.size(); ++r) {
    if (!outer_[r]) inside.insert(rows_[r].path);
  }
  for (std::size_t r = 1; r < rows_.size(); ++r) {
    if (!outer_[r] || !inside.contains(rows_[r].path)) continue;
    for (auto* const text : {&rows_[r].path, &rows_[r].label}) *text += " (outside the model)";
  }
}

void row_builder::place_scopes() {
  std::vector<bool> outer(capture_.scopes.size(), false);
  for (auto const i : scope_order_) {
    auto const& s = capture_.scopes[i];
    auto around = std::size_t{0};
    outer[i] = !tree_.empty();
    if (s.parent != 0) {
      auto const parent = scopes_.at(s.parent, "scope", s.id);
      around = of_scope_[parent];
      if (around == module_row::npos) {
        damaged("scope " + std::to_string(s.id) + " comes before its parent " + std::to_string(s.parent));
      }
      outer[i] = outer[parent] && around != 0 && node_of_[around] == none;
    }
    if (s.entries < 0) damaged("scope " + std::to_string(s.id) + " was entered a negative number of times");
    auto const row = place(s, around, outer[i]);
    of_scope_[i] = row;
    if (outer[i] && s.parent != 0 && tree_.is_root(node_of_[row])) mark_around(around);
    // A forward pass that runs again is the same call: rules and their calls belong to the first one.
    if (s.phase != phase::recompute) rows_[row].calls = saturating_add(rows_[row].calls, s.entries);
  }
}

void row_builder::place_uncalled() {
  for (std::size_t n = 1; n < tree_.nodes().size(); ++n) {
    if (of_node_[n] == module_row::npos) static_child(of_node_[tree_.nodes()[n].parent], n);
  }
}

std::vector<std::size_t> row_builder::depth_first() const {
  // Children in reverse order, so that the first one is taken from the end of the stack first.
  std::vector<std::vector<std::size_t>> children(rows_.size());
  for (std::size_t i = 1; i < rows_.size(); ++i) children[rows_[i].parent].push_back(i);
  auto const later = [&](std::size_t a, std::size_t b) {
    if (registered_place_[a] != registered_place_[b]) return bool{registered_place_[b]};
    return registered_place_[a] ? node_of_[a] > node_of_[b] : a > b;
  };
  for (auto& c : children) std::sort(c.begin(), c.end(), later);

  std::vector<std::size_t> order;
  order.reserve(rows_.size());
  std::vector<std::size_t> open{0};
  while (!open.empty()) {
    auto const row = open.back();
    open.pop_back();
    order.push_back(row);
    open.insert(open.end(), children[row].begin(), children[row].end());
  }
  return order;
}

placed_rows row_builder::build() && {
  auto const expected = std::max(tree_.nodes().size(), capture_.scopes.size()) + 1;
  rows_.reserve(expected);
  by_key_.reserve(expected);
  add_row(module_row::npos, tree_.empty() ? none : 0);
  place_scopes();
  place_uncalled();
  tell_apart();
  auto const order = depth_first();
  std::vector<std::size_t> place_of(rows_.size());
  for (std::size_t i = 0; i < order.size(); ++i) place_of[order[i]] = i;

  placed_rows out;
  out.rows.reserve(order.size() + 1);
  for (auto const old : order) {
    auto row = std::move(rows_[old]);
    if (row.parent != module_row::npos) {
      row.parent = place_of[row.parent];
      out.rows[row.parent].children.push_back(out.rows.size());
    }
    if (around_root_[old]) out.around_roots.push_back(out.rows.size());
    out.rows.push_back(std::move(row));
    out.node_of_row.push_back(node_of_[old]);
  }
  for (auto const row : of_scope_) out.of_scope.push_back(place_of[row]);
  for (auto const row : of_node_) out.of_node.push_back(place_of[row]);
  return out;
}

void add_outside_row(placed_rows& placed) {
  placed.outside = placed.rows.size();
  module_row row;
  row.parent = 0;
  row.label = "outside every module";
  row.outside = true;
  placed.rows[0].children.push_back(placed.outside);
  placed.rows.push_back(std::move(row));
  placed.node_of_row.push_back(none);
}

}  // namespace flopwatch::attribution_detail
