// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "unit/rules/operator/operator_call.hpp"

namespace flopwatch::test {
namespace {

TEST(factorization, square_ones_have_the_textbook_leading_terms) {
  args const a{tensor({2, 30, 30})};
  EXPECT_EQ(flops("aten::linalg_lu", a), 2 * 18000) << "2/3 n^3 each";
  EXPECT_EQ(flops("aten::linalg_lu_factor_ex", a), 2 * 18000);
  EXPECT_EQ(flops("aten::linalg_cholesky_ex", a), 2 * 9000) << "n^3 / 3";
  EXPECT_EQ(flops("aten::geqrf", a), 2 * 36000) << "4/3 n^3";
  EXPECT_EQ(flops("aten::linalg_qr", a), 2 * (36000 + 36000)) << "R, then Q by 4/3 n^3";
  EXPECT_EQ(flops("aten::_linalg_eigh", {tensor({30, 30}), word, true}), 9 * 27000);
  EXPECT_EQ(flops("aten::_linalg_eigh", {tensor({30, 30}), word, false}), 36000);
  EXPECT_EQ(flops("aten::linalg_eig", {tensor({30, 30})}), 25 * 27000);
  EXPECT_EQ(flops("aten::_linalg_eigvals", {tensor({30, 30})}), 10 * 27000);
}

TEST(factorization, tall_ones) {
  // m n^2 - n^3 / 3
  EXPECT_EQ(flops("aten::linalg_lu", {tensor({60, 30})}), 60 * 900 - 9000);
  // 2 m n^2 - 2/3 n^3, the same for its transpose.
  EXPECT_EQ(flops("aten::geqrf", {tensor({60, 30})}), 2 * 60 * 900 - 18000);
  EXPECT_EQ(flops("aten::geqrf", {tensor({30, 60})}), 2 * 60 * 900 - 18000);
  // 4 m n^2 - 2 (m + n) n^2 + 4/3 n^3 = 2 m n^2 - 2/3 n^3
  EXPECT_EQ(flops("aten::linalg_householder_product", {tensor({60, 30}), tensor({30})}),
            2 * 60 * 900 - 18000);
}

TEST(factorization, singular_values_by_the_cheaper_algorithm) {
  auto const svd = [](ints sizes, bool full, bool vectors) {
    return flops("aten::_linalg_svd", {tensor(std::move(sizes)), full, vectors, none});
  };
  EXPECT_EQ(svd({30, 30}, false, false), 4 * 27000 - 36000) << "Golub-Reinsch: 8/3 n^3";
  EXPECT_EQ(svd({300, 30}, false, false), 2 * 300 * 900 + 2 * 27000) << "with a QR step before it";
  EXPECT_EQ(svd({30, 30}, false, true), 22 * 27000);
  EXPECT_EQ(svd({30, 300}, false, true), 6 * 300 * 900 + 20 * 27000);
  EXPECT_EQ(svd({30, 30}, true, true), 21 * 27000);
}

TEST(solve, one_triangle_is_a_product_of_half_a_matrix) {
  // n^2 multiplies and adds for each of the 4 right sides.
  EXPECT_EQ(flops("aten::linalg_solve_triangular", {tensor({30, 30}), tensor({30, 4}), true, true, false}),
            3600);
  EXPECT_EQ(flops("aten::linalg_solve_triangular", {tensor({30, 30}), tensor({4, 30}), true, false, false}),
            3600);
  EXPECT_EQ(flops("aten::triangular_solve", {tensor({30, 4}), tensor({2, 30, 30}), true, false, false}),
            2 * 3600);
  EXPECT_EQ(flops("aten::linalg_lu_solve",
                  {tensor({30, 30}), tensor({30}, scalar_type::i32), tensor({30, 4}), true, false}),
            2 * 3600);
  EXPECT_EQ(flops("aten::_cholesky_solve_helper", {tensor({30, 4}), tensor({30, 30}), false}), 2 * 3600);
  EXPECT_EQ(flops("aten::cholesky_inverse", {tensor({30, 30}), false}), 18000);
  // 2 m n^2 - 2/3 n^3, then 4 m n - 2 n^2 and n^2 for each of the 4 columns.
  EXPECT_EQ(flops("aten::linalg_lstsq", {tensor({60, 30}), tensor({60, 4}), none, none}),
            108000 - 18000 + 4 * (7200 - 1800 + 900));
}

TEST(solve, refuses_what_does_not_fit) {
  args const wrong{tensor({30, 30}), tensor({29, 4}), true, true, false};
  EXPECT_THROW(flops("aten::linalg_solve_triangular", wrong), rule_error);
  EXPECT_THROW(flops("aten::linalg_cholesky_ex", {tensor({30, 29})}), rule_error);
  EXPECT_THROW(flops("aten::linalg_lu", {tensor({std::int64_t{1} << 40, std::int64_t{1} << 40})}),
               overflow_error);
}

TEST(solve, complex_products_are_four_real_ones) {
  EXPECT_EQ(flops("aten::linalg_cholesky_ex", {tensor({30, 30}, scalar_type::c64)}), 36000);
}

TEST(solve, a_linear_combination_is_a_product) {
  EXPECT_EQ(macs("aten::_compute_linear_combination", {tensor({3, 7, 5, 5}), tensor({2, 3})}), 2 * 3 * 175);
}

TEST(fourier, five_n_log_n) {
  EXPECT_EQ(flops("aten::_fft_c2c", {tensor({3, 16}, scalar_type::c64), ints{1}, number(0), true}),
            3 * 5 * 16 * 4);
  EXPECT_EQ(flops("aten::_fft_c2c", {tensor({16, 8}, scalar_type::c64), ints{0, 1}, number(0), true}),
            5 * 128 * 7);
  EXPECT_EQ(flops("aten::_fft_r2c", {tensor({3, 16}), ints{-1}, number(0), true}), 3 * 5 * 8 * 4);
  // A result of 16 real points from 9 complex ones.
  EXPECT_EQ(flops("aten::_fft_c2r", {tensor({3, 9}, scalar_type::c64), ints{1}, number(0), number(16)}),
            3 * 5 * 8 * 4);
  // 5 * 6 * log2(6) = 77.55
  EXPECT_EQ(flops("aten::_fft_c2c", {tensor({6}, scalar_type::c64), ints{0}, number(0), true}), 78);
  EXPECT_EQ(flops("aten::_fft_c2c", {tensor({0, 6}, scalar_type::c64), ints{0, 1}, number(0), true}), 0);
}

TEST(estimates, say_what_they_are) {
  EXPECT_NE(find_operator("aten::linalg_qr", "").note, "");
  EXPECT_NE(count("aten::linalg_qr", {tensor({3, 3}), word}).note, "");
  EXPECT_EQ(count("aten::mm", {tensor({3, 3}), tensor({3, 3})}).note, "");
}

}  // namespace
}  // namespace flopwatch::test
