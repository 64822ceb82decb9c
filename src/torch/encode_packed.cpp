// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// Objects of torch.classes that hold weights in a library's own form (quantized layers): what they unpack to.
// Unpacking costs as much as some calls of the layer, so it is done once for each object.

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include <ATen/core/class_type.h>
#include <ATen/core/function.h>
#include <ATen/core/ivalue.h>
#include <ATen/record_function.h>
#include <c10/core/impl/TorchDispatchModeTLS.h>

#include "torch/encode.hpp"

namespace flopwatch::torch_layer {
namespace {

/// The words of its tensors, and its integers.
struct unpacked {
  std::vector<std::int64_t> tensor_words;
  std::size_t tensors = 0;
  std::vector<std::int64_t> integers;

  void add(unpacked const& other) {
    tensor_words.insert(tensor_words.end(), other.tensor_words.begin(), other.tensor_words.end());
    tensors += other.tensors;
    integers.insert(integers.end(), other.integers.begin(), other.integers.end());
  }
};

using weak_object = c10::weak_intrusive_ptr<torch::CustomClassHolder>;

/// While an object is kept here its address is no other's; its memory is freed when the entry is.
struct known_object {
  weak_object object;
  unpacked state;
};

std::mutex known_mutex;
std::map<torch::CustomClassHolder const*, known_object>& known_objects() {
  static auto& objects = *new std::map<torch::CustomClassHolder const*, known_object>;
  return objects;
}

/// Classes of the framework itself, whose saved form is known to have no side effect.
bool is_of_framework(c10::ivalue::Object const& object) {
  constexpr std::array<std::string_view, 5> spaces{"quantized.", "sparse.", "rnn.", "xnnpack.", "mkldnn."};
  constexpr std::string_view prefix = "__torch__.torch.classes.";
  auto const name = object.type()->name();
  if (!name || object.slots().empty() || !object.getSlot(0).isCapsule()) return false;
  std::string_view rest = name->qualifiedName();
  if (!rest.starts_with(prefix)) return false;
  rest.remove_prefix(prefix.size());
  return std::any_of(spaces.begin(), spaces.end(), [&](std::string_view s) { return rest.starts_with(s); });
}

/// The framework saves a convolution's parameters as a short tensor of 16-bit integers.
bool is_parameters(at::Tensor const& t) {
  return t.defined() && t.scalar_type() == at::kShort && t.dim() == 1 && t.is_cpu() && t.is_contiguous();
}

std::optional<unpacked> state_of(c10::ivalue::Object const& object);

bool collect(c10::IValue const& value, unpacked& out) {
  if (value.isTensor() && is_parameters(value.toTensor())) {
    auto const& t = value.toTensor();
    auto const* const first = t.const_data_ptr<std::int16_t>();
    out.integers.insert(out.integers.end(), first, first + t.numel());
  } else if (value.isTensor() || value.isNone()) {
    args_encoder words;
    c10::DispatchKeySet keys;
    encode(value.isNone() ? at::Tensor() : value.toTensor(), words, keys);
    out.tensor_words.insert(out.tensor_words.end(), words.words().begin(), words.words().end());
    ++out.tensors;
  } else if (value.isInt()) {
    out.integers.push_back(value.toInt());
  } else if (value.isBool()) {
    out.integers.push_back(value.toBool() ? 1 : 0);
  } else if (value.isList()) {
    for (auto const& item : value.toListRef()) {
      if (!collect(item, out)) return false;
    }
  } else if (value.isTuple()) {
    for (auto const& item : value.toTupleRef().elements()) {
      if (!collect(item, out)) return false;
    }
  } else if (value.isObject()) {
    auto const inner = state_of(value.toObjectRef());
    if (!inner) return false;
    out.add(*inner);
  }
  return true;  // strings and real numbers decide no shape
}

/// In what the object itself runs, nobody observes and no mode or transform takes part.
std::optional<unpacked> unpack(c10::ivalue::Object const& object) {
  using c10::impl::TorchDispatchModeTLS;
  if (TorchDispatchModeTLS::any_modes_set()) return std::nullopt;
  auto* const method = object.type()->findMethod("__getstate__");
  if (method == nullptr) return std::nullopt;
  at::DisableRecordFunctionGuard const unseen;
  auto self =
      c10::intrusive_ptr<c10::ivalue::Object>::reclaim_copy(const_cast<c10::ivalue::Object*>(&object));
  torch::jit::Stack stack{c10::IValue(std::move(self))};
  method->run(stack);
  unpacked state;
  if (stack.size() != 1 || !collect(stack.front(), state)) return std::nullopt;
  return state;
}

void forget_the_dead() {
  auto& objects = known_objects();
  for (auto i = objects.begin(); i != objects.end();) {
    i = i->second.object.expired() ? objects.erase(i) : std::next(i);
  }
}

std::optional<unpacked> state_of(c10::ivalue::Object const& object) {
  if (!is_of_framework(object)) return std::nullopt;
  auto const holder = object.getSlot(0).toCapsule();
  {
    std::lock_guard const lock(known_mutex);
    if (auto const i = known_objects().find(holder.get()); i != known_objects().end()) return i->second.state;
  }
  auto state = unpack(object);
  if (state) {
    std::lock_guard const lock(known_mutex);
    forget_the_dead();
    known_objects().try_emplace(holder.get(), known_object{weak_object(holder), *state});
  }
  return state;
}

}  // namespace

void encode_packed(c10::IValue const& value, args_encoder& out) {
  bool const list = value.isList() && !value.toListRef().empty() && value.toListRef().front().isObject();
  unpacked state;
  if ((!value.isObject() && !list) || !collect(value, state)) {
    out.opaque();
    return;
  }
  out.packed(state.tensors);
  out.append(state.tensor_words);
  out.integers(state.integers);
}

void forget_packed() noexcept {
  std::lock_guard const lock(known_mutex);
  known_objects().clear();
}

}  // namespace flopwatch::torch_layer
