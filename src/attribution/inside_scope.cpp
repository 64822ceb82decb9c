// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "attribution/inside_scope.hpp"

#include <algorithm>

namespace flopwatch::attribution_detail {
namespace {

template <class Records>
void copy(Records const& from, std::vector<std::size_t> const& positions, Records& to) {
  for (auto const i : positions) to.push_back(from[i]);
}

}  // namespace

inside_scope::inside_scope(capture_data const& capture, attribution const& tree)
    : capture_(capture), tree_(tree) {
  auto const count = capture.scopes.size();
  scope_at_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    scope_at_.emplace(capture.scopes[i].id, i);
    of_row_[tree.row_of_scope[i]].push_back(i);
  }
  for (auto* const all : {&scopes_, &operators_, &formulas_, &launches_, &ranges_}) all->resize(count);
  auto const note = [&](std::int64_t scope, std::size_t record, std::vector<std::vector<std::size_t>>& by) {
    if (scope != 0) by[scope_at_.at(scope)].push_back(record);
  };
  std::unordered_map<std::int64_t, std::int64_t> scope_of_call;
  for (std::size_t i = 0; i < count; ++i) note(capture.scopes[i].parent, i, scopes_);
  for (std::size_t i = 0; i < capture.operator_calls.size(); ++i) {
    auto const& call = capture.operator_calls[i];
    note(call.scope, i, operators_);
    if (!capture.launch_groups.empty()) scope_of_call.emplace(call.id, call.scope);
  }
  for (std::size_t i = 0; i < capture.formula_calls.size(); ++i)
    note(capture.formula_calls[i].scope, i, formulas_);
  for (std::size_t i = 0; i < capture.launch_groups.size(); ++i) {
    auto const& g = capture.launch_groups[i];
    note(g.operator_call == 0 ? g.scope : scope_of_call.at(g.operator_call), i, launches_);
  }
  for (std::size_t i = 0; i < capture.scope_range_groups.size(); ++i)
    note(capture.scope_range_groups[i].scope, i, ranges_);
}

std::vector<std::size_t> inside_scope::scopes_in(std::size_t row) const {
  auto all = of_row_.at(row);
  for (std::size_t next = 0; next < all.size(); ++next) {
    auto const& below = scopes_[all[next]];
    all.insert(all.end(), below.begin(), below.end());
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

capture_data inside_scope::of(std::size_t row) const {
  capture_data part;
  part.info = capture_.info;
  part.modules = capture_.modules;
  part.module_paths = capture_.module_paths;
  part.metrics = capture_.metrics;
  part.kernels = capture_.kernels;
  part.losses = capture_.losses;
  part.complete = capture_.complete;
  for (auto const i : scopes_in(row)) {
    part.scopes.push_back(capture_.scopes[i]);
    if (tree_.row_of_scope[i] == row) part.scopes.back().parent = 0;
    copy(capture_.operator_calls, operators_[i], part.operator_calls);
    copy(capture_.formula_calls, formulas_[i], part.formula_calls);
    copy(capture_.launch_groups, launches_[i], part.launch_groups);
    copy(capture_.scope_range_groups, ranges_[i], part.scope_range_groups);
  }
  return part;
}

}  // namespace flopwatch::attribution_detail
