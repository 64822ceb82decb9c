// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// The observer of PyTorch's dispatcher: one global RecordFunction callback on all threads. The work on
// each call is bounded: look the operator up by its name pointer, encode the arguments, find the row.

#include <atomic>

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/record_function.h>
#include <c10/core/impl/LocalDispatchKeySet.h>
#include <c10/core/impl/TorchDispatchModeTLS.h>

#include "flopwatch/torch/detail/dispatcher.hpp"
#include "recording/recorder.hpp"
#include "recording/recording.hpp"
#include "torch/encode.hpp"

namespace flopwatch::torch_layer {
namespace {

using detail::current_record;
using detail::operator_info;
using detail::record_access;
using detail::thread_record;

operator_info const& look_up(at::RecordFunction const& fn, thread_record& record) {
  auto& registry = detail::this_thread.owner->operators();
  auto const name = fn.operator_name();
  if (!name) return registry.find_range(fn.name());
  auto const handle = c10::Dispatcher::singleton().findSchema(*name);
  // Decomposed into others on every back end. Torch's own alone: a library that registers one kernel for
  // all back ends gets the same key, and may compute in it.
  bool const composite = handle && name->name.starts_with("aten::") &&
                         handle->hasKernelForDispatchKey(c10::DispatchKey::CompositeImplicitAutograd);
  bool const may_cast = handle && (handle->hasKernelForDispatchKey(c10::DispatchKey::AutocastCPU) ||
                                   handle->hasKernelForDispatchKey(c10::DispatchKey::AutocastCUDA));
  auto const& info = registry.find(name->name, name->overload_name, composite,
                                   handle ? handle->schema().arguments().size() : 0, may_cast);
  record.remember_operator(fn.name(), info);
  return info;
}

/// A boxed call (TorchScript's interpreter makes them) shows its whole stack; the arguments are at its top.
c10::ArrayRef<c10::IValue const> arguments(at::RecordFunction const& fn, std::size_t schema_args) {
  auto const inputs = fn.inputs();
  if (schema_args == 0 || inputs.size() <= schema_args) return inputs;
  return inputs.slice(inputs.size() - schema_args);
}

/// A compiler traces the program on this thread with tensors that have no values.
bool in_fake_mode() {
  using c10::impl::TorchDispatchModeTLS;
  return TorchDispatchModeTLS::any_modes_set() &&
         TorchDispatchModeTLS::get_mode(c10::impl::TorchDispatchModeKey::FAKE).has_value();
}

/// Autocast is on for the first tensor's device, and not at work on this call already.
bool will_cast(at::RecordFunction const& fn) {
  for (auto const& value : fn.inputs()) {
    if (!value.isTensor() || !value.toTensor().defined()) continue;
    auto const keys = value.toTensor().key_set();
    for (auto const key : {c10::DispatchKey::AutocastCPU, c10::DispatchKey::AutocastCUDA}) {
      if (keys.has(key) && !c10::impl::tls_is_dispatch_key_excluded(key)) return true;
    }
    return false;
  }
  return false;
}

/// The session began where fake tensors are what is counted.
std::atomic<bool> counts_fake_tensors{false};

void enter_backward(at::RecordFunction const& fn, thread_record& record) {
  detail::scope_node const* forward = nullptr;
  if (fn.seqNr() >= 0) {  // gradient accumulation has none
    forward = detail::this_thread.owner->forward_scope(fn.forwardThreadId(), fn.seqNr());
    if (forward == nullptr) record.note(loss::backward_unattributed);
  }
  record.enter_backward(forward);
}

[[gnu::hot]] void on_enter(at::RecordFunction const& fn) {
  auto* const record = current_record();
  if (record == nullptr) return;
  record_access const access(*record);
  if (!access) return;
  if (fn.scope() == at::RecordScope::BACKWARD_FUNCTION) {
    enter_backward(fn, *record);
    return;
  }
  // Only the operator that enters the autograd key has a number.
  if (fn.seqNr() >= 0) record->remember_sequence(fn.threadId(), fn.seqNr());
  if (record->inside_counted()) {
    record->enter_inside_counted();
    return;
  }
  if (in_fake_mode() && !counts_fake_tensors.load(std::memory_order_relaxed)) {
    record->enter_skipped();
    return;
  }
  auto const* const name = fn.name();
  auto const* const guess = record->predicted_row(name);
  // A row is predicted only for an operator that has rows: its info need not be looked at.
  auto known =
      guess != nullptr ? thread_record::known_operator{guess->info, false} : record->find_operator(name);
  if (known.info == nullptr) {
    known.info = &look_up(fn, *record);
    known.opened = known.info->opened;
    if (known.info->engine_frame) {
      record->enter_engine_frame();
      return;
    }
  }
  auto const& traits = guess != nullptr ? guess->traits : known.info->traits;
  if (known.opened || (traits.may_cast && will_cast(fn))) {
    record->enter_opened();
    return;
  }
  auto& encoder = record->encoder;
  try {
    encoder.clear();
    if (traits.wants_args) {
      for (auto const& value : arguments(fn, traits.schema_args)) encode(value, encoder);
    }
    record->enter_operator(*known.info, encoder.words(), name);
  } catch (...) {
    record->lose_operator();
  }
}

[[gnu::hot]] void on_leave(at::RecordFunction const& fn) noexcept {
  auto* const record = current_record();
  if (record == nullptr) return;
  record_access const access(*record);
  if (!access) return;
  if (fn.scope() == at::RecordScope::BACKWARD_FUNCTION) {
    record->leave_backward();
  } else {
    if (record->leave_operator()) record->leave_backward();
  }
}

[[gnu::hot]] std::unique_ptr<at::ObserverContext> enter_callback(at::RecordFunction const& fn) {
  try {
    on_enter(fn);
  } catch (...) {
    // Out of memory: this call is missing. Nothing may escape into the user's program.
  }
  return nullptr;
}

[[gnu::hot]] void leave_callback(at::RecordFunction const& fn, at::ObserverContext* /*context*/) {
  on_leave(fn);
}

class dispatcher_observer final : public detail::recorder {
 public:
  void attach(detail::recording& /*active*/) override {
    counts_fake_tensors.store(in_fake_mode(), std::memory_order_relaxed);
    handle_ =
        at::addGlobalCallback(at::RecordFunctionCallback(&enter_callback, &leave_callback)
                                  .needsInputs(true)
                                  .scopes({at::RecordScope::FUNCTION, at::RecordScope::BACKWARD_FUNCTION}));
  }
  void detach() noexcept override {
    if (handle_ != at::INVALID_CALLBACK_HANDLE) at::removeCallback(handle_);
    handle_ = at::INVALID_CALLBACK_HANDLE;
  }
  void describe(std::map<std::string, std::string>& info) const override;

 private:
  at::CallbackHandle handle_ = at::INVALID_CALLBACK_HANDLE;
};

void dispatcher_observer::describe(std::map<std::string, std::string>& info) const {
  info[info_key::framework] = "LibTorch " + framework_version();
  info[info_key::formula] = "thop 0.1.1 rules";
}

}  // namespace
}  // namespace flopwatch::torch_layer

namespace flopwatch::detail {

bool install_dispatcher_observer() {
  static torch_layer::dispatcher_observer observer;
  register_recorder(observer);
  return true;
}

}  // namespace flopwatch::detail
