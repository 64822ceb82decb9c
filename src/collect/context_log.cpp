// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/context_log.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <thread>
#include <utility>

#include "collect/graph_events.hpp"

namespace flopwatch::collect {

context_log::lone::lone(context_log& log, std::try_to_lock_t /*tag*/) noexcept {
  while (!log.mutex_.try_lock()) {
    if (!log.copied_.load(std::memory_order_acquire)) return;
    std::this_thread::yield();
  }
  if (log.try_close()) {
    log_ = &log;
  } else {
    log.mutex_.unlock();
  }
}

context_log::lone::~lone() {
  if (log_ != nullptr) log_->open();
}

context_log::context_log(CUcontext context, std::uint32_t uid, shared_tables& shared,
                         std::size_t values_per_row)
    : context_(context), uid_(uid), shared_(&shared), rows_(values_per_row) {
  rows_.reserve(rows_in_memory);
}

bool context_log::try_close() noexcept {
  closed_.store(true, std::memory_order_seq_cst);
  if (!shared_->threads.any_inside(*this)) {
    if (counter_ != nullptr) counter_->gather();
    return true;
  }
  closed_.store(false, std::memory_order_seq_cst);
  return false;
}

void context_log::close() noexcept {
  mutex_.lock();
  closed_.store(true, std::memory_order_seq_cst);
  for (int i = 0; shared_->threads.any_inside(*this); ++i) {
    if (i < 64) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
  }
  if (counter_ != nullptr) counter_->gather();
}

void context_log::open() noexcept {
  closed_.store(false, std::memory_order_seq_cst);
  mutex_.unlock();
}

void context_log::copy_waiting(std::int64_t after, std::size_t most, std::vector<launch_row>& to) {
  constexpr int tries = 50;
  to.reserve(to.size() + most);  // not while a launch waits for the log
  for (int i = 0; !mutex_.try_lock(); ++i) {
    if (i == tries) return;
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  copied_.store(true, std::memory_order_release);
  auto const& rows = rows_.waiting();
  auto const first =
      std::upper_bound(rows.begin(), rows.end(), after,
                       [](std::int64_t order, launch_row const& r) { return order < r.order; });
  auto const count = std::min(most, static_cast<std::size_t>(rows.end() - first));
  to.insert(to.end(), first, first + static_cast<std::ptrdiff_t>(count));
  copied_.store(false, std::memory_order_release);
  mutex_.unlock();
}

std::vector<thread_rows const*> context_log::threads_now() {
  std::lock_guard const lock(threads_mutex_);
  std::vector<thread_rows const*> out;
  for (auto const& one : rows_.spooled().threads()) out.push_back(&one);
  return out;
}

void context_log::list(lone const& /*alone*/) noexcept { state_ = state::recording; }

void context_log::count(lone const& /*alone*/, std::unique_ptr<launch_counter> counter,
                        std::unique_ptr<launch_rows> ranges) {
  counter->begin();
  counter_ = std::move(counter);
  ranges_ = std::move(ranges);
  state_ = state::recording;
}

void context_log::next_pass() {
  lone const alone(*this);
  if (counter_ == nullptr) return;
  state_ = state::recording;
  counter_->next_pass();
}

bool context_log::end_pass() noexcept {
  lone const alone(*this);
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
  lone const alone(*this, std::try_to_lock);
  if (!alone) {
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
  lone const alone(*this);
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

launch_row context_log::row_of(launching_thread const& thread, seen_launch const& launch) const {
  launch_row row;
  auto const origin = origin_of_this_thread();
  row.scope = origin.scope;
  row.operator_call = origin.operator_call;
  row.in_phase = origin.in_phase;
  row.measurable = launch.call.kind == launch_kind::kernel;
  identify(row, thread, launch);
  row.unwanted = thread.unwanted;
  row.grid = launch.call.grid;
  row.block = launch.call.block;
  return row;
}

void context_log::identify(launch_row& row, launching_thread const& thread, seen_launch const& launch) const {
  auto const kernel = kernel_of(*shared_, launch);
  row.kernel = kernel.number;
  row.waits = kernel.waits;
  bool const is_graph = launch.call.kind == launch_kind::graph;
  row.may_wait = kernel.waits || (is_graph && shared_->graphs.may_wait(launch.call.graph));
  row.stream = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(launch.call.stream));
  row.thread = static_cast<std::int64_t>(thread.id);
}

thread_rows& context_log::rows_of(launching_thread& thread) {
  auto* known = thread.contexts.find(context());
  if (known == nullptr || known->log != this) known = &thread.contexts.add(context(), this);
  if (known->rows == nullptr) {
    std::lock_guard const lock(threads_mutex_);
    known->rows = &rows_.spooled().of_thread(&thread);
  }
  return *known->rows;
}

void context_log::launching(launching_thread& thread, seen_launch const& launch) noexcept {
  thread.rows = nullptr;
  thread.left_out = nullptr;
  thread.is_alone = false;
  thread.was_captured = false;
  thread.unwanted = is_unwanted(launch);
  if (rests_.load(std::memory_order_relaxed)) rests_.store(false, std::memory_order_relaxed);
  if (uid() == 0) uid_.store(launch.context_uid, std::memory_order_relaxed);
  thread.inside.store(this, std::memory_order_seq_cst);
  if (!closed_.load(std::memory_order_seq_cst) && launch_beside(thread, launch)) return;
  thread.inside.store(nullptr, std::memory_order_release);
  launch_alone(thread, launch);
}

bool context_log::is_unwanted(seen_launch const& launch) const noexcept {
  if (!shared_->choice.restricts() || launch.call.kind != launch_kind::kernel) return false;
  try {
    auto const kernel = shared_->kernels.find(launch.kernel);
    return !kernel.waits && !(kernel.wanted && shared_->choice.takes_next());
  } catch (std::exception const&) {  // out of memory
    return false;
  }
}

bool context_log::launch_beside(launching_thread& thread, seen_launch const& launch) noexcept {
  if (state_ != state::recording) return true;
  try {
    thread.row = row_of(thread, launch);
    if (counter_ != nullptr && !counter_->passes(thread.row, thread.left_out)) return false;
    thread.rows = &rows_of(thread);
    if (counter_ != nullptr && counter_->counts()) thread.counted_now.begins(thread.row.kernel);
  } catch (std::exception const& e) {  // out of memory
    shared_->losses.note(loss::counters_failed, 1, e.what());
  }
  return true;
}

void context_log::launch_alone(launching_thread& thread, seen_launch const& launch) noexcept {
  close();
  if (state_ != state::recording) return stay_beside(thread);
  thread.is_alone = true;
  try {
    thread.row = row_of(thread, launch);
    if (counter_ != nullptr && !counter_->rests()) {
      // What the counter may have to wait for first was launched before.
      auto const last = last_kernel_.load(std::memory_order_relaxed);
      thread.counted_now.begins(last != 0 ? last : thread.row.kernel);
    }
    if (add_row(thread)) return;
    thread.rows = &rows_of(thread);
    stay_beside(thread);
  } catch (std::exception const& e) {  // out of memory
    shared_->losses.note(loss::counters_failed, 1, e.what());
  }
}

void context_log::stay_beside(launching_thread& thread) noexcept {
  thread.is_alone = false;
  thread.inside.store(this, std::memory_order_seq_cst);
  open();
}

bool context_log::add_row(launching_thread& thread) {
  auto& row = thread.row;
  if (counter_ == nullptr) return false;
  bool const repeats = counter_->repeats();
  bool const counts_on = counter_->before_launch(row, uid());
  thread.counted_now.ends();
  if (!counts_on) {
    counter_.reset();
    if (!repeats) return false;
    state_ = state::ended;
  } else if (counter_->counts()) {
    thread.counted_now.begins(row.kernel);
  }
  if (repeats) return true;  // the first pass has its row
  if (counter_->passes(row, thread.left_out)) {
    if (counter_->left_out() != nullptr) thread.left_out = counter_->left_out();
    return false;
  }
  rows_.push(row);
  return true;
}

void context_log::take_back_row() noexcept {
  if (counter_ != nullptr) {
    counter_->take_back();
    if (counter_->repeats()) return;
  }
  if (!rows_.waiting().empty()) rows_.pop();
}

void context_log::pause() noexcept {
  lone const alone(*this);
  if (state_ != state::recording || counter_ == nullptr) return;
  bool const repeats = counter_->repeats();
  if (counter_->pause()) return;
  counter_.reset();
  if (repeats) state_ = state::ended;
}

void context_log::rest(launching_thread const& thread, seen_launch const& launch) noexcept {
  try {
    launch_row row;
    identify(row, thread, launch);
    uncounted_.launched(row);
  } catch (std::exception const& e) {  // out of memory
    shared_->losses.note(loss::counters_failed, 1, e.what());
  }
  if (rests_.load(std::memory_order_acquire)) return;
  pause();
  rests_.store(true, std::memory_order_release);
}

void context_log::turn() noexcept {
  // Where another thread is in a launch its kernel is not waited for here.
  if (!mutex_.try_lock()) return;
  bool const due = state_ == state::recording && counter_ != nullptr && counter_->is_half_full();
  if (!due || !try_close()) {
    mutex_.unlock();
    return;
  }
  if (!counter_->pause()) counter_.reset();
  open();
}

void context_log::captured(launching_thread& thread, seen_launch const& launch, CUgraph graph,
                           CUgraphNode node) noexcept {
  thread.was_captured = true;
  add_captured(*shared_, launch, graph, node);
}

void context_log::leave_out(loss_kind const& why, char const* kernel) noexcept {
  if (&why == left_out_why_) {
    ++left_out_;
    return;
  }
  if (left_out_ > 0) shared_->losses.note(*left_out_why_, left_out_);
  left_out_ = 0;
  left_out_why_ = &why;
  shared_->losses.note(why, 1, kernel == nullptr ? "" : kernel);
}

void context_log::note_left_out() noexcept {
  if (left_out_ > 0) shared_->losses.note(*left_out_why_, left_out_);
  left_out_ = 0;
  for (auto& one : rows_.spooled().threads()) {
    for (auto const& cause : one.take_causes()) {
      if (cause.why == nullptr) continue;
      try {
        auto const first =
            cause.why == &loss::graph_not_measured ? "" : shared_->kernels.name_of(cause.kernel);
        shared_->losses.note(*cause.why, cause.launches, first);
      } catch (std::exception const&) {  // out of memory
        shared_->losses.note(*cause.why, cause.launches);
      }
    }
  }
}

void context_log::add_beside(launching_thread& thread) noexcept {
  auto& row = thread.row;
  row.order = rows_.take_order();
  try {
    thread.rows->add(row);
  } catch (std::exception const& e) {
    shared_->losses.note(loss::counters_failed, thread.rows->take_lost(), e.what());
  }
  if (counter_ == nullptr) return;
  counter_->passed(row);
  if (thread.left_out == nullptr) return;
  uncounted_.launched(row);
  thread.rows->left_out(*thread.left_out, row.kernel);
}

void context_log::launched(launching_thread& thread, seen_launch const& launch, bool good) noexcept {
  thread.counted_now.ends();
  bool const runs = good && !thread.was_captured;
  if (runs && state_ == state::recording) {
    last_kernel_.store(thread.row.kernel, std::memory_order_relaxed);
  }
  if (!thread.is_alone) {
    if (thread.rows != nullptr && runs) add_beside(thread);
    thread.inside.store(nullptr, std::memory_order_release);
    return;
  }
  if (state_ == state::recording) {
    if (!runs) {
      take_back_row();
    } else if (counter_ != nullptr && counter_->left_out() != nullptr) {
      uncounted_.launched(thread.row);
      leave_out(*counter_->left_out(), launch.kernel);
    } else if (counter_ != nullptr && !rows_.waiting().empty() && !rows_.last().measurable) {
      shared_->losses.note(loss::graph_not_measured);
    }
  }
  open();
}

}  // namespace flopwatch::collect
