// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/unfinished_launches.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

#include "collect/write_tables.hpp"

namespace flopwatch::collect {
namespace {

constexpr std::size_t a_portion = 4096;
/// Launches that are copied while the program's wait.
constexpr std::size_t copied_at_once = 512;
constexpr std::int64_t most_contexts = 1 << 16;

}  // namespace

unfinished_launches::unfinished_launches(collector& of, std::map<std::string, std::string> info)
    : collector_(&of), info_(std::move(info)) {
  info_[info_key::measured_reason] = "the recording ended before its counters were written";
}

bool unfinished_launches::is_full() const noexcept { return rows_->launches.size() >= a_portion; }

bool unfinished_launches::add_to(unfinished_rows& rows, detail::unfinished_ids const& ids, bool begins) {
  rows_ = &rows;
  ids_ = &ids;
  rows.info.merge(std::exchange(info_, {}));
  if (begins) begin_round();
  for (auto& context : contexts_) {
    add_read(context);
    add_of_threads(context);
    // Last, so that none is missed that is read meanwhile: it comes in the next round.
    add_waiting(context);
    if (is_full()) return true;
  }
  return false;
}

void unfinished_launches::begin_round() {
  auto const logs = collector_->first_logs();
  while (contexts_.size() < std::min<std::size_t>(logs.size(), most_contexts)) {
    of_context next;
    next.log = logs[contexts_.size()];
    next.place = static_cast<std::int64_t>(contexts_.size());
    contexts_.push_back(std::move(next));
  }
  for (auto& context : contexts_) {
    for (auto const* const rows : context.log->threads_now()) {
      auto const known = std::find_if(context.threads.begin(), context.threads.end(),
                                      [&](of_thread const& t) { return t.rows == rows; });
      if (known != context.threads.end()) continue;
      context.threads.emplace_back().rows = rows;
    }
    context.read.stopped = context.waiting.stopped = false;
    for (auto& t : context.threads) t.stopped = false;
  }
}

void unfinished_launches::add_read(of_context& context) {
  auto& spool = context.log->launches();
  while (!context.read.stopped && !is_full()) {
    auto const taken = spool.read_published(context.next, copied_at_once,
                                            [&](launch_row const& row, std::span<double const> values) {
                                              return add(context, context.read, row, values);
                                            });
    context.next += taken;
    if (taken == 0) return;
  }
}

void unfinished_launches::add_of_threads(of_context& context) {
  for (auto& thread : context.threads) {
    launch_row row;
    while (!thread.stopped && !is_full()) {
      auto next = thread.at;
      if (!thread.rows->read_so_far(next, row) || !add(context, thread, row, {})) break;
      thread.at = next;
    }
  }
}

void unfinished_launches::add_waiting(of_context& context) {
  std::vector<launch_row> rows;
  while (!context.waiting.stopped && !is_full()) {
    rows.clear();
    context.log->copy_waiting(context.listed, copied_at_once, rows);
    if (rows.empty()) return;
    for (auto const& row : rows) {
      if (!add(context, context.waiting, row, {})) return;
      context.listed = row.order;
    }
  }
}

bool unfinished_launches::add(of_context const& context, stream& from, launch_row const& row,
                              std::span<double const> values) {
  auto const scope = row.scope == nullptr ? 0 : ids_->of(row.scope);
  auto const call = row.operator_call == nullptr ? 0 : ids_->of(row.operator_call);
  if ((!scope || !call) && from.met != row.order) {
    from.met = row.order;
    from.stopped = true;
    return false;
  }
  auto r = record_of(row, context.log->uid());
  r.id = row.order * most_contexts + context.place + 1;
  r.scope = scope.value_or(0);
  r.operator_call = call.value_or(0);
  auto const metrics = context.log->launches().values_per_row();
  if (metrics > 0) {
    if (!std::exchange(has_plan_, true))
      rows_->metrics = metrics_of(collector_->plan(), std::array{std::size_t{0}});
    r.plan = 1;
    r.counters.resize(metrics);
    for (std::size_t i = 0; i < values.size(); ++i) r.counters[i] = stored(values[i]);
    bool const any = std::any_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
    if (any && !std::exchange(has_values_, true)) {
      rows_->info[info_key::measured] = "collected";
      rows_->info[info_key::measured_reason] = "";
      bool const tensor = has_tensor_metrics(metrics_of(collector_->plan(), std::array{std::size_t{0}}));
      rows_->info[info_key::tensor_metrics] = tensor ? "collected" : "not collected";
    }
  }
  add_kernels(row.kernel);
  rows_->launches.push_back(std::move(r));
  return true;
}

void unfinished_launches::add_kernels(std::int64_t last) {
  while (kernels_ < last) {
    auto const name = collector_->name_of_kernel(++kernels_);
    rows_->kernels.push_back({kernels_, name, demangled(name)});
  }
}

}  // namespace flopwatch::collect
