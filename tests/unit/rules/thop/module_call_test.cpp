// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "flopwatch/module_rule.hpp"
#include "unit/rules/thop/calls.hpp"

namespace flopwatch::test {
namespace {

TEST(module_call_text, shows_shapes_of_inputs_and_outputs) {
  EXPECT_EQ(shapes_text(call_of({1, 640, 768}, {1, 640, 2304})), "[1,640,768] -> [1,640,2304]");
  module_call call;
  call.inputs = {{5, 2, 3}, {1, 2, 4}};
  call.outputs = {{5, 2, 4}, {1, 2, 4}, {1, 2, 4}};
  EXPECT_EQ(shapes_text(call), "[5,2,3] [1,2,4] -> [5,2,4] [1,2,4] [1,2,4]");
}

TEST(module_call_text, tells_no_tensor_from_a_scalar) {
  EXPECT_EQ(shapes_text({}), "() -> ()");
  EXPECT_EQ(shapes_text(call_of({}, {})), "[] -> []");
}

TEST(module_call_text, says_what_a_packed_sequence_holds) {
  auto call = call_of({7, 3}, {7, 4});
  call.packed = {.max_batch = 2, .steps = 5};
  EXPECT_EQ(shapes_text(call), "[7,3]{packed, batch 2, steps 5} -> [7,4]");
}

TEST(module_call, has_the_elements_of_a_nested_tensor_and_not_the_sizes_that_vary) {
  auto call = call_of({2, module_call::ragged, 16}, {2, module_call::ragged, 4});
  call.nested_inputs = {{0, 128}};
  call.nested_outputs = {{0, 32}};
  EXPECT_EQ(call.input_elements(), 128);
  EXPECT_EQ(call.output_elements(), 32);
  EXPECT_EQ(shapes_text(call), "[2,*,16] -> [2,*,4]");
}

TEST(module_call, counts_elements_and_refuses_tensors_that_are_not_there) {
  auto const call = call_of({2, 3}, {4});
  EXPECT_EQ(call.input_elements(), 6);
  EXPECT_EQ(call.output_elements(), 4);
  EXPECT_THROW((void)call.input_elements(1), rule_error);
  EXPECT_THROW((void)call.output_elements(1), rule_error);
}

}  // namespace
}  // namespace flopwatch::test
