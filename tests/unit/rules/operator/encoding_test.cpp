// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/operator/encoding.hpp"

#include "unit/rules/operator/operator_call.hpp"

namespace flopwatch::test {
namespace {

TEST(args_encoder, every_kind_of_argument_comes_back) {
  args_encoder encoder;
  encoder.none();
  encoder.opaque();
  encoder.boolean(true);
  encoder.boolean(false);
  encoder.integer(-7);
  encoder.real(-0.1);
  encoder.integers(ints{1, -2, 3});
  encoder.integers(ints{});
  encoder.undefined_tensor();
  encoder.tensor(ints{2, 0, 5}, scalar_type::bf16, tensor_layout::strided);
  encoder.tensor(ints{}, scalar_type::other, tensor_layout::strided);
  encoder.tensor(ints{4, 4}, scalar_type::c128, tensor_layout::sparse_coo, 9);
  encoder.tensors(3);
  encoder.tensor(ints{1}, scalar_type::f32, tensor_layout::mkldnn);
  encoder.undefined_tensor();
  encoder.tensor(ints{8}, scalar_type::boolean, tensor_layout::strided);
  encoder.tensors(0);
  encoder.integer(99);

  args const expected{
      none,
      word,
      true,
      false,
      std::int64_t{-7},
      -0.1,
      ints{1, -2, 3},
      ints{},
      undefined(),
      tensor({2, 0, 5}, scalar_type::bf16),
      tensor({}, scalar_type::other),
      tensor_arg{
          .sizes = {4, 4}, .dtype = scalar_type::c128, .layout = tensor_layout::sparse_coo, .stored = 9},
      std::vector<tensor_arg>{
          {.sizes = {1}, .layout = tensor_layout::mkldnn}, undefined(), tensor({8}, scalar_type::boolean)},
      std::vector<tensor_arg>{},
      std::int64_t{99},
  };
  EXPECT_EQ(decode_args(encoder.words()), expected);
}

TEST(args_encoder, objects_with_packed_weights_come_back) {
  args_encoder weight;
  weight.tensor(ints{6, 5}, scalar_type::quantized, tensor_layout::strided);
  args_encoder encoder;
  encoder.packed(2);
  encoder.append(weight.words());
  encoder.undefined_tensor();
  encoder.integers(ints{2, 1, 1});
  encoder.integer(99);
  args const expected{packed_arg{{tensor({6, 5}, scalar_type::quantized), undefined()}, {2, 1, 1}},
                      std::int64_t{99}};
  EXPECT_EQ(decode_args(encoder.words()), expected);
  EXPECT_EQ(shapes_text(expected), "([6,5] -)");
  encoder.clear();
  encoder.packed(0);
  encoder.integer(1);
  EXPECT_THROW((void)decode_args(encoder.words()), rule_error) << "its integers are missing";
}

TEST(args_encoder, clear_starts_again) {
  args_encoder encoder;
  encoder.integer(1);
  encoder.clear();
  encoder.boolean(true);
  EXPECT_EQ(decode_args(encoder.words()), args{true});
}

TEST(args_encoder, different_arguments_have_different_words) {
  args_encoder a;
  args_encoder b;
  a.integers(ints{1, 2});
  b.integers(ints{1});
  b.integer(2);
  EXPECT_NE(ints(a.words().begin(), a.words().end()), ints(b.words().begin(), b.words().end()));
}

TEST(decode_args, refuses_words_that_end_too_early) {
  args_encoder encoder;
  encoder.tensors(2);
  encoder.tensor(ints{3, 4}, scalar_type::f32, tensor_layout::sparse_csr, 5);
  encoder.tensor(ints{3, 4}, scalar_type::f32, tensor_layout::strided);
  auto const words = encoder.words();
  for (std::size_t n = 1; n < words.size(); ++n)
    EXPECT_THROW((void)decode_args(words.first(n)), rule_error) << n;
}

TEST(decode_args, refuses_an_unknown_tag) { EXPECT_THROW((void)decode_args(ints{200}), rule_error); }

TEST(decode_args, refuses_a_list_that_holds_no_tensors) {
  args_encoder encoder;
  encoder.tensors(1);
  encoder.integer(3);
  EXPECT_THROW((void)decode_args(encoder.words()), rule_error);
}

TEST(shapes_text, shows_tensors_only) {
  args const a{
      tensor({1, 640, 768}), none, tensor({768, 2304}), number(3), undefined(), tensor({}), 1.5, word};
  EXPECT_EQ(shapes_text(a), "[1,640,768] [768,2304] - []");
}

TEST(shapes_text, shows_lists_and_stored_elements) {
  args const a{sparse({5, 7}, 12), tensors({tensor({2}), undefined()}), tensors({})};
  EXPECT_EQ(shapes_text(a), "[5,7]{12 stored} ([2] -) ()");
}

TEST(tensor_arg, elements_are_the_product_of_sizes) {
  EXPECT_EQ(tensor({2, 3, 4}).elements(), 24);
  EXPECT_EQ(tensor({}).elements(), 1);
  EXPECT_EQ(undefined().elements(), 0);
  EXPECT_EQ(tensor({std::int64_t{1} << 40, std::int64_t{1} << 40, 0}).elements(), 0);
  EXPECT_THROW((void)tensor({std::int64_t{1} << 40, std::int64_t{1} << 40}).elements(), overflow_error);
}

}  // namespace
}  // namespace flopwatch::test
