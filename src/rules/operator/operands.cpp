// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/operator/operands.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/numbers.hpp"

namespace flopwatch::operator_rules {
namespace {

/// boolean < integer < real < complex
int kind_of(scalar_type t) noexcept {
  if (t == scalar_type::boolean) return 0;
  if (is_complex(t)) return 3;
  return is_floating(t) ? 2 : 1;
}

/// A number takes the tensor's format if its kind fits, otherwise the default format.
scalar_type join(scalar_type stronger, scalar_type weaker) noexcept {
  if (stronger == scalar_type::other || weaker == scalar_type::other) return scalar_type::other;
  if (kind_of(weaker) <= kind_of(stronger)) return stronger;
  // A double combined with integers is a number in the program: it becomes the default format.
  if (kind_of(stronger) < 2 && weaker == scalar_type::f64) return scalar_type::f32;
  return promote(stronger, weaker);
}

class operands_builder {
 public:
  void add(operator_call const& call, std::size_t i) {
    auto const& a = argument_at(call, i);
    if (std::holds_alternative<std::int64_t>(a)) return add(2, scalar_type::i64);
    if (std::holds_alternative<bool>(a)) return add(2, scalar_type::boolean);
    if (std::holds_alternative<double>(a)) return add(2, scalar_type::f64);
    auto const& t = tensor_at(call, i);
    add(t.sizes.empty() ? 1U : 0U, t.dtype);
    if (is_sparse(t)) {
      sparse_ = true;
      stored_ = stored_of(t);
    }
    if (!t.sizes.empty()) ++shaped_;
    shape_ = seen_ ? broadcast(shape_, t.sizes) : t.sizes;
    seen_ = true;
  }

  [[nodiscard]] operands result() const {
    if (!seen_) throw rule_error("the call has no tensor");
    if (sparse_ && shaped_ > 1) {
      throw rule_error("a sparse operand with another tensor: the result depends on where its elements are");
    }
    std::optional<scalar_type> dtype;
    for (auto const& t : by_priority_) {
      if (t) dtype = dtype ? join(*dtype, *t) : *t;
    }
    return {sparse_ ? stored_ : checked_product(shape_), dtype.value_or(scalar_type::other)};
  }

 private:
  void add(std::size_t priority, scalar_type t) {
    auto& slot = by_priority_[priority];
    slot = slot ? promote(*slot, t) : t;
  }

  std::array<std::optional<scalar_type>, 3> by_priority_;
  std::vector<std::int64_t> shape_;
  std::int64_t stored_ = 0;
  int shaped_ = 0;
  bool seen_ = false;
  bool sparse_ = false;
};

}  // namespace

std::vector<std::int64_t> broadcast(std::span<std::int64_t const> a, std::span<std::int64_t const> b) {
  if (a.size() < b.size()) std::swap(a, b);
  std::vector<std::int64_t> result(a.begin(), a.end());
  for (std::size_t i = 0; i < b.size(); ++i) {
    auto& size = result[result.size() - b.size() + i];
    if (size == 1) {
      size = b[i];
    } else if (b[i] != 1 && b[i] != size) {
      throw rule_error("the shapes of the operands do not broadcast");
    }
  }
  return result;
}

operands operands_at(operator_call const& call, std::initializer_list<std::size_t> positions) {
  operands_builder all;
  for (auto const i : positions) all.add(call, i);
  return all.result();
}

operands first_operands(operator_call const& call, std::size_t count) {
  operands_builder all;
  for (std::size_t i = 0; i < count; ++i) all.add(call, i);
  return all.result();
}

}  // namespace flopwatch::operator_rules
