// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/launch_counter.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <utility>

#include "text/printable.hpp"

namespace flopwatch::collect {

std::unique_ptr<launch_watchdog> watchdog_of(std::chrono::milliseconds longest, shared_tables& shared,
                                             launch_watchdog::look all) {
  auto const report = [&shared, longest](std::int64_t kernel) {
    auto const name = demangled(shared.kernels.name_of(kernel));
    std::fprintf(
        stderr,
        "flopwatch: the kernel %s has kept the program waiting for %lld s while it is counted. If it waits for "
        "another kernel, name it in waiting_kernels.\n",
        text::printable(name).c_str(), static_cast<long long>(longest.count() / 1000));
    shared.losses.note(loss::kernel_waits, 1, name);
  };
  try {
    return std::make_unique<launch_watchdog>(longest, std::move(all), report);
  } catch (std::exception const&) {
    return nullptr;
  }
}

launch_counter::~launch_counter() {
  if (how_.session == nullptr || how_.session->started() || !is_held()) return;
  cupti::put_off(std::move(how_.session));
}

launch_counter::launch_counter(counting how, launch_rows& launches, shared_tables& shared)
    : how_(std::move(how)), launches_(&launches), shared_(&shared) {
  launches.reserve(capacity());
}

void launch_counter::begin() { session().start(); }

void launch_counter::next_pass() {
  check_.next_pass();
  repeat();
  session().start();
}

bool launch_counter::end_pass() noexcept {
  if (only_lists_) {
    release();
    return true;
  }
  try {
    if (session().started()) {
      close_range(true);
      bool const all_in = session().stop();
      if (repeats()) check_.end(launches().waiting());
      if (!all_in && !check_.differs()) return false;
    }
    flush();
  } catch (std::exception const& e) {
    drop(loss::counters_failed, e.what());
  }
  return true;
}

bool launch_counter::before_launch(launch_row& row, std::uint32_t context_uid) {
  context_uid_ = context_uid;
  left_out_ = nullptr;
  if (repeats()) check_.launch(launches().waiting(), row);
  try {
    return place(row);
  } catch (std::exception const& e) {
    drop(loss::counters_failed, e.what());
    return false;
  }
}

bool launch_counter::pause() noexcept {
  if (!session().started()) return true;
  if (!in_chunks()) {
    drop(loss::launches_beside_capture, "in a group of metrics that takes several passes");
    return false;
  }
  try {
    flush();
    return true;
  } catch (std::exception const& e) {
    drop(loss::counters_failed, e.what());
    return false;
  }
}

void launch_counter::leave_out(launch_row& row, loss_kind const& why) {
  row.measurable = false;
  left_out_ = &why;
  if (!session().started() && launches().waiting().size() >= rows_in_memory) launches().spool();
}

void launch_counter::take_back() noexcept {
  if (repeats()) check_.take_back();
  take_back_place();
}

void launch_counter::drop(loss_kind const& kind, std::string_view detail) noexcept {
  shared_->losses.note(kind, std::max<std::int64_t>(1, launches_in_chunk()), detail);
  release();
}

void launch_counter::run_is_too_long() {
  shared_->too_few_ranges.store(true);
  only_lists_ = true;
  close_range(true);
  if (session().started()) static_cast<void>(session().stop());
  spool(false);
}

void launch_counter::release() noexcept {
  try {
    spool(false);
  } catch (std::exception const& e) {
    shared_->losses.note(loss::counters_failed, 1, e.what());
    forget_chunk();
  }
}

void launch_counter::start_again(launch_row const& row) {
  auto& uncounted = *how_.uncounted;
  // A collective can need a launch that this thread makes next, or another process that waits for one.
  auto const waiting = uncounted.waiting_kernel();
  if (waiting == 0) {
    if (uncounted.any()) how_.wait();
  } else if (!uncounted.ends_before(row)) {
    note(loss::uncounted_may_mix, shared_->kernels.name_of(waiting));
  }
  uncounted.forget();
  session().start();
}

void launch_counter::flush() {
  full_chunks_ = 0;
  close_range(true);
  if (session().started()) static_cast<void>(session().stop());
  if (!session().undecoded()) {  // graphs alone since the last chunk
    spool(false);
    return;
  }
  auto const dropped = session().decode();
  how_.uncounted->forget();  // decoding waits for the context
  auto const ranges = session().ranges();
  auto const difference = mismatch(ranges);
  keep_raw(ranges, check_.differs() || dropped > 0 || !difference.empty());
  if (check_.differs()) {
    drop(loss::iterations_differ, "between the passes of one group");
  } else if (dropped > 0) {
    drop(loss::ranges_dropped, std::to_string(dropped) + " of them");
  } else if (!difference.empty()) {
    drop(loss::ranges_unmatched, difference);
  } else {
    spool(true);
  }
  session().reset();
}

void launch_counter::flush_full() {
  auto const full = full_chunks_ + 1;
  flush();
  full_chunks_ = full;
  auto const before = capacity();
  bool const grows = before < most_ranges && session().image().size() <= most_image_bytes / 2;
  if (!grows || full_chunks_ < full_chunks_to_grow || !how_.reopen) return;
  how_.session.reset();
  how_.session = how_.reopen(std::min(2 * before, most_ranges));
  full_chunks_ = 0;
  launches().reserve(capacity());
  if (capacity() <= before) how_.reopen = nullptr;  // the GPU has no more
}

void launch_counter::keep_raw(std::size_t ranges, bool lossy) {
  auto const& rows = counted();
  // In a chunk, launches without a range (graphs) come before the others.
  auto const first = std::find_if(rows.begin(), rows.end(), [](launch_row const& r) { return r.measurable; });
  if (first == rows.end() && ranges == 0) return;
  raw_chunk_record chunk;
  chunk.plan = 1;
  chunk.metric_group = how_.metric_group;
  chunk.context = context_uid_;
  chunk.first_order = first == rows.end() ? launches().next_order() : first->order;
  chunk.launches = rows.end() - first;
  chunk.ranges = static_cast<std::int64_t>(ranges);
  chunk.lossy = lossy;
  shared_->raw.add(chunk, session().image());
}

}  // namespace flopwatch::collect
