// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "torch/meter_signature.hpp"

#include <ATen/SequenceNumber.h>
#include <ATen/autocast_mode.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>

#include "flopwatch/torch/meter.hpp"

namespace flopwatch {
namespace torch_layer {
namespace {

void sign_tensor(step_signature& to, at::Tensor const& tensor) {
  if (!tensor.defined()) {
    to.push_back(-1);
    return;
  }
  to.push_back(tensor.dim());
  to.insert(to.end(), tensor.sizes().begin(), tensor.sizes().end());
  auto const device = tensor.device();
  to.push_back(static_cast<std::int64_t>(tensor.scalar_type()));
  to.push_back((static_cast<std::int64_t>(device.type()) << 8) + device.index());
  to.push_back(tensor.requires_grad() ? 1 : 0);
}

}  // namespace

void sign_modes(step_signature& to) {
  to.push_back((c10::GradMode::is_enabled() ? 1 : 0) + (c10::InferenceMode::is_enabled() ? 2 : 0));
  for (auto const kind : {at::kCPU, at::kCUDA}) {
    to.push_back(at::autocast::is_autocast_enabled(kind)
                     ? static_cast<std::int64_t>(at::autocast::get_autocast_dtype(kind))
                     : -1);
  }
}

void sign_modules(step_signature& to, torch::nn::Module const& root) {
  // By hand: `modules()` and `parameters()` make the name of each.
  to.push_back(root.is_training() ? 1 : 0);
  for (auto const& parameter : root.parameters(/*recurse=*/false)) sign_tensor(to, parameter);
  for (auto const& child : root.children()) sign_modules(to, *child);
}

void sign_gradients(step_signature& to, torch::nn::Module const& root) {
  for (auto const& parameter : root.parameters(/*recurse=*/false)) {
    to.push_back(parameter.defined() && parameter.grad().defined() ? 1 : 0);
  }
  for (auto const& child : root.children()) sign_gradients(to, *child);
}

std::int64_t nodes_made() noexcept { return static_cast<std::int64_t>(at::sequence_number::peek()); }

}  // namespace torch_layer

void detail::step_inputs::add(std::int64_t value) { words_.push_back(value); }

void detail::step_inputs::add(at::Tensor const& tensor) {
  if (tensor.defined() && tensor.is_nested()) {
    unsigned_because_ = "an input is a nested tensor, whose lengths decide its work";
    return;
  }
  if (tensor.defined() && tensor.layout() != at::kStrided) {
    unsigned_because_ = "an input is sparse, and the number of its values decides its work";
    return;
  }
  torch_layer::sign_tensor(words_, tensor);
  if (tensor.defined() && !tensor.is_contiguous()) {
    words_.insert(words_.end(), tensor.strides().begin(), tensor.strides().end());
  }
}

}  // namespace flopwatch
