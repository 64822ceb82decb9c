// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "torch/shapes_alone.hpp"

#include <vector>

#include <ATen/ATen.h>

namespace flopwatch::torch_layer {

using c10::IValue;

at::Tensor shape_alone(c10::IntArrayRef sizes, c10::ScalarType dtype) {
  return at::empty(sizes, at::TensorOptions().dtype(dtype).device(at::kMeta));
}

std::optional<IValue> without_values(IValue const& value) {
  if (value.isTensor()) {
    auto const& t = value.toTensor();
    if (!t.defined()) return value;
    if (t.is_meta()) return value;
    bool const plain = t.layout() == c10::kStrided || t.layout() == c10::kMkldnn;
    if (!plain || t.is_nested() || t.unsafeGetTensorImpl()->has_symbolic_sizes_strides()) return std::nullopt;
    return shape_alone(t.sizes(), t.scalar_type());
  }
  if (value.isList()) {
    auto const from = value.toList();
    c10::impl::GenericList to(from.elementType());
    for (IValue const& item : from) {
      auto const converted = without_values(item);
      if (!converted) return std::nullopt;
      to.push_back(*converted);
    }
    return IValue(std::move(to));
  }
  if (value.isTuple()) {
    std::vector<IValue> items;
    for (auto const& item : value.toTupleRef().elements()) {
      auto converted = without_values(item);
      if (!converted) return std::nullopt;
      items.push_back(std::move(*converted));
    }
    return c10::ivalue::Tuple::create(std::move(items));
  }
  if (value.isGenericDict()) return std::nullopt;
  return value;
}

}  // namespace flopwatch::torch_layer
