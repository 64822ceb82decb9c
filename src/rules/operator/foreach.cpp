// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/operator_table.hpp"

namespace flopwatch::operator_rules {
namespace {

/// Rules do not get lists of numbers. Each number counts as 2: a factor that costs a multiply, of the lowest
/// kind, so that it never changes a tensor's format.
constexpr std::int64_t some_number = 2;

void accumulate(operator_work& sum, operator_work const& one, bool first) {
  sum.amount += one.amount;
  if (first) {
    sum.precision = one.precision;
  } else if (sum.precision != one.precision) {
    sum.precision = precision::unknown;
  }
}

/// The single-tensor operator on the n-th tensor of every list.
operator_work for_each_tensor(operator_call const& call, std::string const& single,
                              operator_rule_function const& rule) {
  std::size_t count = 0;
  if (call.args.empty()) throw rule_error("the call has no arguments");
  // The out tensors come last and are not needed.
  auto const given = call.args.first(call.args.size() - (call.overload.ends_with("out") ? 1U : 0U));
  for (auto const& a : given) {
    if (auto const* list = std::get_if<std::vector<tensor_arg>>(&a)) count = std::max(count, list->size());
  }
  operator_work sum;
  for (std::size_t n = 0; n < count; ++n) {
    std::vector<operator_arg> args;
    for (auto const& a : given) {
      if (auto const* list = std::get_if<std::vector<tensor_arg>>(&a)) {
        if (n >= list->size()) throw rule_error("the lists of tensors differ in length");
        args.emplace_back((*list)[n]);
      } else if (std::holds_alternative<opaque_arg>(a)) {
        args.emplace_back(some_number);
      } else {
        args.push_back(a);
      }
    }
    // Forms without the factor of add and sub, addcmul and addcdiv: it is 1.
    args.emplace_back(std::int64_t{1});
    accumulate(sum, rule({single, {}, args}), n == 0);
  }
  return sum;
}

}  // namespace

void add_foreach_rules(operator_table& table) {
  constexpr char const* singles[] = {
      "acos",       "add",   "addcdiv", "addcmul", "asin",   "atan", "cos",   "cosh",  "div",  "erf", "erfc",
      "exp",        "expm1", "frac",    "lerp",    "lgamma", "log",  "log10", "log1p", "log2", "mul", "pow",
      "reciprocal", "rsqrt", "sigmoid", "sin",     "sinh",   "sqrt", "sub",   "tan",   "tanh",
  };
  for (std::string const single : singles) {
    auto const name = "aten::" + single;
    auto const* entry = table.find(name, {});
    table.counted(
        "_foreach_" + single, arithmetic::other,
        [name, rule = entry->rule](operator_call const& call) { return for_each_tensor(call, name, rule); });
  }
  table.counted("_foreach_mm", arithmetic::multiply_add,
                [rule = table.find("aten::mm", {})->rule](operator_call const& call) {
                  return for_each_tensor(call, "aten::mm", rule);
                });
  table.counted("_amp_foreach_non_finite_check_and_unscale", arithmetic::other,
                [rule = table.find("aten::mul", {})->rule](operator_call const& call) {
                  operator_work sum;
                  auto const& list = tensors_at(call, 0);
                  for (std::size_t n = 0; n < list.size(); ++n) {
                    std::vector<operator_arg> const args{list[n], some_number};
                    accumulate(sum, rule({"aten::mul", {}, args}), n == 0);
                  }
                  return sum;
                });
}

}  // namespace flopwatch::operator_rules
