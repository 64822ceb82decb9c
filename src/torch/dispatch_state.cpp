// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "torch/dispatch_state.hpp"

#include <algorithm>

#include <ATen/SavedTensorHooks.h>
#include <ATen/core/Tensor.h>
#include <c10/core/impl/TorchDispatchModeTLS.h>
#include <torch/csrc/autograd/variable.h>

namespace flopwatch::torch_layer {
namespace {

bool is_dual(at::Tensor const& tensor) {
  if (!tensor.defined()) return false;
  // Not by the tensor's own function, which takes a lock.
  auto const* const meta =
      static_cast<torch::autograd::AutogradMeta const*>(tensor.unsafeGetTensorImpl()->autograd_meta());
  return meta != nullptr && meta->fw_grad_ != nullptr && !meta->fw_grad_->empty();
}

}  // namespace

bool has_saved_tensor_hooks() { return !at::SavedTensorDefaultHooks::get_tls_state().stack.empty(); }

bool has_zero(c10::ArrayRef<c10::IValue const> arguments) {
  return std::any_of(arguments.begin(), arguments.end(), [](c10::IValue const& value) {
    return value.isTensor() && value.toTensor().defined() && value.toTensor()._is_zerotensor();
  });
}

bool has_tangent(c10::ArrayRef<c10::IValue const> arguments) {
  return std::any_of(arguments.begin(), arguments.end(), [](c10::IValue const& value) {
    if (value.isTensor()) return is_dual(value.toTensor());
    if (!value.isTensorList()) return false;
    auto const list = value.toListRef();
    return std::any_of(list.begin(), list.end(), [](c10::IValue const& v) { return is_dual(v.toTensor()); });
  });
}

bool will_cast(c10::ArrayRef<c10::IValue const> arguments) {
  for (auto const& value : arguments) {
    if (!value.isTensor() || !value.toTensor().defined()) continue;
    auto const keys = value.toTensor().key_set();
    for (auto const key : {c10::DispatchKey::AutocastCPU, c10::DispatchKey::AutocastCUDA}) {
      if (keys.has(key) && !c10::impl::tls_is_dispatch_key_excluded(key)) return true;
    }
    return false;
  }
  return false;
}

bool in_fake_mode() {
  using c10::impl::TorchDispatchModeTLS;
  return TorchDispatchModeTLS::any_modes_set() &&
         TorchDispatchModeTLS::get_mode(c10::impl::TorchDispatchModeKey::FAKE).has_value();
}

}  // namespace flopwatch::torch_layer
