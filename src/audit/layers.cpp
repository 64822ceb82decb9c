// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <string_view>

#include "audit/ran.hpp"

namespace flopwatch::audits {
namespace {

bool is_numbered(module_row const& row) {
  auto const last = std::string_view(row.path).substr(row.path.rfind('.') + 1);
  return !last.empty() && std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
}

using stacks = std::map<std::size_t, std::vector<std::size_t>>;

/// Parent rows with their numbered children: those that are not inside of such a child, and the others.
struct numbered_rows {
  stacks outermost, inner;
};

numbered_rows stacks_of(attribution const& tree) {
  numbered_rows out;
  std::vector<bool> inside(tree.rows.size(), false);
  for (std::size_t r = 1; r < tree.rows.size(); ++r) {
    auto const& row = tree.rows[r];
    if (row.parent == module_row::npos || row.outside) continue;
    inside[r] = inside[row.parent];
    if (!is_numbered(row)) continue;
    (inside[r] ? out.inner : out.outermost)[row.parent].push_back(r);
    inside[r] = true;
  }
  return out;
}

/// The row below `layer` (or itself) in which most attention ran.
std::size_t attention_row(attribution const& tree, std::vector<unit_work> const& units, std::size_t layer) {
  std::size_t best = layer;
  std::vector<std::size_t> open{layer};
  while (!open.empty()) {
    auto const r = open.back();
    open.pop_back();
    if (units[r].attention.forward > units[best].attention.forward) best = r;
    open.insert(open.end(), tree.rows[r].children.begin(), tree.rows[r].children.end());
  }
  return best;
}

}  // namespace

std::vector<layer_rows> find_layers(analysis const& a, std::vector<unit_work> const& units,
                                    std::int64_t wanted) {
  auto const found = stacks_of(a.tree);
  auto const has_wanted = [&](auto const& stack) {
    return static_cast<std::int64_t>(stack.second.size()) == wanted;
  };
  std::size_t all = 0;
  std::vector<std::size_t> chosen;
  for (auto const& [parent, layers] : found.outermost) {
    all += layers.size();
    bool const right = wanted > 0 && static_cast<std::int64_t>(layers.size()) == wanted;
    bool const so_far = wanted > 0 && static_cast<std::int64_t>(chosen.size()) == wanted;
    if ((right && !so_far) || (right == so_far && layers.size() > chosen.size())) chosen = layers;
  }
  if (static_cast<std::int64_t>(all) == wanted && static_cast<std::int64_t>(chosen.size()) != wanted) {
    chosen.clear();
    for (auto const& [parent, layers] : found.outermost) {
      chosen.insert(chosen.end(), layers.begin(), layers.end());
    }
  } else if (wanted > 0 && static_cast<std::int64_t>(chosen.size()) != wanted) {
    // A model whose parts are numbered themselves: Sequential(embedding, encoder, head).
    auto const inner = std::find_if(found.inner.begin(), found.inner.end(), has_wanted);
    if (inner != found.inner.end()) chosen = inner->second;
  }
  std::vector<layer_rows> out;
  out.reserve(chosen.size());
  for (auto const layer : chosen) out.push_back({layer, attention_row(a.tree, units, layer)});
  return out;
}

}  // namespace flopwatch::audits
