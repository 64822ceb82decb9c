// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "unit/rules/operator/operator_call.hpp"

namespace flopwatch::test {
namespace {

TEST(sum, inputs_less_outputs) {
  EXPECT_EQ(flops("aten::sum", {tensor({4, 5}), none}), 19);
  EXPECT_EQ(flops("aten::sum", {tensor({4, 5}), ints{1}, false, none}, "dim_IntList"), 16);
  EXPECT_EQ(flops("aten::sum", {tensor({4, 5}), ints{0, -1}, false, none}, "dim_IntList"), 19);
  EXPECT_EQ(flops("aten::sum", {tensor({4, 5}), none, false, none}, "dim_IntList"), 19);
  EXPECT_EQ(flops("aten::sum", {tensor({4, 5}), ints{1}, false, none, tensor({0})}, "IntList_out"), 16);
}

TEST(sum, edges_and_formats) {
  EXPECT_EQ(flops("aten::sum", {tensor({0, 5}), none}), 0);
  EXPECT_EQ(flops("aten::sum", {tensor({0, 5}), ints{0}, false, none}, "dim_IntList"), 0);
  EXPECT_EQ(flops("aten::sum", {tensor({}), none}), 0);
  EXPECT_EQ(flops("aten::sum", {tensor({9}, scalar_type::i64), none}), 0);
  EXPECT_EQ(flops("aten::sum", {tensor({9}, scalar_type::i64), number(6)}), 8) << "dtype float32";
  EXPECT_EQ(flops("aten::sum", {tensor({9}, scalar_type::c64), none}), 16);
  EXPECT_THROW(flops("aten::sum", {tensor({9}), ints{1}, false, none}, "dim_IntList"), rule_error);
  EXPECT_THROW(flops("aten::sum", {tensor({9, 9}), ints{1, -1}, false, none}, "dim_IntList"), rule_error);
  EXPECT_THROW(flops("aten::sum", {sparse({9, 9}, 3), none}), rule_error);
}

TEST(reductions, mean_variance_and_product) {
  EXPECT_EQ(flops("aten::mean", {tensor({4, 5}), ints{1}, false, none}, "dim"), 20);
  EXPECT_EQ(flops("aten::mean", {tensor({4, 5}), none}), 20);
  EXPECT_EQ(flops("aten::prod", {tensor({4, 5}), number(1), false, none}, "dim_int"), 16);
  EXPECT_EQ(flops("aten::var", {tensor({4, 5}), ints{1}, none, false}, "correction"), 80);
  EXPECT_EQ(flops("aten::std", {tensor({4, 5}), ints{1}, none, false}, "correction"), 84);
  EXPECT_EQ(flops("aten::std", {tensor({4, 5}), none, none, false}, "correction"), 81);
  EXPECT_EQ(flops("aten::var", {tensor({4, 5}), true}), 80);
}

TEST(reductions, norms_by_their_order) {
  auto const norm = [](operator_arg const& order) {
    return flops("aten::linalg_vector_norm", {tensor({4, 5}), order, ints{1}, false, none});
  };
  EXPECT_EQ(norm(number(2)), 40);
  EXPECT_EQ(norm(1.0), 16);
  EXPECT_EQ(norm(3.0), 40);
  EXPECT_EQ(norm(std::numeric_limits<double>::infinity()), 0);
  EXPECT_EQ(flops("aten::norm", {tensor({20}), number(2)}, "Scalar"), 40);
  EXPECT_EQ(flops("aten::norm", {tensor({4, 5}), none, ints{1}, false}, "ScalarOpt_dim"), 40);
  EXPECT_THROW(norm(word), rule_error);
}

TEST(reductions, scans_and_logsumexp) {
  EXPECT_EQ(flops("aten::cumsum", {tensor({4, 5}), number(1), none}), 16);
  EXPECT_EQ(flops("aten::cumprod", {tensor({4, 5}), number(0), none}), 15);
  EXPECT_EQ(flops("aten::logsumexp", {tensor({4, 5}), ints{1}, false}), 4 * 16);
  EXPECT_EQ(flops("aten::trace", {tensor({4, 5})}), 3);
}

TEST(reductions, dimensions_given_by_name_are_opened) {
  EXPECT_EQ(find_operator("aten::sum", "dim_DimnameList").treatment, operator_treatment::opened);
  EXPECT_EQ(find_operator("aten::std", "names_dim").treatment, operator_treatment::opened);
}

TEST(softmax, four_for_each_element_less_one_for_each_row) {
  EXPECT_EQ(flops("aten::_softmax", {tensor({4, 8}), number(-1), false}), 4 * 31);
  EXPECT_EQ(flops("aten::_softmax", {tensor({4, 8}), number(0), false}), 8 * 15);
  EXPECT_EQ(flops("aten::softmax", {tensor({4, 8}), number(-1), none}, "int"), 4 * 31);
  EXPECT_EQ(flops("aten::_log_softmax", {tensor({4, 8}), number(1), false}), 4 * 32);
  EXPECT_EQ(flops("aten::_softmax", {tensor({4, 0}), number(1), false}), 0);
  EXPECT_EQ(flops("aten::_softmax", {tensor({}), number(0), false}), 3);
  EXPECT_EQ(flops("aten::_softmax_backward_data", {tensor({4, 8}), tensor({4, 8}), number(1), number(6)}),
            4 * 31);
  EXPECT_THROW(flops("aten::_softmax", {tensor({4, 8}), number(2), false}), rule_error);
}

TEST(loss, elements_and_reduction) {
  auto const t = tensor({4, 5});
  EXPECT_EQ(flops("aten::mse_loss", {t, t, number(0)}), 40);
  EXPECT_EQ(flops("aten::mse_loss", {t, t, number(1)}), 60);
  EXPECT_EQ(flops("aten::mse_loss", {t, t, number(2)}), 59);
  EXPECT_EQ(flops("aten::smooth_l1_loss", {t, t, number(0), 1.0}), 80);
  EXPECT_EQ(flops("aten::binary_cross_entropy", {t, t, none, number(0)}), 120);
  EXPECT_EQ(flops("aten::binary_cross_entropy_with_logits", {t, t, none, t, number(0)}), 200);
  EXPECT_THROW(flops("aten::mse_loss", {t, t, number(3)}), rule_error);
}

TEST(loss, negative_log_likelihood) {
  auto const target = tensor({4}, scalar_type::i64);
  EXPECT_EQ(flops("aten::nll_loss_forward", {tensor({4, 5}), target, none, number(1), number(-100)}), 4);
  EXPECT_EQ(flops("aten::nll_loss_forward", {tensor({4, 5}), target, none, number(0), number(-100)}), 0);
  EXPECT_EQ(flops("aten::nll_loss_forward", {tensor({4, 5}), target, tensor({5}), number(2), number(-100)}),
            3 + 4 + 3);
}

}  // namespace
}  // namespace flopwatch::test
