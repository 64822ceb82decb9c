// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recording/unfinished_recording.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "flopwatch/checked.hpp"
#include "recording/loss_sums.hpp"
#include "recording/row_record.hpp"

namespace flopwatch::detail {
namespace {

/// Rows that are looked at while their thread is held up.
constexpr std::size_t a_portion = 512;
constexpr std::chrono::milliseconds patience{20};

}  // namespace

void unfinished_recording::collect(std::function<void(unfinished_rows const&)> const& put,
                                   std::function<bool()> const& goes_on) {
  auto const hand_over = [&] {
    put(rows_);
    rows_ = {};
    return goes_on();
  };
  add_modules();
  add_threads();
  // All threads' scopes come first: backward calls belong to scopes of the thread that ran forward.
  for (auto& t : threads_) add_scopes(t);
  if (!hand_over()) return;
  for (auto& t : threads_) {
    auto const count = rows_of(t);
    for (std::size_t from = 0; from < count; from += a_portion) {
      add_rows(t, from, std::min(count, from + a_portion));
      if (!rows_.operator_calls.empty() && !hand_over()) return;
    }
  }
  for (bool begins = true, more = true; more; begins = false) {
    more = add_of_source(begins);
    if (more && !hand_over()) return;
  }
  add_losses();
  put(rows_);
  rows_ = {};
}

void unfinished_recording::take(std::unique_ptr<unfinished_source> source,
                                std::map<std::string, std::string> info) {
  std::lock_guard const lock(source_mutex_);
  source_ = std::move(source);
  source_info_ = std::move(info);
}

void unfinished_recording::drop_source() noexcept {
  std::lock_guard const lock(source_mutex_);
  source_.reset();
}

bool unfinished_recording::add_of_source(bool begins) {
  std::lock_guard const lock(source_mutex_);
  rows_.info.merge(std::exchange(source_info_, {}));
  return source_ != nullptr && source_->add_to(rows_, *this, begins);
}

std::optional<std::int64_t> unfinished_recording::of(scope_node const* scope) const {
  auto const it = node_ids_.find(scope);
  return it == node_ids_.end() ? std::nullopt : std::optional(it->second);
}

std::optional<std::int64_t> unfinished_recording::of(operator_row const* call) const {
  auto const it = row_ids_.find(call);
  return it == row_ids_.end() ? std::nullopt : std::optional(it->second);
}

void unfinished_recording::add_modules() {
  auto const& names = running_.names();
  auto const held = names.lock();
  if (std::exchange(names_version_, names.version()) == names.version()) return;
  for (auto const& m : names.modules()) rows_.modules.push_back(m.record);
  rows_.module_paths = names.paths();
}

void unfinished_recording::add_threads() {
  auto const all = running_.threads_now();
  for (auto i = threads_.size(); i < all.size(); ++i) {
    known_thread t;
    t.record = all[i];
    t.number = static_cast<std::int64_t>(i);
    threads_.push_back(std::move(t));
  }
}

std::int64_t unfinished_recording::id_of(scope_node const& node) {
  auto const parent = node_ids_.at(node.parent);
  auto const module = node.module == nullptr ? 0 : node.module->record.id;
  auto const next = static_cast<std::int64_t>(scopes_.size()) + 1;
  auto const [it, is_new] =
      scope_ids_.try_emplace(path_key(parent, module, node.path, node.type, node.call, node.in_phase), next);
  if (is_new) {
    scopes_.push_back({next, parent, node.path, node.type, module, node.call, node.in_phase, 0});
    formulas_.emplace_back();
  }
  return it->second;
}

void unfinished_recording::add_scopes(known_thread& thread) {
  std::vector<seen_node> portion;
  for (std::size_t from = 0;; from += a_portion) {
    portion.clear();
    {
      record_pause const pause(*thread.record, patience);
      if (!pause) return;
      auto const& nodes = thread.record->scopes().nodes();
      auto const to = std::min(nodes.size(), from + a_portion);
      for (auto i = from; i < to; ++i) portion.push_back(see(nodes[i]));
    }
    if (portion.empty()) return;
    for (std::size_t i = 0; i < portion.size(); ++i) add_scope(thread, from + i, portion[i]);
  }
}

unfinished_recording::seen_node unfinished_recording::see(scope_node const& node) {
  std::optional<formula_call_record> formula;
  try {
    if (!node.formula.empty()) formula = formula_record(node);
  } catch (overflow_error const&) {
    // The end of the recording says so.
  }
  return {&node, node.entries, std::move(formula)};
}

void unfinished_recording::add_scope(known_thread& thread, std::size_t place, seen_node& now) {
  if (place >= thread.nodes.size()) {
    auto const id = now.node->parent == nullptr ? 0 : id_of(*now.node);
    node_ids_[now.node] = id;
    thread.nodes.push_back({id, -1, 0, 0});
  }
  auto& before = thread.nodes[place];
  if (before.id == 0) return;
  auto const at = static_cast<std::size_t>(before.id - 1);
  if (now.entries != before.entries) {
    scopes_[at].entries += now.entries - std::max<std::int64_t>(before.entries, 0);
    before.entries = now.entries;
    rows_.scopes.push_back(scopes_[at]);
  }
  if (!now.formula || now.formula->calls == before.formula_calls) return;
  auto& sum = formulas_[at];
  auto next = std::move(*now.formula);
  std::swap(next.calls, before.formula_calls);
  std::swap(next.amount, before.formula_amount);
  // `next` has what this thread gave before: what it gave since is added.
  next.calls = sum.calls + before.formula_calls - next.calls;
  next.amount = sum.amount + before.formula_amount - next.amount;
  next.scope = before.id;
  sum = std::move(next);
  rows_.formula_calls.push_back(sum);
}

std::size_t unfinished_recording::rows_of(known_thread& thread) {
  record_pause const pause(*thread.record, patience);
  if (!pause) return 0;
  thread.losses = thread.record->losses();
  return thread.record->rows().all().size();
}

void unfinished_recording::add_rows(known_thread& thread, std::size_t from, std::size_t to) {
  struct seen {
    operator_row const* row;
    std::size_t at;
    calls now;
  };
  std::vector<seen> portion;
  thread.rows.resize(std::max(thread.rows.size(), to));
  {
    record_pause const pause(*thread.record, patience);
    if (!pause) return;
    auto const& all = thread.record->rows().all();
    for (auto i = from; i < to; ++i) {
      calls const now{all[i].calls, all[i].unsupported, all[i].partly};
      if (now != thread.rows[i]) portion.push_back({&all[i], i, now});
    }
  }
  // What else is read of a row does not change once a rule has answered for it.
  auto const put = [&](seen const& s, std::int64_t place, operator_status status, std::int64_t count) {
    if (count == 0) return;
    auto r = call_record(*s.row, status);
    r.id = ((static_cast<std::int64_t>(s.at) * most_threads + thread.number) * statuses) + place + 1;
    r.scope = node_ids_.at(s.row->scope);
    set_calls(r, *s.row, count);
    row_ids_.try_emplace(s.row, r.id);
    rows_.operator_calls.push_back(std::move(r));
  };
  for (auto const& s : portion) {
    if (!node_ids_.contains(s.row->scope)) continue;  // a scope that is newer than this call
    thread.rows[s.at] = s.now;
    auto const known = s.row->counted ? operator_status::counted : operator_status::no_arithmetic;
    if (s.row->counted || s.row->no_arithmetic) put(s, 0, known, s.now.counted);
    put(s, 1, operator_status::unsupported, s.now.unsupported);
    put(s, 2, operator_status::partly_counted, s.now.partly);
  }
}

void unfinished_recording::add_losses() {
  loss_sums all;
  for (auto const& t : threads_) {
    for (auto const& l : t.losses) all.add(*l.kind, l.count, l.detail);
  }
  rows_.losses = all.records();
}

}  // namespace flopwatch::detail
