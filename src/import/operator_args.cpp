// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "import/operator_args.hpp"

#include <array>
#include <charconv>
#include <optional>

namespace flopwatch::importing {
namespace {

struct named_type {
  std::string_view name;
  scalar_type type;
};

constexpr std::array<named_type, 31> type_names{{
    {"float", scalar_type::f32},
    {"double", scalar_type::f64},
    {"c10::Half", scalar_type::f16},
    {"c10::BFloat16", scalar_type::bf16},
    {"c10::Float8_e4m3fn", scalar_type::f8},
    {"c10::Float8_e5m2", scalar_type::f8},
    {"c10::Float8_e4m3fnuz", scalar_type::f8},
    {"c10::Float8_e5m2fnuz", scalar_type::f8},
    {"c10::Float8_e8m0fnu", scalar_type::f8},
    {"c10::Float4_e2m1fn_x2", scalar_type::f4},
    {"c10::complex<float>", scalar_type::c64},
    {"c10::complex<double>", scalar_type::c128},
    {"c10::complex<c10::Half>", scalar_type::c32},
    {"long int", scalar_type::i64},
    {"long", scalar_type::i64},
    {"long long", scalar_type::i64},
    {"int", scalar_type::i32},
    {"short int", scalar_type::i16},
    {"short", scalar_type::i16},
    {"signed char", scalar_type::i8},
    {"unsigned char", scalar_type::u8},
    {"bool", scalar_type::boolean},
    {"c10::qint8", scalar_type::quantized},
    {"c10::quint8", scalar_type::quantized},
    {"c10::qint32", scalar_type::quantized},
    {"c10::quint4x2", scalar_type::quantized},
    {"c10::quint2x4", scalar_type::quantized},
    {"c10::dummy_uint16_t", scalar_type::other},
    {"unsigned short", scalar_type::other},
    {"unsigned int", scalar_type::other},
    {"unsigned long", scalar_type::other},
}};

std::optional<scalar_type> type_of(std::string_view name) {
  for (auto const& known : type_names) {
    if (known.name == name) return known.type;
  }
  return std::nullopt;
}

template <class T>
std::optional<T> whole(std::string_view text) {
  T value{};
  auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "1", "0.125", "1.", "False".
bool encode_scalar(std::string_view text, args_encoder& out) {
  if (text == "True" || text == "False") {
    out.boolean(text == "True");
    return true;
  }
  if (auto const n = whole<std::int64_t>(text)) {
    out.integer(*n);
    return true;
  }
  if (auto const x = whole<double>(text)) {
    out.real(*x);
    return true;
  }
  return false;
}

/// "[16, 16]", "[]"; booleans as 0 and 1, as the dispatcher gives them.
bool encode_list(std::string_view text, args_encoder& out) {
  if (!text.starts_with('[') || !text.ends_with(']')) return false;
  text = text.substr(1, text.size() - 2);
  std::vector<std::int64_t> items;
  while (!text.empty()) {
    auto const end = text.find(',');
    auto item = text.substr(0, end);
    while (item.starts_with(' ')) item.remove_prefix(1);
    auto const n = item == "True" ? 1 : item == "False" ? 0 : whole<std::int64_t>(item);
    if (!n) return false;
    items.push_back(*n);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  out.integers(items);
  return true;
}

}  // namespace

void encode(traced_arg const& arg, args_encoder& out) {
  if (arg.type == "Scalar") {
    if (!encode_scalar(arg.concrete, out)) out.opaque();
  } else if (arg.type == "ScalarList") {
    if (!encode_list(arg.concrete, out)) out.opaque();
  } else if (arg.type == "TensorList" || arg.is_list) {
    out.tensors(arg.sizes.size());
    // Their types are not in a trace, nor is it known which of them are undefined.
    for (auto const& sizes : arg.sizes) out.tensor(sizes, scalar_type::other, tensor_layout::strided);
  } else if (auto const type = type_of(arg.type)) {
    out.tensor(arg.sizes.empty() ? std::vector<std::int64_t>() : arg.sizes.front(), *type,
               tensor_layout::strided);
  } else if (arg.type.empty() && (arg.concrete.empty() || arg.concrete == "None")) {
    out.none();
  } else {
    out.opaque();
  }
}

}  // namespace flopwatch::importing
