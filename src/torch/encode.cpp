// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "torch/encode.hpp"

#include <ATen/SparseCsrTensorImpl.h>
#include <ATen/SparseTensorImpl.h>
#include <torch/version.h>

namespace flopwatch::torch_layer {
namespace {

[[gnu::hot]] scalar_type number_format(c10::ScalarType t) noexcept {
  switch (t) {
    case c10::ScalarType::Double:
      return scalar_type::f64;
    case c10::ScalarType::Float:
      return scalar_type::f32;
    case c10::ScalarType::Half:
      return scalar_type::f16;
    case c10::ScalarType::BFloat16:
      return scalar_type::bf16;
    case c10::ScalarType::Float8_e5m2:
    case c10::ScalarType::Float8_e4m3fn:
    case c10::ScalarType::Float8_e5m2fnuz:
    case c10::ScalarType::Float8_e4m3fnuz:
    case c10::ScalarType::Float8_e8m0fnu:
      return scalar_type::f8;
#if TORCH_VERSION_MAJOR > 2 || TORCH_VERSION_MINOR >= 8
    case c10::ScalarType::Float4_e2m1fn_x2:
      return scalar_type::f4;
#endif
    case c10::ScalarType::ComplexHalf:
      return scalar_type::c32;
    case c10::ScalarType::ComplexFloat:
      return scalar_type::c64;
    case c10::ScalarType::ComplexDouble:
      return scalar_type::c128;
    case c10::ScalarType::Long:
      return scalar_type::i64;
    case c10::ScalarType::Int:
      return scalar_type::i32;
    case c10::ScalarType::Short:
      return scalar_type::i16;
    case c10::ScalarType::Char:
      return scalar_type::i8;
    case c10::ScalarType::Byte:
      return scalar_type::u8;
    case c10::ScalarType::Bool:
      return scalar_type::boolean;
    case c10::ScalarType::QInt8:
    case c10::ScalarType::QUInt8:
    case c10::ScalarType::QInt32:
      return scalar_type::quantized;
    default:
      return scalar_type::other;
  }
}

std::span<std::int64_t const> sizes_of(c10::TensorImpl const& t) {
  auto const sizes = t.sizes();
  return {sizes.data(), sizes.size()};
}

void encode_sparse(c10::TensorImpl& t, c10::Layout layout, scalar_type dtype, args_encoder& out) {
  if (layout == c10::kSparse) {
    auto const& impl = static_cast<at::SparseTensorImpl const&>(t);
    std::int64_t const stored = impl.values().numel();
    out.tensor(sizes_of(t), dtype, tensor_layout::sparse_coo, stored);
    return;
  }
  auto& impl = static_cast<at::SparseCsrTensorImpl&>(t);
  bool const blocked = layout == c10::kSparseBsr || layout == c10::kSparseBsc;
  out.tensor(sizes_of(t), dtype, blocked ? tensor_layout::sparse_bsr : tensor_layout::sparse_csr,
             impl.values().numel());
}

}  // namespace

[[gnu::hot]] void encode(at::Tensor const& tensor, args_encoder& out, c10::DispatchKeySet& keys) {
  if (!tensor.defined()) {
    out.undefined_tensor();
    return;
  }
  auto& t = *tensor.unsafeGetTensorImpl();
  auto const dtype = number_format(c10::typeMetaToScalarType(t.dtype()));
  keys = keys | t.key_set();
  if (t.key_set().has(c10::DispatchKey::NestedTensor) || t.has_symbolic_sizes_strides()) {
    out.tensor({}, dtype, tensor_layout::nested, -1);
    return;
  }
  auto const layout = t.layout();
  if (layout == c10::kStrided) {
    out.tensor(sizes_of(t), dtype, tensor_layout::strided);
  } else if (layout == c10::kMkldnn) {
    out.tensor(sizes_of(t), dtype, tensor_layout::mkldnn);
  } else if (layout == c10::kJagged) {
    out.tensor({}, dtype, tensor_layout::nested, -1);
  } else {
    encode_sparse(t, layout, dtype, out);
  }
}

[[gnu::hot]] void encode(c10::IValue const& value, args_encoder& out, c10::DispatchKeySet& keys) {
  if (value.isTensor()) {
    encode(value.toTensor(), out, keys);
  } else if (value.isInt()) {
    out.integer(value.toInt());
  } else if (value.isNone()) {
    out.none();
  } else if (value.isBool()) {
    out.boolean(value.toBool());
  } else if (value.isDouble()) {
    out.real(value.toDouble());
  } else if (value.isTensorList()) {
    auto const list = value.toListRef();
    out.tensors(list.size());
    for (auto const& tensor : list) encode(tensor.toTensor(), out, keys);
  } else if (value.isIntList()) {
    auto const list = value.toListRef();
    out.integers(list.size());
    for (auto const& item : list) out.item(item.toInt());
  } else if (value.isBoolList()) {
    auto const list = value.toListRef();
    out.integers(list.size());
    for (auto const& item : list) out.item(item.toBool() ? 1 : 0);
  } else if (value.isOptionalTensorList()) {
    auto const list = value.toListRef();
    out.tensors(list.size());
    for (auto const& item : list) {
      if (item.isNone()) {
        out.undefined_tensor();
      } else {
        encode(item.toTensor(), out, keys);
      }
    }
  } else {
    encode_packed(value, out);
  }
}

std::string framework_version() { return TORCH_VERSION; }

}  // namespace flopwatch::torch_layer
