// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/context_log.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <utility>

#include "flopwatch/diagnostics.hpp"
#include "recording/recording.hpp"

namespace flopwatch::collect {
using namespace cupti;
namespace {

constexpr double not_collected = std::numeric_limits<double>::quiet_NaN();
/// Launches that wait in memory where their counters do not.
constexpr std::size_t rows_in_memory = 1024;

/// Fills in where the launch belongs, when the recording sees this thread.
void take_origin(launch_row& row) noexcept {
  auto* const record = detail::current_record();
  if (record == nullptr) return;
  detail::record_access const access(*record);
  if (!access) return;
  auto const origin = record->origin_of_launch();
  row.scope = origin.scope;
  row.operator_call = origin.operator_call;
  row.in_phase = origin.in_phase;
}

}  // namespace

context_log::context_log(CUcontext context, std::uint32_t uid, shared_tables& shared,
                         std::size_t values_per_row, std::int64_t group)
    : context_(context), uid_(uid), shared_(&shared), group_(group), spool_(values_per_row) {
  chunk_.reserve(capacity_);
}

void context_log::list() {
  std::lock_guard const lock(mutex_);
  state_ = state::recording;
}

void context_log::count(std::unique_ptr<range_session> session, evaluate_image evaluate, bool in_chunks,
                        std::unique_ptr<scope_ranges> ranges) {
  std::lock_guard const lock(mutex_);
  session->start();
  session_ = std::move(session);
  ranges_ = std::move(ranges);
  evaluate_ = std::move(evaluate);
  capacity_ = session_->request().max_ranges;
  in_chunks_ = in_chunks;
  state_ = state::recording;
  chunk_.reserve(capacity_);
}

void context_log::next_pass() {
  std::lock_guard const lock(mutex_);
  if (session_ == nullptr) return;
  ++pass_;
  position_ = 0;
  if (ranges_ != nullptr) ranges_->repeat();
  state_ = state::recording;
  session_->start();
}

bool context_log::end_pass() noexcept {
  std::lock_guard const lock(mutex_);
  if (state_ == state::ended) return true;
  try {
    if (session_ != nullptr && session_->started()) {
      close_range();
      bool const all_in = session_->stop();
      if (pass_ > 0 && position_ != chunk_.size()) passes_differ_ = true;
      if (!all_in && !passes_differ_) {
        state_ = state::idle;
        return false;
      }
    }
    flush();
  } catch (std::exception const& e) {
    drop_chunk(loss::counters_failed, e.what());
  }
  session_.reset();
  state_ = state::ended;
  return true;
}

void context_log::abandon(loss_kind const& kind, char const* detail) noexcept {
  // A thread may hang in a launch: then its chunk is given up, and this thread does not wait for it.
  std::unique_lock const lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) {
    shared_->losses.note(loss::launch_in_flight);
    return;
  }
  if (session_ != nullptr) {
    drop_chunk(kind, detail);
    session_.reset();
  } else {
    try {
      spool_rows(false);
    } catch (std::exception const& e) {
      shared_->losses.note(loss::counters_failed, 1, e.what());
    }
  }
  state_ = state::ended;
}

void context_log::flush() {
  if (session_ == nullptr) {
    spool_rows(false);
    return;
  }
  close_range();
  if (session_->started()) static_cast<void>(session_->stop());
  if (!session_->undecoded()) {  // graphs alone since the last chunk
    spool_rows(false);
    return;
  }
  auto const dropped = session_->decode();
  auto const ranges = session_->ranges();
  auto const mismatch = what_does_not_match(ranges);
  keep_raw(ranges, passes_differ_ || dropped > 0 || !mismatch.empty());
  if (passes_differ_) {
    drop_chunk(loss::iterations_differ, "between the passes of one group");
  } else if (dropped > 0) {
    drop_chunk(loss::ranges_dropped, std::to_string(dropped) + " of them");
  } else if (!mismatch.empty()) {
    drop_chunk(loss::ranges_unmatched, mismatch);
  } else {
    spool_ranges(true);
    spool_rows(ranges_ == nullptr);
  }
  session_->reset();
}

std::string context_log::what_does_not_match(std::size_t ranges) const {
  auto const wanted = ranges_ != nullptr
                          ? ranges_->rows().size()
                          : static_cast<std::size_t>(std::count_if(
                                chunk_.begin(), chunk_.end(), [](auto const& r) { return r.measurable; }));
  if (ranges != wanted) {
    return std::to_string(ranges) + " measured, " + std::to_string(wanted) +
           (ranges_ != nullptr ? " opened" : " launched");
  }
  for (std::size_t i = 0; ranges_ != nullptr && i < wanted; ++i) {
    if (session_->range_name(i) != ranges_->name(i)) return "they came back in another order";
  }
  return "";
}

void context_log::keep_raw(std::size_t ranges, bool lossy) {
  auto const& rows = ranges_ != nullptr ? ranges_->rows() : chunk_;
  // Launches that have no range, graphs, stand before the others in a chunk.
  auto const first = std::find_if(rows.begin(), rows.end(), [](launch_row const& r) { return r.measurable; });
  if (first == rows.end() && ranges == 0) return;
  raw_chunk_record chunk;
  chunk.plan = 1;
  chunk.metric_group = group_;
  chunk.context = uid_;
  chunk.first_order = first == rows.end() ? order_ : first->order;
  chunk.launches = rows.end() - first;
  chunk.ranges = static_cast<std::int64_t>(ranges);
  chunk.lossy = lossy;
  shared_->raw.add(chunk, session_->image());
}

void context_log::drop_chunk(loss_kind const& kind, std::string detail) noexcept {
  auto const launches = ranges_ != nullptr ? ranges_->launches() : static_cast<std::int64_t>(chunk_.size());
  shared_->losses.note(kind, std::max<std::int64_t>(1, launches), std::move(detail));
  try {
    spool_ranges(false);
    spool_rows(false);
  } catch (std::exception const& e) {
    shared_->losses.note(loss::counters_failed, 1, e.what());
    chunk_.clear();
    spooled_ = 0;
    if (ranges_ != nullptr) ranges_->clear();
  }
}

void context_log::close_range() {
  if (ranges_ == nullptr || !ranges_->is_open()) return;
  ranges_->close();
  session_->pop();
}

void context_log::spool_ranges(bool with_values) {
  if (ranges_ == nullptr) return;
  while (ranges_->spooled_rows() < ranges_->rows().size()) {
    values_.assign(ranges_->spooled().values_per_row(), not_collected);
    if (with_values) {
      evaluate_(session_->image(), ranges_->spooled_rows(), session_->request().metrics, values_);
    }
    ranges_->spool_next(values_);
  }
  ranges_->clear();
}

void context_log::spool_rows(bool with_values) {
  std::size_t range = 0;
  // Goes on where a failure stopped it, so that no row is written twice.
  for (; spooled_ < chunk_.size(); ++spooled_) {
    auto const& row = chunk_[spooled_];
    values_.assign(spool_.values_per_row(), not_collected);
    if (with_values && row.measurable) {
      evaluate_(session_->image(), range++, session_->request().metrics, values_);
    }
    spool_.append(row, values_);
  }
  chunk_.clear();
  spooled_ = 0;
}

bool context_log::same_as_before(launch_row const& row) {
  if (position_ >= chunk_.size()) return false;
  auto const& before = chunk_[position_];
  return before.kernel == row.kernel && before.grid == row.grid && before.block == row.block;
}

launch_row context_log::row_of(seen_launch const& launch, std::uint64_t thread) {
  launch_row row;
  take_origin(row);
  bool const is_kernel = launch.call.kind == launch_kind::kernel;
  row.measurable = is_kernel || ranges_ != nullptr;  // a graph counts as a whole in the range of its scope
  row.kernel = shared_->kernels.number_of(is_kernel ? launch.kernel : "(CUDA graph)");
  row.stream = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(launch.call.stream));
  row.thread = static_cast<std::int64_t>(thread);
  row.grid = launch.call.grid;
  row.block = launch.call.block;
  return row;
}

void context_log::make_room_for(launch_row const& row) {
  if (session_ != nullptr && !in_chunks_ && (chunk_.size() >= capacity_ || !row.measurable)) {
    drop_chunk(row.measurable ? loss::ranges_dropped : loss::graph_not_measured,
               "in a group of metrics that takes several passes");
    session_.reset();
  }
  if (chunk_.size() >= capacity_) flush();
  // Before a graph the profiler is stopped: how many ranges it would give is not known.
  if (!row.measurable && session_ != nullptr) flush();
  if (row.measurable && session_ != nullptr && !session_->started()) session_->start();
}

void context_log::place_in_range(launch_row& row) {
  if (pass_ == 0 && in_chunks_ && chunk_.size() >= rows_in_memory) spool_rows(false);
  if (session_ == nullptr) return;
  if (ranges_->begins(row)) {
    close_range();
    if (ranges_->used_up()) {
      passes_differ_ = passes_differ_ || pass_ > 0;
      return;
    }
    if (pass_ == 0 && ranges_->rows().size() >= capacity_) {
      if (!in_chunks_) {
        drop_chunk(loss::ranges_dropped, "in a group of metrics that takes several passes");
        session_.reset();
        return;
      }
      flush();
    }
    if (!session_->started()) session_->start();
    session_->push(ranges_->open(row));
  }
  if (!ranges_->is_open()) return;
  ranges_->add_launch();
  row.covers = 0;
}

void context_log::add_row(launch_row row) {
  differed_before_ = passes_differ_;
  if (pass_ > 0) passes_differ_ = passes_differ_ || !same_as_before(row);
  try {
    if (ranges_ != nullptr) {
      place_in_range(row);
    } else if (pass_ == 0) {
      make_room_for(row);
    }
  } catch (std::exception const& e) {
    drop_chunk(loss::counters_failed, e.what());
    session_.reset();
  }
  if (pass_ > 0) {
    ++position_;
    return;
  }
  row.order = order_++;
  chunk_.push_back(row);
}

void context_log::launching(seen_launch const& launch, std::uint64_t thread) noexcept {
  mutex_.lock();
  if (state_ != state::recording) return;
  try {
    if (uid_ == 0) uid_ = launch.context_uid;
    add_row(row_of(launch, thread));
  } catch (std::exception const& e) {  // out of memory
    shared_->losses.note(loss::counters_failed, 1, e.what());
  }
}

void context_log::launched(bool good) noexcept {
  if (!good && state_ == state::recording) {
    // The driver refused: no kernel, no range.
    if (pass_ > 0) {
      --position_;
      passes_differ_ = differed_before_;
      if (ranges_ != nullptr && ranges_->is_open()) ranges_->take_back_launch();
    } else if (!chunk_.empty()) {
      if (chunk_.back().covers == 0) ranges_->take_back_launch();
      chunk_.pop_back();
      --order_;
    }
  } else if (state_ == state::recording && session_ != nullptr && !chunk_.empty() &&
             !chunk_.back().measurable) {
    shared_->losses.note(loss::graph_not_measured);
  }
  mutex_.unlock();
}

}  // namespace flopwatch::collect
