// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// The observer of PyTorch's dispatcher: one global RecordFunction callback on all threads. The work on
// each call is bounded: look the operator up by its name pointer, encode the arguments, find the row.

#include <atomic>
#include <optional>

#include <ATen/SequenceNumber.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/record_function.h>
#include <c10/core/impl/LocalDispatchKeySet.h>
#include <torch/csrc/profiler/orchestration/observer.h>

#include "flopwatch/torch/detail/dispatcher.hpp"
#include "recording/other_profilers.hpp"
#include "recording/recorder.hpp"
#include "recording/recording.hpp"
#include "recording/sequence_source.hpp"
#include "torch/dispatch_state.hpp"
#include "torch/encode.hpp"
#include "torch/optimizer_steps.hpp"
#include "torch/script.hpp"
#include "torch/tf32.hpp"

namespace flopwatch::torch_layer {
namespace {

using detail::call_traits;
using detail::current_record;
using detail::operator_info;
using detail::record_access;
using detail::thread_record;

detail::call_traits traits_of(c10::OperatorHandle const& handle, bool own) {
  auto const has = [&](c10::DispatchKey key) { return handle.hasKernelForDispatchKey(key); };
  detail::call_traits t;
  t.schema_args = static_cast<std::uint16_t>(handle.schema().arguments().size());
  t.may_cast = has(c10::DispatchKey::AutocastCPU) || has(c10::DispatchKey::AutocastCUDA);
  // Torch's own alone: a library that registers one kernel for all back ends gets the same key, and may
  // compute in it; and what it puts around its kernel may exclude no key.
  // A few have a kernel of their own beside the decomposition, which is then not taken.
  bool const direct = has(c10::DispatchKey::CPU) || has(c10::DispatchKey::CUDA);
  t.composite = own && !direct && has(c10::DispatchKey::CompositeImplicitAutograd);
  t.has_autograd = own && !t.composite && has(c10::DispatchKey::Autograd);
  t.has_zero_kernel = own && has(c10::DispatchKey::ZeroTensor);
  return t;
}

operator_info const& look_up(at::RecordFunction const& fn, thread_record& record) {
  auto& registry = detail::this_thread.owner->operators();
  auto const name = fn.operator_name();
  if (!name) return registry.find_range(fn.name());
  auto const handle = c10::Dispatcher::singleton().findSchema(*name);
  auto const traits = handle ? traits_of(*handle, name->name.starts_with("aten::")) : detail::call_traits{};
  auto const& info = registry.find(name->name, name->overload_name, traits);
  record.remember_operator(fn.name(), info);
  return info;
}

/// A boxed call (TorchScript's interpreter makes them) shows its whole stack; the arguments are at its top.
c10::ArrayRef<c10::IValue const> arguments(at::RecordFunction const& fn, std::size_t schema_args) {
  auto const inputs = fn.inputs();
  if (schema_args == 0 || inputs.size() <= schema_args) return inputs;
  return inputs.slice(inputs.size() - schema_args);
}

/// The session began where fake tensors are what is counted.
std::atomic<bool> counts_fake_tensors{false};

detail::sequence_position sequence_now() noexcept {
  return {at::RecordFunction::currentThreadId(), static_cast<std::int64_t>(at::sequence_number::peek())};
}

void enter_backward(at::RecordFunction const& fn, thread_record& record) {
  detail::scope_node const* forward = nullptr;
  if (fn.seqNr() >= 0) {  // gradient accumulation has none
    record.remember_nodes_so_far();
    forward = detail::this_thread.owner->forward_scope(fn.forwardThreadId(), fn.seqNr());
    if (forward == nullptr) record.note(loss::backward_unattributed);
  }
  record.enter_backward(forward);
}

/// Opens a call that Python code answers. One without arithmetic is not asked about.
void enter_answered(operator_info const& info, thread_record& record,
                    c10::ArrayRef<c10::IValue const> arguments) {
  if (info.traits.has_zero_kernel && has_zero(arguments)) {  // this kernel comes before Python's
    record.enter_zero();
  } else if (info.traits.wants_args && !record.inside_zero()) {
    record.enter_asked(info);
  } else {
    record.enter_opened();
  }
}

/// What is opened is not the operator call itself but what it is made of, on this thread and with these
/// arguments.
bool is_taken_apart(call_traits const& traits, c10::DispatchKeySet keys,
                    c10::ArrayRef<c10::IValue const> arguments) {
  if (has_wrapper(keys)) return true;
  // Inside a composite call its parts cannot be told from hooks and tangents.
  return traits.composite && (has_saved_tensor_hooks() || has_tangent(arguments));
}

[[gnu::hot]] void enter_call(at::RecordFunction const& fn, thread_record& record,
                             c10::impl::LocalDispatchKeySet const& local) {
  bool const fake_counts = counts_fake_tensors.load(std::memory_order_relaxed);
  // Any mode sets the key.
  if (!fake_counts && local.included_.has(c10::DispatchKey::Python) && in_fake_mode()) {
    record.enter_skipped();
    return;
  }
  auto const* const name = fn.name();
  auto const* const guess = record.predicted_row(name);
  // A row is predicted only for an operator that has rows: its info need not be looked at.
  auto known =
      guess != nullptr ? thread_record::known_operator{guess->info, false} : record.find_operator(name);
  bool is_operator = true;
  if (known.info == nullptr) {
    known.info = &look_up(fn, record);
    known.opened = known.info->opened;
    is_operator = known.info->is_operator;
    if (known.info->engine_frame) {
      record.enter_engine_frame();
      return;
    }
    if (known.info->python_frame) {
      record.enter_python();
      return;
    }
    if (known.info->region_frame) record.note_region(*known.info);
  }
  if (known.opened || (is_operator && is_transformed(local))) {
    record.enter_opened();
    return;
  }
  if (is_operator && !fake_counts && is_in_python_mode(local)) {
    enter_answered(*known.info, record, fn.inputs());
    return;
  }
  auto const& traits = guess != nullptr ? guess->traits : known.info->traits;
  if (traits.may_cast && will_cast(fn.inputs())) {
    record.enter_opened();
    return;
  }
  auto& encoder = record.encoder;
  try {
    encoder.clear();
    c10::DispatchKeySet keys;
    if (traits.wants_args) {
      auto const given = arguments(fn, traits.schema_args);
      for (auto const& value : given) encode(value, encoder, keys);
      if (is_operator) {
        if (!fake_counts && has_python_tensor(keys, local)) {
          enter_answered(*known.info, record, fn.inputs());
          return;
        }
        if (traits.has_zero_kernel && keys.has(c10::DispatchKey::ZeroTensor)) {
          record.enter_zero();
          return;
        }
        // Its kernel asks for the shape of the result.
        if (keys.has_backend(c10::BackendComponent::MetaBit) && record.inside_zero()) {
          record.enter_skipped();
          return;
        }
        if (is_taken_apart(traits, keys, given)) {
          record.enter_opened();
          return;
        }
      }
    }
    record.enter_operator(*known.info, encoder.words(), name,
                          traits.has_autograd && passes_autograd(keys, local));
    if (keys.has(c10::DispatchKey::NestedTensor)) record.mark_nested();
  } catch (...) {
    record.lose_operator();
  }
}

[[gnu::hot]] void on_enter(at::RecordFunction const& fn) {
  auto* const record = current_record();
  if (record == nullptr) return;
  if (inside_script()) follow_script(fn, *record);
  record_access const access(*record);
  if (!access) return;
  if (fn.scope() == at::RecordScope::BACKWARD_FUNCTION) {
    enter_backward(fn, *record);
    return;
  }
  // Only the operator that enters the autograd key has a number.
  if (fn.seqNr() >= 0) record->remember_sequence(fn.threadId(), fn.seqNr());
  auto const local = c10::impl::tls_local_dispatch_key_set();
  if (!record->inside_counted()) {
    enter_call(fn, *record, local);
  } else if (!record->counted().kernel_excludes_autograd || is_below_autograd(local)) {
    if (record->looks_inside() && fn.operator_name()) record->see_inside(fn.name());
    record->enter_inside_counted();
  } else {
    detail::outside_kernel const apart(*record);
    enter_call(fn, *record, local);
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
  if (fn.scope() == at::RecordScope::USER_SCOPE) return enter_user_range(fn);
  try {
    on_enter(fn);
  } catch (...) {
    // Out of memory: this call is missing. Nothing may escape into the user's program.
  }
  return nullptr;
}

[[gnu::hot]] void leave_callback(at::RecordFunction const& fn, at::ObserverContext* context) {
  if (fn.scope() == at::RecordScope::USER_SCOPE) {
    leave_user_range(context);
    return;
  }
  on_leave(fn);
}

class dispatcher_observer final : public detail::recorder {
 public:
  void attach(detail::recording& /*active*/) override {
    counts_fake_tensors.store(in_fake_mode(), std::memory_order_relaxed);
    detail::sequence_source.store(&sequence_now, std::memory_order_release);
    script_.attach();
    products_in_tf32_ = may_use_tf32(false);
    convolutions_in_tf32_ = may_use_tf32(true);
    handle_ =
        at::addGlobalCallback(at::RecordFunctionCallback(&enter_callback, &leave_callback)
                                  .needsInputs(true)
                                  .scopes({at::RecordScope::FUNCTION, at::RecordScope::BACKWARD_FUNCTION,
                                           at::RecordScope::USER_SCOPE}));
  }
  void detach() noexcept override {
    detail::sequence_source.store(nullptr, std::memory_order_release);
    if (handle_ != at::INVALID_CALLBACK_HANDLE) at::removeCallback(handle_);
    handle_ = at::INVALID_CALLBACK_HANDLE;
    forget_packed();
    script_.detach();
  }
  void describe(std::map<std::string, std::string>& info) const override;

 private:
  script_observer script_;
  at::CallbackHandle handle_ = at::INVALID_CALLBACK_HANDLE;
  std::optional<bool> products_in_tf32_;  ///< when the recording began
  std::optional<bool> convolutions_in_tf32_;
};

void dispatcher_observer::describe(std::map<std::string, std::string>& info) const {
  info[info_key::framework] = "LibTorch " + framework_version();
  info[info_key::formula] = "thop 0.1.1 rules";
  auto const device = info.find(info_key::device);
  if (device == info.end() || !device->second.starts_with("cuda")) return;
  auto const products = may_use_tf32(false);
  auto const convolutions = may_use_tf32(true);
  if (!products || !products_in_tf32_ || !convolutions || !convolutions_in_tf32_) return;
  std::string tf32;
  if (*products || *products_in_tf32_) tf32 = "products";
  if (*convolutions || *convolutions_in_tf32_) tf32 += tf32.empty() ? "convolutions" : ", convolutions";
  info[info_key::tf32] = tf32.empty() ? "none" : tf32;
}

char const* torch_profiler() { return torch::profiler::impl::profilerEnabled() ? "torch.profiler" : nullptr; }

}  // namespace
}  // namespace flopwatch::torch_layer

namespace flopwatch::detail {

bool install_dispatcher_observer() {
  static auto& observer = *new torch_layer::dispatcher_observer;  // a session may outlive other statics
  register_recorder(observer);
  register_profiler_probe(&torch_layer::torch_profiler);
  return true;
}

}  // namespace flopwatch::detail
