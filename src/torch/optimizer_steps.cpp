// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "torch/optimizer_steps.hpp"

#include <string_view>

#include "flopwatch/detail/scope_token.hpp"
#include "recording/other_profilers.hpp"

namespace flopwatch::torch_layer {
namespace {

constexpr std::string_view announcement = "Optimizer.step#";
constexpr std::string_view profilers_step = "ProfilerStep#";

struct open_step final : at::ObserverContext {
  detail::scope_token token;
};

}  // namespace

std::unique_ptr<at::ObserverContext> enter_user_range(at::RecordFunction const& fn) noexcept {
  std::string_view const name = fn.name();
  if (name.starts_with(profilers_step)) detail::saw_profiler("torch.profiler");
  if (!name.starts_with(announcement)) return nullptr;
  try {
    auto step = std::make_unique<open_step>();
    step->token.enter_optimizer_step(name.substr(announcement.size()));
    return step;
  } catch (...) {
    return nullptr;  // out of memory: the step's work belongs to the scope around it
  }
}

void leave_user_range(at::ObserverContext* context) noexcept {
  if (context != nullptr) static_cast<open_step*>(context)->token.leave();
}

}  // namespace flopwatch::torch_layer
