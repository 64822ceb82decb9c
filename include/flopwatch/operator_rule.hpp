// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "flopwatch/precision.hpp"
#include "flopwatch/work.hpp"

/// \file
/// Operator rules: the arguments of one dispatcher call in, its work out. Pure: no framework types.
///
/// What counts (docs/counting.md has the whole list with a reason each):
/// - multiply-add class: products only. 1 MAC = one multiply and one add. A complex product counts
///   as four real ones. Bias, scaling and accumulation into an existing tensor are other arithmetic.
/// - other arithmetic: one FLOP for each floating-point add, subtract, multiply, divide, square root
///   or transcendental function of one element. Comparisons, selections (relu, max, where, max-pooling),
///   conversions, copies and integer arithmetic count 0, as the GPU's FLOP counters see it too.

namespace flopwatch {

/// Number format of a tensor argument, as the framework names it.
enum class scalar_type : std::uint8_t {
  f64,
  f32,
  f16,
  bf16,
  f8,
  f4,
  c64,
  c128,
  c32,
  i64,
  i32,
  i16,
  i8,
  u8,
  boolean,
  quantized,
  other,
};

enum class tensor_layout : std::uint8_t {
  strided,
  sparse_coo,
  sparse_csr,  ///< csr and csc: `stored` counts single elements
  sparse_bsr,  ///< bsr and bsc: `stored` counts elements of the stored blocks
  mkldnn,      ///< an opaque dense format; sizes are right
  nested,      ///< sizes are not known (jagged or symbolic); no rule can count it
};

/// One tensor argument.
struct tensor_arg {
  std::vector<std::int64_t> sizes;
  scalar_type dtype = scalar_type::f32;
  tensor_layout layout = tensor_layout::strided;
  /// Stored elements of a sparse tensor (each times its dense dimensions); -1 for the others.
  std::int64_t stored = -1;
  bool defined = true;  ///< false: an undefined tensor, or None in place of a tensor

  [[nodiscard]] std::int64_t elements() const;  ///< 0 for an undefined tensor. \throws overflow_error
  [[nodiscard]] std::int64_t rank() const { return static_cast<std::int64_t>(sizes.size()); }
  friend bool operator==(tensor_arg const&, tensor_arg const&) = default;
};

/// An argument that rules have no use for (a generator, a device, a string, ...).
struct opaque_arg {
  friend bool operator==(opaque_arg const&, opaque_arg const&) = default;
};

/// An object that holds weights in a library's own packed form: what it unpacks to, in the order in which the
/// framework saves it, objects inside objects too.
struct packed_arg {
  std::vector<tensor_arg> tensors;     ///< an undefined one for None
  std::vector<std::int64_t> integers;  ///< booleans too; parameters of a convolution, say
  friend bool operator==(packed_arg const&, packed_arg const&) = default;
};

/// std::monostate is None.
using operator_arg = std::variant<std::monostate, tensor_arg, std::vector<tensor_arg>, std::int64_t, bool,
                                  double, std::vector<std::int64_t>, opaque_arg, packed_arg>;

/// One operator call as a rule sees it: the name without overload ("aten::mm"), the overload ("out"),
/// and the arguments in schema order, defaults filled in, out tensors last.
struct operator_call {
  std::string_view name;
  std::string_view overload;
  std::span<operator_arg const> args;
};

/// What a rule gives for one call. `useful_macs` left at 0 means all of `macs`; more than `macs` is refused.
struct operator_work {
  work amount;
  flopwatch::precision precision = flopwatch::precision::unknown;
  std::string_view note{};  ///< "" for a count; of an estimate, how it was made. A literal
};

/// A rule is a function; it throws `rule_error` for a call it cannot count, which then is listed as
/// unsupported with the message as its note. Called once for each distinct set of arguments.
using operator_rule_function = std::function<operator_work(operator_call const&)>;

/// How the dispatcher observer treats an operator.
enum class operator_treatment : std::uint8_t {
  counted,        ///< it has a rule; the outermost one counts
  no_arithmetic,  ///< reviewed: views, allocation, copies, comparisons, indexing, random numbers, ...
  opened,         ///< reviewed: all its arithmetic happens in operators that it calls through the dispatcher
  unknown,        ///< none of these: opened, then listed as unsupported or partly counted
};

struct operator_entry {
  operator_treatment treatment = operator_treatment::unknown;
  flopwatch::arithmetic arithmetic = flopwatch::arithmetic::none;
  operator_rule_function rule;  ///< empty unless counted
  /// What users read beside its calls: of a rule that estimates, how; of an operator that was reviewed and
  /// has no rule, why. Else "". A literal.
  std::string_view note{};
};

/// Looks the operator up in the built-in tables, by name without overload. Thread-safe, constant
/// result; `overload` matters for few operators ("aten::max.other" is elementwise, "aten::max" reduces).
[[nodiscard]] operator_entry find_operator(std::string_view name, std::string_view overload);

/// For people: "[1,640,768] [768,2304]", the tensors in order; "-" for an undefined one; lists in
/// parentheses; sparse ones with their stored elements, "[5,7]{12 stored}". Scalars are left out.
[[nodiscard]] std::string shapes_text(std::span<operator_arg const> args);

}  // namespace flopwatch
