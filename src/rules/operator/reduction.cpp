// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operator_table.hpp"
#include "rules/operator/reduced.hpp"

namespace flopwatch::operator_rules {
namespace {

/// The dimensions at `position` if that argument is a list, an integer or None; otherwise all.
reduced reduced_at(operator_call const& call, std::size_t position, bool has_dims) {
  auto const& t = dense_at(call, 0);
  return has_dims ? reduce(t, integers_at(call, position)) : reduce_all(t);
}

bool gives(operator_call const& call, std::size_t position) {
  return position < call.args.size() &&
         (std::holds_alternative<std::vector<std::int64_t>>(call.args[position]) ||
          std::holds_alternative<opaque_arg>(call.args[position]));
}

/// The format of the sum: the argument `dtype` at `position` if it is given, otherwise the tensor's.
scalar_type dtype_at(operator_call const& call, std::size_t position) {
  auto const own = dense_at(call, 0).dtype;
  if (position >= call.args.size()) return own;
  auto const* number = std::get_if<std::int64_t>(&call.args[position]);
  return number == nullptr ? own : parse_scalar_type(*number);
}

/// (self, dtype) or (self, dim, keepdim, dtype), each with or without an out tensor.
struct summed {
  scalar_type dtype{};
  reduced size;
};

summed summed_at(operator_call const& call) {
  bool const has_dims = call.args.size() >= 4;
  return {dtype_at(call, has_dims ? 3 : 1), reduced_at(call, 1, has_dims)};
}

operator_work sum(operator_call const& call) {
  auto const s = summed_at(call);
  return other_work(s.dtype, {.adds = s.size.sum_adds()});
}

/// A complex mean divides both of its parts.
operator_work mean(operator_call const& call) {
  auto const s = summed_at(call);
  auto const divides = s.size.length == 0 ? 0 : s.size.rows;
  return other_work(s.dtype, {.adds = checked_add(s.size.sum_adds(), divides)});
}

operator_work product(operator_call const& call) {
  bool const has_dim = call.args.size() >= 4;
  auto const& t = dense_at(call, 0);
  auto const size = has_dim ? reduce_dim(t, integer_at(call, 1)) : reduce_all(t);
  return other_work(dtype_at(call, has_dim ? 3 : 1), {.multiplies = size.sum_adds()});
}

/// Mean (n), differences (n), squares (n), their mean (n); `more` for each result, such as the root.
operator_work variance(operator_call const& call, std::int64_t more) {
  bool const all = std::holds_alternative<bool>(argument_at(call, 1));  // var(self, unbiased)
  auto const size = reduced_at(call, 1, !all);
  auto const results = size.length == 0 ? 0 : checked_mul(size.rows, more);
  return other_work(dense_at(call, 0).dtype,
                    {.functions = checked_add(checked_mul(4, size.elements()), results)});
}

/// Order 2: squares, sum, root (2n); 1: sum (n - 1); 0: a count (n - 1); infinite: comparisons;
/// another: powers, sum, root (2n). `rooted` is false for a norm without the final root.
operator_work norm_of(scalar_type t, reduced const& size, double order, bool rooted) {
  if (is_complex(t)) throw rule_error("a norm of complex numbers has no generally accepted count");
  if (order == std::numeric_limits<double>::infinity() || order == -std::numeric_limits<double>::infinity()) {
    return other_work(t, {});
  }
  other_parts parts{.adds = size.sum_adds()};
  if (order != 0 && order != 1) {
    parts.functions = checked_add(size.elements(), rooted && size.length != 0 ? size.rows : 0);
  }
  return other_work(t, parts);
}

/// norm(self, p), norm(self, p, dim, ...), linalg_vector_norm(self, ord, dim, ...): p None is 2.
operator_work norm(operator_call const& call, bool rooted) {
  bool const none = argument_at(call, 1).index() == 0;
  auto const order = number_at(call, 1);
  if (!none && !order) throw rule_error("the order of the norm is not a number");
  return norm_of(dense_at(call, 0).dtype, reduced_at(call, 2, gives(call, 2)), order.value_or(2.0), rooted);
}

operator_work foreach_norm(operator_call const& call, bool rooted) {
  auto const order = number_at(call, 1);
  if (!order) throw rule_error("the order of the norm is not a number");
  operator_work sum;
  bool first = true;
  for (auto const& t : tensors_at(call, 0)) {
    if (!t.defined) throw rule_error("a tensor of the list is undefined");
    auto const one = norm_of(t.dtype, reduce_all(t), *order, rooted);
    sum.amount += one.amount;
    sum.precision = first || sum.precision == one.precision ? one.precision : precision::unknown;
    first = false;
  }
  return sum;
}

/// One step for every element but the first of each row.
operator_work scan(operator_call const& call, other_parts const& step) {
  auto const steps = reduce_dim(dense_at(call, 0), integer_at(call, 1)).sum_adds();
  return other_work(dtype_at(call, 2), {.adds = checked_mul(steps, step.adds),
                                        .multiplies = checked_mul(steps, step.multiplies),
                                        .functions = checked_mul(steps, step.functions)});
}

/// A row of n: subtract the maximum, exponential, sum, logarithm, add: 3n + 1.
operator_work logsumexp(operator_call const& call) {
  auto const size = reduced_at(call, 1, true);
  auto const ends = size.length == 0 ? 0 : checked_mul(size.rows, 2);
  return other_work(dense_at(call, 0).dtype,
                    {.adds = checked_add(checked_add(size.sum_adds(), size.elements()), ends),
                     .functions = size.elements()});
}

operator_work trace(operator_call const& call) {
  auto const& t = dense_at(call, 0);
  if (t.rank() != 2) throw rule_error("the matrix has the wrong rank");
  auto const n = std::min(t.sizes[0], t.sizes[1]);
  return other_work(t.dtype, {.adds = n == 0 ? 0 : n - 1});
}

}  // namespace

void add_reduction_rules(operator_table& table) {
  constexpr auto kind = arithmetic::other;
  table.counted("sum nansum", kind, sum);
  table.counted("mean", kind, mean);
  table.counted("prod", kind, product);
  table.counted("var var_mean", kind, [](operator_call const& call) { return variance(call, 0); });
  table.counted("std std_mean", kind, [](operator_call const& call) { return variance(call, 1); });
  table.counted("norm native_norm linalg_vector_norm", kind,
                [](operator_call const& call) { return norm(call, true); });
  table.counted("linalg__powsum", kind, [](operator_call const& call) { return norm(call, false); });
  table.counted("_foreach_norm", kind, [](operator_call const& call) { return foreach_norm(call, true); });
  table.counted("_foreach_powsum", kind, [](operator_call const& call) { return foreach_norm(call, false); });
  table.counted("cumsum", kind, [](operator_call const& call) { return scan(call, {.adds = 1}); });
  table.counted("cumprod", kind, [](operator_call const& call) { return scan(call, {.multiplies = 1}); });
  table.counted("_logcumsumexp logcumsumexp", kind,
                [](operator_call const& call) { return scan(call, {.adds = 2, .functions = 2}); });
  table.counted("logsumexp special_logsumexp", kind, logsumexp);
  table.counted("trace", kind, trace);
}

}  // namespace flopwatch::operator_rules
