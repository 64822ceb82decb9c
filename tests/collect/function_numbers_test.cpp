// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Functions of one name: which of them are the same.
#include "collect/reuse/function_numbers.hpp"

#include <array>
#include <cstring>
#include <string>

#include <gtest/gtest.h>

namespace flopwatch::collect {
namespace {

std::uint64_t hash_of(std::string const& text) {
  return hash_of_image({reinterpret_cast<std::byte const*>(text.data()), text.size()});
}

TEST(hash_of_an_image, differs_with_every_byte_and_with_the_size) {
  std::string image(100, 'x');
  auto const hash = hash_of(image);
  EXPECT_EQ(hash, hash_of(image));
  for (std::size_t i = 0; i < image.size(); ++i) {
    auto other = image;
    other[i] = 'y';
    EXPECT_NE(hash_of(other), hash) << i;
  }
  EXPECT_NE(hash_of(image + '\0'), hash);
  EXPECT_NE(hash_of(""), hash_of(std::string(1, '\0')));
}

class function_numbers_of : public testing::Test {
 protected:
  function_numbers_of() {
    for (auto const image : {1U, 2U}) numbers.add_names(image, {"f", "g"});
  }
  std::int64_t number(int handle, char const* name = "f", int context = 0) {
    return numbers.number_of(&handles.at(static_cast<std::size_t>(handle)),
                             &contexts.at(static_cast<std::size_t>(context)), name);
  }
  bool load(std::uint64_t image, int launching = -1) {
    return numbers.loaded(image, launching < 0 ? nullptr : &handles.at(static_cast<std::size_t>(launching)));
  }
  function_numbers numbers;
  std::array<char, 8> handles{};
  std::array<char, 8> contexts{};
};

TEST_F(function_numbers_of, a_handle_stays) {
  EXPECT_EQ(number(0), number(0));
  EXPECT_NE(number(0), number(1));
  EXPECT_NE(number(0, "f"), number(2, "g"));
}

TEST_F(function_numbers_of, one_image_in_two_contexts_is_one_function) {
  EXPECT_TRUE(load(1));
  EXPECT_TRUE(load(1));
  EXPECT_EQ(number(0, "f", 0), number(1, "f", 1));
  EXPECT_NE(number(0, "f", 0), number(2, "f", 2)) << "of a third module, which nobody saw";
}

TEST_F(function_numbers_of, two_images_are_two_functions) {
  EXPECT_TRUE(load(1));
  auto const first = number(0);
  EXPECT_TRUE(load(2));
  EXPECT_NE(number(1), first);
  EXPECT_EQ(number(0), first);
}

TEST_F(function_numbers_of, two_images_are_two_functions_though_the_launch_loads_them) {
  auto const first = number(0);
  EXPECT_TRUE(load(1, 0));
  auto const second = number(1);
  EXPECT_TRUE(load(2, 1));
  EXPECT_NE(first, second);
}

TEST_F(function_numbers_of, a_module_that_is_loaded_again_has_its_functions) {
  std::int64_t first = 0;
  for (int round = 0; round < 5; ++round) {
    auto const now = number(round);
    EXPECT_TRUE(load(1, round)) << round;
    if (round == 0) first = now;
    EXPECT_EQ(now, first);
    numbers.unloads(1);
  }
}

TEST_F(function_numbers_of, what_is_taken_for_another_one_is_put_right) {
  auto const first = number(0);
  EXPECT_TRUE(load(1, 0));
  numbers.unloads(1);
  EXPECT_EQ(number(0), first);
  EXPECT_FALSE(load(2, 0));
  EXPECT_NE(number(0), first);
}

TEST_F(function_numbers_of, a_module_that_nobody_saw_is_never_taken_for_another_one) {
  auto const unseen = number(0);
  EXPECT_TRUE(load(1));
  auto const seen = number(1);
  EXPECT_NE(unseen, seen);
  numbers.unloads(1);
  EXPECT_TRUE(load(1));
  // It cannot be told which of both this is.
  EXPECT_NE(number(2), seen);
  EXPECT_NE(number(2), unseen);
}

TEST_F(function_numbers_of, an_image_that_cannot_be_read_can_have_any_name) {
  auto const first = number(0);
  numbers.unloads(99);
  EXPECT_NE(number(0), first);
}

TEST_F(function_numbers_of, a_context_takes_its_handles_along) {
  EXPECT_TRUE(load(1));
  auto const first = number(0, "f", 1);
  numbers.context_ends(&contexts[1]);
  EXPECT_EQ(number(1, "f", 2), first) << "the same image in a new context";
}

TEST_F(function_numbers_of, graphs_have_one_until_they_are_destroyed) {
  auto const first = numbers.number_of_graph(&handles[0], &contexts[0]);
  EXPECT_EQ(numbers.number_of_graph(&handles[0], &contexts[0]), first);
  EXPECT_NE(numbers.number_of_graph(&handles[1], &contexts[0]), first);
  numbers.unloads(99);
  EXPECT_EQ(numbers.number_of_graph(&handles[0], &contexts[0]), first);
  numbers.forget(&handles[0]);
  EXPECT_NE(numbers.number_of_graph(&handles[0], &contexts[0]), first);
}

}  // namespace
}  // namespace flopwatch::collect
