// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/operator/arguments.hpp"

#include <algorithm>
#include <string>

#include "flopwatch/error.hpp"

namespace flopwatch::operator_rules {
namespace {

[[noreturn]] void refuse(std::size_t i, char const* what) {
  throw rule_error("argument " + std::to_string(i) + " " + what);
}

void check(tensor_arg const& t, std::size_t i) {
  if (t.layout == tensor_layout::nested) refuse(i, "is a nested tensor, whose sizes are unknown");
  if (std::ranges::any_of(t.sizes, [](auto s) { return s < 0; })) refuse(i, "has a negative size");
}

}  // namespace

operator_arg const& argument_at(operator_call const& call, std::size_t i) {
  if (i >= call.args.size()) refuse(i, "is missing");
  return call.args[i];
}

tensor_arg const& tensor_at(operator_call const& call, std::size_t i) {
  auto const* t = std::get_if<tensor_arg>(&argument_at(call, i));
  if (t == nullptr) refuse(i, "is not a tensor");
  if (!t->defined) refuse(i, "is an undefined tensor");
  check(*t, i);
  return *t;
}

tensor_arg const& dense_at(operator_call const& call, std::size_t i) {
  auto const& t = tensor_at(call, i);
  if (is_sparse(t)) refuse(i, "is a sparse tensor, which this operator's rule cannot count");
  return t;
}

tensor_arg const* optional_tensor_at(operator_call const& call, std::size_t i) {
  auto const& a = argument_at(call, i);
  if (std::holds_alternative<std::monostate>(a)) return nullptr;
  auto const* t = std::get_if<tensor_arg>(&a);
  if (t == nullptr) refuse(i, "is neither a tensor nor None");
  if (!t->defined) return nullptr;
  check(*t, i);
  return t;
}

std::int64_t given(operator_call const& call, std::size_t i) {
  return optional_tensor_at(call, i) != nullptr ? 1 : 0;
}

std::vector<tensor_arg> const& tensors_at(operator_call const& call, std::size_t i) {
  auto const* v = std::get_if<std::vector<tensor_arg>>(&argument_at(call, i));
  if (v == nullptr) refuse(i, "is not a list of tensors");
  for (auto const& t : *v) {
    if (t.defined) check(t, i);
  }
  return *v;
}

packed_arg const& packed_at(operator_call const& call, std::size_t i) {
  auto const* packed = std::get_if<packed_arg>(&argument_at(call, i));
  if (packed == nullptr) refuse(i, "is not an object with packed weights that could be read");
  return *packed;
}

std::vector<std::int64_t> integers_at(operator_call const& call, std::size_t i) {
  auto const& a = argument_at(call, i);
  if (std::holds_alternative<std::monostate>(a)) return {};
  if (auto const* v = std::get_if<std::vector<std::int64_t>>(&a)) return *v;
  if (auto const* n = std::get_if<std::int64_t>(&a)) return {*n};
  refuse(i, "is not a list of integers");
}

std::vector<std::int64_t> integers_at(operator_call const& call, std::size_t i, std::size_t n) {
  auto v = integers_at(call, i);
  if (v.size() == 1) v.resize(n, v.front());
  if (v.size() != n) refuse(i, "has the wrong number of values");
  return v;
}

std::int64_t integer_at(operator_call const& call, std::size_t i) {
  auto const* n = std::get_if<std::int64_t>(&argument_at(call, i));
  if (n == nullptr) refuse(i, "is not an integer");
  return *n;
}

std::optional<std::int64_t> optional_integer_at(operator_call const& call, std::size_t i) {
  if (std::holds_alternative<std::monostate>(argument_at(call, i))) return std::nullopt;
  return integer_at(call, i);
}

bool boolean_at(operator_call const& call, std::size_t i) {
  auto const* b = std::get_if<bool>(&argument_at(call, i));
  if (b == nullptr) refuse(i, "is not a boolean");
  return *b;
}

std::optional<double> number_at(operator_call const& call, std::size_t i) {
  auto const& a = argument_at(call, i);
  if (auto const* n = std::get_if<std::int64_t>(&a)) return static_cast<double>(*n);
  if (auto const* r = std::get_if<double>(&a)) return *r;
  if (auto const* b = std::get_if<bool>(&a)) return *b ? 1.0 : 0.0;
  return std::nullopt;
}

bool is_number(operator_call const& call, std::size_t i, double value) {
  auto const n = number_at(call, i);
  return n && *n == value;
}

std::size_t wrap_dim(std::int64_t dim, std::size_t rank) {
  auto const n = static_cast<std::int64_t>(rank == 0 ? 1 : rank);
  if (dim < -n || dim >= n) throw rule_error("dimension " + std::to_string(dim) + " is out of range");
  return static_cast<std::size_t>(dim < 0 ? dim + n : dim);
}

std::int64_t size_of(tensor_arg const& t, std::int64_t dim) {
  auto const d = wrap_dim(dim, t.sizes.size());
  return t.sizes.empty() ? 1 : t.sizes[d];
}

bool is_sparse(tensor_arg const& t) noexcept {
  return t.layout == tensor_layout::sparse_coo || t.layout == tensor_layout::sparse_csr ||
         t.layout == tensor_layout::sparse_bsr;
}

std::int64_t stored_of(tensor_arg const& t) {
  if (!is_sparse(t) || t.stored < 0) throw rule_error("the stored elements of a sparse tensor are unknown");
  return t.stored;
}

}  // namespace flopwatch::operator_rules
