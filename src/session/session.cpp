// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/session.hpp"

#include <utility>

#include "flopwatch/error.hpp"
#include "recording/nvtx/iteration_marks.hpp"
#include "session/session_state.hpp"

namespace flopwatch {

session::session(session_options options)
    : state_(std::make_unique<detail::session_state>(std::move(options))) {}
session::session(session&&) noexcept = default;
session& session::operator=(session&&) noexcept = default;
session::~session() = default;

detail::session_state& session::state() const {
  if (state_ == nullptr) throw session_error("this session was moved from: use the one that it was moved to");
  return *state_;
}

void session::start() { state().start(false); }

result session::stop() { return state().stop(); }

void session::step() {
  if (state().options.replay == replay_mode::reuse) detail::mark_iteration(true);
}

reused_work session::reused_since(reuse_mark& mark) const { return state().reused_since(mark); }

reused_work session::reused_so_far() const {
  reuse_mark beginning;
  return reused_since(beginning);
}

result session::count(std::function<void()> const& f) {
  if (!f) throw usage_error("session::count was given no function to run");
  auto& s = state();
  s.require_idle();  // a warm-up run would be recorded
  for (int i = 0; i < s.options.warmup; ++i) f();
  s.start(true);
  try {
    f();
    while (s.next_run()) f();
  } catch (...) {
    s.abandon();
    throw;
  }
  return s.stop();
}

}  // namespace flopwatch
