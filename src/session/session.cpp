// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/session.hpp"

#include <utility>

#include "session/session_state.hpp"

namespace flopwatch {

session::session(session_options options)
    : state_(std::make_unique<detail::session_state>(std::move(options))) {}
session::session(session&&) noexcept = default;
session& session::operator=(session&&) noexcept = default;
session::~session() = default;

void session::start() { state_->start(false); }

result session::stop() { return state_->stop(); }

result session::count(std::function<void()> const& f) {
  if (!f) throw usage_error("session::count was given no function to run");
  state_->require_idle();  // a warm-up run would be recorded
  for (int i = 0; i < state_->options.warmup; ++i) f();
  state_->start(true);
  try {
    f();
    while (state_->next_run()) f();
  } catch (...) {
    state_->abandon();
    throw;
  }
  return state_->stop();
}

}  // namespace flopwatch
