// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Which groups a collector counts, and which it leaves out.
#include <algorithm>
#include <exception>
#include <string>
#include <vector>

#include "collect/collector.hpp"
#include "collect/seen_formats.hpp"
#include "cupti/result_text.hpp"

namespace flopwatch::collect {
using namespace cupti;

bool collector::leave_out_too_long(error const& why) {
  auto const* const refused = dynamic_cast<refused_call const*>(&why);
  if (refused == nullptr || refused->result() != CUPTI_ERROR_INVALID_OPERATION || group_is_open_ ||
      logs_.size() < 2 || plan_.groups[groups_.current()].passes == 1) {
    return false;
  }
  leave_out_group();
  return true;
}

void collector::leave_out_group() noexcept {
  auto const& metrics = plan_.groups[groups_.current()].metrics;
  shared_.losses.note(loss::group_too_long, static_cast<std::int64_t>(metrics.size()), metrics.front());
  groups_.leave_out(groups_.current());
}

void collector::end_too_long_group() noexcept {
  group_is_open_ = false;
  for (auto& log : current_logs()) {
    if (log->context() == nullptr) continue;
    try {
      current_context const current(*driver_, log->context());
      log->release();
    } catch (error const& e) {
      shared_.losses.note(loss::context_not_measured, 1, e.what());
    }
  }
  // The first run has shown how long it is: the same group again, with as many ranges.
  if (logs_.size() > 1) leave_out_group();
}

bool collector::needs_run() noexcept {
  try {
    if (!plan_.all_formats && groups_.completed().size() == 1 && !group_is_open_) leave_out_unseen_formats();
  } catch (std::exception const&) {
    // Out of memory: all are collected.
  }
  return !groups_.done();
}

void collector::leave_out_unseen_formats() {
  plan_.all_formats = true;  // only once
  seen_formats seen;
  bool any_launch = false;
  for (auto const& log : logs_.front()) {
    launch_row row;
    std::vector<double> ignored;
    log->launches().rewind();
    any_launch = any_launch || log->launches().size() > 0;
    while (log->launches().read(row, ignored)) seen.add(row.operator_call);
  }
  std::vector<std::string> left_out;
  for (auto g = groups_.current(); g < plan_.groups.size(); ++g) {
    auto const& metrics = plan_.groups[g].metrics;
    bool const needed =
        std::any_of(metrics.begin(), metrics.end(), [&](std::string const& m) { return seen.may_count(m); });
    if (needed) continue;
    left_out.insert(left_out.end(), metrics.begin(), metrics.end());
    groups_.leave_out(g);
  }
  if (left_out.empty() || !any_launch) return;
  shared_.losses.note(loss::formats_left_out, static_cast<std::int64_t>(left_out.size()),
                      formats_text(left_out));
}

void collector::give_up_open_group() {
  if (group_is_open_) {
    for (auto& log : current_logs()) {
      abandon(*log, loss::iterations_missing, "a group takes several of them");
    }
    group_is_open_ = false;
  }
  if (!logs_.empty() && groups_.missing() > 0 && !group_failed_ && refusal_.empty()) {
    auto const complete = groups_.completed().size();
    shared_.losses.note(loss::iterations_missing, static_cast<std::int64_t>(groups_.missing()),
                        std::to_string(complete) + " of " + std::to_string(complete + groups_.missing()) +
                            " groups were counted");
  }
}

std::vector<group_run> collector::runs() const {
  std::vector<group_run> out;
  for (std::size_t i = 0; i < logs_.size(); ++i) {
    auto& run = out.emplace_back(group_run{groups_of_logs_[i]});
    // Of two runs of one group the last one is complete.
    auto const& done = groups_.completed();
    run.complete = std::find(done.begin(), done.end(), run.group) != done.end() &&
                   (i + 1 == logs_.size() || groups_of_logs_[i + 1] != run.group);
    for (auto const& log : logs_[i]) run.contexts.push_back({log->uid(), &log->launches(), log->ranges()});
  }
  return out;
}

}  // namespace flopwatch::collect
