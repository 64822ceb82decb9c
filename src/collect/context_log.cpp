// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/context_log.hpp"

#include <exception>
#include <utility>

#include "collect/graph_events.hpp"

namespace flopwatch::collect {
context_log::context_log(CUcontext context, std::uint32_t uid, shared_tables& shared,
                         std::size_t values_per_row)
    : context_(context), uid_(uid), shared_(&shared), rows_(values_per_row) {
  rows_.reserve(rows_in_memory);
}

void context_log::list() {
  std::lock_guard const lock(mutex_);
  state_ = state::recording;
}

void context_log::count(std::unique_ptr<launch_counter> counter, std::unique_ptr<launch_rows> ranges) {
  std::lock_guard const lock(mutex_);
  counter->begin();
  counter_ = std::move(counter);
  ranges_ = std::move(ranges);
  state_ = state::recording;
}

void context_log::next_pass() {
  std::lock_guard const lock(mutex_);
  if (counter_ == nullptr) return;
  state_ = state::recording;
  counter_->next_pass();
}

bool context_log::end_pass() noexcept {
  std::lock_guard const lock(mutex_);
  note_left_out();
  if (state_ == state::ended) return true;
  if (counter_ == nullptr) {
    spool_listed();
  } else if (!counter_->end_pass()) {
    state_ = state::idle;
    return false;
  }
  counter_.reset();
  state_ = state::ended;
  return true;
}

void context_log::abandon(loss_kind const& kind, char const* detail) noexcept {
  // A thread can hang in a launch: then its chunk is given up instead of waiting for it.
  std::unique_lock const lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) {
    shared_->losses.note(loss::launch_in_flight);
    return;
  }
  note_left_out();
  if (counter_ != nullptr) {
    counter_->drop(kind, detail);
    counter_.reset();
  } else {
    spool_listed();
  }
  state_ = state::ended;
}

void context_log::release() noexcept {
  std::lock_guard const lock(mutex_);
  note_left_out();
  if (counter_ != nullptr) counter_->release();
  counter_.reset();
  state_ = state::ended;
}

void context_log::spool_listed() noexcept {
  try {
    rows_.spool();
  } catch (std::exception const& e) {
    shared_->losses.note(loss::counters_failed, static_cast<std::int64_t>(rows_.waiting().size()), e.what());
    rows_.forget_waiting();
  }
}

launch_row context_log::row_of(seen_launch const& launch, std::uint64_t thread) {
  launch_row row;
  auto const origin = origin_of_this_thread();
  row.scope = origin.scope;
  row.operator_call = origin.operator_call;
  row.in_phase = origin.in_phase;
  row.measurable = launch.call.kind == launch_kind::kernel;
  auto const kernel = kernel_of(*shared_, launch);
  row.kernel = kernel.number;
  row.waits = kernel.waits;
  row.stream = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(launch.call.stream));
  row.thread = static_cast<std::int64_t>(thread);
  row.grid = launch.call.grid;
  row.block = launch.call.block;
  return row;
}

void context_log::add_row(launch_row row) {
  if (counter_ != nullptr) {
    bool const repeats = counter_->repeats();
    if (!counter_->before_launch(row, uid_)) {
      counter_.reset();
      if (repeats) state_ = state::ended;
    }
    if (repeats) return;  // the first pass has its row
  } else if (rows_.waiting().size() >= rows_in_memory) {
    spool_listed();
  }
  rows_.push(row);
}

void context_log::take_back_row() noexcept {
  if (counter_ != nullptr) {
    counter_->take_back();
    if (counter_->repeats()) return;
  }
  if (!rows_.waiting().empty()) rows_.pop();
}

void context_log::pause() noexcept {
  std::lock_guard const lock(mutex_);
  if (state_ != state::recording || counter_ == nullptr) return;
  bool const repeats = counter_->repeats();
  if (counter_->pause()) return;
  counter_.reset();
  if (repeats) state_ = state::ended;
}

void context_log::turn() noexcept {
  // Where another thread is in a launch its kernel is not waited for here.
  std::unique_lock const lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock() || state_ != state::recording || counter_ == nullptr || !counter_->is_half_full())
    return;
  if (!counter_->pause()) counter_.reset();
}

void context_log::captured(seen_launch const& launch, CUgraph graph, CUgraphNode node) noexcept {
  was_captured_ = true;
  add_captured(*shared_, launch, graph, node);
}

void context_log::launching(seen_launch const& launch, std::uint64_t thread) noexcept {
  mutex_.lock();
  was_captured_ = false;
  if (state_ != state::recording) return;
  try {
    if (uid_ == 0) uid_ = launch.context_uid;
    auto const row = row_of(launch, thread);
    if (counter_ != nullptr && !counter_->rests()) counted_now_.begins(row.kernel);
    add_row(row);
  } catch (std::exception const& e) {  // out of memory
    shared_->losses.note(loss::counters_failed, 1, e.what());
  }
}

void context_log::leave_out(loss_kind const& why, char const* kernel) noexcept {
  if (&why == left_out_why_) {
    ++left_out_;
    return;
  }
  note_left_out();
  left_out_why_ = &why;
  shared_->losses.note(why, 1, kernel == nullptr ? "" : kernel);
}

void context_log::note_left_out() noexcept {
  if (left_out_ > 0) shared_->losses.note(*left_out_why_, left_out_);
  left_out_ = 0;
}

void context_log::launched(seen_launch const& launch, bool good) noexcept {
  counted_now_.ends();
  if (state_ == state::recording) {
    if (!good || was_captured_) {
      take_back_row();
    } else if (counter_ != nullptr && counter_->left_out() != nullptr) {
      leave_out(*counter_->left_out(), launch.kernel);
    } else if (counter_ != nullptr && !rows_.waiting().empty() && !rows_.last().measurable) {
      shared_->losses.note(loss::graph_not_measured);
    }
  }
  mutex_.unlock();
}

}  // namespace flopwatch::collect
