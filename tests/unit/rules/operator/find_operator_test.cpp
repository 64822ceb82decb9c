// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include "rules/operator/operator_table.hpp"
#include "unit/rules/operator/operator_call.hpp"

namespace flopwatch::test {
namespace {

operator_treatment treatment(std::string_view name, std::string_view overload = "") {
  return find_operator(name, overload).treatment;
}

TEST(find_operator, treatments) {
  EXPECT_EQ(treatment("aten::mm"), operator_treatment::counted);
  EXPECT_EQ(treatment("aten::view"), operator_treatment::no_arithmetic);
  EXPECT_EQ(treatment("aten::relu_"), operator_treatment::no_arithmetic);
  EXPECT_EQ(treatment("aten::max", "other"), operator_treatment::no_arithmetic);
  EXPECT_EQ(treatment("aten::_native_multi_head_attention"), operator_treatment::opened);
  EXPECT_EQ(treatment("aten::an_operator_of_tomorrow"), operator_treatment::unknown);
  EXPECT_EQ(treatment("mine::attention"), operator_treatment::unknown);
  EXPECT_EQ(treatment(""), operator_treatment::unknown);
  EXPECT_EQ(treatment("_"), operator_treatment::unknown);
  EXPECT_EQ(treatment("mm"), operator_treatment::unknown) << "names carry their namespace";
}

TEST(find_operator, reductions_between_processes_are_counted) {
  EXPECT_EQ(treatment("c10d::allreduce_"), operator_treatment::counted);
  EXPECT_EQ(treatment("c10d::broadcast_"), operator_treatment::no_arithmetic);
}

TEST(find_operator, an_overload_may_have_its_own_rule) {
  EXPECT_EQ(treatment("aten::round"), operator_treatment::no_arithmetic);
  EXPECT_EQ(treatment("aten::round_", "decimals"), operator_treatment::counted);
  EXPECT_EQ(flops("aten::round", {tensor({5}), number(2)}, "decimals"), 10);
}

TEST(find_operator, a_kernel_in_the_place_of_an_operator_counts_as_it) {
  EXPECT_EQ(macs("_native::bmm_triton_0", {tensor({2, 3, 1}), tensor({2, 1, 5})}), 30);
  EXPECT_EQ(macs("_native::_foreach_mm_native_12",
                 {tensors({tensor({5, 3}), tensor({4, 4})}), tensors({tensor({3, 7}), tensor({4, 2})})}),
            5 * 3 * 7 + 4 * 4 * 2);
  EXPECT_EQ(treatment("_native::topk_cutedsl_3"), operator_treatment::no_arithmetic);
  EXPECT_EQ(treatment("aten::linalg_polar"), operator_treatment::opened);
  for (auto const* polar : {"_native::linalg_polar_native_2", "_native::linalg_polar_out_native_3"}) {
    EXPECT_EQ(treatment(polar), operator_treatment::unknown);
    EXPECT_NE(find_operator(polar, "").note, "") << polar;
  }
  EXPECT_EQ(treatment("_native::linalg_matrix_exp_native_2"), operator_treatment::unknown)
      << "what the operator calls, its kernel does not";
  for (auto const* other :
       {"_native::bmm", "_native::bmm_triton", "_native::bmm_triton_", "_native::_0", "_native::triton_0",
        "_native::mm_of_tomorrow_triton_0", "native::bmm_triton_0"}) {
    EXPECT_EQ(treatment(other), operator_treatment::unknown) << other;
  }
}

TEST(find_operator, classes_of_arithmetic) {
  EXPECT_EQ(find_operator("aten::addmm", "").arithmetic, arithmetic::multiply_add);
  EXPECT_EQ(find_operator("aten::add", "Tensor").arithmetic, arithmetic::other);
  EXPECT_EQ(find_operator("aten::view", "").arithmetic, arithmetic::none);
}

TEST(find_operator, every_counted_operator_has_a_rule_that_refuses_an_empty_call) {
  std::size_t counted = 0;
  operator_rules::built_in_table().for_each([&](std::string const& name, operator_entry const& entry) {
    bool const is_counted = entry.treatment == operator_treatment::counted;
    EXPECT_EQ(static_cast<bool>(entry.rule), is_counted) << name;
    if (!is_counted) return;
    ++counted;
    EXPECT_NE(entry.arithmetic, arithmetic::none) << name;
    EXPECT_THROW((void)entry.rule({name, "", {}}), rule_error) << name;
  });
  EXPECT_GT(counted, 300U);
}

/// Every position gets one kind of argument after another: a rule may give a count, or refuse.
TEST(find_operator, no_rule_fails_otherwise_on_wrong_arguments) {
  tensor_arg const nested{.sizes = {}, .layout = tensor_layout::nested};
  args const kinds{none,
                   word,
                   true,
                   number(-1),
                   number(2),
                   0.5,
                   ints{},
                   ints{1, 2},
                   tensor({}),
                   tensor({2, 2}),
                   undefined(),
                   tensor({0, 3, 3}),
                   tensors({}),
                   tensors({tensor({2, 2}), undefined()}),
                   sparse({2, 2}, 1),
                   nested};
  operator_rules::built_in_table().for_each([&](std::string const& name, operator_entry const& entry) {
    if (!entry.rule) return;
    for (auto const& first : kinds) {
      for (auto const& rest : kinds) {
        args a(25, rest);
        a.front() = first;
        try {
          auto const w = entry.rule({name, "", a}).amount;
          EXPECT_GE(w.macs, 0) << name;
          EXPECT_LE(w.useful_macs, w.macs) << name;
          EXPECT_GE(w.other_flops, 0) << name;
        } catch (rule_error const&) {
        }
      }
    }
  });
}

TEST(find_operator, nested_operands_are_refused_wherever_they_stand) {
  tensor_arg const nested{.sizes = {}, .layout = tensor_layout::nested};
  EXPECT_THROW(flops("aten::addcmul", {tensor({2}), tensor({2}), nested, number(1)}), rule_error);
  EXPECT_THROW(flops("aten::_foreach_sqrt", {tensors({tensor({2}), nested})}), rule_error);
}

TEST(find_operator, many_threads_may_ask_at_once) {
  std::vector<std::thread> threads;
  std::vector<int> found(8, 0);
  for (std::size_t i = 0; i < found.size(); ++i) {
    threads.emplace_back([&found, i] { found[i] = find_operator("aten::mm", "").rule ? 1 : 0; });
  }
  for (auto& t : threads) t.join();
  EXPECT_EQ(found, std::vector<int>(8, 1));
}

TEST(operator_table, a_name_given_twice_is_an_error) {
  operator_rules::operator_table table;
  table.no_arithmetic("one two");
  EXPECT_THROW(table.opened("three two"), std::logic_error);
}

}  // namespace
}  // namespace flopwatch::test
