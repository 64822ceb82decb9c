// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "import/operator_join.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "flopwatch/checked.hpp"

namespace flopwatch::importing {
namespace {

bool is_counted(operator_call_record const& c) { return c.status == operator_status::counted && c.calls > 0; }

std::string without_overload(std::string const& name) { return name.substr(0, name.find('.')); }

}  // namespace

operator_join::operator_join(capture_data from, capture_sink& sink)
    : from_(std::move(from)), sink_(sink), children_(from_.scopes.size()), joined_(from_.scopes.size(), 0) {
  for (std::size_t i = 0; i < from_.scopes.size(); ++i) {
    auto const& s = from_.scopes[i];
    place_of_[s.id] = i;
    by_path_.try_emplace({s.path, s.call, s.phase}, i);
    if (auto const parent = place_of_.find(s.parent); parent != place_of_.end())
      children_[parent->second].push_back(i);
  }
  for (auto const& c : from_.operator_calls) {
    auto& copy = sink_.operator_calls().emplace_back(c);
    copy.id = static_cast<std::int64_t>(sink_.operator_calls().size());
  }
}

void operator_join::find_partners() {
  auto const& scopes = sink_.scopes().all();
  for (; looked_at_ < scopes.size(); ++looked_at_) {
    auto const& s = scopes[looked_at_];
    auto const found = by_path_.find({s.path, s.call, s.phase});
    if (found == by_path_.end() || s.type != from_.scopes[found->second].type) continue;
    if (!partners_.try_emplace(found->second, s.id).second) split_.insert(found->second);
  }
}

std::int64_t operator_join::only_call_in(scope_record const& scope) {
  find_partners();
  auto const found = by_path_.find({scope.path, scope.call, scope.phase});
  if (found == by_path_.end()) return 0;
  auto const partner = partners_.find(found->second);
  if (partner == partners_.end() || partner->second != scope.id) return 0;
  std::int64_t only = 0;
  for (std::size_t i = 0; i < from_.operator_calls.size(); ++i) {
    auto const& c = from_.operator_calls[i];
    if (c.scope != from_.scopes[found->second].id || c.status == operator_status::no_arithmetic) continue;
    if (only != 0) return 0;
    only = static_cast<std::int64_t>(i) + 1;
  }
  return only;
}

void operator_join::join_by_path() {
  find_partners();
  for (auto const& [from_scope, imported] : partners_) set(from_scope, imported);
}

void operator_join::join_by_type() {
  auto const& scopes = sink_.scopes().all();
  for (std::size_t i = 0; i < from_.scopes.size(); ++i) {
    if (from_.scopes[i].parent != 0 || joined_[i] != 0 || from_.scopes[i].type.empty()) continue;
    // The first in the tree: a parent is before its children.
    auto const root = std::find_if(scopes.begin(), scopes.end(), [&](scope_record const& s) {
      return s.type == from_.scopes[i].type && s.phase == from_.scopes[i].phase && !taken_.contains(s.id);
    });
    if (root == scopes.end()) continue;
    set(i, root->id);
  }
  for (std::size_t i = 0; i < from_.scopes.size(); ++i) {
    if (joined_[i] != 0) join_children(i);  // which come later
  }
}

void operator_join::join_children(std::size_t from_scope) {
  using typed = std::pair<std::string, phase>;
  std::map<typed, std::vector<std::int64_t>> by_type;
  for (auto const& s : sink_.scopes().all()) {
    if (s.parent == joined_[from_scope] && !taken_.contains(s.id)) by_type[{s.type, s.phase}].push_back(s.id);
  }
  std::map<typed, std::size_t> next;
  for (auto const child : children_[from_scope]) {
    if (joined_[child] != 0) continue;
    typed const of{from_.scopes[child].type, from_.scopes[child].phase};
    auto const& candidates = by_type[of];
    auto& at = next[of];
    if (at < candidates.size()) set(child, candidates[at++]);
  }
}

void operator_join::add_scopes_not_met() {
  for (std::size_t i = 0; i < from_.scopes.size(); ++i) {
    auto const& s = from_.scopes[i];
    auto& scopes = sink_.scopes().all();
    if (joined_[i] != 0) {
      auto& own = scopes[static_cast<std::size_t>(joined_[i] - 1)];
      own.path = s.path;
      own.type = s.type;
      own.module = s.module;
      own.call = s.call;
      continue;
    }
    auto const parent = place_of_.find(s.parent);
    auto const above = parent == place_of_.end() ? 0 : joined_[parent->second];
    if (above == 0 && s.parent != 0) continue;
    auto added = s;
    added.id = joined_[i] = static_cast<std::int64_t>(scopes.size()) + 1;
    added.parent = above;
    added.entries = checked_mul(s.entries, multiples_[i].factor);
    scopes.push_back(std::move(added));
  }
}

operator_join::multiple operator_join::multiple_of(std::size_t from_scope) const {
  auto const id = joined_[from_scope];
  auto const own = sink_.scopes().all()[static_cast<std::size_t>(id - 1)].entries;
  auto const theirs = from_.scopes[from_scope].entries;
  if (own <= 0 || own % theirs != 0) return {1, false};
  return {own / theirs, sink_.scopes().entries_known(id) && !split_.contains(from_scope)};
}

void operator_join::find_multiples() {
  multiples_.assign(from_.scopes.size(), {});
  std::optional<multiple> of_roots;
  bool alike = true;
  // A scope that the capture has and never entered says nothing.
  auto const compared = [&](std::size_t i) { return joined_[i] != 0 && from_.scopes[i].entries > 0; };
  for (std::size_t i = 0; i < from_.scopes.size(); ++i) {
    if (!compared(i)) continue;
    multiples_[i] = multiple_of(i);
    if (from_.scopes[i].parent != 0) continue;
    alike = alike && (!of_roots || of_roots->factor == multiples_[i].factor);
    of_roots = {multiples_[i].factor, (!of_roots || of_roots->known) && multiples_[i].known};
  }
  // What no range shows ran as often as the whole, most likely; once is sure if the whole ran once.
  outside_ = {of_roots && alike ? of_roots->factor : 1,
              of_roots && alike && of_roots->known && of_roots->factor == 1};
  for (std::size_t i = 0; i < from_.scopes.size(); ++i) {
    if (compared(i)) continue;
    auto const parent = place_of_.find(from_.scopes[i].parent);
    multiples_[i] = parent == place_of_.end() ? outside_ : multiples_[parent->second];
  }
}

std::int64_t operator_join::factor_of(std::int64_t scope, bool has_work) {
  auto const place = place_of_.find(scope);
  bool const outside = place == place_of_.end();
  auto const& m = outside ? outside_ : multiples_[place->second];
  if (!m.known && has_work)
    of_unknown_.insert(outside ? "outside all modules" : from_.scopes[place->second].path);
  return m.factor;
}

void operator_join::take_calls() {
  auto& calls = sink_.operator_calls();
  auto const copied = from_.operator_calls.size();
  bool const own = std::any_of(calls.begin() + static_cast<std::ptrdiff_t>(copied), calls.end(), is_counted);
  if (own) {
    calls.erase(calls.begin(), calls.begin() + static_cast<std::ptrdiff_t>(copied));
    return;
  }
  for (std::size_t i = 0; i < copied; ++i) {
    auto& c = calls[i];
    auto const factor = factor_of(c.scope, c.status != operator_status::no_arithmetic);
    auto const place = place_of_.find(c.scope);
    if (place != place_of_.end()) c.scope = joined_[place->second];
    try {
      c.calls = checked_mul(c.calls, factor);
      c.total = {checked_mul(c.total.macs, factor), checked_mul(c.total.useful_macs, factor),
                 checked_mul(c.total.other_flops, factor)};
    } catch (overflow_error const& e) {
      c.total = {};
      c.status = operator_status::unsupported;
      c.note = e.what();
    }
  }
  resolve_calls_without_shapes(copied);
}

/// A traced operator without shapes is the one of its name in its joined scope, if that is one alone.
void operator_join::resolve_calls_without_shapes(std::size_t copied) {
  auto& calls = sink_.operator_calls();
  std::map<std::pair<std::int64_t, std::string>, std::vector<std::size_t>> by_name;
  for (std::size_t i = 0; i < copied; ++i)
    by_name[{calls[i].scope, without_overload(calls[i].name)}].push_back(i);
  std::set<std::size_t> used;
  for (std::size_t i = copied; i < calls.size(); ++i) {
    auto const found = by_name.find({calls[i].scope, without_overload(calls[i].name)});
    if (found == by_name.end() || found->second.size() != 1 || !is_counted(calls[found->second[0]])) continue;
    auto const id = calls[i].id;
    calls[i] = calls[found->second[0]];
    calls[i].id = id;
    used.insert(found->second[0]);
  }
  for (auto i = used.rbegin(); i != used.rend(); ++i)
    calls.erase(calls.begin() + static_cast<std::ptrdiff_t>(*i));
}

void operator_join::take_formulas(capture_writer& writer) {
  for (auto const& m : from_.modules) writer.add(m);
  for (auto const& p : from_.module_paths) writer.add(p);
  for (auto f : from_.formula_calls) {
    auto const place = place_of_.find(f.scope);
    if (place == place_of_.end() || joined_[place->second] == 0) continue;
    auto const factor = factor_of(f.scope, true);
    f.scope = joined_[place->second];
    f.calls = checked_mul(f.calls, factor);
    f.amount = checked_mul(f.amount, factor);
    writer.add(f);
  }
}

void operator_join::finish(capture_writer& writer) {
  join_by_path();
  join_by_type();
  for (auto const& s : sink_.scopes().all()) {
    if (!taken_.contains(s.id) && !s.type.empty()) sink_.losses().add(loss::import_not_joined, s.path);
  }
  find_multiples();
  add_scopes_not_met();
  take_calls();
  take_formulas(writer);
  for (auto const& path : of_unknown_) sink_.losses().add(loss::import_entries_unknown, path);
  auto const formula = from_.info.find(info_key::formula);
  if (formula != from_.info.end()) {
    sink_.info()[info_key::formula] = formula->second;
  }
  // The columns that were taken over are as whole as they were there.
  for (auto const& l : from_.losses) writer.add(l);
}

}  // namespace flopwatch::importing
