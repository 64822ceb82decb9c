// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/process_reader.hpp"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "capture/records.hpp"
#include "capture/table_reader.hpp"

namespace flopwatch::capture_detail {
namespace {

constexpr char const* process_tables[] = {"process", "process_rows", "process_scope", "process_info",
                                          "process_loss"};

/// Positions by id.
class by_process {
 public:
  explicit by_process(std::vector<stored_process>& all) : all_(all) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!at_.emplace(all[i].record.id, i).second)
        throw damage(fmt::format("process {} stands twice", all[i].record.id));
    }
  }
  stored_process& at(std::int64_t id, char const* table) {
    auto const it = at_.find(id);
    if (it == at_.end())
      throw damage(fmt::format("table {} has a row of process {}, which is not there", table, id));
    return all_[it->second];
  }

 private:
  std::vector<stored_process>& all_;
  std::unordered_map<std::int64_t, std::size_t> at_;
};

/// Calls `visit` with each record of its table.
template <class R, class F>
void for_each(read_source const& source, closed_mark const& mark, F&& visit) {
  table_reader rows(source, table_of<R>);
  while (rows.next()) {
    std::int64_t row_number = 0;
    if constexpr (numbered<R>) rows(row_number);
    R r;
    columns(rows, r);
    visit(std::move(r));
  }
  mark.check(table_of<R>, rows.sum());
}

void add_rows(stored_process& to, process_rows_record const& r) {
  auto const last = [&] {
    std::int64_t out = 0;
    if (r.first < 1 || r.rows < 1 || __builtin_add_overflow(r.first, r.rows - 1, &out))
      throw damage(
          fmt::format("process {} has {} rows of table {} from {} on", r.process, r.rows, r.table, r.first));
    return out;
  }();
  if (!to.rows.emplace(r.table, id_range{r.first, last}).second)
    throw damage(fmt::format("process {} has two ranges of table {}", r.process, r.table));
}

}  // namespace

bool has_process_tables(read_source const& source, closed_mark const& mark) {
  bool all = true;
  for (auto const* table : process_tables) all = mark.has(source, table) && all;
  return all;
}

std::vector<stored_process> read_processes(read_source const& source, closed_mark const& mark) {
  std::vector<stored_process> out;
  if (!has_process_tables(source, mark)) return out;
  for_each<process_record>(source, mark, [&](process_record r) {
    out.push_back({std::move(r), {}, {}, {}});
  });
  by_process processes(out);
  for_each<process_rows_record>(source, mark, [&](process_rows_record const& r) {
    add_rows(processes.at(r.process, "process_rows"), r);
  });
  for_each<process_info_record>(source, mark, [&](process_info_record r) {
    processes.at(r.process, "process_info").info[std::move(r.key)] = std::move(r.value);
  });
  for_each<process_loss_record>(source, mark, [&](process_loss_record r) {
    processes.at(r.process, "process_loss").losses.push_back(std::move(r.loss));
  });
  return out;
}

process_finder::process_finder(std::vector<stored_process> const& processes, std::string const& table) {
  for (std::size_t i = 0; i < processes.size(); ++i) {
    auto const range = processes[i].rows_of(table);
    if (range.first <= range.last) ranges_.emplace_back(range, i);
  }
  std::sort(ranges_.begin(), ranges_.end(),
            [](auto const& a, auto const& b) { return a.first.first < b.first.first; });
  for (std::size_t i = 1; i < ranges_.size(); ++i) {
    if (ranges_[i].first.first <= ranges_[i - 1].first.last)
      throw damage(fmt::format("two processes have row {} of table {}", ranges_[i].first.first, table));
  }
}

std::size_t process_finder::of(std::int64_t id) noexcept {
  if (at_ < ranges_.size() && ranges_[at_].first.has(id)) return ranges_[at_].second;
  auto const next = std::upper_bound(ranges_.begin(), ranges_.end(), id,
                                     [](std::int64_t v, auto const& r) { return v < r.first.first; });
  if (next == ranges_.begin()) return npos;
  at_ = static_cast<std::size_t>(next - ranges_.begin()) - 1;
  return ranges_[at_].first.has(id) ? ranges_[at_].second : npos;
}

}  // namespace flopwatch::capture_detail
