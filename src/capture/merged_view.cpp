// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/merged_view.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "capture/failure.hpp"
#include "capture/records.hpp"
#include "capture/table_reader.hpp"

namespace flopwatch::capture_detail {
namespace {

/// As saturating_add: a report says that a sum did not fit where it adds up the same records.
void add_to(std::int64_t& sum, std::int64_t amount) {
  if (__builtin_add_overflow(sum, amount, &sum)) sum = std::numeric_limits<std::int64_t>::max();
}

}  // namespace

merged_view::merged_view(read_source const& source, closed_mark const& mark, std::int64_t only)
    : processes_(read_processes(source, mark)), data_(processes_.size()), digests_(processes_.size()) {
  if (only != 0) {
    auto const it = std::find_if(processes_.begin(), processes_.end(),
                                 [&](auto const& p) { return p.record.id == only; });
    if (it == processes_.end()) throw damage(fmt::format("process {} is not there", only));
    only_ = static_cast<std::size_t>(it - processes_.begin());
  }
  if (is_merged()) read_scopes(source, mark);
}

std::size_t merged_view::process_of(std::string const& table, std::int64_t id) {
  if (!is_merged()) return npos;
  auto it = finders_.find(table);
  if (it == finders_.end()) it = finders_.emplace(table, process_finder(processes_, table)).first;
  return it->second.of(id);
}

void merged_view::read_scopes(read_source const& source, closed_mark const& mark) {
  std::unordered_map<std::int64_t, std::size_t> place;
  for (std::size_t i = 0; i < processes_.size(); ++i) place[processes_[i].record.id] = i;
  table_reader rows(source, table_of<process_scope_record>);
  while (rows.next()) {
    std::int64_t row_number = 0;
    process_scope_record r;
    rows(row_number);
    columns(rows, r);
    auto const it = place.find(r.process);
    if (it == place.end())
      throw damage(fmt::format("a scope was entered by process {}, which is not there", r.process));
    digests_[it->second].add(r);
    if (it->second == only_) entries_[r.scope] = r.entries;
  }
  mark.check(table_of<process_scope_record>, rows.sum());
}

void merged_view::add(operator_call_record r, capture_data& out) {
  auto const process = process_of(table_of<operator_call_record>, r.id);
  if (is_part() && process != only_) return;
  if (process != npos) {
    auto& d = data_[process];
    add_to(d.operator_calls, r.calls);
    add_to(d.total.macs, r.total.macs);
    add_to(d.total.useful_macs, r.total.useful_macs);
    add_to(d.total.other_flops, r.total.other_flops);
    digests_[process].add(r);
  }
  if (is_merged() && !is_part()) return calls_.add(std::move(r));
  out.operator_calls.push_back(std::move(r));
}

void merged_view::add(std::int64_t number, formula_call_record const& r, capture_data& out) {
  auto const process = process_of(table_of<formula_call_record>, number);
  if (is_part() && process != only_) return;
  if (process != npos) {
    auto& d = data_[process];
    add_to(r.unit == formula_unit::macs ? d.formula_macs : d.formula_operations, r.amount);
  }
  if (is_merged() && !is_part()) return calls_.add(r);
  out.formula_calls.push_back(r);
}

void merged_view::keep_scopes_of_part(capture_data& out) const {
  std::erase_if(out.scopes, [&](scope_record const& s) { return !entries_.contains(s.id); });
  for (auto& s : out.scopes) s.entries = entries_.at(s.id);
}

void merged_view::finish_calls(capture_data& out) {
  if (!is_merged()) return;
  if (!is_part()) {
    out.operator_calls = calls_.take_calls();
    out.formula_calls = calls_.take_formula_calls();
    return;
  }
  keep_scopes_of_part(out);
  out.info = processes_[only_].info;
  out.losses = processes_[only_].losses;
}

void merged_view::fold_audits(capture_data& out) const {
  auto const processes = std::count_if(processes_.begin(), processes_.end(), [](stored_process const& p) {
    auto const keys = p.rows_of(table_of<reuse_key_record>);
    return keys.first <= keys.last;
  });
  struct folded {
    reuse_audit_record sum;
    std::int64_t rows = 0;
  };
  std::map<std::pair<std::int64_t, std::int64_t>, folded> all;
  for (auto const& r : out.reuse_audits) {
    auto& f = all.try_emplace({r.plan, r.metric_group}, folded{r}).first->second;
    if (f.rows++ == 0) continue;
    add_to(f.sum.audits, r.audits);
    add_to(f.sum.equal, r.equal);
    f.sum.largest_difference = std::max(f.sum.largest_difference, r.largest_difference);
    // Relative: the sum of all cannot be off by more than the worst of its parts.
    f.sum.bound = f.sum.bound && r.bound ? std::optional(std::max(*f.sum.bound, *r.bound)) : std::nullopt;
  }
  out.reuse_audits.clear();
  for (auto& [key, f] : all) {
    if (f.rows < processes) f.sum.bound.reset();  // nothing was audited in some
    out.reuse_audits.push_back(f.sum);
  }
}

process_profile merged_view::profile_of(read_source const& source, std::size_t process) const {
  process_profile out;
  auto const& p = processes_[process];
  auto const scope_rows = p.rows_of(table_of<process_scope_record>);
  table_reader scopes(source, table_of<process_scope_record>,
                      fmt::format("SELECT * FROM process_scope WHERE id BETWEEN {} AND {}", scope_rows.first,
                                  scope_rows.last));
  while (scopes.next()) {
    std::int64_t row_number = 0;
    process_scope_record r;
    scopes(row_number);
    columns(scopes, r);
    out[r.scope].entries = r.entries;
  }
  auto const range = p.rows_of(table_of<operator_call_record>);
  table_reader calls(
      source, table_of<operator_call_record>,
      fmt::format("SELECT * FROM operator_call WHERE id BETWEEN {} AND {}", range.first, range.last));
  while (calls.next()) {
    operator_call_record r;
    std::int64_t name = 0;
    columns(calls, r, name);
    r.name = std::to_string(name);  // names are compared, not shown
    out[r.scope].add(r);
  }
  return out;
}

void merged_view::finish(read_source const& source, capture_data& out) {
  if (!is_merged() || is_part()) return;
  fold_audits(out);
  std::vector<std::uint64_t> digests;
  for (auto const& d : digests_) digests.push_back(d.value());
  auto const typical = typical_process(digests);
  std::unordered_map<std::uint64_t, std::size_t> first;
  process_profile of_typical;
  for (std::size_t i = 0; i < data_.size(); ++i) {
    auto& d = data_[i];
    auto const [it, is_new] = first.try_emplace(digests[i], i);
    d.same_as = processes_[it->second].record.id;
    if (digests[i] != digests[typical]) {
      if (!is_new) {
        d.difference = data_[it->second].difference;
      } else {
        if (of_typical.empty()) of_typical = profile_of(source, typical);
        d.difference = difference_of(profile_of(source, i), of_typical);
        d.difference.typical = processes_[typical].record.id;
      }
    }
  }
  out.processes.resize(data_.size());
  for (std::size_t i = 0; i < data_.size(); ++i) {
    auto& d = data_[i];
    d.who = std::move(processes_[i].record);
    d.info = std::move(processes_[i].info);
    d.losses = std::move(processes_[i].losses);
    // Their counters are there already.
    d.launches = out.processes[i].launches;
    d.launch_groups = std::move(out.processes[i].launch_groups);
    d.scope_range_groups = std::move(out.processes[i].scope_range_groups);
  }
  out.processes = std::move(data_);
}

}  // namespace flopwatch::capture_detail
