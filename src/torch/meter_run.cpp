// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "torch/meter_run.hpp"

#include <utility>

#include "flopwatch/error.hpp"
#include "session/session_state.hpp"
#include "torch/meter_counted.hpp"

namespace flopwatch::torch_layer {
namespace {

constexpr std::int64_t steps_between_settling = 16;

void add_to(std::optional<reused_work>& to, reused_work const& more) {
  if (to) {
    add(*to, more);
  } else {
    to = more;
  }
}

}  // namespace

metered_run::metered_run(session& running) : session_(&running) { begin(); }

metered_run::metered_run(session_options options)
    : own_(std::make_unique<session>(std::move(options))), session_(own_.get()) {
  session_->start();
  begin();
}

void metered_run::begin() {
  // What ran before is in no step.
  refusal_ = session_->reused_since(mark_).refusal;
  static_cast<void>(session_->state().read_operators());
  open_mark_ = mark_;
}

void metered_run::end_step(ended_step& step) {
  session_->step();
  auto const work = session_->reused_since(mark_);
  step.counted = counted_of(session_->state().read_operators());
  if (!refusal_.empty()) return;
  step.measured = work;
  if (steps_open_ == 0 && products_known(work)) {
    add_to(settled_, work);
    open_mark_ = mark_;
    return;
  }
  add_to(open_, work);
  if (++steps_open_ % steps_between_settling == 0) static_cast<void>(settle());
}

/// \returns the work of the open steps; they are open no more once it is known
std::optional<reused_work> metered_run::settle() {
  auto mark = open_mark_;
  auto work = session_->reused_since(mark);
  if (work.not_learned_launches != 0) return work;
  add_to(settled_, work);
  open_mark_ = std::move(mark);
  steps_open_ = 0;
  open_.reset();
  return std::nullopt;
}

std::optional<reused_work> metered_run::total() {
  if (!refusal_.empty()) return std::nullopt;
  std::optional<reused_work> open;
  try {
    if (steps_open_ != 0) open = settle();
  } catch (session_error const&) {
    open = open_;  // the program has stopped its session
  }
  auto out = settled_;
  if (open) add_to(out, *open);
  return out;
}

}  // namespace flopwatch::torch_layer
