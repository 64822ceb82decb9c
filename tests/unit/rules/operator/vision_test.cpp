// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "unit/rules/operator/operator_call.hpp"

namespace flopwatch::test {
namespace {

args deformed(bool masked) {
  auto const n = [](std::int64_t v) { return number(v); };
  return {tensor({1, 4, 8, 8}),
          tensor({6, 4, 3, 3}),
          tensor({1, 18, 6, 6}),
          tensor({1, 9, 6, 6}),
          tensor({6}),
          n(1),
          n(1),
          n(0),
          n(0),
          n(1),
          n(1),
          n(1),
          n(1),
          masked};
}

TEST(deform_conv2d, a_convolution_of_samples) {
  // 6*36 results of 4*9 products; 4*9*36 samples of 17, one more with a mask; a bias.
  EXPECT_EQ(count("torchvision::deform_conv2d", deformed(false)).amount, (work{7776, 7776, 1296 * 17 + 216}));
  EXPECT_EQ(flops("torchvision::deform_conv2d", deformed(true)), 1296 * 18 + 216);
}

TEST(deform_conv2d, backward_has_two_products_of_the_same_size) {
  auto a = deformed(false);
  a.insert(a.begin(), tensor({1, 6, 6, 6}));
  EXPECT_EQ(macs("torchvision::_deform_conv2d_backward", a), 2 * 7776);
}

TEST(roi_align, samples_of_every_bin) {
  auto const with = [](std::int64_t ratio) {
    return flops("torchvision::roi_align",
                 {tensor({2, 3, 20, 20}), tensor({5, 5}), 0.5, number(7), number(6), number(ratio), true});
  };
  // 5 boxes, 3 channels, 42 bins: 4 samples of 8 and a divide.
  EXPECT_EQ(with(2), 5 * 3 * 42 * 33);
  EXPECT_THROW(with(-1), rule_error) << "the number depends on the boxes";
  EXPECT_EQ(find_operator("torchvision::nms", "").treatment, operator_treatment::no_arithmetic);
}

TEST(roi_align, of_integers_in_real_numbers) {
  auto const u8 = [](ints sizes) { return tensor(std::move(sizes), scalar_type::u8); };
  args a{u8({1, 3, 20, 20}), u8({5, 5}), 0.1,       number(3), 0.5, number(0), 0.5,
         number(7),          number(6),  number(2), true};
  // 5 boxes, 3 channels, 42 bins: 4 samples of 12, and 6 for the zero point, the scale, the mean, quantizing.
  auto const work = count("torchvision::qroi_align", a);
  EXPECT_EQ(work.amount.other_flops, 5 * 3 * 42 * (4 * 12 + 6));
  EXPECT_EQ(work.precision, precision::fp32);
  a[9] = number(-1);
  EXPECT_THROW(flops("torchvision::qroi_align", a), rule_error);
}

TEST(collective, an_all_reduce_adds_each_element) {
  auto const work =
      count("c10d::allreduce_", {tensors({tensor({10}), tensor({3, 4})}), word, word, none, true});
  EXPECT_EQ(work.amount.other_flops, 22);
  EXPECT_NE(work.note, "");
  EXPECT_EQ(flops("_c10d_functional::all_reduce", {tensor({10}, scalar_type::i64), word, word}), 0);
}

TEST(collective, a_reduce_scatter_adds_all_but_its_own_part) {
  EXPECT_EQ(flops("c10d::_reduce_scatter_base_", {tensor({5}), tensor({20}), word, word}), 15);
  EXPECT_EQ(flops("_c10d_functional::reduce_scatter_tensor", {tensor({20}), word, number(4), word}), 15);
  EXPECT_EQ(flops("_c10d_functional::reduce_scatter_tensor_coalesced",
                  {tensors({tensor({20}), tensor({8})}), word, number(4), word}),
            21);
}

TEST(ctc, a_lattice_of_steps_and_states) {
  // Lengths 10 and 6 with 3 and 2 labels: 9*7 + 5*5 states of 11, and 7 at the end of each.
  args const a{tensor({10, 2, 5}), tensor({2, 3}), ints{10, 6}, ints{3, 2}, number(0), false};
  EXPECT_EQ(flops("aten::_ctc_loss", a), 88 * 11 + 14);
  args const b{tensor({2}), a[0], a[1], a[2], a[3], tensor({2}), tensor({2, 10, 7}), number(0), false};
  EXPECT_EQ(flops("aten::_ctc_loss_backward", b), 88 * 19 + 100 * 6);
  EXPECT_EQ(find_operator("aten::_ctc_loss", "Tensor").treatment, operator_treatment::opened);
}

TEST(resample_estimate, antialiased_taps_grow_with_the_scale) {
  // 16x16 to 8x8: 4 taps; rows 16*8*4, columns 8*8*4, a product and a sum each, in 3 planes.
  args const a{tensor({1, 3, 16, 16}), ints{8, 8}, false, none, none};
  EXPECT_EQ(flops("aten::_upsample_bilinear2d_aa", a), 3 * 2 * (512 + 256));
  EXPECT_EQ(flops("aten::_upsample_bilinear2d_aa_backward",
                  {tensor({1, 3, 8, 8}), ints{8, 8}, ints{1, 3, 16, 16}, false, none, none}),
            3 * 2 * (512 + 256));
  // Six taps, as many more as a result takes from: 12.
  EXPECT_EQ(flops("aten::_upsample_lanczos2d_aa", a), 3 * 2 * (1536 + 768));
  EXPECT_EQ(flops("aten::_upsample_lanczos2d_aa_backward",
                  {tensor({1, 3, 8, 8}), ints{8, 8}, ints{1, 3, 16, 16}, false, none, none}),
            3 * 2 * (1536 + 768));
  // 48 results of 4 corners: a product and a sum for the input, and for each coordinate.
  EXPECT_EQ(flops("aten::_grid_sampler_2d_cpu_fallback_backward", {tensor({1, 3, 4, 4})}), 48 * 4 * 6);
  EXPECT_EQ(macs("aten::cudnn_affine_grid_generator",
                 {tensor({2, 2, 3}), number(2), number(3), number(4), number(5)}),
            2 * 20 * 6);
}

}  // namespace
}  // namespace flopwatch::test
